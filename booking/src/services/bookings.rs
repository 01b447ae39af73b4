//! Bookings and their payments.

use gema_broadcast::SocketId;

use super::{Idempotency, Outcome, ServiceError, context::Context};
use crate::domain::{
    Booking, BookingChanges, BookingCode, BookingFilter, BookingId, NewBooking, Page, PageRequest,
    PaymentOutcome, User,
};

/// Bookings and their payments.
#[derive(Debug, Clone)]
pub struct Bookings {
    context: Context,
}

/// Where a change comes from.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// The connection that is not told what it did itself.
    pub except: Option<SocketId>,
    /// The key under which the answer is kept.
    pub idempotency: Option<Idempotency>,
}

impl Bookings {
    pub(super) fn new(context: Context) -> Self {
        Self { context }
    }

    /// Takes a place.
    ///
    /// # Errors
    /// [`SessionFull`](super::Conflict::SessionFull); [`Invalid`](ServiceError::Invalid) `session_id` or `user_id`
    /// when there is none, `booking_date` when it is in the past; those of the idempotency key.
    pub async fn create(
        &self,
        booking: NewBooking,
        origin: Origin,
    ) -> Result<Outcome<Booking>, ServiceError> {
        let _ = (booking, origin, &self.context);
        unimplemented!()
    }

    /// Bookings, newest first. Whose bookings may be asked for is the caller's business.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(
        &self,
        filter: BookingFilter,
        page: PageRequest,
    ) -> Result<Page<Booking>, ServiceError> {
        let _ = (filter, page);
        unimplemented!()
    }

    /// The booking with this code.
    ///
    /// # Errors
    /// [`NotFound`](ServiceError::NotFound); [`Forbidden`](ServiceError::Forbidden) when it is somebody else's.
    pub async fn by_code(&self, code: &BookingCode, by: &User) -> Result<Booking, ServiceError> {
        let _ = (code, by);
        unimplemented!()
    }

    /// The booking with this id.
    ///
    /// # Errors
    /// As [`by_code`](Self::by_code).
    pub async fn by_id(&self, id: BookingId, by: &User) -> Result<Booking, ServiceError> {
        let _ = (id, by);
        unimplemented!()
    }

    /// Gives a booking up: the place is free again, a payment goes back.
    ///
    /// # Errors
    /// As [`by_code`](Self::by_code); [`BookingMove`](super::Conflict::BookingMove) when it cannot be given up any
    /// more; those of the idempotency key.
    pub async fn cancel(
        &self,
        id: BookingId,
        by: &User,
        origin: Origin,
    ) -> Result<Outcome<Booking>, ServiceError> {
        let _ = (id, by, origin);
        unimplemented!()
    }

    /// Asks the simulated provider for the money; the answer comes after [`Settings`](super::Settings)'
    /// `payment_delay`.
    ///
    /// # Errors
    /// As [`by_code`](Self::by_code); [`NotPayable`](super::Conflict::NotPayable) and
    /// [`PaymentMove`](super::Conflict::PaymentMove); those of the idempotency key.
    pub async fn pay(
        &self,
        id: BookingId,
        by: &User,
        outcome: PaymentOutcome,
        origin: Origin,
    ) -> Result<Outcome<Booking>, ServiceError> {
        let _ = (id, by, outcome, origin);
        unimplemented!()
    }

    /// Changes a booking as an administrator does. One that is given up gives its place and its payment back.
    ///
    /// # Errors
    /// [`NotFound`](ServiceError::NotFound); [`BookingMove`](super::Conflict::BookingMove) and
    /// [`PaymentMove`](super::Conflict::PaymentMove).
    pub async fn change(
        &self,
        id: BookingId,
        changes: BookingChanges,
        except: Option<SocketId>,
    ) -> Result<Booking, ServiceError> {
        let _ = (id, changes, except);
        unimplemented!()
    }
}
