//! Limits, and clients that do not behave.

mod addresses;
mod applications;
mod flood;
mod idle;
mod outbox;
mod proxies;
mod sizes;
mod timeouts;
