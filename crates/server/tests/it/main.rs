//! The server over real sockets.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and so do its helpers")]

mod bench;
mod broadcast;
mod command;
mod fuzz;
mod http;
mod limits;
mod logs;
mod metrics;
mod process;
mod reload;
mod shutdown;
mod systemd;
mod tls;
mod tools;
mod upgrade;
mod webhooks;
mod websocket;
