//! Which plots there are for the series of several runs.

use super::{axis::Axis, scale::Scale};
use crate::{
    report::{Points, Run, Series},
    timeline::Samples,
};

/// One plot: the same thing of each run.
#[derive(Debug, PartialEq)]
pub(super) struct Panel {
    pub(super) title: String,
    pub(super) x: Axis,
    pub(super) y: Axis,
    /// Whether the points of a run are joined by a line.
    pub(super) is_joined: bool,
    pub(super) curves: Vec<Curve>,
}

/// What is drawn for one run.
#[derive(Debug, PartialEq)]
pub(super) struct Curve {
    /// The position of the run.
    pub(super) run: usize,
    pub(super) points: Vec<(f64, f64)>,
}

/// All plots that have something to show.
pub(super) fn panels(runs: &[Run]) -> Vec<Panel> {
    let first = [latency(runs), deliveries(runs), memory(runs)];
    first.into_iter().flatten().chain(further(runs)).collect()
}

impl Panel {
    /// Nothing if no run has such a curve. An axis is what it shows and how.
    fn new(
        title: &str,
        x: (&str, Scale),
        y: (&str, Scale),
        runs: &[Run],
        curve: impl Fn(&Series) -> Vec<(f64, f64)>,
    ) -> Option<Self> {
        let mut curves = Vec::new();
        for (run, Run { report, .. }) in runs.iter().enumerate() {
            let mut points = curve(&report.series);
            points.retain(|(x, y)| x.is_finite() && y.is_finite());
            if !points.is_empty() {
                curves.push(Curve { run, points });
            }
        }
        if curves.is_empty() {
            return None;
        }
        let points = || curves.iter().flat_map(|curve| &curve.points);
        let x = Axis::new(x.0, x.1, points().map(|point| point.0));
        let y = Axis::new(y.0, y.1, points().map(|point| point.1));
        Some(Self { title: title.to_owned(), x, y, is_joined: true, curves })
    }
}

fn latency(runs: &[Run]) -> Option<Panel> {
    let x = ("share of the deliveries", Scale::Percentiles);
    let y = ("ms at most", Scale::Logarithmic);
    Panel::new("Latency", x, y, runs, |series| series.latency_ms_by_quantile.clone())
}

fn deliveries(runs: &[Run]) -> Option<Panel> {
    over_time("Deliveries", "per second", runs, |samples| &samples.deliveries_per_second)
}

fn memory(runs: &[Run]) -> Option<Panel> {
    over_time("Memory of the server", "RSS in KiB", runs, |samples| &samples.server_rss_kib)
}

fn over_time(title: &str, y: &str, runs: &[Run], column: impl Fn(&Samples) -> &Vec<f64>) -> Option<Panel> {
    Panel::new(title, ("seconds", Scale::Linear), (y, Scale::Linear), runs, |series| {
        let Some(samples) = &series.timeline else { return Vec::new() };
        samples.seconds.iter().copied().zip(column(samples).iter().copied()).collect()
    })
}

/// The plots of `add_points`, each once, with the labels of where it comes first.
fn further(runs: &[Run]) -> Vec<Panel> {
    let mut all: Vec<&Points> = Vec::new();
    for points in runs.iter().flat_map(|run| &run.report.series.points) {
        if !all.iter().any(|earlier| earlier.name == points.name) {
            all.push(points);
        }
    }
    all.into_iter().filter_map(|points| dots(points, runs)).collect()
}

fn dots(Points { name, x_label, y_label, .. }: &Points, runs: &[Run]) -> Option<Panel> {
    let panel = Panel::new(name, (x_label, Scale::Linear), (y_label, Scale::Linear), runs, |series| {
        let same = series.points.iter().filter(|points| points.name == *name);
        same.flat_map(|points| points.points.clone()).collect()
    });
    Some(Panel { is_joined: false, ..panel? })
}

#[cfg(test)]
mod tests {
    use plotters::coord::ranged1d::Ranged as _;

    use super::*;
    use crate::report::Report;

    fn run(latencies: &[(f64, f64)], points: &[(&str, f64)]) -> Run {
        let mut report = Report::new("fanout");
        report.series.latency_ms_by_quantile = latencies.to_vec();
        for (name, y) in points {
            report.add_points(*name, "members", "µs", vec![(1.0, *y)]);
        }
        Run { name: "run".to_owned(), report }
    }

    #[test]
    fn what_no_run_has_is_no_plot() {
        assert_eq!(panels(&[run(&[], &[])]), []);
        let panels = panels(&[run(&[(0.5, 3.0)], &[])]);
        assert_eq!(panels.iter().map(|panel| &panel.title[..]).collect::<Vec<_>>(), ["Latency"]);
    }

    #[test]
    fn runs_are_laid_over_each_other() {
        let runs = [run(&[(0.5, 3.0)], &[("CPU", 1.0)]), run(&[], &[("CPU", 2.0), ("Memory", 3.0)])];
        let panels = panels(&runs);
        assert_eq!(
            panels.iter().map(|panel| &panel.title[..]).collect::<Vec<_>>(),
            ["Latency", "CPU", "Memory"]
        );
        assert_eq!(panels[0].curves, [Curve { run: 0, points: vec![(0.5, 3.0)] }]);
        assert_eq!(panels[1].curves.iter().map(|curve| curve.run).collect::<Vec<_>>(), [0, 1]);
        assert_eq!(panels[2].curves, [Curve { run: 1, points: vec![(1.0, 3.0)] }]);
    }

    #[test]
    fn axes_show_all_runs() {
        let runs = [run(&[], &[("CPU", 4.0)]), run(&[], &[("CPU", 11.0)])];
        let Panel { x, y, .. } = &panels(&runs)[0];
        assert_eq!((x.range(), y.range()), (0.0..1.0, 0.0..15.0));
    }

    #[test]
    fn what_is_no_number_is_not_drawn() {
        let panels = panels(&[run(&[], &[("CPU", f64::NAN), ("Memory", 3.0)])]);
        assert_eq!(panels.len(), 1);
    }
}
