//! Whether dashboards and alerts ask for what there is.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    process::Command,
};

use gema_testkit::{Scrape, declared_series, declared_values};
use serde_json::Value;

use super::promql::{Query, Selector};

/// What Prometheus adds to each series.
const OF_PROMETHEUS: [&str; 2] = ["job", "instance"];
/// Labels of the application of which all values are there from the start.
const KNOWN_LABELS: [&str; 2] = ["result", "reason"];
/// Counters that begin with their first request: the application does not know its routes beforehand, and the alert waits
/// for a share of many requests, not for the first one that fails.
const BEGIN_LATER: [&str; 1] = ["booking_http_requests_total"];

/// The names of series, each with those of its labels.
type Names = BTreeMap<String, BTreeSet<String>>;

/// What there is to ask for.
pub(super) struct Known<'a> {
    labels: Names,
    booking_at_start: &'a Scrape,
    server_at_start: &'a Scrape,
}

fn names(scrape: &Scrape) -> Names {
    let owned = |labels: BTreeSet<&str>| labels.into_iter().map(str::to_owned).collect();
    scrape.names().into_iter().map(|(name, labels)| (name.to_owned(), owned(labels))).collect()
}

impl<'a> Known<'a> {
    pub(super) fn new(
        booking: &Scrape,
        booking_at_start: &'a Scrape,
        server: &Scrape,
        server_at_start: &'a Scrape,
    ) -> Self {
        let mut labels: Names = declared_series();
        for (name, shown) in names(server) {
            assert_eq!(labels.get(&name), Some(&shown), "{name}");
        }
        labels.extend(names(booking));
        labels.insert("up".to_owned(), BTreeSet::new());
        Self { labels, booking_at_start, server_at_start }
    }

    /// Checks all dashboards and alerts.
    pub(super) fn check(&self) {
        let deploy = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../deploy");
        let mut checked = 0;
        for file in ["grafana/gema.json", "grafana/booking.json"] {
            let board: Value = serde_json::from_str(&fs::read_to_string(deploy.join(file)).unwrap()).unwrap();
            let mut queries = Vec::new();
            texts(&board, &["expr", "definition"], &mut queries);
            checked += queries.len();
            queries.iter().for_each(|query| drop(self.check_query(file, query)));
        }
        checked += self.check_alerts(&deploy.join("prometheus/alerts.yml"));
        assert!(checked > 80, "{checked} queries");
    }

    /// Answers how many there are.
    fn check_alerts(&self, path: &Path) -> usize {
        let rules = fs::read_to_string(path).unwrap();
        let expressions: Vec<_> =
            rules.lines().filter_map(|line| line.trim_start().strip_prefix("expr: ")).collect();
        let alerts = rules.matches("- alert: ").count();
        assert_eq!(expressions.len(), alerts, "each rule has its expression on one line");
        let mut limits = BTreeSet::new();
        for expression in &expressions {
            let query = self.check_query("alerts.yml", expression);
            for selector in &query.selectors {
                self.check_start(&query, selector);
                let of_limits = selector.matchers.iter().filter(|matcher| matcher.label == "limit");
                limits.extend(of_limits.flat_map(|matcher| matcher.alternatives()).map(str::to_owned));
            }
        }
        let all = declared_values("gema_limits_hit_total", "limit");
        let missing: Vec<_> = all.iter().filter(|limit| !limits.contains(**limit)).collect();
        assert!(missing.is_empty(), "no alert for the limits {missing:?}");
        check_with_promtool(path);
        alerts
    }

    /// All values of a label, if they are known.
    fn values(&self, series: &str, label: &str) -> BTreeSet<&str> {
        let declared: BTreeSet<_> = declared_values(series, label).iter().copied().collect();
        if declared.is_empty() && KNOWN_LABELS.contains(&label) {
            self.booking_at_start.values(series, label)
        } else {
            declared
        }
    }

    /// Every metric, label and value of a query is there.
    fn check_query(&self, file: &str, text: &str) -> Query {
        let query = Query::parse(text).unwrap_or_else(|error| panic!("{file}: {error}: {text}"));
        assert!(!query.selectors.is_empty() || text.contains("vector("), "{file}: no metric in {text}");
        let mut labels: BTreeSet<&str> = OF_PROMETHEUS.into();
        for Selector { metric, matchers } in &query.selectors {
            let of_metric = self.labels.get(metric);
            let of_metric = of_metric.unwrap_or_else(|| panic!("{file}: no metric {metric}: {text}"));
            for matcher in matchers {
                let label = &*matcher.label;
                let is_there = of_metric.contains(label) || OF_PROMETHEUS.contains(&label);
                assert!(is_there, "{file}: {metric} has no label {label}: {text}");
                let values = self.values(metric, label);
                for alternative in matcher.alternatives() {
                    let is_value = values.iter().any(|value| matcher.stands_for(alternative, value));
                    assert!(values.is_empty() || is_value, "{file}: {label} is never {alternative}: {text}");
                }
            }
            labels.extend(of_metric.iter().map(String::as_str));
        }
        for label in &query.grouping {
            assert!(labels.contains(&**label), "{file}: no label {label}: {text}");
        }
        query
    }

    /// What an alert counts is there before anything has happened, with each value that it tells apart: the increase from
    /// nothing to 1 is none for Prometheus.
    fn check_start(&self, query: &Query, selector: &Selector) {
        let metric = &*selector.metric;
        if !metric.ends_with("_total") || BEGIN_LATER.contains(&metric) {
            return;
        }
        let scrapes = [self.server_at_start, self.booking_at_start];
        let scrape = scrapes.into_iter().find(|scrape| scrape.find(metric, &[]).is_some());
        let scrape = scrape.unwrap_or_else(|| panic!("{metric} is not there at the start: {}", query.text));
        let named = selector.matchers.iter().map(|matcher| &matcher.label).chain(&query.grouping);
        for label in named {
            let mut values = self.values(metric, label);
            let of_label = selector.matchers.iter().filter(|matcher| matcher.label == *label);
            of_label.for_each(|matcher| values.retain(|value| matcher.allows(value)));
            let missing: Vec<_> = values.difference(&scrape.values(metric, label)).copied().collect();
            assert!(missing.is_empty(), "{metric} begins without {label} {missing:?}: {}", query.text);
        }
    }
}

/// Has the rules read by Prometheus' own tool, where that is installed.
fn check_with_promtool(path: &Path) {
    match Command::new("promtool").args(["check", "rules"]).arg(path).output() {
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
        }
        Err(error) => assert_eq!(error.kind(), ErrorKind::NotFound, "{error}"),
    }
}

/// All texts with one of these keys.
fn texts(value: &Value, keys: &[&str], found: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| texts(item, keys, found)),
        Value::Object(fields) => {
            for (key, field) in fields {
                match field {
                    Value::String(text) if keys.contains(&&**key) => found.push(text.clone()),
                    _ => texts(field, keys, found),
                }
            }
        }
        _ => {}
    }
}
