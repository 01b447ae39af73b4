//! The library against a real server, and against one that does what a test tells it to.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and so do its helpers")]

#[cfg(feature = "axum")]
mod authorization;
mod delivery;
mod faults;
mod offline;
mod queries;
mod scripted;
mod setup;
mod wire;
