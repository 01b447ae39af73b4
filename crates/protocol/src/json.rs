//! JSON objects, and JSON text that travels unparsed.

use std::borrow::Cow;

use serde::{Deserialize, de::Error as _};
use serde_json::value::RawValue;

/// Reads a JSON object into a struct. (An array would otherwise pass for one, field by field.)
///
/// # Errors
/// When the text is no JSON object, or one with other fields than the struct's.
pub fn read_object<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, serde_json::Error> {
    if text.trim_ascii_start().starts_with('{') {
        serde_json::from_str(text)
    } else {
        Err(serde_json::Error::custom("not a JSON object"))
    }
}

/// The text of `raw` without white space between its tokens. Numbers, key order and escapes stay as they are.
pub(crate) fn compact(raw: &RawValue) -> Cow<'_, str> {
    let text = raw.get();
    if !has_outer_whitespace(text) {
        return Cow::Borrowed(text);
    }
    let mut in_string = InString::default();
    Cow::Owned(text.chars().filter(|&c| in_string.covers(c) || !c.is_ascii_whitespace()).collect())
}

fn has_outer_whitespace(text: &str) -> bool {
    let mut in_string = InString::default();
    text.chars().any(|c| !in_string.covers(c) && c.is_ascii_whitespace())
}

/// Follows a JSON text character by character.
#[derive(Default)]
struct InString {
    inside: bool,
    escaped: bool,
}

impl InString {
    /// Whether `c`, the next character, belongs to a string (its quotes included).
    fn covers(&mut self, c: char) -> bool {
        let was_inside = self.inside;
        match c {
            _ if self.escaped => self.escaped = false,
            '\\' if self.inside => self.escaped = true,
            '"' => self.inside = !self.inside,
            _ => {}
        }
        was_inside || self.inside
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_goes_except_in_strings() {
        let check = |text: &str, expected: &str| {
            let raw: Box<RawValue> = serde_json::from_str(text).unwrap();
            assert_eq!(compact(&raw), expected);
        };
        check(r#"{ "a b" : [ 1 , 2.0 ],"c":"\" x" }"#, r#"{"a b":[1,2.0],"c":"\" x"}"#);
        check("{\n}", "{}");
        check(r#"{"z":12345678901234567890123,"a":1e5}"#, r#"{"z":12345678901234567890123,"a":1e5}"#);
    }
}
