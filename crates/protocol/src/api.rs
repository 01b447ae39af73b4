//! Requests and answers of the HTTP API.
//!
//! Requests are parsed, not validated: a [`Trigger`] or a [`Batch`] that exists can be delivered. Whatever is
//! wrong with a request is an [`ApiError`]. [`answer`] writes the JSON that goes back.

pub mod answer;
mod batch;
mod error;
mod event;
mod query;
#[cfg(test)]
mod tests;
mod trigger;

pub use answer::{CacheInfo, ChannelInfo};
pub use batch::{Batch, MAX_BATCH};
pub use error::{ApiError, ApiStatus};
pub use query::{InfoSet, Query};
pub use trigger::{MAX_TRIGGER_CHANNELS, Trigger};
