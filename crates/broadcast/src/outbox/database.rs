//! What the outbox asks of a database. The statements are the same for both; what differs is in `sqlite` and
//! `postgres`.

use sqlx::{Database, Pool, Transaction};

use super::{
    claim::Claim,
    dead_letters::DeadLetterRow,
    entry::{EntryRow, NewEntry, OutlineRow},
};

/// A database that can hold an outbox: [`sqlx::Sqlite`] with the feature `sqlite`, [`sqlx::Postgres`] with
/// `postgres`. Nothing else can implement it.
pub trait OutboxDatabase: Statements {}

/// A failed try, as it is written down.
#[derive(Debug)]
pub struct Mark {
    pub(super) id: i64,
    /// As the entry was taken.
    pub(super) attempts_before: i32,
    pub(super) attempts: i32,
    /// When it may be tried again; Unix milliseconds, as all times here.
    pub(super) available_at: i64,
    pub(super) error: String,
    pub(super) dead_at: Option<i64>,
}

/// The statements, each for one connection so that the caller decides about transactions.
pub trait Statements: Database {
    /// What brings the tables from one version to the next.
    const MIGRATIONS: &[&str];

    /// Begins a transaction that will write.
    fn begin(pool: &Pool<Self>) -> impl Future<Output = sqlx::Result<Transaction<'static, Self>>> + Send;

    /// Takes entries for one round of a relay; see [`Claim`].
    fn claim(
        pool: &Pool<Self>,
        now: i64,
        window: usize,
    ) -> impl Future<Output = sqlx::Result<Claim<Self>>> + Send;

    /// The file whose lock a relay must have, if there can be only one.
    fn lock_file(pool: &Pool<Self>) -> impl Future<Output = sqlx::Result<Option<std::path::PathBuf>>> + Send;

    /// Keeps others from changing the tables until the end of the transaction, and tells their version.
    fn schema(connection: &mut Self::Connection) -> impl Future<Output = sqlx::Result<i64>> + Send;

    /// Brings the tables to this version, from the one before.
    fn migrate_to(
        connection: &mut Self::Connection,
        version: i64,
        sql: &'static str,
    ) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Adds an entry.
    fn insert(
        connection: &mut Self::Connection,
        entry: NewEntry,
    ) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// The undelivered entries behind `after`, up to `up_to`, at most `limit`.
    fn outlines(
        connection: &mut Self::Connection,
        after: i64,
        up_to: i64,
        limit: i64,
    ) -> impl Future<Output = sqlx::Result<Vec<OutlineRow>>> + Send;

    /// Those of the entries that are due, at most `limit`; where there can be several relays, those that no other
    /// one has, and locked for this one.
    fn take(
        connection: &mut Self::Connection,
        ids: &[i64],
        now: i64,
        limit: i64,
    ) -> impl Future<Output = sqlx::Result<Vec<EntryRow>>> + Send;

    /// Removes entries that are delivered.
    fn delete(
        connection: &mut Self::Connection,
        ids: &[i64],
    ) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Writes down a failed try, unless somebody else has a result by now: a relay may have lost its locks.
    fn mark(connection: &mut Self::Connection, mark: &Mark) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// How many are undelivered, how many dead, and when the oldest undelivered one was put in.
    fn status(
        connection: &mut Self::Connection,
    ) -> impl Future<Output = sqlx::Result<(i64, i64, Option<i64>)>> + Send;

    /// The dead entries, oldest first.
    fn dead(
        connection: &mut Self::Connection,
        limit: i64,
    ) -> impl Future<Output = sqlx::Result<Vec<DeadLetterRow>>> + Send;

    /// Makes dead entries new: those of this event, or all. How many that were.
    fn revive(
        connection: &mut Self::Connection,
        event_id: Option<String>,
    ) -> impl Future<Output = sqlx::Result<u64>> + Send;

    /// Removes the dead entries of an event. How many that were.
    fn discard(
        connection: &mut Self::Connection,
        event_id: String,
    ) -> impl Future<Output = sqlx::Result<u64>> + Send;
}

/// The statements for one database, of which `$dialect` knows the rest. (With generic functions each of them would
/// need a page of bounds.)
macro_rules! statements {
    ($database:ty, $dialect:ident) => {
        impl OutboxDatabase for $database {}

        impl Statements for $database {
            const MIGRATIONS: &[&str] = super::$dialect::MIGRATIONS;

            async fn begin(pool: &Pool<Self>) -> sqlx::Result<Transaction<'static, Self>> {
                pool.begin_with(super::$dialect::BEGIN).await
            }

            async fn claim(pool: &Pool<Self>, now: i64, window: usize) -> sqlx::Result<Claim<Self>> {
                super::$dialect::claim(pool, now, window).await
            }

            async fn lock_file(pool: &Pool<Self>) -> sqlx::Result<Option<std::path::PathBuf>> {
                super::$dialect::lock_file(pool).await
            }

            async fn schema(connection: &mut Self::Connection) -> sqlx::Result<i64> {
                sqlx::raw_sql(super::$dialect::SCHEMA).execute(&mut *connection).await?;
                sqlx::query_scalar("SELECT COALESCE(MAX(version), 0) FROM broadcast_outbox_schema")
                    .fetch_one(connection)
                    .await
            }

            async fn migrate_to(
                connection: &mut Self::Connection,
                version: i64,
                sql: &'static str,
            ) -> sqlx::Result<()> {
                sqlx::raw_sql(sql).execute(&mut *connection).await?;
                sqlx::query("INSERT INTO broadcast_outbox_schema (version) VALUES ($1)")
                    .bind(version)
                    .execute(connection)
                    .await?;
                Ok(())
            }

            async fn insert(connection: &mut Self::Connection, entry: NewEntry) -> sqlx::Result<()> {
                sqlx::query(
                    "INSERT INTO broadcast_outbox (event_id, part, name, channels, data, socket_id, created_at) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7)",
                )
                .bind(entry.event_id)
                .bind(entry.part)
                .bind(entry.name)
                .bind(entry.channels)
                .bind(entry.data)
                .bind(entry.socket_id)
                .bind(entry.created_at)
                .execute(connection)
                .await?;
                Ok(())
            }

            async fn outlines(
                connection: &mut Self::Connection,
                after: i64,
                up_to: i64,
                limit: i64,
            ) -> sqlx::Result<Vec<OutlineRow>> {
                sqlx::query_as(
                    "SELECT id, channels, available_at FROM broadcast_outbox \
                     WHERE dead_at IS NULL AND id > $1 AND id <= $2 ORDER BY id LIMIT $3",
                )
                .bind(after)
                .bind(up_to)
                .bind(limit)
                .fetch_all(connection)
                .await
            }

            async fn take(
                connection: &mut Self::Connection,
                ids: &[i64],
                now: i64,
                limit: i64,
            ) -> sqlx::Result<Vec<EntryRow>> {
                sqlx::query_as(super::$dialect::TAKE)
                    .bind(super::$dialect::ids(ids))
                    .bind(now)
                    .bind(limit)
                    .fetch_all(connection)
                    .await
            }

            async fn delete(connection: &mut Self::Connection, ids: &[i64]) -> sqlx::Result<()> {
                sqlx::query(super::$dialect::DELETE)
                    .bind(super::$dialect::ids(ids))
                    .execute(connection)
                    .await?;
                Ok(())
            }

            async fn mark(connection: &mut Self::Connection, mark: &Mark) -> sqlx::Result<()> {
                sqlx::query(
                    "UPDATE broadcast_outbox \
                     SET attempts = $2, available_at = $3, last_error = $4, dead_at = $5 \
                     WHERE id = $1 AND dead_at IS NULL AND attempts = $6",
                )
                .bind(mark.id)
                .bind(mark.attempts)
                .bind(mark.available_at)
                .bind(&mark.error)
                .bind(mark.dead_at)
                .bind(mark.attempts_before)
                .execute(connection)
                .await?;
                Ok(())
            }

            async fn status(connection: &mut Self::Connection) -> sqlx::Result<(i64, i64, Option<i64>)> {
                sqlx::query_as(
                    "SELECT (SELECT COUNT(*) FROM broadcast_outbox WHERE dead_at IS NULL), \
                     (SELECT COUNT(*) FROM broadcast_outbox WHERE dead_at IS NOT NULL), \
                     (SELECT created_at FROM broadcast_outbox WHERE dead_at IS NULL ORDER BY id LIMIT 1)",
                )
                .fetch_one(connection)
                .await
            }

            async fn dead(
                connection: &mut Self::Connection,
                limit: i64,
            ) -> sqlx::Result<Vec<DeadLetterRow>> {
                sqlx::query_as(
                    "SELECT event_id, name, channels, data, attempts, created_at, dead_at, last_error \
                     FROM broadcast_outbox WHERE dead_at IS NOT NULL ORDER BY id LIMIT $1",
                )
                .bind(limit)
                .fetch_all(connection)
                .await
            }

            async fn revive(
                connection: &mut Self::Connection,
                event_id: Option<String>,
            ) -> sqlx::Result<u64> {
                let result = sqlx::query(
                    "UPDATE broadcast_outbox SET dead_at = NULL, attempts = 0, available_at = 0 \
                     WHERE dead_at IS NOT NULL AND ($1 IS NULL OR event_id = $1)",
                )
                .bind(event_id)
                .execute(connection)
                .await?;
                Ok(result.rows_affected())
            }

            async fn discard(connection: &mut Self::Connection, event_id: String) -> sqlx::Result<u64> {
                let result =
                    sqlx::query("DELETE FROM broadcast_outbox WHERE dead_at IS NOT NULL AND event_id = $1")
                        .bind(event_id)
                        .execute(connection)
                        .await?;
                Ok(result.rows_affected())
            }
        }
    };
}

#[cfg(feature = "sqlite")]
statements!(sqlx::Sqlite, sqlite);
#[cfg(feature = "postgres")]
statements!(sqlx::Postgres, postgres);
