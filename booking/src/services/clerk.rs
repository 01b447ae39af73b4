//! What happens without anybody asking.

use std::{future::Future, pin::pin, time::Duration};

use chrono::Days;
use tokio::{
    select,
    time::{MissedTickBehavior, interval},
};
use tracing::warn;

use super::{
    ServiceError,
    bookings::{apply, give_up},
    change::Change,
    context::Context,
    idempotency,
};
use crate::{
    domain::{BookingId, BookingStatus, PaymentOutcome, PaymentStatus},
    metrics,
    store::{self, bookings::Next, due},
};

/// Time between two rounds.
const ROUND: Duration = Duration::from_secs(1);

/// Settles payments, expires what was not paid, completes what is over and throws away what nobody needs. Several
/// may be at work on one database: each looks again, with the row locked, before it does something.
#[derive(Debug, Clone)]
pub struct Clerk {
    context: Context,
}

/// What a clerk did in one round.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Work {
    /// Payments that succeeded or failed.
    pub settled: u64,
    /// Bookings that expired.
    pub expired: u64,
    /// Bookings whose session is over.
    pub completed: u64,
}

#[derive(Debug, Clone, Copy)]
enum Task {
    Settle,
    Expire,
    Complete,
}

impl Clerk {
    pub(super) fn new(context: Context) -> Self {
        Self { context }
    }

    /// Works round after round until `shutdown` is ready, and then to the end of the round.
    pub async fn run(&self, shutdown: impl Future<Output = ()>) {
        let mut shutdown = pin!(shutdown);
        let mut rounds = interval(ROUND);
        rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            select! {
                () = &mut shutdown => return,
                _ = rounds.tick() => {}
            }
            if let Err(error) = self.round().await {
                warn!(%error, "The clerk could not do what is due; it tries again in a second");
            }
        }
    }

    /// Does what is due at this moment, each booking in a transaction of its own.
    ///
    /// # Errors
    /// When the database does not say what is due. What fails for one booking is logged and tried again in the
    /// next round; the others do not wait for it.
    pub async fn round(&self) -> Result<Work, ServiceError> {
        let db = &self.context.db;
        let now = self.context.clock.now();
        let due = due::payments(&mut db.reader().await?.conn(), now).await?;
        let settled = self.each(Task::Settle, due).await;
        let due = due::unpaid(&mut db.reader().await?.conn(), now).await?;
        let expired = self.each(Task::Expire, due).await;
        let completed = self.complete_over().await?;
        let mut tx = db.begin().await?;
        store::tokens::delete_expired(&mut tx.conn(), now).await?;
        store::idempotency::delete_older(&mut tx.conn(), now.minus(idempotency::KEPT)).await?;
        tx.commit().await?;
        Ok(Work { settled, expired, completed })
    }

    async fn complete_over(&self) -> Result<u64, ServiceError> {
        let now = self.context.clock.now();
        // No time zone is a day ahead of UTC.
        let last = now.utc().date_naive() + Days::new(1);
        let days = due::days(&mut self.context.db.reader().await?.conn(), last).await?;
        let mut completed = 0;
        for day in days.iter().filter(|day| day.timezone.moment(day.booking_date, day.end_time) <= now) {
            let due = due::confirmed(&mut self.context.db.reader().await?.conn(), day).await?;
            completed += self.each(Task::Complete, due).await;
        }
        Ok(completed)
    }

    async fn each(&self, task: Task, ids: Vec<BookingId>) -> u64 {
        let mut done = 0;
        for id in ids {
            let result = match task {
                Task::Settle => self.settle(id).await,
                Task::Expire => self.expire(id).await,
                Task::Complete => self.complete(id).await,
            };
            match result {
                Ok(changed) => done += u64::from(changed),
                Err(error) => {
                    warn!(booking.id = %id, ?task, %error, "Booking {id} could not be brought up to date");
                }
            }
        }
        done
    }

    async fn settle(&self, id: BookingId) -> Result<bool, ServiceError> {
        let mut change = Change::begin(&self.context, None).await?;
        let now = change.now;
        let Some(payment) = due::payment_locked(&mut change.conn(), id, now).await? else {
            return Ok(false);
        };
        change.happens_now();
        let status = payment.booking.status;
        let (status, payment_status) = match payment.payment_outcome {
            PaymentOutcome::Succeed if status == BookingStatus::Pending => {
                (BookingStatus::Confirmed, PaymentStatus::Paid)
            }
            // An administrator was faster.
            PaymentOutcome::Succeed => (status, PaymentStatus::Paid),
            PaymentOutcome::Fail => (status, PaymentStatus::Failed),
        };
        apply(&mut change, &payment.booking, Next { status, payment_status, order: None }).await?;
        change.commit().await?;
        metrics::payment(payment_status.as_str());
        Ok(true)
    }

    async fn expire(&self, id: BookingId) -> Result<bool, ServiceError> {
        let mut change = Change::begin(&self.context, None).await?;
        let locked = change.lock_booking(id).await?;
        let now = change.now;
        let Some(booking) = locked.filter(|booking| {
            booking.status == BookingStatus::Pending
                && booking.payment_status != PaymentStatus::Pending
                && booking.expires_at <= now
        }) else {
            return Ok(false);
        };
        give_up(&mut change, &booking, BookingStatus::Expired).await?;
        change.commit().await?;
        metrics::booking("expired");
        Ok(true)
    }

    async fn complete(&self, id: BookingId) -> Result<bool, ServiceError> {
        let mut change = Change::begin(&self.context, None).await?;
        let Some(booking) =
            change.lock_booking(id).await?.filter(|booking| booking.status == BookingStatus::Confirmed)
        else {
            return Ok(false);
        };
        let payment_status = booking.payment_status;
        let next = Next { status: BookingStatus::Completed, payment_status, order: None };
        apply(&mut change, &booking, next).await?;
        change.commit().await?;
        metrics::booking("completed");
        Ok(true)
    }
}
