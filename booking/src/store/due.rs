//! Table `bookings`, as the clerk sees it: what has to happen at which moment.

use chrono::NaiveDate;
use sqlx::Result;

use super::bookings::columns;
use crate::{
    db::{Conn, on},
    domain::{Booking, BookingId, PaymentOutcome, SessionId, TimeOfDay, TimeZone, Timestamp},
};

/// How many bookings are looked up at once, so that neither memory nor one round grows without bound.
const BATCH: i64 = 500;

/// A payment that the provider answers now.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct DuePayment {
    #[sqlx(flatten)]
    pub(crate) booking: Booking,
    #[sqlx(try_from = "String")]
    pub(crate) payment_outcome: PaymentOutcome,
}

/// A day of a session with confirmed bookings.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct Day {
    pub(crate) session_id: SessionId,
    pub(crate) booking_date: NaiveDate,
    #[sqlx(try_from = "String")]
    pub(crate) end_time: TimeOfDay,
    #[sqlx(try_from = "String")]
    pub(crate) timezone: TimeZone,
}

pub(crate) async fn payments(conn: &mut Conn<'_>, now: Timestamp) -> Result<Vec<BookingId>> {
    const SQL: &str = "SELECT id FROM bookings WHERE payment_status = 'pending' AND payment_due_at <= $1 \
         ORDER BY payment_due_at, id LIMIT $2";
    on!(conn, c => sqlx::query_scalar(SQL).bind(now).bind(BATCH).fetch_all(c))
}

/// The payment if it is still due, locked: another process may have been faster.
pub(crate) async fn payment_locked(
    conn: &mut Conn<'_>,
    id: BookingId,
    now: Timestamp,
) -> Result<Option<DuePayment>> {
    const PLAIN: &str = concat!(
        "SELECT ",
        columns!(),
        ", payment_outcome FROM bookings WHERE id = $1 AND payment_status = 'pending' AND payment_due_at <= $2"
    );
    const LOCKED: &str = concat!(
        "SELECT ",
        columns!(),
        ", payment_outcome FROM bookings WHERE id = $1 AND payment_status = 'pending' AND payment_due_at <= $2 \
         FOR UPDATE"
    );
    let sql = conn.pick(PLAIN, LOCKED);
    on!(conn, c => sqlx::query_as(sql).bind(id).bind(now).fetch_optional(c))
}

/// Bookings that were not paid in time. While a payment is pending the provider has the word.
pub(crate) async fn unpaid(conn: &mut Conn<'_>, now: Timestamp) -> Result<Vec<BookingId>> {
    const SQL: &str = "SELECT id FROM bookings WHERE status = 'pending' AND expires_at <= $1 \
         AND payment_status IN ('unpaid', 'failed') ORDER BY expires_at, id LIMIT $2";
    on!(conn, c => sqlx::query_scalar(SQL).bind(now).bind(BATCH).fetch_all(c))
}

/// Days up to `last` with confirmed bookings.
pub(crate) async fn days(conn: &mut Conn<'_>, last: NaiveDate) -> Result<Vec<Day>> {
    const SQL: &str = "SELECT DISTINCT b.session_id, b.booking_date, s.end_time, s.timezone \
         FROM bookings b JOIN sessions s ON s.id = b.session_id \
         WHERE b.status = 'confirmed' AND b.booking_date <= $1 ORDER BY b.booking_date, b.session_id";
    on!(conn, c => sqlx::query_as(SQL).bind(last).fetch_all(c))
}

pub(crate) async fn confirmed(conn: &mut Conn<'_>, day: &Day) -> Result<Vec<BookingId>> {
    const SQL: &str = "SELECT id FROM bookings WHERE status = 'confirmed' AND session_id = $1 \
         AND booking_date = $2 ORDER BY id LIMIT $3";
    on!(conn, c => sqlx::query_scalar(SQL)
        .bind(day.session_id)
        .bind(day.booking_date)
        .bind(BATCH)
        .fetch_all(c))
}
