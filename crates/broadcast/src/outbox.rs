//! Events that are sent if and only if a transaction commits.
//!
//! [`Outbox::enqueue`] writes an event into a table of the application's own database, within the transaction that
//! changes what the event tells of. A [`Relay`], in the same process or in another one, sends what was committed and
//! then removes it. This takes the place of Laravel's queued `ShouldBroadcast` with `afterCommit`; unlike there, an
//! event is neither lost when the process ends after the commit nor when the server is down, and its payload is
//! the one at the time of the change.
//!
//! ```no_run
//! # use gema_broadcast::{BroadcastEvent, Broadcaster, outbox::{Outbox, OutboxDatabase, OutboxError, Relay}};
//! # async fn example<DB: OutboxDatabase>(
//! #     pool: sqlx::Pool<DB>, broadcaster: Broadcaster, order_shipped: impl BroadcastEvent,
//! # ) -> Result<(), OutboxError> {
//! Outbox::migrate(&pool).await?;
//! let outbox = Outbox::new();
//! let relay = Relay::new(outbox.clone(), pool.clone(), broadcaster);
//! let relay = tokio::spawn(relay.run(async { tokio::signal::ctrl_c().await.expect("signals") }));
//!
//! let mut transaction = pool.begin().await?;
//! // … change the order …
//! outbox.enqueue(&mut *transaction, &order_shipped).await?;
//! transaction.commit().await?;
//! outbox.wake();
//!
//! // Before the process ends: what is being sent has its answers, and is removed.
//! relay.await.expect("a relay does not panic")?;
//! # Ok(())
//! # }
//! ```
//!
//! # What is promised
//!
//! * **At least once.** An event is sent first and removed after, so a crash between the two sends it again. The
//!   payload has a member `event_id`, the same each time, by which subscribers recognise it. An event that needs
//!   several requests (one for every 100 channels, one for each encrypted channel) is an entry for each of them, so
//!   that only what has failed is repeated; dead letters, counts and metrics are of such entries.
//! * **In order per channel.** Events of one channel go out in the order of their ids. An event that is put in after
//!   another transaction has committed comes after the events of that one. Of transactions that run at the same time
//!   nothing is promised (the one that was first to put in an event may be the last to commit), except on SQLite,
//!   where there are none that write. So whoever wants the order of changes first locks what is changed, as an
//!   `UPDATE` does, and puts in the event then: a second transaction waits for the first one's commit before it can.
//! * **A failure holds back the later events of its channels,** until it has succeeded or was given up, and no others.
//!   (With more than 10,000 events behind failures, those of other channels may be late: to find them takes a look at
//!   all, after which a relay rests four times as long as the look took.)
//! * While nobody crashes and every answer arrives, no event is sent twice, also by many relays on one PostgreSQL
//!   database. On SQLite one relay works at a time; others wait. (An in-memory database has no file whose lock could
//!   see to that: start one relay for it.) A relay that loses its connection to PostgreSQL in the middle of a round
//!   counts as crashed: another one may send the same events at the same time.
//!
//! # Failures
//!
//! | what happens | what the relay does |
//! |---|---|
//! | the server is absent: nobody answers, or a proxy in its place (502, 503, 504) | begins nothing more, and tries again and again, with pauses of up to [`RelayOptions::unreachable`]; costs no try |
//! | the same at one event, while others get answers | as at any other status, for this event only |
//! | 400, 413, 422, a 200 that is not the protocol's, or a row that cannot be read | gives the event up at once |
//! | any other status | tries again after [`RelayOptions::retry`], at most [`RelayOptions::max_tries`] times |
//! | the database does not answer | tries again and again |
//!
//! When the server hangs up or is silent at an event, this may be an outage, which says nothing about the event, or the
//! event may be what the server cannot cope with. So it is put off and the next try is made with another channel: if
//! that gets an answer, others go on at once, and the next time that the event finds nobody counts as a try. Each such
//! try takes an answer to another event, hence an outage, however long, uses up one at most.
//!
//! With the connection `null` events are removed without being sent; the relay begins with a warning.
//!
//! An event that was given up is a [dead letter](DeadLetter): it stays in the table until it is retried or
//! discarded, and no longer holds back its channels.
//!
//! # In the database
//!
//! Two tables, `broadcast_outbox` and `broadcast_outbox_schema`; payloads are stored as they are, also those of
//! encrypted channels, which are encrypted when they are sent. Beside an SQLite file there is a lock file,
//! `<file>-relay.lock`: it must not be removed while a relay runs.
//!
//! A relay uses one connection of its pool for each round and a second one, briefly, for its metrics, which it sets
//! every second (every 5 seconds while more than 10,000 events wait):
//! `broadcast_outbox_pending`, `broadcast_outbox_dead`, `broadcast_outbox_oldest_age_seconds`,
//! `broadcast_outbox_delivered_total`, `broadcast_outbox_failed_total` and `broadcast_outbox_dead_total`.

use std::{
    fmt, io,
    marker::PhantomData,
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime},
};

use sqlx::Pool;
use tokio::sync::Notify;

pub use crate::backoff::Backoff;
use crate::{BroadcastEvent, EventId, InvalidMessage, Message, SocketId};

mod availability;
mod claim;
mod database;
mod dead_letters;
mod entry;
mod lanes;
mod lock;
mod metrics;
mod options;
#[cfg(feature = "postgres")]
mod postgres;
mod relay;
mod round;
#[cfg(feature = "sqlite")]
mod sqlite;

pub use database::OutboxDatabase;
pub use dead_letters::DeadLetter;
pub use options::RelayOptions;
pub use relay::Relay;

use entry::NewEntry;

/// Puts events into the table. Cloning is cheap, and clones wake the same relay.
pub struct Outbox<DB> {
    clock: Arc<dyn Fn() -> SystemTime + Send + Sync>,
    awake: Arc<Notify>,
    database: PhantomData<fn() -> DB>,
}

/// What is in the outbox. An event that needs several requests counts once for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutboxStatus {
    /// How many events are neither delivered nor given up.
    pub pending: u64,
    /// How many were given up.
    pub dead: u64,
    /// How long ago the first pending one was put in.
    pub oldest_age: Option<Duration>,
}

/// Why the outbox could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum OutboxError {
    /// The event is not one that can be sent.
    #[error(transparent)]
    Message(#[from] InvalidMessage),
    /// The database did not do its part.
    #[error("the database of the outbox: {0}")]
    Database(#[from] sqlx::Error),
    /// The tables were made by a later version.
    #[error(
        "the outbox's tables have version {found}, but this program knows versions up to {known}; \
         run the version of it that made them, or a later one"
    )]
    Schema {
        /// The version of the tables.
        found: i64,
        /// The last one that is known here.
        known: i64,
    },
    /// A relay cannot make sure that it is the only one.
    #[error("the lock file {} cannot be used: {source}; a relay must be able to write beside its database", path.display())]
    Lock {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl<DB: OutboxDatabase> Outbox<DB> {
    /// One that goes by the system's clock.
    #[must_use]
    pub fn new() -> Self {
        Self { clock: Arc::new(SystemTime::now), awake: Arc::new(Notify::new()), database: PhantomData }
    }

    /// The same with another clock, which its relay goes by as well.
    #[must_use]
    pub fn with_clock(self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self { clock: Arc::new(clock), ..self }
    }

    /// Creates the tables, or brings them to the present version; does nothing if they have it. Several processes
    /// may do so at the same time.
    ///
    /// # Errors
    /// When the database refuses, or the tables belong to a later version of this library.
    pub async fn migrate(pool: &Pool<DB>) -> Result<(), OutboxError> {
        let mut transaction = DB::begin(pool).await?;
        let found = DB::schema(&mut transaction).await?;
        for (version, sql) in (1..).zip(DB::MIGRATIONS).skip_while(|(version, _)| *version <= found) {
            DB::migrate_to(&mut transaction, version, sql).await?;
        }
        let known = i64::try_from(DB::MIGRATIONS.len()).unwrap_or(i64::MAX);
        if found > known {
            return Err(OutboxError::Schema { found, known });
        }
        Ok(transaction.commit().await?)
    }

    /// Puts an event into the outbox, as it is now. It is sent if the transaction that the connection is in commits.
    /// Nothing happens if its condition does not hold or it has no channel.
    ///
    /// # Errors
    /// When the event cannot be sent (its payload must be a JSON object without a member `event_id`), or the
    /// database refuses.
    pub async fn enqueue<E: BroadcastEvent>(
        &self,
        connection: &mut DB::Connection,
        event: &E,
    ) -> Result<Option<EventId>, OutboxError> {
        self.enqueue_to_others(connection, event, None).await
    }

    /// The same for all subscribers but this connection.
    ///
    /// # Errors
    /// As [`Self::enqueue`].
    pub async fn enqueue_to_others<E: BroadcastEvent>(
        &self,
        connection: &mut DB::Connection,
        event: &E,
        socket_id: Option<SocketId>,
    ) -> Result<Option<EventId>, OutboxError> {
        match Message::of(event)? {
            Some(message) => self.enqueue_message(connection, message.except(socket_id)).await.map(Some),
            None => Ok(None),
        }
    }

    /// The same for an event without a type of its own.
    ///
    /// # Errors
    /// As [`Self::enqueue`].
    pub async fn enqueue_message(
        &self,
        connection: &mut DB::Connection,
        message: Message,
    ) -> Result<EventId, OutboxError> {
        let id = EventId::new();
        let message = message.identified(id)?;
        for entry in NewEntry::all_of(&message, id, self.now()) {
            DB::insert(connection, entry).await?;
        }
        Ok(id)
    }

    /// Tells the relay of this process that there is something to send. Without that, and in other processes, it
    /// finds out within [`RelayOptions::poll`]. Call it after the commit.
    pub fn wake(&self) {
        self.awake.notify_one();
    }

    /// What is in the outbox.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn status(&self, pool: &Pool<DB>) -> Result<OutboxStatus, OutboxError> {
        let (pending, dead, oldest) = DB::status(&mut *pool.acquire().await?).await?;
        let age =
            |created_at: i64| Duration::from_millis(u64::try_from(self.now() - created_at).unwrap_or(0));
        Ok(OutboxStatus {
            pending: u64::try_from(pending).unwrap_or(0),
            dead: u64::try_from(dead).unwrap_or(0),
            oldest_age: oldest.map(age),
        })
    }

    /// Unix milliseconds.
    fn now(&self) -> i64 {
        let now = (self.clock)().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
    }
}

impl<DB: OutboxDatabase> Default for Outbox<DB> {
    fn default() -> Self {
        Self::new()
    }
}

impl<DB> Clone for Outbox<DB> {
    fn clone(&self) -> Self {
        Self { clock: self.clock.clone(), awake: self.awake.clone(), database: PhantomData }
    }
}

impl<DB> fmt::Debug for Outbox<DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbox").finish_non_exhaustive()
    }
}
