//! Table `online_users`.

use sqlx::Result;

use crate::{
    db::{Conn, execute, on},
    domain::{OnlineUser, Timestamp, UserId},
};

/// Notes a user, if there is such a one; who is noted already stays so.
pub(crate) async fn insert(conn: &mut Conn<'_>, user: UserId, now: Timestamp) -> Result<()> {
    const SQL: &str = "INSERT INTO online_users (user_id, since) SELECT id, $2 FROM users WHERE id = $1 \
         ON CONFLICT DO NOTHING";
    execute!(conn, sqlx::query(SQL).bind(user).bind(now)).map(drop)
}

pub(crate) async fn delete(conn: &mut Conn<'_>, user: UserId) -> Result<()> {
    const SQL: &str = "DELETE FROM online_users WHERE user_id = $1";
    execute!(conn, sqlx::query(SQL).bind(user)).map(drop)
}

/// The latest first.
pub(crate) async fn list(conn: &mut Conn<'_>, limit: i64) -> Result<Vec<OnlineUser>> {
    const SQL: &str = "SELECT u.id, u.name, o.since FROM online_users o JOIN users u ON u.id = o.user_id \
         ORDER BY o.since DESC, u.id DESC LIMIT $1";
    on!(conn, c => sqlx::query_as(SQL).bind(limit).fetch_all(c))
}

pub(crate) async fn count(conn: &mut Conn<'_>) -> Result<i64> {
    const SQL: &str = "SELECT COUNT(*) FROM online_users";
    on!(conn, c => sqlx::query_scalar(SQL).fetch_one(c))
}
