//! One of the two axes of a plot.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

use super::scale::{Scale, Tick};

/// One of the two axes of a plot.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axis {
    /// What it shows.
    pub(super) label: String,
    scale: Scale,
    /// At least two; the axis ends at the outermost.
    ticks: Vec<Tick>,
}

impl Axis {
    /// An axis on which all of `values` have a place; there is at least one.
    pub(super) fn new(label: &str, scale: Scale, values: impl Iterator<Item = f64>) -> Self {
        let none = (f64::INFINITY, f64::NEG_INFINITY);
        let (low, high) = values.fold(none, |(low, high), value| (low.min(value), high.max(value)));
        Self { label: label.to_owned(), scale, ticks: scale.ticks(low, high) }
    }
}

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        let Range { start, end } = self.range();
        let [start, end, at] = [start, end, *value].map(|value| self.scale.place(value));
        from + (f64::from(to - from) * (at - start) / (end - start)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        // There are no finer lines between the ticks.
        let is_fine = hint.weight().allow_light_points();
        self.ticks.iter().filter(|_| !is_fine).map(|tick| tick.value).collect()
    }

    fn range(&self) -> Range<f64> {
        self.ticks[0].value..self.ticks[self.ticks.len() - 1].value
    }
}

impl ValueFormatter<f64> for Axis {
    fn format_ext(&self, value: &f64) -> String {
        let tick = self.ticks.iter().find(|tick| tick.value == *value);
        tick.map_or_else(String::new, |tick| tick.label.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_values_have_a_place() {
        for (scale, values, value, pixel) in [
            (Scale::Linear, [3.0, 10.0], 5.0, 150),
            (Scale::Logarithmic, [1.0, 100.0], 10.0, 150),
            (Scale::Percentiles, [0.0, 1.0], 0.9, 120),
            (Scale::Percentiles, [0.0, 1.0], 1.0, 200),
        ] {
            let axis = Axis::new("", scale, values.into_iter());
            assert_eq!(axis.map(&value, (100, 200)), pixel, "{scale:?}");
        }
    }

    #[test]
    fn an_axis_that_goes_up_has_its_start_below() {
        let axis = Axis::new("", Scale::Linear, [10.0].into_iter());
        assert_eq!((axis.map(&0.0, (300, 20)), axis.map(&10.0, (300, 20))), (300, 20));
    }

    #[test]
    fn only_ticks_have_labels() {
        let axis = Axis::new("", Scale::Percentiles, [0.5].into_iter());
        assert_eq!(axis.format_ext(&0.999), "99.9 %");
        assert_eq!(axis.format_ext(&0.998), "");
    }
}
