use std::time::{Duration, Instant};

use super::*;

fn report() -> Report {
    let mut report = Report::new("fanout");
    report.add("deliveries", 50_000.0, 0);
    report.add("latency_p99_ms", 1.2345, 2);
    report
}

fn written(report: &Report, format: Format) -> String {
    let mut out = Vec::new();
    report.write(format, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn read(json: &str) -> Report {
    serde_json::from_str(json).unwrap()
}

#[test]
fn json_keeps_the_order_and_all_digits() {
    assert_eq!(
        written(&report(), Format::Json),
        "{\"scenario\":\"fanout\",\"figures\":{\"deliveries\":50000.0,\"latency_p99_ms\":1.2345}}\n"
    );
}

#[test]
fn a_table_is_aligned() {
    assert_eq!(
        written(&report(), Format::Table),
        "fanout\n  deliveries               50000\n  latency_p99_ms            1.23\n"
    );
}

#[test]
fn warnings_stand_under_the_figures() {
    let mut report = report();
    report.warn("it rained");
    assert!(written(&report, Format::Table).ends_with("  1.23\nwarning: it rained\n"));
    assert!(written(&report, Format::Json).ends_with(",\"warnings\":[\"it rained\"]}\n"));
}

#[test]
fn latencies_are_figures_and_a_curve() {
    let mut latencies = Histogram::new(3).unwrap();
    for milliseconds in 1..=1000 {
        latencies.record(milliseconds * 1000).unwrap();
    }
    let mut report = Report::new("fanout");
    report.add_latencies(&latencies);
    for (figure, (name, expected)) in report.figures.iter().zip([
        ("p50", 500.0),
        ("p90", 900.0),
        ("p99", 990.0),
        ("p999", 999.0),
        ("max", 1000.0),
    ]) {
        assert_eq!(figure.name, format!("latency_{name}_ms"));
        assert!((figure.value / expected - 1.0).abs() < 0.002, "{figure:?}");
    }
    let curve = &report.series.latency_ms_by_quantile;
    assert_eq!(curve.iter().map(|point| point.0).collect::<Vec<_>>(), QUANTILES);
    assert!(curve.is_sorted_by_key(|point| point.1), "{curve:?}");
}

#[test]
fn no_latencies_are_no_figures() {
    let mut report = Report::new("fanout");
    report.add_latencies(&Histogram::new(3).unwrap());
    assert_eq!(report, Report::new("fanout"));
}

#[test]
fn only_a_busy_generator_is_the_bottleneck() {
    let mut report = report();
    report.warn_if_saturated(90.0);
    assert!(report.warnings.is_empty());
    report.warn_if_saturated(97.4);
    assert!(report.warnings[0].starts_with("the generator used 97 % of its CPU"), "{:?}", report.warnings);
}

#[test]
fn what_was_written_can_be_read() {
    let mut before = report();
    before.warn("it rained");
    before.add_points("CPU per delivery", "members", "µs", vec![(10.0, 5.5), (100.0, 2.0)]);
    before.series.latency_ms_by_quantile = vec![(0.5, 3.25), (1.0, 17.0)];
    let mut timeline = Timeline::new(None);
    timeline.tick(0);
    before.add_timeline(timeline);
    let json = written(&before, Format::Json);
    let after = read(&json);
    assert_eq!(after.series, before.series);
    assert_eq!(written(&after, Format::Json), json);
}

#[test]
fn samples_are_columns() {
    let mut report = Report::new("fanout");
    report.series.timeline =
        Some(Samples { seconds: vec![1.0], deliveries_per_second: vec![70.0], ..Samples::default() });
    assert_eq!(
        written(&report, Format::Json),
        "{\"scenario\":\"fanout\",\"figures\":{},\"series\":{\"timeline\":{\"seconds\":[1.0],\
         \"deliveries_per_second\":[70.0]}}}\n"
    );
}

#[test]
fn a_slope_is_a_figure_when_the_process_is_known() {
    for (pid, figures) in [(None, 0), (Some(std::process::id()), 1)] {
        let mut timeline = Timeline::new(pid);
        let start = Instant::now();
        for second in 0..=10 {
            timeline.tick_at(start + Duration::from_secs(second), second);
        }
        let mut report = Report::new("fanout");
        report.add_timeline(timeline);
        assert_eq!(report.figures.len(), figures, "{report:?}");
        assert!(report.figures.iter().all(|figure| figure.name == "rss_slope_kib_per_minute"));
    }
}

#[test]
fn what_is_no_number_is_read_as_such() {
    let report = read(r#"{"scenario":"fanout","figures":{"b":null,"a":1}}"#);
    assert_eq!(report.figures[0].name, "b");
    assert!(report.figures[0].value.is_nan());
    assert_eq!(report.figures[1].value, 1.0);
}
