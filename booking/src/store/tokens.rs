//! Table `personal_access_tokens`.

use sqlx::Result;

use crate::{
    db::{Conn, execute, on},
    domain::{Timestamp, TokenId, User, UserId},
};

/// A row that does not exist yet.
#[derive(Debug)]
pub(crate) struct NewToken<'a> {
    pub(crate) user_id: UserId,
    pub(crate) name: &'a str,
    pub(crate) hash: &'a str,
    pub(crate) abilities: &'a str,
    pub(crate) expires_at: Timestamp,
}

/// A token and its owner.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct StoredToken {
    #[sqlx(flatten)]
    pub(crate) user: User,
    pub(crate) token: String,
    pub(crate) abilities: String,
    pub(crate) last_used_at: Option<Timestamp>,
    pub(crate) expires_at: Timestamp,
}

pub(crate) async fn insert(conn: &mut Conn<'_>, token: &NewToken<'_>, now: Timestamp) -> Result<TokenId> {
    const SQL: &str = "INSERT INTO personal_access_tokens \
         (user_id, name, token, abilities, expires_at, created_at) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id";
    on!(conn, c => sqlx::query_scalar(SQL)
        .bind(token.user_id)
        .bind(token.name)
        .bind(token.hash)
        .bind(token.abilities)
        .bind(token.expires_at)
        .bind(now)
        .fetch_one(c))
}

pub(crate) async fn find(conn: &mut Conn<'_>, id: TokenId) -> Result<Option<StoredToken>> {
    const SQL: &str = "SELECT u.id, u.name, u.email, u.role, u.created_at, \
         t.token, t.abilities, t.last_used_at, t.expires_at \
         FROM personal_access_tokens t JOIN users u ON u.id = t.user_id WHERE t.id = $1";
    on!(conn, c => sqlx::query_as(SQL).bind(id).fetch_optional(c))
}

pub(crate) async fn touch(conn: &mut Conn<'_>, id: TokenId, now: Timestamp) -> Result<()> {
    const SQL: &str = "UPDATE personal_access_tokens SET last_used_at = $2 WHERE id = $1";
    execute!(conn, sqlx::query(SQL).bind(id).bind(now)).map(drop)
}

pub(crate) async fn delete(conn: &mut Conn<'_>, id: TokenId) -> Result<()> {
    const SQL: &str = "DELETE FROM personal_access_tokens WHERE id = $1";
    execute!(conn, sqlx::query(SQL).bind(id)).map(drop)
}

pub(crate) async fn delete_of(conn: &mut Conn<'_>, user: UserId) -> Result<u64> {
    const SQL: &str = "DELETE FROM personal_access_tokens WHERE user_id = $1";
    execute!(conn, sqlx::query(SQL).bind(user))
}

pub(crate) async fn delete_expired(conn: &mut Conn<'_>, now: Timestamp) -> Result<()> {
    const SQL: &str = "DELETE FROM personal_access_tokens WHERE expires_at <= $1";
    execute!(conn, sqlx::query(SQL).bind(now)).map(drop)
}
