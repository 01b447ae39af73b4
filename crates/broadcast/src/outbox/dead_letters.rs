//! Events that were given up.

use std::time::{Duration, SystemTime};

use sqlx::Pool;

use super::{Outbox, OutboxDatabase, OutboxError, entry::read_channels};
use crate::EventId;

/// An event that was given up: the server refuses it, or it was tried as often as permitted. If an event needs several
/// requests, each that was given up is a letter of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// By which it is retried or discarded.
    pub event_id: EventId,
    /// The name of the event.
    pub name: String,
    /// Where it should have gone: the channels of this request.
    pub channels: Vec<String>,
    /// The payload as JSON.
    pub data: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was put into the outbox.
    pub created_at: SystemTime,
    /// When it was given up.
    pub dead_at: SystemTime,
    /// What went wrong the last time.
    pub last_error: String,
}

/// `event_id, name, channels, data, attempts, created_at, dead_at, last_error`
pub(super) type DeadLetterRow = (String, String, String, String, i32, i64, i64, Option<String>);

impl TryFrom<DeadLetterRow> for DeadLetter {
    type Error = sqlx::Error;

    fn try_from(row: DeadLetterRow) -> Result<Self, Self::Error> {
        let (event_id, name, channels, data, attempts, created_at, dead_at, last_error) = row;
        Ok(Self {
            event_id: event_id.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)))?,
            name,
            channels: read_channels(&channels),
            data,
            attempts: u32::try_from(attempts).unwrap_or(0),
            created_at: time(created_at),
            dead_at: time(dead_at),
            last_error: last_error.unwrap_or_default(),
        })
    }
}

fn time(millis: i64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(millis).unwrap_or(0))
}

impl<DB: OutboxDatabase> Outbox<DB> {
    /// The dead letters, oldest first, at most `limit`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn dead_letters(&self, pool: &Pool<DB>, limit: u32) -> Result<Vec<DeadLetter>, OutboxError> {
        let rows = DB::dead(&mut *pool.acquire().await?, limit.into()).await?;
        Ok(rows.into_iter().map(DeadLetter::try_from).collect::<Result<_, _>>()?)
    }

    /// Has the dead letters of an event delivered after all, with as many tries as new ones. They keep their places,
    /// so they are the next ones of their channels. Whether there is such a dead letter.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn retry(&self, pool: &Pool<DB>, event_id: EventId) -> Result<bool, OutboxError> {
        Ok(self.revive(pool, Some(event_id)).await? > 0)
    }

    /// The same for all dead letters. How many there were.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn retry_all(&self, pool: &Pool<DB>) -> Result<u64, OutboxError> {
        self.revive(pool, None).await
    }

    /// Removes the dead letters of an event. Whether there was such a one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn discard(&self, pool: &Pool<DB>, event_id: EventId) -> Result<bool, OutboxError> {
        Ok(DB::discard(&mut *pool.acquire().await?, event_id.to_string()).await? > 0)
    }

    async fn revive(&self, pool: &Pool<DB>, event_id: Option<EventId>) -> Result<u64, OutboxError> {
        let revived = DB::revive(&mut *pool.acquire().await?, event_id.map(|id| id.to_string())).await?;
        self.wake();
        Ok(revived)
    }
}
