//! When the next event is sent.

/// The greatest rate, and the most seconds.
const MOST: f64 = 1e7;

/// When the next event is sent.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pace {
    /// At fixed times, so many a second.
    Rate(f64),
    /// When fewer deliveries are missing than so many events have.
    Outstanding(u64),
}

/// Options for the pace.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct PaceOptions {
    /// Events per second, sent whether or not the server keeps up
    #[arg(long, default_value_t = 100.0, value_parser = positive)]
    rate: f64,
    /// As many events as the server takes: the next one when fewer deliveries are missing than so many events have
    #[arg(long, value_name = "EVENTS", conflicts_with = "rate", value_parser = clap::value_parser!(u64).range(1..))]
    outstanding: Option<u64>,
}

impl PaceOptions {
    pub(crate) fn pace(&self) -> Pace {
        self.outstanding.map_or(Pace::Rate(self.rate), Pace::Outstanding)
    }
}

/// A number above zero, and not so large that it is no longer one.
pub(crate) fn positive(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(number) if number > 0.0 && number <= MOST => Ok(number),
        _ => Err(format!("a number above zero is needed, at most {MOST}")),
    }
}

/// A number of seconds that may be none.
pub(crate) fn seconds(text: &str) -> Result<f64, String> {
    if text.parse() == Ok(0.0) { Ok(0.0) } else { positive(text) }
}

#[cfg(test)]
mod tests {
    use super::{positive, seconds};

    #[test]
    fn what_is_no_length_of_time_and_no_rate_is_refused() {
        for text in ["-1", "nan", "inf", "1e300", "x"] {
            assert!(positive(text).is_err(), "{text}");
            assert!(seconds(text).is_err(), "{text}");
        }
        assert_eq!((positive("0.5"), seconds("0")), (Ok(0.5), Ok(0.0)));
        assert!(positive("0").is_err());
    }
}
