//! Table `users`.

use sqlx::Result;

use crate::{
    db::{Conn, on},
    domain::{Email, Role, Timestamp, User, UserId},
};

/// A row that does not exist yet.
#[derive(Debug)]
pub(crate) struct NewUser<'a> {
    pub(crate) name: &'a str,
    pub(crate) email: &'a Email,
    pub(crate) password_hash: &'a str,
    pub(crate) role: Role,
}

/// A user and the hash of their password.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct StoredUser {
    #[sqlx(flatten)]
    pub(crate) user: User,
    pub(crate) password_hash: String,
}

/// Makes a user; nothing if the address is taken.
pub(crate) async fn insert(conn: &mut Conn<'_>, user: &NewUser<'_>, now: Timestamp) -> Result<Option<User>> {
    const SQL: &str = "INSERT INTO users (name, email, password_hash, role, created_at) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (email) DO NOTHING \
         RETURNING id, name, email, role, created_at";
    on!(conn, c => sqlx::query_as(SQL)
        .bind(user.name)
        .bind(user.email.as_str())
        .bind(user.password_hash)
        .bind(user.role.as_str())
        .bind(now)
        .fetch_optional(c))
}

pub(crate) async fn by_email(conn: &mut Conn<'_>, email: &Email) -> Result<Option<StoredUser>> {
    const SQL: &str = "SELECT id, name, email, role, created_at, password_hash FROM users WHERE email = $1";
    on!(conn, c => sqlx::query_as(SQL).bind(email.as_str()).fetch_optional(c))
}

pub(crate) async fn exists(conn: &mut Conn<'_>, id: UserId) -> Result<bool> {
    const SQL: &str = "SELECT EXISTS (SELECT 1 FROM users WHERE id = $1)";
    on!(conn, c => sqlx::query_scalar(SQL).bind(id).fetch_one(c))
}
