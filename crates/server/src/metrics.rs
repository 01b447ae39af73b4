//! What an operator can watch. Every metric is declared here, once: its type, its name, its help and its unit. The
//! reference in the documentation is made of the same table.

use prometheus_client::{
    encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder},
    metrics::{counter::Counter, family::Family},
    registry::{Registry, Unit},
};

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
