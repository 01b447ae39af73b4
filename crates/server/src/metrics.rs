//! What an operator can watch. Every metric is declared here, once: its type, its name, its help and its unit. The
//! reference in the documentation is made of the same table.

mod webhooks;

use std::sync::atomic::AtomicU64;

use prometheus_client::{
    encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder},
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::{Registry, Unit},
};

pub use webhooks::Dropped;
use webhooks::{DroppedLabels, Durations, FactLabels, OutcomeLabels};

/// A metric as the documentation shows it.
#[derive(Debug, Clone)]
pub struct Declared {
    /// Its name in Prometheus, without the suffixes that its unit and its type add.
    pub name: &'static str,
    /// What it tells; Markdown.
    pub help: &'static str,
    /// Its unit, if it is no plain number.
    pub unit: Option<Unit>,
}

macro_rules! metrics {
    ($($(#[doc = $help:literal])+ $field:ident: $kind:ty = $name:literal, $unit:expr;)+) => {
        /// All metrics of a server.
        #[derive(Debug)]
        pub struct Metrics {
            registry: Registry,
            $($(#[doc = $help])+ pub $field: $kind,)+
        }

        /// All metrics, in the order of the reference.
        pub const DECLARED: &[Declared] =
            &[$(Declared { name: $name, help: concat!($($help),+), unit: $unit }),+];

        impl Metrics {
            /// Metrics of which nothing is counted yet.
            #[must_use]
            pub fn new() -> Self {
                let mut registry = Registry::default();
                $(
                    let $field = <$kind>::default();
                    let help = concat!($($help),+).trim().trim_end_matches('.');
                    match $unit {
                        Some(unit) => registry.register_with_unit($name, help, unit, $field.clone()),
                        None => registry.register($name, help, $field.clone()),
                    }
                )+
                Self { registry, $($field),+ }
            }
        }
    };
}

metrics! {
    /// Limits that somebody has hit, by limit.
    limits_hit: Family<LimitLabels, Counter> = "gema_limits_hit", None;
    /// Events that receivers of webhooks have accepted, by kind.
    webhook_events: Family<FactLabels, Counter> = "gema_webhook_events", None;
    /// Requests of webhooks, by result.
    webhook_requests: Family<OutcomeLabels, Counter> = "gema_webhook_requests", None;
    /// How long receivers of webhooks take for an answer, whatever it is.
    webhook_duration: Durations = "gema_webhook_request_duration", Some(Unit::Seconds);
    /// Events that no webhook will tell any more, by reason. Each is in the log as well.
    webhook_dropped: Family<DroppedLabels, Counter> = "gema_webhook_events_dropped", None;
    /// Entries of the spool that the webhook that is furthest behind has still to tell; about as many events or more.
    webhook_backlog: Gauge = "gema_webhook_backlog", None;
    /// How long the oldest event waits that a webhook could not tell yet.
    webhook_oldest_age: Gauge<f64, AtomicU64> = "gema_webhook_oldest_event_age", Some(Unit::Seconds);
    /// What the spool of webhooks takes of the disk.
    webhook_spool: Gauge = "gema_webhook_spool", Some(Unit::Bytes);
    /// Times that the spool of webhooks could not be read or written.
    webhook_spool_errors: Counter = "gema_webhook_spool_errors", None;
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// The metrics in the text format of Prometheus.
    ///
    /// # Errors
    /// Never: a text takes everything that is written to it.
    pub fn encode(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.registry)?;
        Ok(text)
    }

    /// Somebody has hit a limit.
    pub fn count_limit_hit(&self, limit: Limit) {
        self.limits_hit.get_or_create(&LimitLabels { limit }).inc();
    }
}

/// Which limit has been hit.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct LimitLabels {
    limit: Limit,
}

/// A limit on what clients and applications may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Limit {
    /// Connections of an application (`REVERB_APP_MAX_CONNECTIONS`).
    AppConnections,
    /// Connections of the process (`GEMA_MAX_CONNECTIONS`).
    ProcessConnections,
}

impl EncodeLabelValue for Limit {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> std::fmt::Result {
        let name = match self {
            Self::AppConnections => "app_connections",
            Self::ProcessConnections => "process_connections",
        };
        name.encode(encoder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_shown() {
        let metrics = Metrics::new();
        metrics.count_limit_hit(Limit::AppConnections);
        let text = metrics.encode().unwrap();
        assert!(text.contains("gema_limits_hit_total{limit=\"app_connections\"} 1\n"), "{text}");
    }
}
