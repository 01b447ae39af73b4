//! What is counted of webhooks.

use std::time::Duration;

use gema_hub::FactKind;

use super::{Dropped, DroppedLabels, Metrics, Told, ToldLabels, WebhookLabels, WebhookResult};
use crate::webhooks::request::Outcome;

impl Metrics {
    /// A receiver has accepted an event.
    pub(crate) fn count_webhook_event(&self, kind: FactKind) {
        let event = match kind {
            FactKind::ChannelOccupied => Told::ChannelOccupied,
            FactKind::ChannelVacated => Told::ChannelVacated,
            FactKind::MemberAdded => Told::MemberAdded,
            FactKind::MemberRemoved => Told::MemberRemoved,
            FactKind::ClientEvent => Told::ClientEvent,
            FactKind::CacheMiss => Told::CacheMiss,
            FactKind::SubscriptionCount => Told::SubscriptionCount,
        };
        self.webhook_events.get_or_create(&ToldLabels { event }).inc();
    }

    /// A request of a webhook has ended.
    pub(crate) fn count_webhook_request(&self, outcome: &Outcome, took: Duration) {
        let result = match outcome {
            Outcome::Accepted(_) => WebhookResult::Accepted,
            Outcome::Refused(_) => WebhookResult::Refused,
            Outcome::Redirected(..) => WebhookResult::Redirected,
            Outcome::TimedOut(_) => WebhookResult::TimedOut,
            Outcome::Unreachable(_) => WebhookResult::Unreachable,
        };
        self.webhook_requests.get_or_create(&WebhookLabels { result }).inc();
        self.webhook_duration.observe_duration(took);
    }

    /// Events are lost to webhooks.
    pub(crate) fn count_webhook_dropped(&self, reason: Dropped, events: u64) {
        self.webhook_dropped.get_or_create(&DroppedLabels { reason }).inc_by(events);
    }

    /// The spool could not be read or written.
    pub(crate) fn count_spool_error(&self) {
        self.webhook_spool_errors.inc();
    }

    /// How the spool is now.
    pub(crate) fn show_webhooks(&self, bytes: u64, backlog: u64, oldest: Duration) {
        self.webhook_spool.set(bytes.cast_signed());
        self.webhook_backlog.set(backlog.cast_signed());
        self.webhook_oldest_age.set(oldest.as_secs_f64());
    }
}
