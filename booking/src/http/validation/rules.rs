//! What a single value has to be.

use std::str::FromStr;

use chrono::NaiveDate;
use serde_json::Value;

use crate::{
    domain::{Email, Password, TimeOfDay},
    http::messages::Violation,
};

/// An integer as JSON writes one; `"5"` and `5.0` are none.
pub(crate) fn integer(value: &Value) -> Result<i64, Violation> {
    value.as_i64().ok_or(Violation::Integer)
}

/// An integer within these limits.
pub(crate) fn integer_between(least: i64, most: i64) -> impl Fn(&Value) -> Result<i64, Violation> {
    move |value| within(integer(value)?, least, most)
}

/// An integer in the decimal digits of a query string, within these limits.
pub(crate) fn digits_between(least: i64, most: i64) -> impl Fn(&Value) -> Result<i64, Violation> {
    move |value| within(text(value)?.parse().map_err(|_| Violation::Integer)?, least, most)
}

/// The id of something: a positive integer. That it exists is another question.
pub(crate) fn id<T: TryFrom<i64>>(value: &Value) -> Result<T, Violation> {
    T::try_from(integer(value)?).map_err(|_| Violation::Selected)
}

/// `true` or `false`.
pub(crate) fn boolean(value: &Value) -> Result<bool, Violation> {
    value.as_bool().ok_or(Violation::Boolean)
}

/// `true`, `false`, `1` or `0` in a query string, as Laravel's rule `boolean` has it.
pub(crate) fn flag(value: &Value) -> Result<bool, Violation> {
    match text(value)? {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(Violation::Boolean),
    }
}

/// A text without the blanks around it, of `least` to `most` characters.
pub(crate) fn trimmed(least: usize, most: usize) -> impl Fn(&Value) -> Result<String, Violation> {
    move |value| sized(text(value)?.trim(), least, most)
}

/// A password: a text as it is, of `least` to `most` characters.
pub(crate) fn password(least: usize, most: usize) -> impl Fn(&Value) -> Result<Password, Violation> {
    move |value| sized(text(value)?, least, most).map(Password::new)
}

/// An e-mail address.
pub(crate) fn email(value: &Value) -> Result<Email, Violation> {
    text(value)?.parse().map_err(|_| Violation::Email)
}

/// A day as `YYYY-MM-DD`.
pub(crate) fn date(value: &Value) -> Result<NaiveDate, Violation> {
    const FORMAT: &str = "%Y-%m-%d";
    let written = text(value)?;
    NaiveDate::parse_from_str(written, FORMAT)
        .ok()
        .filter(|date| written.len() == 10 && date.format(FORMAT).to_string() == written)
        .ok_or(Violation::DateFormat("Y-m-d"))
}

/// A time of day as `HH:MM`.
pub(crate) fn time(value: &Value) -> Result<TimeOfDay, Violation> {
    let written = text(value)?;
    written
        .parse()
        .ok()
        .filter(|time: &TimeOfDay| time.to_string() == written)
        .ok_or(Violation::DateFormat("H:i"))
}

/// One of the words that a type knows.
pub(crate) fn word<T: FromStr>(value: &Value) -> Result<T, Violation> {
    text(value)?.parse().map_err(|_| Violation::Selected)
}

fn text(value: &Value) -> Result<&str, Violation> {
    value.as_str().ok_or(Violation::Text)
}

fn within(number: i64, least: i64, most: i64) -> Result<i64, Violation> {
    if number < least {
        Err(Violation::Min(least))
    } else if number > most {
        Err(Violation::Max(most))
    } else {
        Ok(number)
    }
}

fn sized(text: &str, least: usize, most: usize) -> Result<String, Violation> {
    match text.chars().count() {
        // PostgreSQL has no text with NUL.
        _ if text.contains('\0') => Err(Violation::Format),
        length if length < least => Err(Violation::MinCharacters(least)),
        length if length > most => Err(Violation::MaxCharacters(most)),
        _ => Ok(text.to_owned()),
    }
}
