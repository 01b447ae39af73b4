//! What the application does. HTTP, the command line and the clerk call these; each call that changes something is
//! one transaction with everything that belongs to the change: rows, notifications, events.

mod accounts;
mod bookings;
mod catalogue;
mod change;
mod clerk;
mod context;
mod error;
mod idempotency;
mod notifications;
mod online;
mod passwords;

use std::{num::NonZeroU32, time::Duration};

pub use accounts::Accounts;
pub use bookings::{Bookings, Origin};
pub use catalogue::Catalogue;
pub use clerk::{Clerk, Work};
pub use error::{Conflict, Rule, ServiceError};
pub use idempotency::{Idempotency, IdempotencyClaim, Outcome, Render, StoredAnswer};
pub use notifications::NotificationCentre;
pub use online::{Online, Presence};

use crate::{clock::Clock, db::Db, outgoing::Outgoing};
use context::Context;

/// All services over one database. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Services {
    /// Users and their tokens.
    pub accounts: Accounts,
    /// Sessions and how many of their places are free.
    pub catalogue: Catalogue,
    /// Bookings and their payments.
    pub bookings: Bookings,
    /// What users are told.
    pub notifications: NotificationCentre,
    /// Who has a page open.
    pub online: Online,
    /// What happens without anybody asking.
    pub clerk: Clerk,
    /// The events that wait to be sent.
    pub outgoing: Outgoing,
}

/// What an operator may set of the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// How long the simulated payment provider takes.
    pub payment_delay: Duration,
    /// After which time an unpaid booking expires.
    pub pending: Duration,
    /// How many days ahead one may book; 0 is today only.
    pub days_ahead: u64,
    /// How many bookings of one user may be unpaid at a time. Administrators have no limit.
    pub max_pending: NonZeroU32,
    /// After which time a token is no longer accepted.
    pub token_lifetime: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            payment_delay: Duration::from_secs(2),
            pending: Duration::from_secs(30 * 60),
            days_ahead: 365,
            max_pending: const { NonZeroU32::new(50).expect("50 is not 0") },
            token_lifetime: Duration::from_secs(30 * 24 * 60 * 60),
        }
    }
}

impl Services {
    /// The services over a database whose tables are up to date.
    #[must_use]
    pub fn new(db: &Db, clock: &Clock, settings: Settings) -> Self {
        let outgoing = Outgoing::new(db, clock);
        let context = Context::new(db, clock, settings, &outgoing);
        Self {
            accounts: Accounts::new(context.clone()),
            bookings: Bookings::new(context.clone()),
            catalogue: Catalogue::new(context.clone()),
            clerk: Clerk::new(context.clone()),
            notifications: NotificationCentre::new(context.clone()),
            online: Online::new(context),
            outgoing,
        }
    }
}
