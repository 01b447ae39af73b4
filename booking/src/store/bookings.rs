//! Table `bookings`.

use sqlx::Result;

use crate::{
    db::{Conn, on},
    domain::{
        Booking, BookingCode, BookingFilter, BookingId, BookingStatus, NewBooking, PageRequest,
        PaymentOutcome, PaymentStatus, Timestamp,
    },
};

/// The columns of a [`Booking`].
macro_rules! columns {
    () => {
        "id, session_id, user_id, booking_date, booking_code, status, payment_status, created_at, \
         updated_at, version, expires_at"
    };
}

pub(super) use columns;

/// What a booking becomes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Next {
    pub(crate) status: BookingStatus,
    pub(crate) payment_status: PaymentStatus,
    /// What the provider will answer and when, if it is asked now. What it was asked before stays as long as the
    /// payment is pending.
    pub(crate) order: Option<(PaymentOutcome, Timestamp)>,
}

/// Makes a pending, unpaid booking; nothing if the code is taken.
pub(crate) async fn insert(
    conn: &mut Conn<'_>,
    booking: &NewBooking,
    code: &BookingCode,
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<Option<Booking>> {
    const SQL: &str = concat!(
        "INSERT INTO bookings (session_id, user_id, booking_date, booking_code, status, payment_status, \
         expires_at, version, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, 'pending', 'unpaid', $5, 1, $6, $6) \
         ON CONFLICT (booking_code) DO NOTHING RETURNING ",
        columns!()
    );
    on!(conn, c => sqlx::query_as(SQL)
        .bind(booking.session_id)
        .bind(booking.user_id)
        .bind(booking.booking_date)
        .bind(code.as_str())
        .bind(expires_at)
        .bind(now)
        .fetch_optional(c))
}

/// Writes what a booking has become.
pub(crate) async fn update(
    conn: &mut Conn<'_>,
    id: BookingId,
    next: Next,
    now: Timestamp,
) -> Result<Booking> {
    const SQL: &str = concat!(
        "UPDATE bookings SET status = $2, payment_status = $3, \
         payment_outcome = CASE WHEN $3 = 'pending' AND payment_status = 'pending' THEN payment_outcome ELSE $4 END, \
         payment_due_at = CASE WHEN $3 = 'pending' AND payment_status = 'pending' THEN payment_due_at ELSE $5 END, \
         updated_at = $6, version = version + 1 WHERE id = $1 RETURNING ",
        columns!()
    );
    let (outcome, due) = next.order.unzip();
    on!(conn, c => sqlx::query_as(SQL)
        .bind(id)
        .bind(next.status.as_str())
        .bind(next.payment_status.as_str())
        .bind(outcome.map(PaymentOutcome::as_str))
        .bind(due)
        .bind(now)
        .fetch_one(c))
}

pub(crate) async fn by_id(conn: &mut Conn<'_>, id: BookingId) -> Result<Option<Booking>> {
    const SQL: &str = concat!("SELECT ", columns!(), " FROM bookings WHERE id = $1");
    on!(conn, c => sqlx::query_as(SQL).bind(id).fetch_optional(c))
}

pub(crate) async fn by_code(conn: &mut Conn<'_>, code: &BookingCode) -> Result<Option<Booking>> {
    const SQL: &str = concat!("SELECT ", columns!(), " FROM bookings WHERE booking_code = $1");
    on!(conn, c => sqlx::query_as(SQL).bind(code.as_str()).fetch_optional(c))
}

/// The booking, which nobody else can change until the end of the transaction.
pub(crate) async fn locked(conn: &mut Conn<'_>, id: BookingId) -> Result<Option<Booking>> {
    const PLAIN: &str = concat!("SELECT ", columns!(), " FROM bookings WHERE id = $1");
    const LOCKED: &str = concat!("SELECT ", columns!(), " FROM bookings WHERE id = $1 FOR UPDATE");
    let sql = conn.pick(PLAIN, LOCKED);
    on!(conn, c => sqlx::query_as(sql).bind(id).fetch_optional(c))
}

/// The condition of a [`BookingFilter`]. Two texts, because one for both cases would not use the index.
macro_rules! matching {
    ($before:expr, $filter:expr, $after:expr) => {
        match $filter.user_id {
            Some(_) => {
                concat!($before, " WHERE user_id = $1 AND ($2 IS NULL OR status = $2)", $after)
            }
            None => concat!($before, " WHERE $1 IS NULL AND ($2 IS NULL OR status = $2)", $after),
        }
    };
}

pub(crate) async fn list(
    conn: &mut Conn<'_>,
    filter: BookingFilter,
    page: PageRequest,
) -> Result<Vec<Booking>> {
    let sql = matching!(
        concat!("SELECT ", columns!(), " FROM bookings"),
        filter,
        " ORDER BY id DESC LIMIT $3 OFFSET $4"
    );
    on!(conn, c => sqlx::query_as(sql)
        .bind(filter.user_id)
        .bind(filter.status.map(BookingStatus::as_str))
        .bind(page.limit())
        .bind(page.offset())
        .fetch_all(c))
}

pub(crate) async fn count(conn: &mut Conn<'_>, filter: BookingFilter) -> Result<i64> {
    let sql = matching!("SELECT COUNT(*) FROM bookings", filter, "");
    on!(conn, c => sqlx::query_scalar(sql)
        .bind(filter.user_id)
        .bind(filter.status.map(BookingStatus::as_str))
        .fetch_one(c))
}
