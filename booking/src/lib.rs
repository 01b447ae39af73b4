//! The booking application: sessions that people book, with live availability and live notifications.

pub mod clock;
pub mod db;
pub mod domain;
pub mod http;
mod outgoing;
pub mod services;

pub use outgoing::{Outgoing, OutgoingError};
