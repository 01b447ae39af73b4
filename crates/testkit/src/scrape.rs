//! Metrics as Prometheus reads them.

use std::collections::{BTreeMap, BTreeSet};

use gema::metrics::{DECLARED, Label};

/// All series of one scrape.
#[derive(Debug, Clone, Default)]
pub struct Scrape(Vec<Series>);

#[derive(Debug, Clone)]
struct Series {
    name: String,
    labels: BTreeMap<String, String>,
    value: f64,
}

impl Scrape {
    /// Reads the text format of Prometheus or of OpenMetrics.
    ///
    /// # Panics
    /// When a line is none of either.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        Self(lines.map(|line| Series::parse(line).unwrap_or_else(|| panic!("no series: {line}"))).collect())
    }

    /// The sum of all series of this name whose labels have these values; nothing if there is none.
    #[must_use]
    pub fn find(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let is_there = |series: &&Series| {
            let has = |(label, value): &(&str, &str)| series.labels.get(*label).is_some_and(|is| is == value);
            series.name == name && labels.iter().all(has)
        };
        let mut found = self.0.iter().filter(is_there).peekable();
        found.peek()?;
        Some(found.map(|series| series.value).sum())
    }

    /// The same as a whole number; 0 if there is none.
    ///
    /// # Panics
    /// When it is no whole number.
    #[must_use]
    pub fn count(&self, name: &str, labels: &[(&str, &str)]) -> u64 {
        let value = self.find(name, labels).unwrap_or_default();
        assert!(value >= 0.0 && value.fract() == 0.0, "{name} {labels:?} is {value}");
        value as u64
    }

    /// The names of all series, each with the names of its labels.
    #[must_use]
    pub fn names(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let mut names: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for series in &self.0 {
            names.entry(&series.name).or_default().extend(series.labels.keys().map(String::as_str));
        }
        names
    }

    /// The values of a label of the series of this name.
    #[must_use]
    pub fn values(&self, name: &str, label: &str) -> BTreeSet<&str> {
        let of_name = self.0.iter().filter(|series| series.name == name);
        of_name.filter_map(|series| series.labels.get(label)).map(String::as_str).collect()
    }

    /// All values of all labels.
    #[must_use]
    pub fn label_values(&self) -> BTreeSet<&str> {
        self.0.iter().flat_map(|series| series.labels.values()).map(String::as_str).collect()
    }
}

/// The series that the server's table of metrics declares, each with the names of its labels.
#[must_use]
pub fn declared_series() -> BTreeMap<String, BTreeSet<String>> {
    let labels_of = |series: &str, labels: &[Label]| {
        let bucket = series.ends_with("_bucket").then_some("le");
        labels.iter().map(|label| label.name).chain(bucket).map(str::to_owned).collect()
    };
    DECLARED
        .iter()
        .flat_map(|metric| metric.series().into_iter().map(|series| (series, metric.labels)))
        .map(|(series, labels)| (series.clone(), labels_of(&series, labels)))
        .collect()
}

/// The values that the label of a series may have, as the server's table declares them; empty where it is not known.
#[must_use]
pub fn declared_values(series: &str, label: &str) -> &'static [&'static str] {
    let metric = DECLARED.iter().find(|metric| metric.series().iter().any(|name| name == series));
    let label = metric.and_then(|metric| metric.labels.iter().find(|declared| declared.name == label));
    label.map_or(&[], |label| label.values)
}

impl Series {
    fn parse(line: &str) -> Option<Self> {
        let (series, value) = line.rsplit_once(' ')?;
        let (name, labels) = match series.split_once('{') {
            Some((name, labels)) => (name, labels.strip_suffix('}')?),
            None => (series, ""),
        };
        // No label of ours has a comma or a quote in its value.
        let labels = labels.split(',').filter(|label| !label.is_empty()).map(|label| {
            let (name, value) = label.split_once("=\"")?;
            Some((name.to_owned(), value.strip_suffix('"')?.to_owned()))
        });
        Some(Self {
            name: name.to_owned(),
            labels: labels.collect::<Option<_>>()?,
            value: value.parse().ok()?,
        })
    }
}
