//! The booking application: sessions that people book, with live availability and live notifications.

pub mod clock;
pub mod db;
pub mod domain;
pub mod events;
pub mod http;
mod metrics;
mod outgoing;
pub mod services;
mod store;

pub use outgoing::Outgoing;
