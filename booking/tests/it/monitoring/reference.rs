//! Whether the table of metrics in the documentation is right.

use std::collections::{BTreeMap, BTreeSet};

use gema_testkit::Scrape;

/// Compares the table with what the application shows: names, types and labels. Of labels whose values are known at the
/// start it has all values.
pub(super) fn check(text: &str, at_start: &Scrape) {
    let page = include_str!("../../../../docs/booking.md");
    let mut rows: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for line in page.lines() {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        if let ["", name, kind, labels, meaning, ""] = cells[..]
            && let Some(name) = name.strip_prefix('`').and_then(|name| name.strip_suffix('`'))
            && (name.starts_with("booking_") || name.starts_with("broadcast_"))
        {
            assert!(!meaning.is_empty(), "{name}");
            assert!(rows.insert(name, vec![kind, labels]).is_none(), "{name} twice");
        }
    }
    for line in text.lines() {
        let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' ')) else {
            continue;
        };
        let row = rows.remove(name).unwrap_or_else(|| panic!("docs/booking.md has no row for {name}"));
        assert_eq!(row[0], kind, "{name}");
        check_labels(name, row[1], text, at_start);
    }
    assert!(rows.is_empty(), "docs/booking.md has metrics that are not there: {rows:?}");
}

fn check_labels(name: &str, cell: &str, text: &str, at_start: &Scrape) {
    let parsed = Scrape::parse(text);
    let names = parsed.names();
    let series = [name.to_owned(), format!("{name}_bucket")];
    let shown = series.iter().find_map(|series| names.get(series.as_str()));
    let mut shown = shown.unwrap_or_else(|| panic!("{name} has no series")).clone();
    shown.remove("le");
    let labels = || cell.split(';').filter(|label| !label.is_empty());
    let words = |label| -> Vec<&str> { str::split(label, '`').skip(1).step_by(2).collect() };
    let told: BTreeSet<&str> = labels().filter_map(|label| words(label).first().copied()).collect();
    assert_eq!(told, shown, "{name}");
    for label in labels().map(words).filter(|words| words.len() > 1) {
        let values: BTreeSet<&str> = label[1..].iter().copied().collect();
        assert_eq!(values, at_start.values(name, label[0]), "{name}");
    }
}
