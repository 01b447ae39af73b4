//! Limits, and clients that do not behave.

mod flood;
mod outbox;
mod sizes;
mod timeouts;
