//! An event as one line, for people or for programs.

use chrono::{DateTime, Local, SecondsFormat, Utc};
use serde::Serialize;
use serde_json::value::RawValue;

use super::message::Message;
use crate::cli::api::visible;

const DIM: &str = "\u{1b}[2m";
const CYAN: &str = "\u{1b}[36m";
const GREEN: &str = "\u{1b}[1;32m";
const PLAIN: &str = "\u{1b}[0m";

/// How lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Coloured,
    Json,
}

/// An event and when it came.
#[derive(Debug)]
pub(super) struct Line {
    time: DateTime<Utc>,
    message: Message,
}

impl Line {
    /// An event that has come just now.
    pub(super) fn new(message: Message) -> Self {
        Self { time: Utc::now(), message }
    }

    /// The line, without its end.
    pub(super) fn to_text(&self, style: Style) -> String {
        match style {
            Style::Plain => self.for_people([""; 4]),
            Style::Coloured => self.for_people([DIM, CYAN, GREEN, PLAIN]),
            Style::Json => self.to_json(),
        }
    }

    fn for_people(&self, [dim, cyan, green, plain]: [&str; 4]) -> String {
        let Message { event, channel, data, user_id } = &self.message;
        let time = self.time.with_timezone(&Local).format("%H:%M:%S%.3f");
        let mut line = format!("{dim}{time}{plain}");
        let mut add = |colour: &str, text: &str| {
            let text: String = text.chars().flat_map(visible).collect();
            line.extend(["  ", colour, &text, if colour.is_empty() { "" } else { plain }]);
        };
        add(cyan, channel.as_deref().unwrap_or("-"));
        add(green, event);
        add("", data);
        if let Some(user_id) = user_id {
            add(dim, &format!("by {user_id}"));
        }
        line
    }

    /// The data is what its text says, where that is JSON; otherwise the text.
    fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct Object<'a> {
            time: String,
            channel: Option<&'a str>,
            event: &'a str,
            data: Box<RawValue>,
            #[serde(skip_serializing_if = "Option::is_none")]
            user_id: Option<&'a str>,
        }
        let Message { event, channel, data, user_id } = &self.message;
        // Within JSON a line may end between values only, where a space says the same.
        let data = RawValue::from_string(data.replace(['\n', '\r'], " ")).unwrap_or_else(|_| {
            let text = serde_json::to_string(data).expect("a text is JSON");
            RawValue::from_string(text).expect("it was made as JSON")
        });
        let object = Object {
            time: self.time.to_rfc3339_opts(SecondsFormat::Millis, true),
            channel: channel.as_deref(),
            event,
            data,
            user_id: user_id.as_deref(),
        };
        let json = serde_json::to_string(&object).expect("texts are JSON");
        json.chars().flat_map(escaped).collect()
    }
}

/// Control characters stand within texts, where an escape says the same and a terminal does not obey it.
fn escaped(c: char) -> impl Iterator<Item = char> {
    let text = if c.is_control() { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() };
    text.chars().collect::<Vec<_>>().into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(data: &str, user_id: Option<&str>) -> Line {
        let message = Message {
            event: "order.placed".to_owned(),
            channel: Some("orders".to_owned()),
            data: data.to_owned(),
            user_id: user_id.map(str::to_owned),
        };
        Line { time: DateTime::UNIX_EPOCH, message }
    }

    #[test]
    fn a_line_for_people_has_no_colour_where_none_is_wanted() {
        let time = DateTime::UNIX_EPOCH.with_timezone(&Local).format("%H:%M:%S%.3f");
        let text = line(r#"{"id":1}"#, Some("42")).to_text(Style::Plain);
        assert_eq!(text, format!(r#"{time}  orders  order.placed  {{"id":1}}  by 42"#));
        let coloured = line(r#"{"id":1}"#, None).to_text(Style::Coloured);
        assert!(
            coloured.contains("\u{1b}[36morders\u{1b}[0m") && coloured.ends_with(r#"  {"id":1}"#),
            "{coloured}"
        );
    }

    #[test]
    fn nothing_that_a_terminal_obeys_gets_through() {
        for data in ["\u{1b}]0;title\u{7}", "a\nb", "\u{9b}31m", "\"\u{9b}31m\""] {
            for style in [Style::Plain, Style::Json] {
                let text = line(data, Some("\u{1b}[2J")).to_text(style);
                assert!(!text.contains(char::is_control), "{text:?}");
            }
        }
    }

    #[test]
    fn json_lines_keep_numbers_and_say_the_same_as_the_data() {
        for (data, expected) in [
            (r#"{"n":12345678901234567890123}"#, r#"{"n":12345678901234567890123}"#),
            ("{\r\n\"a\": 1}", "{  \"a\": 1}"),
            ("no JSON", r#""no JSON""#),
            ("\"\u{9b}\"", r#""\u009b""#),
        ] {
            let text = line(data, None).to_text(Style::Json);
            assert_eq!(
                text,
                format!(
                    r#"{{"time":"1970-01-01T00:00:00.000Z","channel":"orders","event":"order.placed","data":{expected}}}"#
                )
            );
            assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{text}");
        }
    }
}
