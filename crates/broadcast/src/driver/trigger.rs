//! The bodies of requests that trigger events, member for member as Laravel writes them.

use std::{borrow::Cow, fmt::Write as _};

use gema_protocol::{
    api::{MAX_BATCH, MAX_TRIGGER_CHANNELS},
    names::{ChannelKind, ChannelName},
};
use serde::Serialize;

use crate::{BroadcastError, EncryptionKey, Message, payload};

/// How many channels a text names before it only counts them.
const LISTED: usize = 3;

/// One request of those that an event or a batch needs.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// What it sends, for an error.
    pub(super) what: String,
    pub(super) body: String,
}

#[derive(Serialize)]
struct Event<'a> {
    name: &'a str,
    data: Cow<'a, str>,
    #[serde(flatten)]
    target: Target<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    socket_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Target<'a> {
    Channel(&'a str),
    Channels(Vec<&'a str>),
}

#[derive(Serialize)]
struct Batch<'a> {
    batch: &'a [Event<'a>],
}

/// The requests for one event: up to 100 channels in each, and one for each encrypted channel, since the
/// payload is sealed for that channel alone.
pub(super) fn parts(message: &Message, key: Option<&EncryptionKey>) -> Result<Vec<Part>, BroadcastError> {
    let (encrypted, plain): (Vec<_>, Vec<_>) =
        message.channels().iter().partition(|channel| channel.kind() == ChannelKind::Encrypted);
    let plain = plain.chunks(MAX_TRIGGER_CHANNELS).map(|channels| {
        let target = match channels {
            [channel] => Target::Channel(channel.as_str()),
            _ => Target::Channels(channels.iter().map(|channel| channel.as_str()).collect()),
        };
        let event = Event::new(message, message.data().into(), target);
        Ok(Part { what: list(channels.iter().copied()), body: json(&event) })
    });
    let encrypted = encrypted.into_iter().map(|channel| {
        Ok(Part { what: list([channel]), body: json(&Event::on_channel(message, channel, key)?) })
    });
    plain.chain(encrypted).collect()
}

/// The requests for a batch: up to ten entries in each, each for one channel of one message, in order.
pub(super) fn batch_parts(
    messages: &[Message],
    key: Option<&EncryptionKey>,
) -> Result<Vec<Part>, BroadcastError> {
    let entries = messages.iter().flat_map(|message| {
        message.channels().iter().map(move |channel| Event::on_channel(message, channel, key))
    });
    let entries: Vec<_> = entries.collect::<Result<_, _>>()?;
    let part = |(at, batch): (usize, &[Event<'_>])| {
        let first = at * MAX_BATCH + 1;
        let what = format!("entries {first} to {}", first + batch.len() - 1);
        Part { what, body: json(&Batch { batch }) }
    };
    Ok(entries.chunks(MAX_BATCH).enumerate().map(part).collect())
}

/// `a`, `b`, `c` and 97 more.
pub(super) fn list<'a>(channels: impl IntoIterator<Item = &'a ChannelName>) -> String {
    let mut channels = channels.into_iter();
    let named: Vec<String> = channels.by_ref().take(LISTED).map(|channel| format!("`{channel}`")).collect();
    let mut text = named.join(", ");
    let more = channels.count();
    if more > 0 {
        let _ = write!(text, " and {more} more");
    }
    text
}

impl<'a> Event<'a> {
    fn on_channel(
        message: &'a Message,
        channel: &'a ChannelName,
        key: Option<&EncryptionKey>,
    ) -> Result<Self, BroadcastError> {
        let data = match (channel.kind(), key) {
            (ChannelKind::Encrypted, None) => {
                return Err(BroadcastError::NoEncryptionKey(channel.clone()));
            }
            (ChannelKind::Encrypted, Some(key)) => key.seal(channel.as_str(), message.data()).into(),
            _ => message.data().into(),
        };
        Ok(Self::new(message, data, Target::Channel(channel.as_str())))
    }

    fn new(message: &'a Message, data: Cow<'a, str>, target: Target<'a>) -> Self {
        let socket_id = message.socket_id().map(|socket_id| socket_id.to_string());
        Self { name: message.name().as_str(), data, target, socket_id }
    }
}

fn json(body: &impl Serialize) -> String {
    payload::to_json(body).expect("structs of texts are JSON")
}
