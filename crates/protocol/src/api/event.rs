//! An event as a request gives it: each field has its type, none is checked yet.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{ApiError, Query};

/// The fields of an event as given. A null is the same as no field.
#[derive(Debug)]
pub(super) struct GivenEvent {
    pub(super) name: Option<String>,
    pub(super) data: Option<String>,
    pub(super) channels: Vec<String>,
    pub(super) channel: Option<String>,
    pub(super) socket_id: Option<String>,
    pub(super) info: Option<String>,
}

#[derive(Deserialize)]
struct EventObject<'a> {
    #[serde(borrow)]
    name: Option<&'a RawValue>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(borrow)]
    channels: Option<&'a RawValue>,
    #[serde(borrow)]
    channel: Option<&'a RawValue>,
    #[serde(borrow)]
    socket_id: Option<&'a RawValue>,
    #[serde(borrow)]
    info: Option<&'a RawValue>,
}

impl GivenEvent {
    /// Reads a JSON object that stands at `place`, which is empty or ends with a point (`batch.0.`).
    pub(super) fn from_json(json: &str, place: &str) -> Result<Self, ApiError> {
        let object: EventObject<'_> = object(json, place.trim_end_matches('.'))?;
        let string = |raw: Option<&RawValue>, name: &str| {
            raw.map(|raw| parse_string(raw.get(), || format!("{place}{name}"))).transpose()
        };
        Ok(Self {
            name: string(object.name, "name")?,
            data: match object.data {
                Some(raw) if !raw.get().starts_with('"') => Some(compact(raw.get())),
                raw => string(raw, "data")?,
            },
            channels: match object.channels {
                Some(raw) => parse_strings(raw.get(), &format!("{place}channels"))?,
                None => Vec::new(),
            },
            channel: string(object.channel, "channel")?,
            socket_id: string(object.socket_id, "socket_id")?,
            info: string(object.info, "info")?,
        })
    }

    /// Reads the parameters of a request that has no body.
    pub(super) fn from_query(query: Query<'_>) -> Self {
        let get = |name| query.get(name).map(Cow::into_owned);
        Self {
            name: get("name"),
            data: get("data"),
            channels: query.get_all("channels[]").map(Cow::into_owned).collect(),
            channel: get("channel"),
            socket_id: get("socket_id"),
            info: get("info"),
        }
    }
}

/// The text of a body.
pub(super) fn body_text(body: &[u8]) -> Result<&str, ApiError> {
    simdutf8::basic::from_utf8(body)
        .map_err(|_| ApiError::bad_request("body", "The request body is not valid UTF-8."))
}

/// Reads an object. `field` says where it stands; empty is the body itself.
pub(super) fn object<'a, T: Deserialize<'a>>(json: &'a str, field: &str) -> Result<T, ApiError> {
    let (field, what) = match field {
        "" => ("body".to_owned(), "request body".to_owned()),
        _ => (field.to_owned(), format!("{field} field")),
    };
    // Without this, serde would take an array for an object, value by value.
    if !json.trim_start().starts_with('{') {
        return Err(ApiError::bad_request(field, format!("The {what} must be a JSON object.")));
    }
    serde_json::from_str(json)
        .map_err(|error| ApiError::bad_request(field, format!("The {what} is not valid JSON: {error}.")))
}

fn parse_string(json: &str, field: impl Fn() -> String) -> Result<String, ApiError> {
    if !json.starts_with('"') {
        let field = field();
        let message = format!("The {field} field must be a string.");
        return Err(ApiError::bad_request(field, message));
    }
    // What is left to go wrong is half of a surrogate pair.
    serde_json::from_str(json).map_err(|error| {
        let field = field();
        let message = format!("The {field} field is not valid text: {error}.");
        ApiError::bad_request(field, message)
    })
}

fn parse_strings(json: &str, field: &str) -> Result<Vec<String>, ApiError> {
    let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(json) else {
        return Err(ApiError::bad_request(field.to_owned(), format!("The {field} field must be an array.")));
    };
    let parse = |(at, item): (usize, &&RawValue)| parse_string(item.get(), || format!("{field}.{at}"));
    items.iter().enumerate().map(parse).collect()
}

/// Valid JSON without the white space between its tokens. Numbers and the order of keys stay as they are.
fn compact(json: &str) -> String {
    let (mut in_string, mut escaped) = (false, false);
    let keep = |c: &char| {
        if in_string {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => in_string = false,
                _ => {}
            }
            return true;
        }
        in_string = *c == '"';
        !c.is_ascii_whitespace()
    };
    json.chars().filter(keep).collect()
}
