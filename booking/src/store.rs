//! SQL and nothing else: one function per statement, one file per table. The services decide.

pub(crate) mod bookings;
pub(crate) mod demo;
pub(crate) mod due;
pub(crate) mod idempotency;
pub(crate) mod notifications;
pub(crate) mod online_users;
pub(crate) mod session_dates;
pub(crate) mod sessions;
pub(crate) mod tokens;
pub(crate) mod users;
