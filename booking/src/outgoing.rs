//! The outbox of whichever database there is.

use std::{future::Future, time::Duration};

use gema_broadcast::{
    Broadcaster, EventId, Message,
    outbox::{DeadLetter, Outbox, OutboxError, OutboxStatus, Relay, RelayOptions},
};
use sqlx::{PgPool, Postgres, Sqlite, SqlitePool};

use crate::{
    clock::Clock,
    db::{Db, Tx},
};

/// The events that wait to be sent, and those that were given up. Cloning is cheap, and clones wake the same relay.
#[derive(Debug, Clone)]
pub struct Outgoing {
    outbox: Either,
}

/// An outbox and the pool that it works with.
#[derive(Debug, Clone)]
enum Either {
    /// Its reads, too, go through the connection that writes: they are few, and wait in turn instead of colliding.
    Sqlite(Outbox<Sqlite>, SqlitePool),
    Postgres(Outbox<Postgres>, PgPool),
}

/// The same expression for either outbox.
macro_rules! with {
    ($outgoing:expr, ($outbox:ident, $pool:ident) => $expression:expr) => {
        match &$outgoing.outbox {
            Either::Sqlite($outbox, $pool) => $expression,
            Either::Postgres($outbox, $pool) => $expression,
        }
    };
}

impl Outgoing {
    pub(crate) fn new(db: &Db, clock: &Clock) -> Self {
        let clock = clock.clone();
        let now = move || clock.now().utc().into();
        let outbox = match db {
            Db::Sqlite { writer, .. } => Either::Sqlite(Outbox::new().with_clock(now), writer.clone()),
            Db::Postgres(pool) => Either::Postgres(Outbox::new().with_clock(now), pool.clone()),
        };
        Self { outbox }
    }

    /// Whether the database answers.
    pub(crate) async fn ping(&self) -> sqlx::Result<()> {
        with!(self, (_outbox, pool) => sqlx::query("SELECT 1").execute(pool).await.map(drop))
    }

    /// Puts a message into the outbox; it is sent if and only if the transaction is committed.
    pub(crate) async fn enqueue(&self, tx: &mut Tx, message: Message) -> Result<EventId, OutboxError> {
        match (&self.outbox, tx) {
            (Either::Sqlite(outbox, _), Tx::Sqlite(tx)) => outbox.enqueue_message(tx, message).await,
            (Either::Postgres(outbox, _), Tx::Postgres(tx)) => outbox.enqueue_message(tx, message).await,
            (Either::Sqlite(..), Tx::Postgres(_)) | (Either::Postgres(..), Tx::Sqlite(_)) => {
                unreachable!("outbox and transaction come from one database")
            }
        }
    }

    /// Says that a transaction with messages was committed.
    pub(crate) fn wake(&self) {
        with!(self, (outbox, _pool) => outbox.wake());
    }

    /// Sends what is in the outbox until `shutdown` is ready, and then what it has begun with. Looks every `poll`
    /// for what another process has put in.
    ///
    /// # Errors
    /// On SQLite when the lock file beside the database cannot be used.
    pub async fn relay(
        &self,
        broadcaster: Broadcaster,
        poll: Duration,
        shutdown: impl Future<Output = ()>,
    ) -> Result<(), OutboxError> {
        let options = RelayOptions { poll, ..RelayOptions::default() };
        with!(self, (outbox, pool) => {
            Relay::new(outbox.clone(), pool.clone(), broadcaster).options(options).run(shutdown).await
        })
    }

    /// How much waits, and how long the first has waited.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn status(&self) -> Result<OutboxStatus, OutboxError> {
        with!(self, (outbox, pool) => outbox.status(pool).await)
    }

    /// Events that were given up, oldest first, at most `limit`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn dead_letters(&self, limit: u32) -> Result<Vec<DeadLetter>, OutboxError> {
        with!(self, (outbox, pool) => outbox.dead_letters(pool, limit).await)
    }

    /// Has an event sent after all that was given up; whether there is such a one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn retry(&self, id: EventId) -> Result<bool, OutboxError> {
        with!(self, (outbox, pool) => outbox.retry(pool, id).await)
    }

    /// The same for all of them; tells how many there were.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn retry_all(&self) -> Result<u64, OutboxError> {
        with!(self, (outbox, pool) => outbox.retry_all(pool).await)
    }

    /// Removes an event that was given up; whether there is such a one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn discard(&self, id: EventId) -> Result<bool, OutboxError> {
        with!(self, (outbox, pool) => outbox.discard(pool, id).await)
    }
}
