//! The application on both of its databases: its services, and what clients see of it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and so do its helpers")]

mod accounts;
mod application;
mod bookings;
mod capacity;
mod catalogue;
mod clerk;
mod command;
mod contract;
mod database;
mod events;
mod idempotency;
mod locks;
mod monitoring;
mod notifications;
mod postgres;
mod seed;
mod world;
