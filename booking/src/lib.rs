//! The booking application: sessions that people book, with live availability and live notifications.

pub mod banner;
pub mod cli;
pub mod clock;
pub mod config;
mod connections;
pub mod db;
pub mod domain;
pub mod events;
pub mod http;
pub mod metrics;
pub mod outbox;
mod outgoing;
pub mod seed;
mod serve;
pub mod services;
pub mod sessions;
pub mod simulate;
mod store;
pub mod users;

pub use outgoing::Outgoing;
pub use serve::{Application, ServeError};
