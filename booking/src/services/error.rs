//! The one error of the services.

use std::num::NonZeroU32;

use chrono::NaiveDate;
use gema_broadcast::outbox::OutboxError;

use crate::domain::{BookingStatus, PaymentStatus};

/// Why something was not done. One variant per thing that a client can be told.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// There is no such thing.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// It does not go with the present state.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// A value is well formed, but not one that can be accepted now.
    #[error("the value of `{field}` cannot be accepted: {rule:?}")]
    Invalid {
        /// Name of the field in requests.
        field: &'static str,
        /// What it must comply with.
        rule: Rule,
    },
    /// It belongs to somebody else.
    #[error("the user may not do this")]
    Forbidden,
    /// No user has this address and this password.
    #[error("no user has this address and this password")]
    BadCredentials,
    /// A request with the same key is being answered at this moment.
    #[error("a request with this idempotency key is being answered")]
    IdempotencyInProgress,
    /// The key was used for a different request.
    #[error("this idempotency key was used for a different request")]
    IdempotencyMismatch,
    /// The database does not do what it should.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// An event cannot be put into the outbox.
    #[error("an event was not accepted: {0}")]
    Event(#[from] OutboxError),
    /// Passwords cannot be hashed.
    #[error("failed to hash a password: {0}")]
    Hash(String),
}

/// Why something does not go with the present state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// No place is free.
    #[error("the session is fully booked on that day")]
    SessionFull,
    /// A booking does not go from this status to that one.
    #[error("a booking that is {from} cannot become {to}")]
    BookingMove {
        /// What it is.
        from: BookingStatus,
        /// What it should become.
        to: BookingStatus,
    },
    /// A payment does not go from this status to that one.
    #[error("a payment that is {from} cannot become {to}")]
    PaymentMove {
        /// What it is.
        from: PaymentStatus,
        /// What it should become.
        to: PaymentStatus,
    },
    /// A booking of this status is not to be paid.
    #[error("a booking that is {0} cannot be paid")]
    NotPayable(BookingStatus),
    /// The user has this many bookings that are not paid, and may not have more.
    #[error("the user has {0} bookings that are not paid")]
    TooManyPending(NonZeroU32),
}

/// What a value must comply with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// The thing that it names must exist.
    Exists,
    /// Nobody else may have it.
    Unique,
    /// The day must not be in the past where the session takes place.
    TodayOrLater,
    /// The session must not be over on that day.
    NotOver,
    /// This day or an earlier one.
    NotLaterThan(NaiveDate),
    /// Not fewer places than are booked, which is this many on the day that has most.
    AtLeastBooked(i64),
    /// Later than the value of this field.
    LaterThan(&'static str),
}
