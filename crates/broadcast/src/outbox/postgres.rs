//! The outbox in PostgreSQL, where any number of relays share the work.

use std::path::PathBuf;

use sqlx::{Pool, Postgres};

use super::claim::{Claim, take_entries};

pub(super) const MIGRATIONS: &[&str] = &[include_str!("schema/postgres/1.sql")];

/// A round is idle while it sends, which a server may be configured to end.
pub(super) const BEGIN: &str =
    "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL idle_in_transaction_session_timeout = 0";

/// `CREATE TABLE IF NOT EXISTS` fails when two do it at once; the lock (any number that nobody else uses) makes
/// the second one wait.
pub(super) const SCHEMA: &str = "SELECT pg_advisory_xact_lock(7163384689217358190); \
     CREATE TABLE IF NOT EXISTS broadcast_outbox_schema (version BIGINT PRIMARY KEY)";

pub(super) const TAKE: &str = "SELECT id, event_id, name, channels, data, socket_id, attempts, available_at \
     FROM broadcast_outbox WHERE id = ANY($1) \
     AND dead_at IS NULL AND available_at <= $2 ORDER BY id LIMIT $3 FOR UPDATE SKIP LOCKED";

pub(super) const DELETE: &str = "DELETE FROM broadcast_outbox WHERE id = ANY($1)";

/// Ids as the one value that they are bound as.
pub(super) fn ids(ids: &[i64]) -> &[i64] {
    ids
}

/// The transaction holds the locks, and so goes on until the entries are settled. If it ends in another way the
/// locks are gone with it: another relay takes over at once.
pub(super) async fn claim(pool: &Pool<Postgres>, now: i64, window: usize) -> sqlx::Result<Claim<Postgres>> {
    let mut transaction = pool.begin_with(BEGIN).await?;
    let entries = take_entries::<Postgres>(&mut transaction, now, window).await?;
    Ok(Claim { entries, transaction: Some(transaction) })
}

/// None: relays do not exclude each other.
pub(super) async fn lock_file(_pool: &Pool<Postgres>) -> sqlx::Result<Option<PathBuf>> {
    Ok(None)
}
