//! Table `session_dates`: the days on which places are taken or the capacity is not the session's.

use chrono::NaiveDate;
use sqlx::Result;

use crate::{
    db::{Conn, execute, on},
    domain::{Session, SessionId},
};

/// The places of one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Places {
    pub(crate) booked: i64,
    pub(crate) capacity: i64,
    pub(crate) version: i64,
}

impl Places {
    pub(crate) fn free(self) -> i64 {
        self.capacity - self.booked
    }
}

/// A session and its places on one day.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct SessionPlaces {
    #[sqlx(flatten)]
    pub(crate) session: Session,
    #[sqlx(flatten)]
    pub(crate) places: Places,
}

/// A day with a capacity of its own.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct OwnDay {
    pub(crate) date: NaiveDate,
    #[sqlx(flatten)]
    pub(crate) places: Places,
}

/// Makes the row of a day that has none. The session must be locked, or its capacity could change meanwhile.
pub(crate) async fn ensure(conn: &mut Conn<'_>, id: SessionId, date: NaiveDate) -> Result<()> {
    const SQL: &str = "INSERT INTO session_dates (session_id, date, capacity, version) \
         SELECT id, $2, max_capacity, version FROM sessions WHERE id = $1 ON CONFLICT DO NOTHING";
    execute!(conn, sqlx::query(SQL).bind(id).bind(date)).map(drop)
}

/// Takes a place; nothing if none is free. Condition and change are one statement: that is what makes it
/// impossible to book a place twice.
pub(crate) async fn take(conn: &mut Conn<'_>, id: SessionId, date: NaiveDate) -> Result<Option<Places>> {
    const SQL: &str = "UPDATE session_dates SET booked = booked + 1, version = version + 1 \
         WHERE session_id = $1 AND date = $2 AND booked < capacity RETURNING booked, capacity, version";
    on!(conn, c => sqlx::query_as(SQL).bind(id).bind(date).fetch_optional(c))
}

/// Gives a place back.
pub(crate) async fn release(conn: &mut Conn<'_>, id: SessionId, date: NaiveDate) -> Result<Places> {
    const SQL: &str = "UPDATE session_dates SET booked = booked - 1, version = version + 1 \
         WHERE session_id = $1 AND date = $2 RETURNING booked, capacity, version";
    on!(conn, c => sqlx::query_as(SQL).bind(id).bind(date).fetch_one(c))
}

/// Gives a day a capacity of its own; nothing if more is booked. The day must have a row.
pub(crate) async fn set_capacity(
    conn: &mut Conn<'_>,
    id: SessionId,
    date: NaiveDate,
    capacity: i64,
) -> Result<Option<Places>> {
    const SQL: &str = "UPDATE session_dates SET capacity = $3, own_capacity = TRUE, version = version + 1 \
         WHERE session_id = $1 AND date = $2 AND booked <= $3 RETURNING booked, capacity, version";
    on!(conn, c => sqlx::query_as(SQL).bind(id).bind(date).bind(capacity).fetch_optional(c))
}

/// Sets the capacity of all days from `first` on that have none of their own.
pub(crate) async fn follow_session(
    conn: &mut Conn<'_>,
    session: &Session,
    first: NaiveDate,
    version: i64,
) -> Result<()> {
    const SQL: &str = "UPDATE session_dates SET capacity = $3, version = $4 \
         WHERE session_id = $1 AND date >= $2 AND NOT own_capacity";
    execute!(conn, sqlx::query(SQL).bind(session.id).bind(first).bind(session.max_capacity).bind(version))
        .map(drop)
}

/// Gives all days from `first` on that have a capacity of their own the version after this one, and answers with
/// them in their order.
pub(crate) async fn outrun_session(
    conn: &mut Conn<'_>,
    id: SessionId,
    first: NaiveDate,
    version: i64,
) -> Result<Vec<OwnDay>> {
    const SQL: &str = "UPDATE session_dates SET version = $3 \
         WHERE session_id = $1 AND date >= $2 AND own_capacity RETURNING date, booked, capacity, version";
    let mut days: Vec<OwnDay> =
        on!(conn, c => sqlx::query_as(SQL).bind(id).bind(first).bind(version + 1).fetch_all(c))?;
    days.sort_by_key(|day| day.date);
    Ok(days)
}

/// The most that is booked on a day from `first` on that has no capacity of its own.
pub(crate) async fn most_booked(conn: &mut Conn<'_>, id: SessionId, first: NaiveDate) -> Result<i64> {
    const SQL: &str = "SELECT COALESCE(MAX(booked), 0) FROM session_dates \
         WHERE session_id = $1 AND date >= $2 AND NOT own_capacity";
    on!(conn, c => sqlx::query_scalar(SQL).bind(id).bind(first).fetch_one(c))
}

/// Places that are taken on a day.
pub(crate) async fn booked(conn: &mut Conn<'_>, id: SessionId, date: NaiveDate) -> Result<i64> {
    const SQL: &str =
        "SELECT COALESCE(MAX(booked), 0) FROM session_dates WHERE session_id = $1 AND date = $2";
    on!(conn, c => sqlx::query_scalar(SQL).bind(id).bind(date).fetch_one(c))
}

/// Places that are taken on a day, if it has the session's capacity; otherwise none.
pub(crate) async fn booked_of_session(conn: &mut Conn<'_>, id: SessionId, date: NaiveDate) -> Result<i64> {
    const SQL: &str = "SELECT COALESCE(MAX(booked), 0) FROM session_dates \
         WHERE session_id = $1 AND date = $2 AND NOT own_capacity";
    on!(conn, c => sqlx::query_scalar(SQL).bind(id).bind(date).fetch_one(c))
}

/// All sessions with their places on a day, in the order of their times.
pub(crate) async fn of_all_sessions(conn: &mut Conn<'_>, date: NaiveDate) -> Result<Vec<SessionPlaces>> {
    const SQL: &str = "SELECT s.id, s.name, s.start_time, s.end_time, s.timezone, s.price, s.max_capacity, \
         COALESCE(d.booked, 0) AS booked, COALESCE(d.capacity, s.max_capacity) AS capacity, \
         COALESCE(d.version, s.version) AS version \
         FROM sessions s LEFT JOIN session_dates d ON d.session_id = s.id AND d.date = $1 \
         ORDER BY s.start_time, s.id";
    on!(conn, c => sqlx::query_as(SQL).bind(date).fetch_all(c))
}
