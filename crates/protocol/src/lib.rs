//! Words and bytes of the Pusher Channels protocol.
//!
//! No I/O, no clock, no randomness: everything here is a value, a parser or an encoder.
//!
//! * [`names`]: channels, events, socket ids, user ids
//! * [`codes`]: the close and error codes in one table
//! * [`client`] and [`server`]: the messages of a connection, in and out
//! * [`signature`]: what is signed with an application's secret
//! * [`api`]: requests and answers of the HTTP API
//! * [`json`]: reading JSON objects
//! * [`ws`]: WebSocket frames (RFC 6455, server side)

pub mod api;
pub mod client;
pub mod codes;
pub mod json;
pub mod names;
pub mod server;
pub mod signature;
pub mod ws;
