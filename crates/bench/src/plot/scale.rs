//! Which values an axis names, and how far apart they stand.

use crate::number::readable;

/// How many intervals a linear axis has, more or less.
const INTERVALS: f64 = 5.0;
/// With more ticks than this, only powers of ten are left.
const CROWDED: usize = 10;
/// The smallest value on a logarithmic axis; a smaller one stands there too.
const SMALLEST: f64 = 1e-6;
/// What is written on an axis of quantiles. The largest value has no finite place: it stands at the end.
const PERCENTILES: [(f64, &str); 7] = [
    (0.0, "0 %"),
    (0.5, "50 %"),
    (0.9, "90 %"),
    (0.99, "99 %"),
    (0.999, "99.9 %"),
    (0.9999, "99.99 %"),
    (1.0, "max"),
];
/// Where an axis of quantiles ends.
const MAX: f64 = 5.0;

/// How the values of an axis are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scale {
    /// From zero, or from the smallest value if that is less.
    Linear,
    /// Of positive values.
    Logarithmic,
    /// Of quantiles between 0 and 1: one more nine is one step.
    Percentiles,
}

/// A line across the plot.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    /// Where on the axis.
    pub(super) value: f64,
    /// What is written beside it.
    pub(super) label: String,
}

impl Scale {
    /// How far along the axis a value stands.
    pub(super) fn place(self, value: f64) -> f64 {
        match self {
            Self::Linear => value,
            Self::Logarithmic => value.max(SMALLEST).log10(),
            // Zero is added because the logarithm of one may be negative zero.
            Self::Percentiles => (0.0 - (1.0 - value).log10()).min(MAX),
        }
    }

    /// The ticks of an axis that shows everything from `low` to `high`: it ends at the outermost ticks.
    pub(super) fn ticks(self, low: f64, high: f64) -> Vec<Tick> {
        match self {
            Self::Linear => linear(low.min(0.0), high.max(0.0)),
            Self::Logarithmic => logarithmic(low.max(SMALLEST), high.max(SMALLEST)),
            Self::Percentiles => PERCENTILES
                .into_iter()
                .map(|(value, label)| Tick { value, label: label.to_owned() })
                .collect(),
        }
    }
}

fn linear(low: f64, high: f64) -> Vec<Tick> {
    // A span that is next to nothing has no step.
    let step = if high - low > f64::EPSILON { round_up((high - low) / INTERVALS) } else { 1.0 };
    let (first, last) = ((low / step).floor() as i64, (high / step).ceil() as i64);
    (first..=last.max(first + 1)).map(|multiple| tick(multiple as f64 * step)).collect()
}

/// The next number that is 1, 2 or 5 times a power of ten.
fn round_up(step: f64) -> f64 {
    let power = 10_f64.powf(step.log10().floor());
    [1.0, 2.0, 5.0]
        .map(|factor| factor * power)
        .into_iter()
        .find(|rounded| *rounded >= step)
        .unwrap_or(10.0 * power)
}

fn logarithmic(low: f64, high: f64) -> Vec<Tick> {
    let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
    let powers = (first..=last.max(first + 1)).map(|exponent| 10_f64.powi(exponent));
    let between: Vec<f64> =
        powers.clone().flat_map(|power| [1.0, 2.0, 5.0].map(|factor| factor * power)).collect();
    let from = between.iter().rposition(|value| *value <= low).unwrap_or(0);
    let to = between.iter().position(|value| *value >= high && *value > low).unwrap_or(between.len() - 1);
    let ticks = if to - from < CROWDED { between[from..=to].to_vec() } else { powers.collect() };
    ticks.into_iter().map(tick).collect()
}

fn tick(value: f64) -> Tick {
    Tick { value, label: readable(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(scale: Scale, low: f64, high: f64) -> String {
        scale.ticks(low, high).into_iter().map(|tick| tick.label).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_linear_axis_has_round_ticks_from_zero() {
        for (low, high, expected) in [
            (3.0, 10.0, "0 2 4 6 8 10"),
            (3.0, 11.0, "0 5 10 15"),
            (49_000.0, 50_119.0, "0 20,000 40,000 60,000"),
            (0.0, 0.53, "0 0.2 0.4 0.6"),
            (-3.0, 4.0, "-4 -2 0 2 4"),
            (0.0, 0.0, "0 1"),
            (0.0, f64::MIN_POSITIVE, "0 1"),
        ] {
            assert_eq!(labels(Scale::Linear, low, high), expected, "{low} to {high}");
        }
    }

    #[test]
    fn a_logarithmic_axis_ends_around_the_values() {
        for (low, high, expected) in [
            (3.36, 15.87, "2 5 10 20"),
            (0.3, 15.0, "0.2 0.5 1 2 5 10 20"),
            (0.04, 80.0, "0.01 0.1 1 10 100"),
            (0.01, 5000.0, "0.01 0.1 1 10 100 1,000 10,000"),
            (5.0, 5.0, "5 10"),
            (10.0, 10.0, "10 20"),
        ] {
            assert_eq!(labels(Scale::Logarithmic, low, high), expected, "{low} to {high}");
        }
    }

    #[test]
    fn one_more_nine_is_one_step() {
        assert_eq!(labels(Scale::Percentiles, 0.0, 1.0), "0 % 50 % 90 % 99 % 99.9 % 99.99 % max");
        for (quantile, at) in [(0.0, 0.0), (0.9, 1.0), (0.999, 3.0), (1.0, 5.0)] {
            assert!((Scale::Percentiles.place(quantile) - at).abs() < 1e-9, "{quantile}");
        }
    }
}
