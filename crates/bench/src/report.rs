//! What a scenario has found, for people and for programs.

use std::io::Write;

use serde::{Serialize, Serializer};

/// How figures are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// A line for each, aligned
    Table,
    /// One object: `{"scenario":"fanout","figures":{"deliveries":1000,…}}`; names end with their units
    Json,
}

/// The figures of a run.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    scenario: &'static str,
    #[serde(serialize_with = "in_order")]
    figures: Vec<Figure>,
}

#[derive(Debug)]
struct Figure {
    /// With its unit at the end: `latency_p99_ms`.
    name: String,
    value: f64,
    /// Digits after the point, for people.
    digits: usize,
}

impl Report {
    /// None yet.
    pub(crate) fn new(scenario: &'static str) -> Self {
        Self { scenario, figures: Vec::new() }
    }

    /// One more figure, shown with so many digits after the point.
    pub(crate) fn add(&mut self, name: impl Into<String>, value: f64, digits: usize) {
        self.figures.push(Figure { name: name.into(), value, digits });
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
            }
        }
        Ok(())
    }
}

fn in_order<S: Serializer>(figures: &[Figure], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(figures.iter().map(|figure| (&figure.name, figure.value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(format: Format) -> String {
        let mut report = Report::new("fanout");
        report.add("deliveries", 50_000.0, 0);
        report.add("latency_p99_ms", 1.2345, 2);
        let mut out = Vec::new();
        report.write(format, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn json_keeps_the_order_and_all_digits() {
        assert_eq!(
            written(Format::Json),
            "{\"scenario\":\"fanout\",\"figures\":{\"deliveries\":50000.0,\"latency_p99_ms\":1.2345}}\n"
        );
    }

    #[test]
    fn a_table_is_aligned() {
        assert_eq!(
            written(Format::Table),
            "fanout\n  deliveries               50000\n  latency_p99_ms            1.23\n"
        );
    }
}
