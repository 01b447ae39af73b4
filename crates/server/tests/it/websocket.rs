//! The WebSocket below the protocol.

mod closing;
mod messages;
