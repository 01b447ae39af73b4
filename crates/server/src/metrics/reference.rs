//! The reference page of the metrics, made of their table.

use std::fmt::Write as _;

use super::{DECLARED, Declared, Label};

const INTRODUCTION: &str = "\
<!-- Made from the table of metrics in crates/server/src/metrics.rs. Do not edit. -->

# Metrics

Prometheus finds them at `http://127.0.0.1:9601/metrics`, or at the address of `GEMA_METRICS_ADDRESS`. `/up` there says
that the process is alive, `/ready` that it can serve (503 while it shuts down, when a shard does not answer, or when
hardly an open file is left). Whoever reaches the address can read them all: they name applications by their ids, but no
channel, user or address, and no secret.

Counters begin with 0 at each start. What shards count is shown at the end of each of their turns.
";

/// The page `docs/metrics.md`.
#[must_use]
pub fn metrics_markdown() -> String {
    let mut page = INTRODUCTION.to_owned();
    page.push_str("\n| Metric | Type | Labels | Meaning |\n|---|---|---|---|\n");
    for metric in DECLARED {
        let Declared { kind, labels, help, .. } = metric;
        let labels = labels.iter().map(shown).collect::<Vec<_>>().join("; ");
        // A String never refuses a write.
        let _ = writeln!(page, "| `{}` | {} | {labels} | {} |", metric.name(), kind.as_str(), help.trim());
    }
    page
}

fn shown(label: &Label) -> String {
    let values: Vec<_> = label.values.iter().map(|value| format!("`{value}`")).collect();
    let values = if values.is_empty() { String::new() } else { format!(": {}", values.join(", ")) };
    format!("`{}`{values}", label.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_page_is_up_to_date() {
        let page = include_str!("../../../../docs/metrics.md");
        assert_eq!(page, metrics_markdown(), "`gema reference metrics > docs/metrics.md` writes it anew");
    }

    #[test]
    fn the_reference_page_has_a_row_for_each_metric() {
        let page = metrics_markdown();
        for metric in DECLARED {
            assert_eq!(page.matches(&format!("| `{}` |", metric.name())).count(), 1, "{}", metric.name());
        }
        assert!(
            page.lines().filter(|line| line.starts_with("| ")).all(|line| line.matches('|').count() == 5)
        );
    }
}
