//! What the server tells the application.

#[cfg(test)]
mod tests;

use std::{fmt::Display, str::FromStr};

use gema_protocol::{
    names::{ChannelName, SocketId, UserId},
    signature::is_signature_of,
};
use serde::Deserialize;
use serde_json::Value;

use crate::Credentials;

/// The longest key, and the longest text of a parser, that an error repeats, in characters.
const SHOWN: usize = 128;

/// A request of the server with what has happened at its channels.
///
/// The server repeats a webhook until it is answered with 2xx, so that the same one may arrive twice: same
/// [`time_ms`](Self::time_ms), same events.
///
/// ```
/// # use gema_broadcast::{Credentials, InvalidWebhook, Webhook, WebhookEvent};
/// # fn example(credentials: &Credentials, key: Option<&str>, signature: Option<&str>, body: &[u8])
/// #     -> Result<(), InvalidWebhook> {
/// for event in Webhook::verify(credentials, key, signature, body)?.events {
///     if let WebhookEvent::ChannelOccupied { channel } = event {
///         println!("somebody listens to {channel}");
///     }
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Webhook {
    /// When the server made the webhook, in unix milliseconds.
    pub time_ms: u64,
    /// What has happened, in this order.
    pub events: Vec<WebhookEvent>,
}

/// One thing that has happened.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum WebhookEvent {
    /// A channel has its first subscriber.
    ChannelOccupied {
        /// Which one.
        channel: ChannelName,
    },
    /// A channel has lost its last subscriber.
    ChannelVacated {
        /// Which one.
        channel: ChannelName,
    },
    /// A user has joined a presence channel with the first connection.
    MemberAdded {
        /// Which channel.
        channel: ChannelName,
        /// Which user.
        user_id: UserId,
    },
    /// A user has left a presence channel with the last connection.
    MemberRemoved {
        /// Which channel.
        channel: ChannelName,
        /// Which user.
        user_id: UserId,
    },
    /// A client has sent an event to a channel.
    ClientEvent {
        /// Which channel.
        channel: ChannelName,
        /// The name of the event, which begins with `client-`.
        event: String,
        /// The payload as the subscribers have got it.
        data: String,
        /// The connection that has sent it.
        socket_id: SocketId,
        /// The user that has sent it, on a presence channel.
        user_id: Option<UserId>,
    },
    /// Somebody has subscribed to a cache channel that has no last event.
    CacheMiss {
        /// Which channel.
        channel: ChannelName,
    },
    /// A channel has another number of subscribers.
    SubscriptionCount {
        /// Which channel.
        channel: ChannelName,
        /// How many it has now.
        subscription_count: u64,
    },
    /// Something that this library does not know, as it came.
    Unknown(Value),
}

/// Why a request is not a webhook of the server. The first three mean that somebody else may have sent it;
/// answer them with 401.
#[derive(Debug, thiserror::Error)]
pub enum InvalidWebhook {
    /// A header is missing.
    #[error("the webhook has no header {0}")]
    MissingHeader(&'static str),
    /// The webhook is for another application.
    #[error("the webhook has the key `{0}` in X-Pusher-Key, which is not that of this application")]
    UnknownKey(String),
    /// The signature is not one of this body with this application's secret.
    #[error(
        "the signature in X-Pusher-Signature is not that of the body: either the secrets of server and application \
         differ, or the body was changed on its way; it must be verified byte for byte as it came"
    )]
    Signature,
    /// The body is signed, but not JSON of the form that a webhook has.
    #[error("the body is no webhook: {}", shown(.0))]
    Body(#[from] serde_json::Error),
    /// An event lacks something that an event of its name has.
    #[error("event {at} of the webhook has no `{field}` that can be used: {reason}")]
    Event {
        /// Which one, counted from 0.
        at: usize,
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        reason: String,
    },
}

/// The beginning of what the parser says: it repeats a text that it did not expect, however long.
fn shown(error: &serde_json::Error) -> String {
    error.to_string().chars().take(SHOWN).collect()
}

impl Webhook {
    /// Checks who has sent a webhook, and reads it. `key` and `signature` are the headers `X-Pusher-Key` and
    /// `X-Pusher-Signature`, `body` is the body as it came.
    ///
    /// How old it is, is left to the application: the server repeats a webhook until it is accepted.
    ///
    /// # Errors
    /// When it is not one of the server for this application.
    pub fn verify(
        credentials: &Credentials,
        key: Option<&str>,
        signature: Option<&str>,
        body: &[u8],
    ) -> Result<Self, InvalidWebhook> {
        #[derive(Deserialize)]
        struct Body {
            time_ms: u64,
            events: Vec<Value>,
        }
        let key = key.ok_or(InvalidWebhook::MissingHeader("X-Pusher-Key"))?;
        let signature = signature.ok_or(InvalidWebhook::MissingHeader("X-Pusher-Signature"))?;
        if key != credentials.key {
            return Err(InvalidWebhook::UnknownKey(key.chars().take(SHOWN).collect()));
        }
        if !is_signature_of(signature, &credentials.secret, body) {
            return Err(InvalidWebhook::Signature);
        }
        let Body { time_ms, events } = serde_json::from_slice(body)?;
        let events = events.into_iter().enumerate().map(|(at, event)| read(event, at));
        Ok(Self { time_ms, events: events.collect::<Result<_, _>>()? })
    }
}

fn read(event: Value, at: usize) -> Result<WebhookEvent, InvalidWebhook> {
    let fields = Fields { event: &event, at };
    let channel = || fields.text("channel");
    let user_id = || fields.text("user_id");
    Ok(match event["name"].as_str() {
        Some("channel_occupied") => WebhookEvent::ChannelOccupied { channel: channel()? },
        Some("channel_vacated") => WebhookEvent::ChannelVacated { channel: channel()? },
        Some("member_added") => WebhookEvent::MemberAdded { channel: channel()?, user_id: user_id()? },
        Some("member_removed") => WebhookEvent::MemberRemoved { channel: channel()?, user_id: user_id()? },
        Some("cache_miss") => WebhookEvent::CacheMiss { channel: channel()? },
        Some("client_event") => WebhookEvent::ClientEvent {
            channel: channel()?,
            event: fields.text("event")?,
            data: fields.text("data")?,
            socket_id: fields.text("socket_id")?,
            user_id: if event["user_id"].is_null() { None } else { Some(user_id()?) },
        },
        Some("subscription_count") => WebhookEvent::SubscriptionCount {
            channel: channel()?,
            subscription_count: fields.number("subscription_count")?,
        },
        _ => WebhookEvent::Unknown(event),
    })
}

struct Fields<'a> {
    event: &'a Value,
    at: usize,
}

impl Fields<'_> {
    fn text<T: FromStr<Err: Display>>(&self, field: &'static str) -> Result<T, InvalidWebhook> {
        let text = self.event[field].as_str().ok_or_else(|| self.wrong(field, "it is not a text"))?;
        text.parse().map_err(|error| self.wrong(field, error))
    }

    fn number(&self, field: &'static str) -> Result<u64, InvalidWebhook> {
        self.event[field].as_u64().ok_or_else(|| self.wrong(field, "it is not a number of 0 or more"))
    }

    fn wrong(&self, field: &'static str, reason: impl Display) -> InvalidWebhook {
        InvalidWebhook::Event { at: self.at, field, reason: reason.to_string() }
    }
}
