//! Rows that the demonstration makes as if they had come about one after the other.

use chrono::NaiveDate;
use sqlx::Result;

use crate::{
    db::{Conn, execute},
    domain::{BookingCode, BookingStatus, NewBooking, PaymentStatus, Session, Timestamp},
};

/// A booking in any state.
#[derive(Debug)]
pub(crate) struct DemoBooking {
    pub(crate) booking: NewBooking,
    pub(crate) code: BookingCode,
    pub(crate) status: BookingStatus,
    pub(crate) payment_status: PaymentStatus,
    pub(crate) expires_at: Timestamp,
}

/// Makes a day with taken places; false if there is one already.
pub(crate) async fn insert_day(
    conn: &mut Conn<'_>,
    session: &Session,
    date: NaiveDate,
    booked: i64,
) -> Result<bool> {
    const SQL: &str = "INSERT INTO session_dates (session_id, date, capacity, booked, version) \
         SELECT id, $2, max_capacity, $3, version + $3 FROM sessions WHERE id = $1 ON CONFLICT DO NOTHING";
    let made = execute!(conn, sqlx::query(SQL).bind(session.id).bind(date).bind(booked))?;
    Ok(made == 1)
}

/// Makes a booking; false if its code is taken.
pub(crate) async fn insert_booking(conn: &mut Conn<'_>, row: &DemoBooking, now: Timestamp) -> Result<bool> {
    const SQL: &str = "INSERT INTO bookings (session_id, user_id, booking_date, booking_code, status, \
         payment_status, expires_at, version, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $8) ON CONFLICT (booking_code) DO NOTHING";
    let made = execute!(
        conn,
        sqlx::query(SQL)
            .bind(row.booking.session_id)
            .bind(row.booking.user_id)
            .bind(row.booking.booking_date)
            .bind(row.code.as_str())
            .bind(row.status.as_str())
            .bind(row.payment_status.as_str())
            .bind(row.expires_at)
            .bind(now)
    )?;
    Ok(made == 1)
}
