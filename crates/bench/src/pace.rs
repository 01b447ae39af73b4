//! When the next event is sent.

/// When the next event is sent.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pace {
    /// At fixed times, so many a second.
    Rate(f64),
    /// When fewer than so many are not delivered to all.
    Outstanding(u64),
}

/// Options for the pace.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct PaceOptions {
    /// Events per second, sent whether or not the server keeps up
    #[arg(long, default_value_t = 100.0, value_parser = positive)]
    rate: f64,
    /// As many events as the server takes: the next one when fewer than so many are not delivered to all
    #[arg(long, value_name = "EVENTS", conflicts_with = "rate", value_parser = clap::value_parser!(u64).range(1..))]
    outstanding: Option<u64>,
}

impl PaceOptions {
    pub(crate) fn pace(&self) -> Pace {
        self.outstanding.map_or(Pace::Rate(self.rate), Pace::Outstanding)
    }
}

/// A number above zero.
pub(crate) fn positive(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(number) if number > 0.0 => Ok(number),
        _ => Err("a number above zero is needed".to_owned()),
    }
}
