//! The library against a real server, against one that does what a test tells it to, and with real databases.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and so do its helpers")]

#[cfg(feature = "axum")]
mod authorization;
#[cfg(all(feature = "sqlite", feature = "postgres"))]
mod database;
mod delivery;
mod faults;
mod offline;
#[cfg(all(feature = "sqlite", feature = "postgres"))]
mod outbox;
mod queries;
mod scripted;
mod setup;
mod wire;
