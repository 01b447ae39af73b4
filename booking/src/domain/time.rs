//! Moments, times of day and time zones.

use std::{fmt, str::FromStr};

use chrono::{DateTime, NaiveDate, NaiveTime, SubsecRound as _, TimeDelta, TimeZone as _, Utc};
use serde::{Serialize, Serializer};
use sqlx::{
    Database, Decode, Encode, Postgres, Sqlite, Type,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgArgumentBuffer, PgTypeInfo, PgValueRef},
    sqlite::{SqliteArgumentsBuffer, SqliteTypeInfo, SqliteValueRef},
};

/// A moment, in whole microseconds; written as Carbon's `toISOString` does: `2026-11-23T05:04:09.000000Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, utoipa::ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2026-11-23T05:04:09.000000Z")]
pub struct Timestamp(DateTime<Utc>);

/// A text that is no time of day, or no time zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no {noun}")]
pub struct InvalidTime {
    text: String,
    noun: &'static str,
}

/// A time of day without seconds, in the time zone of a session: `07:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, utoipa::ToSchema)]
#[schema(value_type = String, example = "07:00")]
pub struct TimeOfDay(NaiveTime);

/// A time zone of the IANA database: `Asia/Jakarta`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, utoipa::ToSchema)]
#[schema(value_type = String, example = "Asia/Jakarta")]
pub struct TimeZone(chrono_tz::Tz);

impl Timestamp {
    /// This moment and a span of time; the last moment that there is if that is too far.
    #[must_use]
    pub fn plus(self, span: std::time::Duration) -> Self {
        let sum = TimeDelta::from_std(span).ok().and_then(|span| self.0.checked_add_signed(span));
        Self(sum.unwrap_or(DateTime::<Utc>::MAX_UTC))
    }

    /// This moment less a span of time; the first moment that there is if that is too far.
    #[must_use]
    pub fn minus(self, span: std::time::Duration) -> Self {
        let rest = TimeDelta::from_std(span).ok().and_then(|span| self.0.checked_sub_signed(span));
        Self(rest.unwrap_or(DateTime::<Utc>::MIN_UTC))
    }

    /// The moment for chrono.
    #[must_use]
    pub fn utc(self) -> DateTime<Utc> {
        self.0
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(moment: DateTime<Utc>) -> Self {
        Self(moment.trunc_subsecs(6))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.format("%Y-%m-%dT%H:%M:%S%.6fZ").fmt(f)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

// PostgreSQL has a type for moments. In SQLite they are texts of one length, so that their order is the order of
// the texts.

impl Type<Sqlite> for Timestamp {
    fn type_info() -> SqliteTypeInfo {
        <str as Type<Sqlite>>::type_info()
    }

    fn compatible(info: &SqliteTypeInfo) -> bool {
        <DateTime<Utc> as Type<Sqlite>>::compatible(info)
    }
}

impl Encode<'_, Sqlite> for Timestamp {
    fn encode_by_ref(&self, buffer: &mut SqliteArgumentsBuffer) -> Result<IsNull, BoxDynError> {
        Encode::<Sqlite>::encode(self.to_string(), buffer)
    }
}

impl<'r> Decode<'r, Sqlite> for Timestamp {
    fn decode(value: SqliteValueRef<'r>) -> Result<Self, BoxDynError> {
        <DateTime<Utc> as Decode<'r, Sqlite>>::decode(value).map(Self)
    }
}

impl Type<Postgres> for Timestamp {
    fn type_info() -> PgTypeInfo {
        <DateTime<Utc> as Type<Postgres>>::type_info()
    }
}

impl Encode<'_, Postgres> for Timestamp {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        Encode::<Postgres>::encode_by_ref(&self.0, buffer)
    }
}

impl<'r> Decode<'r, Postgres> for Timestamp {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        <DateTime<Utc> as Decode<'r, Postgres>>::decode(value).map(Self)
    }
}

impl FromStr for TimeOfDay {
    type Err = InvalidTime;

    fn from_str(text: &str) -> Result<Self, InvalidTime> {
        match NaiveTime::parse_from_str(text, "%H:%M") {
            Ok(time) if text.len() == 5 => Ok(Self(time)),
            _ => Err(InvalidTime { text: text.to_owned(), noun: "time of day; write it as HH:MM" }),
        }
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.format("%H:%M").fmt(f)
    }
}

impl TimeZone {
    /// The day that it is there at this moment.
    #[must_use]
    pub fn date_at(self, moment: Timestamp) -> NaiveDate {
        moment.0.with_timezone(&self.0).date_naive()
    }

    /// The moment at which it is this time of this day there. Where clocks are turned back it is the later one of
    /// the two; where they skip that time, the moment at which they do.
    #[must_use]
    pub fn moment(self, date: NaiveDate, time: TimeOfDay) -> Timestamp {
        let local = date.and_time(time.0);
        let mut shift = TimeDelta::zero();
        // The longest gap in the database is a day, where an island moved across the date line.
        while shift <= TimeDelta::hours(25) {
            if let Some(moment) = self.0.from_local_datetime(&(local + shift)).latest() {
                return Timestamp(moment.with_timezone(&Utc));
            }
            shift += TimeDelta::minutes(15);
        }
        Timestamp(local.and_utc())
    }
}

impl FromStr for TimeZone {
    type Err = InvalidTime;

    fn from_str(text: &str) -> Result<Self, InvalidTime> {
        text.parse().map(Self).map_err(|_| InvalidTime {
            text: text.to_owned(),
            noun: "time zone; use a name of the IANA database, such as Asia/Jakarta",
        })
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}

/// Types that are texts in JSON and in the database.
macro_rules! written_as_text {
    ($($name:ident),+) => {
        $(
            impl TryFrom<String> for $name {
                type Error = InvalidTime;

                fn try_from(text: String) -> Result<Self, InvalidTime> {
                    text.parse()
                }
            }

            impl Serialize for $name {
                fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    serializer.collect_str(self)
                }
            }

            impl<DB: Database> Type<DB> for $name
            where
                String: Type<DB>,
            {
                fn type_info() -> DB::TypeInfo {
                    String::type_info()
                }
            }

            impl<'q, DB: Database> Encode<'q, DB> for $name
            where
                String: Encode<'q, DB>,
            {
                fn encode_by_ref(&self, buffer: &mut DB::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
                    self.to_string().encode(buffer)
                }
            }
        )+
    };
}

written_as_text!(TimeOfDay, TimeZone);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse::<DateTime<Utc>>().unwrap().into()
    }

    #[test]
    fn moments_are_written_with_six_digits_and_z() {
        for (given, written) in [
            ("2026-11-23T05:04:09Z", "2026-11-23T05:04:09.000000Z"),
            ("2026-11-23T05:04:09.5Z", "2026-11-23T05:04:09.500000Z"),
            ("2026-11-23T12:04:09.123456789+07:00", "2026-11-23T05:04:09.123456Z"),
        ] {
            assert_eq!(at(given).to_string(), written);
            assert_eq!(serde_json::to_string(&at(given)).unwrap(), format!("\"{written}\""));
        }
    }

    proptest! {
        #[test]
        fn texts_of_moments_are_ordered_as_the_moments(a in 0i64..4_102_444_800_000_000, b in 0i64..4_102_444_800_000_000) {
            let [a, b] = [a, b].map(|us| Timestamp::from(DateTime::from_timestamp_micros(us).unwrap()));
            prop_assert_eq!(a.to_string().cmp(&b.to_string()), a.cmp(&b));
        }
    }

    #[test]
    fn times_of_day_have_five_characters() {
        for text in ["7:00", "07:0", "24:00", "07:60", "07.00", "07:00:00", ""] {
            assert!(text.parse::<TimeOfDay>().is_err(), "{text}");
        }
        assert_eq!("07:05".parse::<TimeOfDay>().unwrap().to_string(), "07:05");
    }

    #[test]
    fn the_day_is_the_day_of_the_time_zone() {
        let jakarta: TimeZone = "Asia/Jakarta".parse().unwrap();
        assert_eq!(jakarta.date_at(at("2026-11-22T16:59:59Z")).to_string(), "2026-11-22");
        assert_eq!(jakarta.date_at(at("2026-11-22T17:00:00Z")).to_string(), "2026-11-23");
        assert!("Asia/Nowhere".parse::<TimeZone>().is_err());
    }

    #[test]
    fn local_times_become_moments_also_when_clocks_are_turned() {
        let moment = |zone: &str, date: &str, time: &str| {
            let zone: TimeZone = zone.parse().unwrap();
            zone.moment(date.parse().unwrap(), time.parse().unwrap()).to_string()
        };
        assert_eq!(moment("Asia/Jakarta", "2026-11-23", "08:00"), "2026-11-23T01:00:00.000000Z");
        assert_eq!(moment("Europe/Berlin", "2026-10-25", "02:30"), "2026-10-25T01:30:00.000000Z");
        assert_eq!(moment("Europe/Berlin", "2026-03-29", "02:30"), "2026-03-29T01:00:00.000000Z");
        assert_eq!(moment("Pacific/Apia", "2011-12-30", "12:00"), "2011-12-30T10:00:00.000000Z");
    }
}
