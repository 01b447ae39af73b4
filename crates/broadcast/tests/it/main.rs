//! The library against a real server.

#[cfg(feature = "axum")]
mod authorization;
