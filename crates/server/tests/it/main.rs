//! The server over real sockets.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and so do its helpers")]

mod bench;
mod broadcast;
mod command;
mod http;
mod limits;
mod shutdown;
mod upgrade;
mod webhooks;
mod websocket;
