//! Who has booked what.

use chrono::NaiveDate;

use super::{BookingCode, BookingId, BookingStatus, PaymentStatus, SessionId, Timestamp, UserId};

/// A place of a session on one day, taken by a user.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Booking {
    /// The id.
    pub id: BookingId,
    /// The session.
    pub session_id: SessionId,
    /// Whose it is.
    pub user_id: UserId,
    /// The day.
    pub booking_date: NaiveDate,
    /// The code that is shown at the door.
    #[sqlx(try_from = "String")]
    pub booking_code: BookingCode,
    /// Where it stands.
    #[sqlx(try_from = "String")]
    pub status: BookingStatus,
    /// Where its payment stands.
    #[sqlx(try_from = "String")]
    pub payment_status: PaymentStatus,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
    /// Grows with each change; events carry it too.
    pub version: i64,
    /// When it expires unless it is paid.
    #[serde(skip)]
    pub expires_at: Timestamp,
}

/// A wish for a place.
#[derive(Debug, Clone)]
pub struct NewBooking {
    /// Whose it will be.
    pub user_id: UserId,
    /// The session.
    pub session_id: SessionId,
    /// The day, today at the earliest in the session's time zone, and then only while the session is not over.
    pub booking_date: NaiveDate,
}

/// What an administrator changes of a booking; what is `None` stays.
#[derive(Debug, Clone, Copy, Default)]
pub struct BookingChanges {
    /// The status.
    pub status: Option<BookingStatus>,
    /// The status of the payment.
    pub payment_status: Option<PaymentStatus>,
}

/// Which bookings are listed.
#[derive(Debug, Clone, Copy, Default)]
pub struct BookingFilter {
    /// Only those of this user.
    pub user_id: Option<UserId>,
    /// Only those of this status.
    pub status: Option<BookingStatus>,
}
