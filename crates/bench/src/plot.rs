//! The series of one or several runs, drawn.

mod axis;
mod panel;
mod scale;

use plotters::{
    chart::ChartBuilder,
    coord::Shift,
    drawing::{DrawingArea, IntoDrawingArea as _},
    element::{Circle, PathElement, Text},
    prelude::SVGBackend,
    series::LineSeries,
    style::{Color as _, IntoFont as _, RGBColor, WHITE},
};

use crate::report::Run;
use panel::{Curve, Panel, panels};

/// Width and height of a plot.
const SIZE: (u32, u32) = (900, 320);
/// Height of a line of the legend.
const LINE: u32 = 22;
const FONT: &str = "sans-serif";
/// One for each run, then again from the start; they stay apart for who sees no red or green.
const COLOURS: [RGBColor; 6] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(230, 159, 0),
];
const TEXT: RGBColor = RGBColor(60, 60, 60);
const GRID: RGBColor = RGBColor(225, 225, 225);
/// With more points than this, a line has no dots.
const FEW: usize = 60;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Draws all plots that the runs have, one under the other, on white. Nothing when there are none.
pub(crate) fn svg(runs: &[Run]) -> anyhow::Result<Option<String>> {
    let panels = panels(runs);
    if panels.is_empty() {
        return Ok(None);
    }
    let legend = if runs.len() > 1 { LINE * (runs.len() as u32 + 1) } else { 0 };
    let size = (SIZE.0, legend + SIZE.1 * panels.len() as u32);
    let mut text = String::new();
    let root = SVGBackend::with_string(&mut text, size).into_drawing_area();
    root.fill(&WHITE)?;
    let (top, rest) = root.split_vertically(legend);
    if legend > 0 {
        draw_legend(runs, &top)?;
    }
    for (panel, area) in panels.iter().zip(rest.split_evenly((panels.len(), 1))) {
        draw(panel, &area)?;
    }
    root.present()?;
    // What draws into the text ends before the text is taken.
    drop((root, top, rest));
    Ok(Some(text))
}

/// A line for each run: its colour and its name.
fn draw_legend(runs: &[Run], area: &Area<'_>) -> anyhow::Result<()> {
    for (index, run) in runs.iter().enumerate() {
        let y = (LINE * (index as u32 + 1)) as i32;
        let line = [(20, y), (50, y)];
        area.draw(&PathElement::new(line, colour(index).stroke_width(3)))?;
        let style = (FONT, 16).into_font().color(&TEXT);
        area.draw(&Text::new(run.name.as_str(), (60, y - 6), style))?;
    }
    Ok(())
}

fn draw(panel: &Panel, area: &Area<'_>) -> anyhow::Result<()> {
    let Panel { title, x, y, is_joined, curves } = panel;
    let mut chart = ChartBuilder::on(area)
        .caption(title, (FONT, 20).into_font().color(&TEXT))
        .margin(12)
        .margin_right(40)
        .x_label_area_size(48)
        .y_label_area_size(90)
        .build_cartesian_2d(x.clone(), y.clone())?;
    chart
        .configure_mesh()
        .bold_line_style(GRID)
        .axis_style(TEXT)
        .label_style((FONT, 15).into_font().color(&TEXT))
        .x_desc(&x.label)
        .y_desc(&y.label)
        .draw()?;
    for Curve { run, points } in curves {
        let colour = colour(*run);
        if !is_joined || points.len() <= FEW {
            chart.draw_series(points.iter().map(|point| Circle::new(*point, 3, colour.filled())))?;
        }
        if *is_joined {
            chart.draw_series(LineSeries::new(points.iter().copied(), colour.stroke_width(2)))?;
        }
    }
    Ok(())
}

fn colour(run: usize) -> RGBColor {
    COLOURS[run % COLOURS.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Report;

    fn run(name: &str, latencies: &[(f64, f64)]) -> Run {
        let mut report = Report::new("fanout");
        report.series.latency_ms_by_quantile = latencies.to_vec();
        Run { name: name.to_owned(), report }
    }

    #[test]
    fn without_series_there_is_no_plot() {
        assert_eq!(svg(&[run("gema", &[])]).unwrap(), None);
    }

    #[test]
    fn one_run_needs_no_legend() {
        let text = svg(&[run("gema", &[(0.5, 3.0), (1.0, 17.0)])]).unwrap().unwrap();
        assert!(text.starts_with("<svg ") && text.ends_with("</svg>\n"), "{text}");
        for label in ["Latency", "share of the deliveries", "99.99 %", "max"] {
            assert!(text.contains(&format!(">\n{label}\n<")), "{label}: {text}");
        }
        assert!(!text.contains("gema"));
        assert_eq!(text.matches("#0072B2").count(), 3, "a line and two dots: {text}");
    }

    #[test]
    fn each_run_has_its_colour_and_its_name() {
        let runs = [run("floor", &[(0.5, 3.0)]), run("<gema>", &[(0.5, 4.0), (1.0, 5.0)])];
        let text = svg(&runs).unwrap().unwrap();
        assert!(text.contains("floor") && text.contains("&lt;gema&gt;") && !text.contains("<gema>"));
        assert!(text.contains("#0072B2") && text.contains("#D55E00") && !text.contains("#009E73"));
    }

    #[test]
    fn the_plots_stand_on_white() {
        let text = svg(&[run("gema", &[(0.5, 3.0)])]).unwrap().unwrap();
        let first = text.lines().nth(1).unwrap();
        assert!(first.starts_with("<rect") && first.contains("#FFFFFF"), "{first}");
    }
}
