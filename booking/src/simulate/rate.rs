//! How often something happens.

use std::{str::FromStr, time::Duration};

/// So many times per second, minute or hour: `2/s`, `30/m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate(Duration);

/// A text that is no rate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no rate; write a number of 1 to 1000 and a unit, such as 2/s, 30/m or 100/h")]
pub struct InvalidRate(String);

impl Rate {
    /// The time between two happenings.
    #[must_use]
    pub fn period(self) -> Duration {
        self.0
    }
}

impl FromStr for Rate {
    type Err = InvalidRate;

    fn from_str(text: &str) -> Result<Self, InvalidRate> {
        let wrong = || InvalidRate(text.to_owned());
        let (number, unit) = text.split_once('/').ok_or_else(wrong)?;
        let unit = match unit {
            "s" => Duration::from_secs(1),
            "m" => Duration::from_secs(60),
            "h" => Duration::from_secs(3600),
            _ => return Err(wrong()),
        };
        match number.parse::<u32>() {
            Ok(number @ 1..=1000) => Ok(Self(unit / number)),
            _ => Err(wrong()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_number_per_unit() {
        let period = |text: &str| text.parse().map(Rate::period);
        assert_eq!(period("2/s"), Ok(Duration::from_millis(500)));
        assert_eq!(period("30/m"), Ok(Duration::from_secs(2)));
        assert_eq!(period("1/h"), Ok(Duration::from_secs(3600)));
        for text in ["2", "0/s", "1001/s", "2/d", "/s", "-1/s", "1.5/s"] {
            assert_eq!(period(text), Err(InvalidRate(text.to_owned())));
        }
    }
}
