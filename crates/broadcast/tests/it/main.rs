//! The library against servers and databases.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and so do its helpers")]

#[cfg(feature = "axum")]
mod authorization;
#[cfg(all(feature = "sqlite", feature = "postgres"))]
mod database;
#[cfg(all(feature = "sqlite", feature = "postgres"))]
mod outbox;
