//! Runs on one HTML page that needs nothing else.

use std::fmt::Write as _;

use crate::{number::readable, report::Run};

const STYLE: &str = "\
:root { color-scheme: light dark; font: 16px/1.4 sans-serif }
body { margin: 2rem auto; max-width: 60rem; padding: 0 1rem }
table { border-collapse: collapse }
th, td { border-bottom: 1px solid #8884; padding: .2rem .8rem; text-align: right }
th:first-child { font-weight: normal; text-align: left }
td { font-variant-numeric: tabular-nums }
.scroll { overflow-x: auto }
.warning { border-left: 4px solid #d55e00; padding-left: .8rem }
svg { height: auto; max-width: 100% }";

/// The page: what was measured, the figures of all runs side by side, warnings, plots.
pub(crate) fn html(runs: &[Run], plots: Option<&str>) -> String {
    let title = escaped(&format!("gema bench {}", scenarios(runs).join(", ")));
    let (figures, warnings) = (figures(runs), warnings(runs));
    let plots = plots.unwrap_or_default();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n<style>\n{STYLE}\n</style>\n\
         <h1>{title}</h1>\n{warnings}<div class=\"scroll\">\n<table>\n{figures}</table>\n</div>\n{plots}</html>\n"
    )
}

/// What was run, each once.
fn scenarios(runs: &[Run]) -> Vec<&str> {
    let mut scenarios = Vec::new();
    for run in runs {
        if !scenarios.contains(&run.report.scenario.as_str()) {
            scenarios.push(run.report.scenario.as_str());
        }
    }
    scenarios
}

fn warnings(runs: &[Run]) -> String {
    let mut html = String::new();
    for Run { name, report } in runs {
        for warning in &report.warnings {
            let (name, warning) = (escaped(name), escaped(warning));
            let _ = writeln!(html, "<p class=\"warning\"><strong>{name}</strong>: {warning}</p>");
        }
    }
    html
}

/// A column for each run, a row for each figure that one of them has.
fn figures(runs: &[Run]) -> String {
    let mut html = "<tr><th>".to_owned();
    for run in runs {
        let _ = write!(html, "<th>{}", escaped(&run.name));
    }
    html.push('\n');
    for figure in names(runs) {
        let _ = write!(html, "<tr><th>{}", escaped(figure));
        for run in runs {
            let value =
                run.report.figures.iter().find(|other| other.name == figure).map(|figure| figure.value);
            let _ = write!(html, "<td>{}", value.map(readable).unwrap_or_default());
        }
        html.push('\n');
    }
    html
}

/// The names of all figures, each where it comes first.
fn names(runs: &[Run]) -> Vec<&str> {
    let mut names = Vec::new();
    for figure in runs.iter().flat_map(|run| &run.report.figures) {
        if !names.contains(&figure.name.as_str()) {
            names.push(figure.name.as_str());
        }
    }
    names
}

/// Text as it stands in HTML.
fn escaped(text: &str) -> String {
    let mut html = String::new();
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            other => html.push(other),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Report;

    fn run(name: &str, figures: &[(&str, f64)]) -> Run {
        let mut report = Report::new("fanout");
        for (name, value) in figures {
            report.add(*name, *value, 0);
        }
        Run { name: name.to_owned(), report }
    }

    #[test]
    fn runs_stand_side_by_side() {
        let runs = [run("floor", &[("a", 1.0), ("b", 2000.5)]), run("gema", &[("b", 3.0), ("c", 4.0)])];
        let html = html(&runs, Some("<svg/>\n"));
        let table =
            "<tr><th><th>floor<th>gema\n<tr><th>a<td>1<td>\n<tr><th>b<td>2,000<td>3\n<tr><th>c<td><td>4\n";
        assert!(html.contains(table), "{html}");
        assert!(html.contains("<title>gema bench fanout</title>"), "{html}");
        assert!(html.contains("</table>\n</div>\n<svg/>\n</html>"), "{html}");
    }

    #[test]
    fn nothing_from_a_file_is_markup() {
        let mut evil = run("<i>", &[("<b>", 1.0)]);
        evil.report.scenario = "<u>".to_owned();
        evil.report.warn("<s> & \"'");
        let html = html(&[evil], None);
        for tag in ["<i>", "<b>", "<u>", "<s>"] {
            assert!(!html.contains(tag), "{html}");
        }
        assert!(html.contains("<strong>&lt;i&gt;</strong>: &lt;s&gt; &amp; &quot;&#39;</p>"), "{html}");
    }
}
