//! Table `sessions`.

use sqlx::Result;

use crate::{
    db::{Conn, execute, on},
    domain::{NewSession, Session, SessionId},
};

/// The columns of a [`Session`].
macro_rules! columns {
    () => {
        "id, name, start_time, end_time, timezone, price, max_capacity"
    };
}

/// How long others have to wait for a session.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Lock {
    /// Until the end of this transaction nobody may change it; several may hold it so.
    Share,
    /// Until the end of this transaction nobody else may hold it.
    Update,
}

impl Lock {
    /// Not a lock of the row: who wants to change it would wait as long as there is always one more who shares it.
    /// For locks of this kind people queue in the order in which they come. SQLite has one writer anyway.
    async fn take(self, conn: &mut Conn<'_>, id: SessionId) -> Result<()> {
        const SHARE: &str = "SELECT pg_advisory_xact_lock_shared(hashtextextended('booking.session', $1))";
        const UPDATE: &str = "SELECT pg_advisory_xact_lock(hashtextextended('booking.session', $1))";
        let sql = match self {
            Self::Share => SHARE,
            Self::Update => UPDATE,
        };
        match conn {
            Conn::Sqlite(_) => Ok(()),
            Conn::Postgres(connection) => {
                sqlx::query(sql).bind(id).execute(&mut **connection).await.map(drop)
            }
        }
    }
}

pub(crate) async fn insert(conn: &mut Conn<'_>, session: &NewSession) -> Result<Session> {
    const SQL: &str = concat!(
        "INSERT INTO sessions (name, start_time, end_time, timezone, price, max_capacity) \
         VALUES ($1, $2, $3, $4, $5, $6) RETURNING ",
        columns!()
    );
    on!(conn, c => sqlx::query_as(SQL)
        .bind(&session.name)
        .bind(session.start_time)
        .bind(session.end_time)
        .bind(session.timezone)
        .bind(session.price)
        .bind(session.max_capacity)
        .fetch_one(c))
}

pub(crate) async fn all(conn: &mut Conn<'_>) -> Result<Vec<Session>> {
    const SQL: &str = concat!("SELECT ", columns!(), " FROM sessions ORDER BY start_time, id");
    on!(conn, c => sqlx::query_as(SQL).fetch_all(c))
}

pub(crate) async fn find(conn: &mut Conn<'_>, id: SessionId) -> Result<Option<Session>> {
    const SQL: &str = concat!("SELECT ", columns!(), " FROM sessions WHERE id = $1");
    on!(conn, c => sqlx::query_as(SQL).bind(id).fetch_optional(c))
}

/// The session as it is once it is locked.
pub(crate) async fn find_locked(conn: &mut Conn<'_>, id: SessionId, lock: Lock) -> Result<Option<Session>> {
    lock.take(conn, id).await?;
    find(conn, id).await
}

/// Writes everything but the capacity.
pub(crate) async fn update(conn: &mut Conn<'_>, session: &Session) -> Result<()> {
    const SQL: &str =
        "UPDATE sessions SET name = $2, start_time = $3, end_time = $4, price = $5 WHERE id = $1";
    execute!(
        conn,
        sqlx::query(SQL)
            .bind(session.id)
            .bind(&session.name)
            .bind(session.start_time)
            .bind(session.end_time)
            .bind(session.price)
    )
    .map(drop)
}

/// Sets the capacity, and a version that is greater than those of all days; answers with the version.
pub(crate) async fn set_capacity(conn: &mut Conn<'_>, id: SessionId, capacity: i64) -> Result<i64> {
    const SQL: &str = "UPDATE sessions SET max_capacity = $2, version = 1 + (SELECT MAX(version) FROM \
         (SELECT version FROM session_dates WHERE session_id = $1 \
          UNION ALL SELECT version FROM sessions WHERE id = $1) AS versions) \
         WHERE id = $1 RETURNING version";
    on!(conn, c => sqlx::query_scalar(SQL).bind(id).bind(capacity).fetch_one(c))
}
