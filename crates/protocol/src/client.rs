//! Messages from clients.
//!
//! A message is a JSON object with an `event`. Official clients send `data` as an object; an object inside a JSON
//! string is accepted as well.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::json::{compact, read_object};

/// What a client can say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientMessage<'a> {
    /// `pusher:ping`
    Ping,
    /// `pusher:pong`
    Pong,
    /// `pusher:subscribe`
    Subscribe(Subscribe<'a>),
    /// `pusher:unsubscribe`
    Unsubscribe {
        /// The channel, not checked yet.
        channel: Cow<'a, str>,
    },
    /// `pusher:signin`
    SignIn(SignIn<'a>),
    /// `client-…`
    ClientEvent(ClientEvent<'a>),
}

/// The data of `pusher:subscribe`; nothing in it is checked yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscribe<'a> {
    /// The channel.
    pub channel: Cow<'a, str>,
    /// `<key>:<signature>`; clients send an empty text, null or nothing for public channels.
    pub auth: Option<Cow<'a, str>>,
    /// The member's data exactly as it was signed; absent when null or empty.
    pub channel_data: Option<Cow<'a, str>>,
}

/// The data of `pusher:signin`; nothing in it is checked yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn<'a> {
    /// `<key>:<signature>`
    pub auth: Cow<'a, str>,
    /// The user exactly as it was signed.
    pub user_data: Cow<'a, str>,
}

/// An event of a client for the other subscribers of a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientEvent<'a> {
    /// The name, with its `client-`.
    pub event: Cow<'a, str>,
    /// The channel, not checked yet.
    pub channel: Cow<'a, str>,
    /// The data as receivers get it: a text unchanged, anything else as compact JSON, `null` when there is none.
    pub data: Cow<'a, str>,
}

/// Why a text is not a message of the protocol. The connection stays open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidMessage {
    /// Not JSON, not an object, or a member of the wrong type.
    #[error("Invalid message format: {0}")]
    Malformed(String),
    /// No `event`, or an empty one.
    #[error("Invalid message format: the event is missing")]
    NoEvent,
    /// `data` is missing or lacks what the event needs.
    #[error("Invalid message format: the data of {event} must be an object with {needs}")]
    Data {
        /// The event.
        event: &'static str,
        /// What it needs.
        needs: &'static str,
    },
    /// A client event without a channel.
    #[error("Invalid client event (must contain channel and data)")]
    ClientEvent,
    /// A `pusher:` event that clients do not send.
    #[error("Invalid message format: clients cannot send the event `{0}`")]
    UnknownEvent(String),
    /// A name that does not begin with `client-`.
    #[error("The event `{0}` is refused: the name of a client event begins with `client-`")]
    NotAClientEvent(String),
}

impl<'a> ClientMessage<'a> {
    /// Reads one message.
    ///
    /// # Errors
    /// When the text is no message; the error's text is meant for the client.
    pub fn parse(text: &'a str) -> Result<Self, InvalidMessage> {
        let envelope: Envelope<'a> =
            read_object(text).map_err(|error| InvalidMessage::Malformed(error.to_string()))?;
        let event = envelope.event.map(|text| text.0).unwrap_or_default();
        match &*event {
            "" => Err(InvalidMessage::NoEvent),
            "pusher:ping" => Ok(Self::Ping),
            "pusher:pong" => Ok(Self::Pong),
            "pusher:subscribe" => subscribe(envelope.data).map(Self::Subscribe),
            "pusher:unsubscribe" => unsubscribe(envelope.data),
            "pusher:signin" => sign_in(envelope.data).map(Self::SignIn),
            name if name.starts_with("pusher:") || name.starts_with("pusher_internal:") => {
                Err(InvalidMessage::UnknownEvent(shown(name)))
            }
            name if !name.starts_with("client-") => Err(InvalidMessage::NotAClientEvent(shown(name))),
            _ => Ok(Self::ClientEvent(ClientEvent {
                event,
                channel: envelope.channel.map(|text| text.0).ok_or(InvalidMessage::ClientEvent)?,
                data: envelope.data.map_or(Cow::Borrowed("null"), text_of),
            })),
        }
    }
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    event: Option<Text<'a>>,
    #[serde(borrow, default)]
    channel: Option<Text<'a>>,
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
}

/// A JSON string, borrowed where it has no escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

#[derive(Deserialize)]
struct ChannelFields<'a> {
    #[serde(borrow, default)]
    channel: Option<Text<'a>>,
    #[serde(borrow, default)]
    auth: Option<Text<'a>>,
    #[serde(borrow, default)]
    channel_data: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct SignInFields<'a> {
    #[serde(borrow, default)]
    auth: Option<Text<'a>>,
    #[serde(borrow, default)]
    user_data: Option<Text<'a>>,
}

fn subscribe(data: Option<&RawValue>) -> Result<Subscribe<'_>, InvalidMessage> {
    const WRONG: InvalidMessage = InvalidMessage::Data { event: "pusher:subscribe", needs: "a channel" };
    fn read(text: &str) -> Option<Subscribe<'_>> {
        let fields: ChannelFields<'_> = read_object(text).ok()?;
        Some(Subscribe {
            channel: fields.channel?.0,
            auth: fields.auth.and_then(Text::not_empty),
            channel_data: fields.channel_data.and_then(Text::not_empty),
        })
    }
    match object(data).ok_or(WRONG)? {
        Cow::Borrowed(text) => read(text),
        Cow::Owned(text) => read(&text).map(Subscribe::into_owned),
    }
    .ok_or(WRONG)
}

fn unsubscribe(data: Option<&RawValue>) -> Result<ClientMessage<'_>, InvalidMessage> {
    let wrong = InvalidMessage::Data { event: "pusher:unsubscribe", needs: "a channel" };
    let channel = subscribe(data).map_err(|_| wrong)?.channel;
    Ok(ClientMessage::Unsubscribe { channel })
}

fn sign_in(data: Option<&RawValue>) -> Result<SignIn<'_>, InvalidMessage> {
    const WRONG: InvalidMessage =
        InvalidMessage::Data { event: "pusher:signin", needs: "auth and user_data" };
    fn read(text: &str) -> Option<SignIn<'_>> {
        let fields: SignInFields<'_> = read_object(text).ok()?;
        Some(SignIn { auth: fields.auth?.0, user_data: fields.user_data?.0 })
    }
    match object(data).ok_or(WRONG)? {
        Cow::Borrowed(text) => read(text),
        Cow::Owned(text) => read(&text).map(SignIn::into_owned),
    }
    .ok_or(WRONG)
}

impl<'a> Text<'a> {
    fn not_empty(self) -> Option<Cow<'a, str>> {
        Some(self.0).filter(|text| !text.is_empty())
    }
}

impl Subscribe<'_> {
    fn into_owned<'b>(self) -> Subscribe<'b> {
        Subscribe {
            channel: owned(self.channel),
            auth: self.auth.map(owned),
            channel_data: self.channel_data.map(owned),
        }
    }
}

impl SignIn<'_> {
    fn into_owned<'b>(self) -> SignIn<'b> {
        SignIn { auth: owned(self.auth), user_data: owned(self.user_data) }
    }
}

/// The JSON text of `data`, unpacked when it is a string that holds JSON.
fn object(data: Option<&RawValue>) -> Option<Cow<'_, str>> {
    let text = data?.get();
    if text.starts_with('"') {
        return serde_json::from_str::<String>(text).ok().map(Cow::Owned);
    }
    Some(Cow::Borrowed(text))
}

fn text_of(data: &RawValue) -> Cow<'_, str> {
    if data.get().starts_with('"')
        && let Ok(Text(text)) = serde_json::from_str(data.get())
    {
        return text;
    }
    compact(data)
}

fn owned<'b>(text: Cow<'_, str>) -> Cow<'b, str> {
    Cow::Owned(text.into_owned())
}

/// A name from outside, short enough to be sent back.
fn shown(name: &str) -> String {
    name.chars().take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::needless_pass_by_value, reason = "the tables read better")]
    fn check(text: &str, expected: Result<ClientMessage<'_>, InvalidMessage>) {
        assert_eq!(ClientMessage::parse(text), expected, "{text}");
    }

    fn subscribed<'a>(channel: &'a str, auth: Option<&'a str>, data: Option<&'a str>) -> ClientMessage<'a> {
        ClientMessage::Subscribe(Subscribe {
            channel: channel.into(),
            auth: auth.map(Cow::from),
            channel_data: data.map(Cow::from),
        })
    }

    #[test]
    fn pings_come_with_and_without_data() {
        for text in [
            r#"{"event":"pusher:ping","data":{}}"#,
            r#"{"event": "pusher:ping"}"#,
            r#" { "data" : "" , "event" : "pusher:ping" } "#,
        ] {
            check(text, Ok(ClientMessage::Ping));
        }
        check(r#"{"event":"pusher:pong","data":"{}"}"#, Ok(ClientMessage::Pong));
    }

    #[test]
    fn a_subscription_is_read_from_an_object_or_a_string() {
        check(
            r#"{"event":"pusher:subscribe","data":{"auth":"","channel":"a"}}"#,
            Ok(subscribed("a", None, None)),
        );
        check(
            r#"{"event":"pusher:subscribe","data":{"auth":null,"channel_data":null,"channel":"a"}}"#,
            Ok(subscribed("a", None, None)),
        );
        check(
            r#"{"event":"pusher:subscribe","data":"{\"auth\":\"k:1\",\"channel\":\"a\",\"channel_data\":\"{\\\"x\\\":1}\"}"}"#,
            Ok(subscribed("a", Some("k:1"), Some(r#"{"x":1}"#))),
        );
        check(
            r#"{"event":"pusher:subscribe","data":{"auth":"k:1","channel_data":"{\"user_id\": 7}","channel":"presence-a","shared_secret":"s"}}"#,
            Ok(subscribed("presence-a", Some("k:1"), Some(r#"{"user_id": 7}"#))),
        );
    }

    #[test]
    fn incomplete_data_is_named() {
        for (event, needs) in [
            ("pusher:subscribe", "a channel"),
            ("pusher:unsubscribe", "a channel"),
            ("pusher:signin", "auth and user_data"),
        ] {
            for data in [
                "",
                r#","data":null"#,
                r#","data":{}"#,
                r#","data":[]"#,
                r#","data":"x""#,
                r#","data":{"channel":[]}"#,
            ] {
                check(&format!(r#"{{"event":"{event}"{data}}}"#), Err(InvalidMessage::Data { event, needs }));
            }
        }
    }

    #[test]
    fn data_of_client_events_becomes_text() {
        let check = |data: &str, expected: &str| {
            let text =
                format!(r#"{{"event":"client-a","channel":"private-x","data":{data},"user_id":"forged"}}"#);
            let expected =
                ClientEvent { event: "client-a".into(), channel: "private-x".into(), data: expected.into() };
            assert_eq!(ClientMessage::parse(&text), Ok(ClientMessage::ClientEvent(expected)));
        };
        check(r#"{"a": 1}"#, r#"{"a":1}"#);
        check(r#""text""#, "text");
        check(r#""a\nb""#, "a\nb");
        check("12345678901234567890", "12345678901234567890");
        check("null", "null");
        check("[1, true]", "[1,true]");
    }

    #[test]
    fn a_client_event_may_lack_data_but_not_a_channel() {
        assert!(ClientMessage::parse(r#"{"event":"client-a","channel":"private-x"}"#).is_ok());
        check(r#"{"event":"client-a","data":{}}"#, Err(InvalidMessage::ClientEvent));
    }

    #[test]
    fn what_is_no_message_is_refused() {
        for text in ["", "hi", "[]", "1", "null", "\"x\"", "{", r#"{"event":[]}"#, r#"{"event":1}"#] {
            assert!(matches!(ClientMessage::parse(text), Err(InvalidMessage::Malformed(_))), "{text}");
        }
        check("{}", Err(InvalidMessage::NoEvent));
        check(r#"{"event":null}"#, Err(InvalidMessage::NoEvent));
        check(r#"{"event":"pusher:x"}"#, Err(InvalidMessage::UnknownEvent("pusher:x".into())));
        let internal = "pusher_internal:member_added";
        check(
            &format!(r#"{{"event":"{internal}","channel":"a"}}"#),
            Err(InvalidMessage::UnknownEvent(internal.into())),
        );
        check(r#"{"event":"x","channel":"a"}"#, Err(InvalidMessage::NotAClientEvent("x".into())));
    }

    #[test]
    fn hostile_json_is_refused_quickly() {
        let deep = format!(r#"{{"event":"client-a","channel":"private-x","data":{}}}"#, "[".repeat(5000));
        assert!(ClientMessage::parse(&deep).is_err());
        let duplicate = r#"{"event":"pusher:ping","event":"pusher:pong"}"#;
        assert!(matches!(ClientMessage::parse(duplicate), Err(InvalidMessage::Malformed(_))));
    }
}
