//! The macro that makes the metrics of their one table.

use std::hash::Hash;

use prometheus_client::{
    metrics::{MetricType, TypedMetric, counter::Counter, family::Family, gauge::Gauge},
    registry::Unit,
};

use super::labels::{Label, Labels};

/// A metric as the documentation shows it.
#[derive(Debug, Clone)]
pub struct Declared {
    /// Its name, without the suffixes that its unit and its type add.
    pub stem: &'static str,
    /// What it tells; Markdown.
    pub help: &'static str,
    /// Its unit, if it is no plain number.
    pub unit: Option<Unit>,
    /// Its type: counter, gauge or histogram.
    pub kind: MetricType,
    /// Its labels.
    pub labels: &'static [Label],
}

impl Declared {
    /// The name as Prometheus knows it: with its unit, and with `_total` for a counter. A histogram has no series of this
    /// name but `_bucket`, `_sum` and `_count`.
    #[must_use]
    pub fn name(&self) -> String {
        let unit = self.unit.as_ref().map(|unit| format!("_{}", unit.as_str())).unwrap_or_default();
        let total = if matches!(self.kind, MetricType::Counter) { "_total" } else { "" };
        format!("{}{unit}{total}", self.stem)
    }

    /// The names of its series.
    #[must_use]
    pub fn series(&self) -> Vec<String> {
        let name = self.name();
        match self.kind {
            MetricType::Histogram => ["bucket", "sum", "count"].map(|part| format!("{name}_{part}")).into(),
            _ => vec![name],
        }
    }
}

/// A metric that the table can declare.
pub trait Described: Default {
    /// Its type.
    const KIND: MetricType;
    /// Its labels.
    const LABELS: &'static [Label] = &[];
}

impl<N, A: Default> Described for Counter<N, A> {
    const KIND: MetricType = MetricType::Counter;
}

impl<N, A: Default> Described for Gauge<N, A> {
    const KIND: MetricType = MetricType::Gauge;
}

impl<L: Labels + Clone + Eq + Hash, M: Described + TypedMetric> Described for Family<L, M> {
    const KIND: MetricType = M::KIND;
    const LABELS: &'static [Label] = L::LABELS;
}

/// The table: `field: Type = "name without suffixes", unit;`, each with its help text as its doc comment.
macro_rules! metrics {
    ($($(#[doc = $help:literal])+ $field:ident: $kind:ty = $name:literal, $unit:expr;)+) => {
        /// All metrics of a server.
        #[derive(Debug)]
        pub struct Metrics {
            registry: prometheus_client::registry::Registry,
            /// What the shards count, each in a place of its own.
            blocks: Box<[ShardBlock]>,
            $($(#[doc = $help])+ pub $field: $kind,)+
        }

        /// All metrics, in the order of the reference.
        pub const DECLARED: &[Declared] = &[$(Declared {
            stem: $name,
            help: concat!($($help),+),
            unit: $unit,
            kind: <$kind as Described>::KIND,
            labels: <$kind as Described>::LABELS,
        }),+];

        impl Metrics {
            fn registered(blocks: Box<[ShardBlock]>) -> Self {
                let mut registry = prometheus_client::registry::Registry::default();
                $(
                    let $field = <$kind>::default();
                    let help = concat!($($help),+).trim().trim_end_matches('.');
                    match $unit {
                        Some(unit) => registry.register_with_unit($name, help, unit, $field.clone()),
                        None => registry.register($name, help, $field.clone()),
                    }
                )+
                Self { registry, blocks, $($field),+ }
            }
        }
    };
}

pub(super) use metrics;
