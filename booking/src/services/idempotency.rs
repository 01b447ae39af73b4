//! Requests that may be repeated without doing the thing twice.

use std::{
    collections::HashSet,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use super::{ServiceError, change::Change};
use crate::{
    db,
    domain::{Booking, UserId},
    store,
};

/// How long answers are kept.
pub(super) const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

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

impl Idempotency {
    /// Takes the key for this change; if it was used before, the answer of then.
    pub(super) async fn claim(&self, change: &mut Change) -> Result<Option<StoredAnswer>, ServiceError> {
        let (now, expired) = (change.now, change.now.minus(KEPT));
        let mut conn = change.conn();
        match store::idempotency::claim(&mut conn, &self.claim, now, expired).await {
            Ok(true) => return Ok(None),
            Ok(false) => {}
            // Another process is answering the first request.
            Err(error) if db::is_lock_timeout(&error) => return Err(ServiceError::IdempotencyInProgress),
            Err(error) => return Err(error.into()),
        }
        match store::idempotency::find(&mut conn, &self.claim).await? {
            Some(stored) if stored.fingerprint == self.claim.fingerprint => {
                let status = u16::try_from(stored.status).unwrap_or(500);
                Ok(Some(StoredAnswer { status, body: stored.body }))
            }
            Some(_) => Err(ServiceError::IdempotencyMismatch),
            // It was there a moment ago and the clerk has thrown it away.
            None => Err(ServiceError::IdempotencyInProgress),
        }
    }

    /// Keeps the answer.
    pub(super) async fn complete(&self, change: &mut Change, booking: &Booking) -> Result<(), ServiceError> {
        let answer = (self.render)(booking);
        store::idempotency::complete(&mut change.conn(), &self.claim, &answer).await?;
        Ok(())
    }
}

/// The keys of the requests that this process is answering.
#[derive(Debug, Clone, Default)]
pub(super) struct Running(Arc<Mutex<HashSet<(UserId, String)>>>);

/// A key that is in use until this is dropped.
#[derive(Debug)]
pub(super) struct InUse {
    running: Running,
    key: (UserId, String),
}

impl Running {
    /// # Errors
    /// [`IdempotencyInProgress`](ServiceError::IdempotencyInProgress).
    pub(super) fn enter(&self, claim: &IdempotencyClaim) -> Result<InUse, ServiceError> {
        let key = (claim.user_id, claim.key.clone());
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if keys.insert(key.clone()) {
            Ok(InUse { running: self.clone(), key })
        } else {
            Err(ServiceError::IdempotencyInProgress)
        }
    }
}

impl Drop for InUse {
    fn drop(&mut self) {
        self.running.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_in_use_until_its_request_is_answered_and_only_for_its_user() {
        let running = Running::default();
        let claim = |user: i64| IdempotencyClaim {
            user_id: user.try_into().unwrap(),
            key: "k".to_owned(),
            fingerprint: [0; 32],
        };
        let first = running.enter(&claim(1)).unwrap();
        assert!(matches!(running.enter(&claim(1)), Err(ServiceError::IdempotencyInProgress)));
        assert!(running.enter(&claim(2)).is_ok());
        drop(first);
        assert!(running.enter(&claim(1)).is_ok());
    }
}
