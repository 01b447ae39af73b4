//! What a client asks for.

use axum::{
    Form, Json,
    body::Body,
    extract::{FromRequest, Request},
    http::{Method, StatusCode, header::CONTENT_TYPE, request::Parts},
};
use gema_protocol::names::{ChannelName, SocketId};
use serde_json::{Map, Value};

use super::refusal::{Mistakes, Refusal};

/// Longest body in bytes.
pub(super) const MAX_BODY: usize = 64 * 1024;
/// Most channels in one request.
pub(super) const MAX_CHANNELS: usize = 100;

const SOCKET_ID: &str = "socket_id";
const CHANNEL_NAME: &str = "channel_name";
const CHANNEL_NAMES: &str = "channel_names";

/// The fields of a request: texts, and lists of texts. JSON may bring other values.
pub(super) struct Fields(Map<String, Value>);

/// The channels that a request is about.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// One, as every client asks.
    One(ChannelName),
    /// A list. Its names are looked at one by one, so that a wrong one does no harm to the others.
    Several(Vec<String>),
}

impl Fields {
    /// Reads the query of a GET, and the body of a POST in one of the two forms.
    pub(super) async fn read(head: &Parts, body: Body) -> Result<Self, Refusal> {
        let request = Request::from_parts(head.clone(), body);
        let fields = match body_form(head)? {
            BodyForm::Json => read_json(request).await?,
            BodyForm::Pairs => read_pairs(request).await?,
        };
        Ok(Self(fields))
    }

    /// The connection and its channels.
    pub(super) fn channels(&self) -> Result<(SocketId, Asked), Refusal> {
        let mut mistakes = Mistakes::default();
        let socket_id = mistakes.collect(self.socket_id());
        let asked = mistakes.collect(self.asked());
        socket_id.zip(asked).ok_or(Refusal::Invalid(mistakes))
    }

    /// The connection that wants to subscribe or sign in.
    pub(super) fn socket_id(&self) -> Result<SocketId, Mistakes> {
        text(SOCKET_ID, self.0.get(SOCKET_ID))?
            .parse()
            .map_err(|_| mistake(SOCKET_ID, "must be two numbers with a point, such as 1234.5678"))
    }

    /// The channel or the channels: `channel_name` is one name or a list of them, `channel_names` is a list.
    fn asked(&self) -> Result<Asked, Mistakes> {
        match (self.0.get(CHANNEL_NAME), self.0.get(CHANNEL_NAMES)) {
            (Some(_), Some(_)) => {
                Err(mistake(CHANNEL_NAMES, "must not be there when there is a channel name field"))
            }
            (Some(Value::Array(names)), None) => several(CHANNEL_NAME, names),
            (None, Some(Value::Array(names))) => several(CHANNEL_NAMES, names),
            (None, Some(_)) => Err(mistake(CHANNEL_NAMES, "must be an array")),
            (name, None) => channel_name(text(CHANNEL_NAME, name)?).map(Asked::One),
        }
    }
}

/// Parses the name of a channel.
pub(super) fn channel_name(name: &str) -> Result<ChannelName, Mistakes> {
    name.parse().map_err(|error| mistake(CHANNEL_NAME, &format!("is invalid: {error}")))
}

fn several(field: &str, names: &[Value]) -> Result<Asked, Mistakes> {
    if names.is_empty() {
        return Err(mistake(field, "must have at least 1 item"));
    }
    if names.len() > MAX_CHANNELS {
        return Err(mistake(field, &format!("must not have more than {MAX_CHANNELS} items")));
    }
    let names = names.iter().enumerate().map(|(index, name)| text(&format!("{field}.{index}"), Some(name)));
    names.map(|name| name.map(str::to_owned)).collect::<Result<_, _>>().map(Asked::Several)
}

/// A field that must be there and be a text. An empty one counts as absent, as in Laravel.
fn text<'v>(field: &str, value: Option<&'v Value>) -> Result<&'v str, Mistakes> {
    match value {
        None | Some(Value::Null) => Err(mistake(field, "is required")),
        Some(Value::String(text)) if text.is_empty() => Err(mistake(field, "is required")),
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(mistake(field, "must be a string")),
    }
}

fn mistake(field: &str, what: &str) -> Mistakes {
    Mistakes::one(field, format!("The {} field {what}.", field.replace('_', " ")))
}

/// How the fields are written.
enum BodyForm {
    /// In a query or a form.
    Pairs,
    Json,
}

fn body_form(head: &Parts) -> Result<BodyForm, Refusal> {
    if head.method == Method::GET || head.method == Method::HEAD {
        return Ok(BodyForm::Pairs);
    }
    let given = head.headers.get(CONTENT_TYPE).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let essence = given.as_deref().and_then(|given| given.split(';').next()).unwrap_or_default();
    let essence = essence.trim().to_ascii_lowercase();
    match essence.as_str() {
        "application/x-www-form-urlencoded" => Ok(BodyForm::Pairs),
        "application/json" => Ok(BodyForm::Json),
        other => {
            let what = if other.is_empty() {
                "There is no content type".to_owned()
            } else {
                format!("Content type `{other}` is not supported")
            };
            let message = format!("{what}; send application/x-www-form-urlencoded or application/json.");
            Err(Refusal::Unreadable(StatusCode::UNSUPPORTED_MEDIA_TYPE, message))
        }
    }
}

async fn read_json(request: Request) -> Result<Map<String, Value>, Refusal> {
    match Json::<Value>::from_request(request, &()).await {
        Ok(Json(Value::Object(fields))) => Ok(fields),
        Ok(Json(_)) => Err(unreadable(StatusCode::BAD_REQUEST, "The body is no JSON object.")),
        Err(rejection) => Err(unreadable(rejection.status(), &rejection.body_text())),
    }
}

async fn read_pairs(request: Request) -> Result<Map<String, Value>, Refusal> {
    match Form::<Vec<(String, String)>>::from_request(request, &()).await {
        Ok(Form(pairs)) => Ok(fields_of(pairs)?),
        Err(rejection) => Err(unreadable(rejection.status(), &rejection.body_text())),
    }
}

fn unreadable(status: StatusCode, reason: &str) -> Refusal {
    let message = match status {
        StatusCode::PAYLOAD_TOO_LARGE => format!("The body is longer than {MAX_BODY} bytes."),
        _ => reason.to_owned(),
    };
    Refusal::Unreadable(status, message)
}

/// Pairs as PHP reads them, `name[]` and `name[0]` being items of a list. A name that PHP would take from the last
/// of several pairs is refused: one who looked at the first would have been deceived.
fn fields_of(pairs: Vec<(String, String)>) -> Result<Map<String, Value>, Mistakes> {
    let mut fields = Map::new();
    for (name, value) in pairs {
        let (name, is_item) = match name.strip_suffix(']').and_then(|name| name.split_once('[')) {
            Some((list, index)) if index.bytes().all(|b| b.is_ascii_digit()) => (list, true),
            _ => (name.as_str(), false),
        };
        if ![SOCKET_ID, CHANNEL_NAME, CHANNEL_NAMES].contains(&name) {
            continue;
        }
        match (fields.get_mut(name), is_item) {
            (None, true) => drop(fields.insert(name.to_owned(), Value::Array(vec![value.into()]))),
            (None, false) => drop(fields.insert(name.to_owned(), value.into())),
            (Some(Value::Array(items)), true) => items.push(value.into()),
            (Some(_), _) => return Err(mistake(name, "must be given once")),
        }
    }
    Ok(fields)
}
