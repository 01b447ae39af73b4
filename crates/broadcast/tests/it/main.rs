//! The library against real servers and databases, and against a server that does what a test tells it to.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and so do its helpers")]

#[cfg(feature = "axum")]
mod authorization;
#[cfg(all(feature = "sqlite", feature = "postgres"))]
mod database;
mod delivery;
mod faults;
mod fuzz;
mod offline;
#[cfg(all(feature = "sqlite", feature = "postgres"))]
mod outbox;
mod queries;
mod scripted;
mod setup;
mod wire;
