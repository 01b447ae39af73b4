//! Table `idempotency_keys`.

use sqlx::Result;

use crate::{
    db::{Conn, execute, on},
    domain::Timestamp,
    services::{IdempotencyClaim, StoredAnswer},
};

/// What a key was used for.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct Stored {
    pub(crate) fingerprint: Vec<u8>,
    pub(crate) status: i64,
    pub(crate) body: String,
}

/// Takes a key that nobody has, or that was taken at `expired` or before. False if it is taken; waits while
/// another process is about to take it.
pub(crate) async fn claim(
    conn: &mut Conn<'_>,
    claim: &IdempotencyClaim,
    now: Timestamp,
    expired: Timestamp,
) -> Result<bool> {
    const SQL: &str = "INSERT INTO idempotency_keys (user_id, key, fingerprint, created_at) \
         VALUES ($1, $2, $3, $4) ON CONFLICT (user_id, key) \
         DO UPDATE SET fingerprint = $3, created_at = $4 WHERE idempotency_keys.created_at <= $5";
    let fingerprint = claim.fingerprint.as_slice();
    let taken = execute!(
        conn,
        sqlx::query(SQL).bind(claim.user_id).bind(&claim.key).bind(fingerprint).bind(now).bind(expired)
    )?;
    Ok(taken == 1)
}

pub(crate) async fn find(conn: &mut Conn<'_>, claim: &IdempotencyClaim) -> Result<Option<Stored>> {
    const SQL: &str =
        "SELECT fingerprint, status, body FROM idempotency_keys WHERE user_id = $1 AND key = $2";
    on!(conn, c => sqlx::query_as(SQL).bind(claim.user_id).bind(&claim.key).fetch_optional(c))
}

pub(crate) async fn complete(
    conn: &mut Conn<'_>,
    claim: &IdempotencyClaim,
    answer: &StoredAnswer,
) -> Result<()> {
    const SQL: &str = "UPDATE idempotency_keys SET status = $3, body = $4 WHERE user_id = $1 AND key = $2";
    execute!(
        conn,
        sqlx::query(SQL)
            .bind(claim.user_id)
            .bind(&claim.key)
            .bind(i64::from(answer.status))
            .bind(&answer.body)
    )
    .map(drop)
}

pub(crate) async fn delete_older(conn: &mut Conn<'_>, than: Timestamp) -> Result<()> {
    const SQL: &str = "DELETE FROM idempotency_keys WHERE created_at <= $1";
    execute!(conn, sqlx::query(SQL).bind(than)).map(drop)
}
