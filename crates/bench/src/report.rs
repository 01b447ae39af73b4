//! What a scenario has found, for people and for programs.

mod destination;
mod figures;
mod saved;

use std::io::Write;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use crate::timeline::{Samples, Timeline};

pub(crate) use destination::Destination;
pub(crate) use saved::{Options, Run, run};

/// The quantiles of a curve of latencies.
const QUANTILES: [f64; 11] = [0.0, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 0.9995, 0.9999, 1.0];
/// Percent of one CPU from which a generator is taken to be the bottleneck.
const SATURATED: f64 = 90.0;

/// How figures are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// A line for each, aligned
    Table,
    /// One object: `{"scenario":"fanout","figures":{"deliveries":1000,…}}`; names end with their units
    Json,
}

/// The figures of a run.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Report {
    pub(crate) scenario: String,
    #[serde(with = "figures")]
    pub(crate) figures: Vec<Figure>,
    /// Why the figures may not be what they seem.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) warnings: Vec<String>,
    #[serde(default, skip_serializing_if = "Series::is_empty")]
    pub(crate) series: Series,
}

/// One number.
#[derive(Debug, PartialEq)]
pub(crate) struct Figure {
    /// With its unit at the end: `latency_p99_ms`.
    pub(crate) name: String,
    pub(crate) value: f64,
    /// Digits after the point in a table.
    digits: usize,
}

/// What can be plotted.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Series {
    /// Pairs of a quantile and the milliseconds that so large a share of the deliveries has not exceeded.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) latency_ms_by_quantile: Vec<(f64, f64)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) timeline: Option<Samples>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) points: Vec<Points>,
}

/// A plot of its own.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Points {
    /// The same for the same plot of several runs.
    pub(crate) name: String,
    pub(crate) x_label: String,
    pub(crate) y_label: String,
    pub(crate) points: Vec<(f64, f64)>,
}

// === impl Report ===

impl Report {
    /// None yet.
    pub(crate) fn new(scenario: impl Into<String>) -> Self {
        let (figures, warnings, series) = (Vec::new(), Vec::new(), Series::default());
        Self { scenario: scenario.into(), figures, warnings, series }
    }

    /// One more figure, shown with so many digits after the point.
    pub(crate) fn add(&mut self, name: impl Into<String>, value: f64, digits: usize) {
        self.figures.push(Figure { name: name.into(), value, digits });
    }

    /// Figures and a curve of latencies in microseconds. Without any there is nothing to say.
    pub(crate) fn add_latencies(&mut self, latencies: &Histogram<u64>) {
        if latencies.is_empty() {
            return;
        }
        let milliseconds = |quantile| latencies.value_at_quantile(quantile) as f64 / 1e3;
        for (name, quantile) in [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p999", 0.999), ("max", 1.0)] {
            self.add(format!("latency_{name}_ms"), milliseconds(quantile), 2);
        }
        let curve = QUANTILES.map(|quantile| (quantile, milliseconds(quantile)));
        self.series.latency_ms_by_quantile = curve.to_vec();
    }

    /// How the run went second by second, and by how much the server grew if it was watched long enough.
    pub(crate) fn add_timeline(&mut self, timeline: Timeline) {
        let samples = timeline.into_samples();
        if let Some(slope) = samples.rss_slope_kib_per_minute() {
            self.add("rss_slope_kib_per_minute", slope, 1);
        }
        self.series.timeline = Some(samples);
    }

    /// One more plot: `y_label` over `x_label`, a dot for each point.
    pub(crate) fn add_points(
        &mut self,
        name: impl Into<String>,
        x_label: impl Into<String>,
        y_label: impl Into<String>,
        points: Vec<(f64, f64)>,
    ) {
        let (name, x_label, y_label) = (name.into(), x_label.into(), y_label.into());
        self.series.points.push(Points { name, x_label, y_label, points });
    }

    /// Says why the figures may not be what they seem.
    pub(crate) fn warn(&mut self, warning: impl Into<String>) {
        self.warnings.push(warning.into());
    }

    /// Warns if the generator had no CPU time left. `generator_cpu_percent` is in percent of one CPU, because it has
    /// one thread.
    pub(crate) fn warn_if_saturated(&mut self, generator_cpu_percent: f64) {
        if generator_cpu_percent > SATURATED {
            self.warn(format!(
                "the generator used {generator_cpu_percent:.0} % of its CPU: these figures are its limits, not the \
                 server's; give it a faster CPU or one of its own, or use fewer sockets"
            ));
        }
    }

    /// Writes all figures in their order.
    pub(crate) fn write(&self, format: Format, out: &mut impl Write) -> anyhow::Result<()> {
        match format {
            Format::Json => writeln!(out, "{}", serde_json::to_string(self)?)?,
            Format::Table => {
                writeln!(out, "{}", self.scenario)?;
                let width = self.figures.iter().map(|figure| figure.name.len()).max().unwrap_or(0);
                for Figure { name, value, digits } in &self.figures {
                    writeln!(out, "  {name:width$}  {value:>14.digits$}")?;
                }
                for warning in &self.warnings {
                    writeln!(out, "warning: {warning}")?;
                }
            }
        }
        Ok(())
    }
}

// === impl Series ===

impl Series {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests;
