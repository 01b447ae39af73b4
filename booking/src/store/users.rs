//! Table `users`.

use sqlx::Result;

use crate::{
    db::{Conn, on},
    domain::{Email, InvalidWord, Role, Timestamp, User, UserId},
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

/// The role of a user, if there is one, whom nobody else locks until the end of the transaction.
pub(crate) async fn lock(conn: &mut Conn<'_>, id: UserId) -> Result<Option<Role>> {
    const PLAIN: &str = "SELECT role FROM users WHERE id = $1";
    // Rows that refer to the user can be made meanwhile.
    const LOCKED: &str = "SELECT role FROM users WHERE id = $1 FOR NO KEY UPDATE";
    let sql = conn.pick(PLAIN, LOCKED);
    let role: Option<String> = on!(conn, c => sqlx::query_scalar(sql).bind(id).fetch_optional(c))?;
    role.map(|role| role.parse().map_err(|error: InvalidWord| sqlx::Error::Decode(error.into()))).transpose()
}
