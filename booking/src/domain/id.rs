//! Numbers of rows.

use std::{fmt, str::FromStr};

/// A text or number that is no id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no id; ids are positive whole numbers without sign and leading zeros")]
pub struct InvalidId(pub String);

/// Ids are canonical: `1abc`, `01`, `+1` and ` 1` are none, so that two texts never name the same row.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)+) => {
        $(
            $(#[$doc])*
            #[derive(
                Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord,
                serde::Serialize, serde::Deserialize, sqlx::Type, utoipa::ToSchema,
            )]
            #[serde(try_from = "i64")]
            #[sqlx(transparent)]
            #[schema(value_type = i64, minimum = 1)]
            pub struct $name(i64);

            impl $name {
                /// The number.
                #[must_use]
                pub fn get(self) -> i64 {
                    self.0
                }
            }

            impl TryFrom<i64> for $name {
                type Error = InvalidId;

                fn try_from(number: i64) -> Result<Self, InvalidId> {
                    if number > 0 { Ok(Self(number)) } else { Err(InvalidId(number.to_string())) }
                }
            }

            impl FromStr for $name {
                type Err = InvalidId;

                fn from_str(text: &str) -> Result<Self, InvalidId> {
                    parse(text).map(Self)
                }
            }

            impl fmt::Display for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    self.0.fmt(f)
                }
            }
        )+
    };
}

ids! {
    /// A user.
    UserId;
    /// A session: what can be booked, on any date.
    SessionId;
    /// A booking.
    BookingId;
    /// A notification.
    NotificationId;
    /// A bearer token.
    TokenId;
}

fn parse(text: &str) -> Result<i64, InvalidId> {
    let canonical = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    match text.parse() {
        Ok(number) if canonical => Ok(number),
        _ => Err(InvalidId(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_the_canonical_form_of_a_positive_number_is_an_id() {
        for text in ["", "0", "01", "+1", "-1", " 1", "1 ", "1abc", "1.0", "١", "9223372036854775808"] {
            assert_eq!(text.parse::<UserId>(), Err(InvalidId(text.to_owned())), "{text:?}");
        }
        assert_eq!("9223372036854775807".parse::<UserId>().map(UserId::get), Ok(i64::MAX));
        assert!(UserId::try_from(0).is_err() && UserId::try_from(-1).is_err());
    }

    #[test]
    fn json_numbers_are_checked_as_well() {
        assert_eq!(serde_json::from_str::<UserId>("7").unwrap().get(), 7);
        assert!(serde_json::from_str::<UserId>("0").is_err());
        assert!(serde_json::from_str::<UserId>("\"7\"").is_err());
    }

    proptest! {
        #[test]
        fn whatever_is_an_id_is_written_as_it_was_read(text in "[ +0-9a-c-]{0,20}") {
            if let Ok(id) = text.parse::<BookingId>() {
                prop_assert_eq!(id.to_string(), text);
                prop_assert!(id.get() > 0);
            }
        }

        #[test]
        fn every_positive_number_is_an_id(number in 1..=i64::MAX) {
            prop_assert_eq!(number.to_string().parse::<BookingId>().unwrap().get(), number);
        }
    }
}
