//! What happens without anybody asking.

use super::{Bookings, ServiceError, context::Context};

/// Settles payments, expires what was not paid, completes what is over and throws away what nobody needs.
#[derive(Debug, Clone)]
pub struct Clerk {
    context: Context,
    bookings: Bookings,
}

/// What the clerk did in one round.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Work {
    /// Payments that succeeded or failed.
    pub settled: u64,
    /// Bookings that expired.
    pub expired: u64,
    /// Bookings whose session is over.
    pub completed: u64,
}

impl Clerk {
    pub(super) fn new(context: Context, bookings: Bookings) -> Self {
        Self { context, bookings }
    }

    /// Does what is due at this moment.
    ///
    /// # Errors
    /// When the database fails; what was done before stays done.
    pub async fn round(&self) -> Result<Work, ServiceError> {
        let _ = (&self.context, &self.bookings);
        unimplemented!()
    }
}
