//! From HTTP to WebSocket: `GET /app/{key}`.

mod admission;
mod handshake;
mod segments;
