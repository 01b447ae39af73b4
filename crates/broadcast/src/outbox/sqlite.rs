//! The outbox in SQLite, where there is one relay and its transactions are as short as can be.

use std::path::PathBuf;

use sqlx::{Pool, Sqlite};

use super::claim::{Claim, take_entries};

pub(super) const MIGRATIONS: &[&str] = &[include_str!("schema/sqlite/1.sql")];

/// The lock is taken at once: a transaction that reads first could not write any more if another has written.
pub(super) const BEGIN: &str = "BEGIN IMMEDIATE";

pub(super) const SCHEMA: &str =
    "CREATE TABLE IF NOT EXISTS broadcast_outbox_schema (version INTEGER PRIMARY KEY) STRICT";

pub(super) const TAKE: &str = "SELECT id, event_id, name, channels, data, socket_id, attempts, available_at \
     FROM broadcast_outbox WHERE id IN (SELECT value FROM json_each($1)) \
     AND dead_at IS NULL AND available_at <= $2 ORDER BY id LIMIT $3";

pub(super) const DELETE: &str = "DELETE FROM broadcast_outbox WHERE id IN (SELECT value FROM json_each($1))";

/// Ids as the one value that they are bound as.
pub(super) fn ids(ids: &[i64]) -> String {
    serde_json::json!(ids).to_string()
}

/// Nobody else takes entries, so nothing has to be kept while they are sent.
pub(super) async fn claim(pool: &Pool<Sqlite>, now: i64, window: usize) -> sqlx::Result<Claim<Sqlite>> {
    let mut connection = pool.acquire().await?;
    let entries = take_entries::<Sqlite>(&mut connection, now, window).await?;
    Ok(Claim { entries, transaction: None })
}

/// Beside the database's file, under the name that SQLite itself has found for it; an in-memory database has none
/// and belongs to its process.
pub(super) async fn lock_file(pool: &Pool<Sqlite>) -> sqlx::Result<Option<PathBuf>> {
    let file: Option<String> =
        sqlx::query_scalar("SELECT file FROM pragma_database_list WHERE name = 'main'")
            .fetch_one(pool)
            .await?;
    Ok(file.filter(|file| !file.is_empty()).map(|file| PathBuf::from(file + "-relay.lock")))
}
