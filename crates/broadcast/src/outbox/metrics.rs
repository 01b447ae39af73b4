//! What an operator sees of the outbox; the one place that names it.

use metrics::{Unit, counter, describe_counter, describe_gauge, gauge};

use super::OutboxStatus;

const PENDING: &str = "broadcast_outbox_pending";
const DEAD: &str = "broadcast_outbox_dead";
const OLDEST_AGE: &str = "broadcast_outbox_oldest_age_seconds";
const DELIVERED_TOTAL: &str = "broadcast_outbox_delivered_total";
const FAILED_TOTAL: &str = "broadcast_outbox_failed_total";
const DEAD_TOTAL: &str = "broadcast_outbox_dead_total";

/// Why a try failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// Nobody answered, or a proxy in the server's place.
    Unreachable,
    /// The event itself is at fault.
    Refused,
    /// The server answered with a failing status.
    Status,
}

impl Reason {
    fn text(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Refused => "refused",
            Self::Status => "status",
        }
    }
}

/// Tells the recorder what there is.
pub(super) fn describe() {
    describe_gauge!(PENDING, Unit::Count, "Events that are neither delivered nor given up.");
    describe_gauge!(DEAD, Unit::Count, "Events that were given up and are still in the outbox.");
    describe_gauge!(OLDEST_AGE, Unit::Seconds, "For how long the oldest pending event has been waiting.");
    describe_counter!(DELIVERED_TOTAL, Unit::Count, "Events that were delivered and removed.");
    describe_counter!(
        FAILED_TOTAL,
        Unit::Count,
        "Tries that failed: unreachable, refused, or another status."
    );
    describe_counter!(DEAD_TOTAL, Unit::Count, "Events that were given up.");
    // So that the first increase is one: a series that begins with 1 has no rate.
    for reason in [Reason::Unreachable, Reason::Refused, Reason::Status] {
        counter!(FAILED_TOTAL, "reason" => reason.text()).absolute(0);
    }
    settled(0, 0);
}

pub(super) fn set_status(status: OutboxStatus) {
    #[expect(clippy::cast_precision_loss, reason = "gauges are floating point numbers")]
    let count = |number: u64| number as f64;
    gauge!(PENDING).set(count(status.pending));
    gauge!(DEAD).set(count(status.dead));
    gauge!(OLDEST_AGE).set(status.oldest_age.unwrap_or_default().as_secs_f64());
}

pub(super) fn failed(reason: Reason) {
    counter!(FAILED_TOTAL, "reason" => reason.text()).increment(1);
}

pub(super) fn settled(delivered: usize, dead: usize) {
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    counter!(DELIVERED_TOTAL).increment(count(delivered));
    counter!(DEAD_TOTAL).increment(count(dead));
}
