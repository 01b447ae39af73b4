//! What is counted of webhooks.

use std::time::Duration;

use gema_hub::FactKind;
use prometheus_client::{
    encoding::{EncodeLabelSet, EncodeLabelValue, EncodeMetric, LabelValueEncoder, MetricEncoder},
    metrics::{MetricType, histogram::Histogram},
};

use super::Metrics;
use crate::webhooks::request::Outcome;

impl Metrics {
    /// A receiver has accepted an event.
    pub(crate) fn count_webhook_event(&self, kind: FactKind) {
        self.webhook_events.get_or_create(&FactLabels { event: kind.name() }).inc();
    }

    /// A request of a webhook has ended.
    pub(crate) fn count_webhook_request(&self, outcome: &Outcome, took: Duration) {
        let result = match outcome {
            Outcome::Accepted(_) => "accepted",
            Outcome::Refused(_) => "refused",
            Outcome::Redirected(..) => "redirected",
            Outcome::TimedOut(_) => "timed_out",
            Outcome::Unreachable(_) => "unreachable",
        };
        self.webhook_requests.get_or_create(&OutcomeLabels { result }).inc();
        self.webhook_duration.0.observe(took.as_secs_f64());
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

/// Why no webhook will tell an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dropped {
    /// The receiver has refused it for too long.
    TooOld,
    /// The spool was full.
    SpoolFull,
    /// The spool could not be written, or is damaged.
    SpoolError,
}

/// What an event tells.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct FactLabels {
    event: &'static str,
}

/// What has come of a request.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct OutcomeLabels {
    result: &'static str,
}

/// Why an event is lost.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct DroppedLabels {
    reason: Dropped,
}

impl EncodeLabelValue for Dropped {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> std::fmt::Result {
        let name = match self {
            Self::TooOld => "too_old",
            Self::SpoolFull => "spool_full",
            Self::SpoolError => "spool_error",
        };
        name.encode(encoder)
    }
}

/// Times that receivers take, up to the longest that one may.
#[derive(Debug, Clone)]
pub struct Durations(Histogram);

impl Default for Durations {
    fn default() -> Self {
        Self(Histogram::new([0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 10.0]))
    }
}

impl EncodeMetric for Durations {
    fn encode(&self, encoder: MetricEncoder<'_>) -> std::fmt::Result {
        self.0.encode(encoder)
    }

    fn metric_type(&self) -> MetricType {
        self.0.metric_type()
    }
}
