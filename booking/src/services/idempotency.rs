//! Requests that may be repeated without doing the thing twice.

use std::{fmt, sync::Arc};

use crate::domain::{Booking, UserId};

/// The key that a client gave to a request, and what it was for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyClaim {
    /// Whose key it is; keys of different users have nothing to do with each other.
    pub user_id: UserId,
    /// The key.
    pub key: String,
    /// SHA-256 of everything that makes the request what it is.
    pub fingerprint: [u8; 32],
}

/// An answer as it was given the first time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// The status.
    pub status: u16,
    /// The body, byte by byte.
    pub body: String,
}

/// Writes the answer for a booking that was made or changed. Called within the transaction, so that change and
/// answer are stored together or not at all; once more for each time that the transaction has to be repeated.
pub type Render = Arc<dyn Fn(&Booking) -> StoredAnswer + Send + Sync>;

/// A key and the way to write the answer that is kept for it.
#[derive(Clone)]
pub struct Idempotency {
    /// The key.
    pub claim: IdempotencyClaim,
    /// Writes the answer.
    pub render: Render,
}

impl fmt::Debug for Idempotency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Idempotency").field("claim", &self.claim).finish_non_exhaustive()
    }
}

/// What came of a request that may be repeated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome<T> {
    /// It was done now.
    Done(T),
    /// It had been done before; this is what was answered then.
    Replayed(StoredAnswer),
}
