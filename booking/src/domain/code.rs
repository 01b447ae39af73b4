//! The code that a customer shows at the door.

use std::{fmt, str::FromStr};

use chrono::NaiveDate;
use rand::{Rng, RngExt as _};

/// Crockford's base 32: no I, L, O and U, which are mistaken for 1, 1, 0 and V.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const RANDOM: usize = 6;

/// The code of a booking: `BK-20261123-7KQ2ZD`, where the date is the day that is booked.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, utoipa::ToSchema)]
#[schema(value_type = String, example = "BK-20261123-7KQ2ZD")]
pub struct BookingCode(String);

/// A text that is no code of a booking.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no booking code; it must look like BK-20261123-7KQ2ZD, in capitals and without I, L, O, U")]
pub struct InvalidBookingCode(pub String);

impl BookingCode {
    /// Draws a code for a booking of this day. Whether another booking has it already, the database tells.
    pub fn draw(date: NaiveDate, random: &mut impl Rng) -> Self {
        let tail: String =
            (0..RANDOM).map(|_| char::from(ALPHABET[random.random_range(0..ALPHABET.len())])).collect();
        Self(format!("BK-{}-{tail}", date.format("%Y%m%d")))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for BookingCode {
    type Err = InvalidBookingCode;

    fn from_str(text: &str) -> Result<Self, InvalidBookingCode> {
        let parts: Vec<&str> = text.split('-').collect();
        let valid = match parts[..] {
            ["BK", date, tail] => {
                date.len() == 8
                    && date.bytes().all(|byte| byte.is_ascii_digit())
                    && NaiveDate::parse_from_str(date, "%Y%m%d").is_ok()
                    && tail.len() == RANDOM
                    && tail.bytes().all(|byte| ALPHABET.contains(&byte))
            }
            _ => false,
        };
        if valid { Ok(Self(text.to_owned())) } else { Err(InvalidBookingCode(text.to_owned())) }
    }
}

impl TryFrom<String> for BookingCode {
    type Error = InvalidBookingCode;

    fn try_from(text: String) -> Result<Self, InvalidBookingCode> {
        text.parse()
    }
}

impl fmt::Display for BookingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::{SeedableRng as _, rngs::StdRng};

    use super::*;

    proptest! {
        #[test]
        fn drawn_codes_have_the_date_and_six_characters_of_the_alphabet(seed: u64, day in 0u64..20_000) {
            let date = NaiveDate::from_ymd_opt(2020, 1, 1).unwrap() + chrono::Days::new(day);
            let code = BookingCode::draw(date, &mut StdRng::seed_from_u64(seed));
            let text = code.as_str();
            prop_assert_eq!(&text[..12], format!("BK-{}-", date.format("%Y%m%d")));
            prop_assert_eq!(text.len(), 18);
            prop_assert!(text[12..].chars().all(|c| "0123456789ABCDEFGHJKMNPQRSTVWXYZ".contains(c)));
            prop_assert_eq!(text.parse::<BookingCode>().unwrap(), code);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "BK-20261123-7KQ2Z",
            "BK-20261123-7KQ2ZDD",
            "bk-20261123-7KQ2ZD",
            "BK-20261123-7kq2zd",
            "BK-20261123-7KQ2ZI",
            "BK-20261323-7KQ2ZD",
            "BK-2026112-7KQ2ZDA",
            "BK-+2026112-7KQ2ZD",
            "BK-20261123-7KQ2ZD-",
        ] {
            assert_eq!(text.parse::<BookingCode>(), Err(InvalidBookingCode(text.to_owned())));
        }
    }
}
