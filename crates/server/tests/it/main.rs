//! The server over real sockets.

mod broadcast;
mod command;
mod http;
mod limits;
mod shutdown;
mod upgrade;
mod websocket;
