//! An event as it will be sent.

#[cfg(test)]
mod tests;

use std::{collections::HashMap, fmt, str::FromStr};

use gema_protocol::names::{ChannelName, EventName, InvalidChannelName, InvalidEventName, SocketId};
use serde::{Serialize, de::IgnoredAny};
use uuid::Uuid;

use crate::{BroadcastEvent, Channels, payload};

/// The member of a payload that carries the [`EventId`].
pub const EVENT_ID: &str = "event_id";

/// The id of one event, by which a subscriber recognises it when it arrives a second time. Ids of one process
/// grow with time (UUID version 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventId(Uuid);

impl EventId {
    /// An id that no other event has.
    #[expect(clippy::new_without_default, reason = "each one is different, so none is the default")]
    #[must_use]
    pub fn new() -> Self {
        Self(Uuid::now_v7())
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for EventId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// An event as it will be sent: names are checked, the payload is JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    name: EventName,
    channels: Vec<ChannelName>,
    data: String,
    except: Option<SocketId>,
}

/// Why an event cannot be sent, whoever receives it.
#[derive(Debug, thiserror::Error)]
pub enum InvalidMessage {
    /// Its name is not one that may be triggered.
    #[error(transparent)]
    Name(#[from] InvalidEventName),
    /// One of its channels cannot exist.
    #[error(transparent)]
    Channel(#[from] InvalidChannelName),
    /// serde cannot write it as JSON.
    #[error("event `{name}` cannot be written as JSON: {source}")]
    Payload {
        /// The event.
        name: String,
        /// What serde says.
        source: serde_json::Error,
    },
    /// An id is to go with a payload that is not an object, or that has an `event_id` of its own.
    #[error(
        "event `{name}` cannot carry an id: its payload must be a JSON object without a member `{EVENT_ID}`; \
         use a struct or a map"
    )]
    NoRoomForId {
        /// The event.
        name: String,
    },
}

impl Message {
    /// The event as it will be sent; nothing if its condition does not hold or it has no channel.
    ///
    /// # Errors
    /// When a name is not permitted, or the event cannot be written as JSON.
    pub fn of<E: BroadcastEvent>(event: &E) -> Result<Option<Self>, InvalidMessage> {
        if event.condition() { Self::new(E::NAME, event.channels(), event) } else { Ok(None) }
    }

    /// An event without a type of its own; nothing if it has no channel.
    ///
    /// # Errors
    /// When a name is not permitted, or the payload cannot be written as JSON.
    pub fn new(
        name: &str,
        channels: impl Into<Channels>,
        payload: &impl Serialize,
    ) -> Result<Option<Self>, InvalidMessage> {
        let parsed: Result<Vec<ChannelName>, _> =
            channels.into().iter().map(|channel| channel.as_str().parse()).collect();
        let (name, channels) = (name.parse::<EventName>()?, parsed?);
        if channels.is_empty() {
            return Ok(None);
        }
        let data = payload::to_json(payload)
            .map_err(|source| InvalidMessage::Payload { name: name.as_str().to_owned(), source })?;
        Ok(Some(Self { name, channels, data, except: None }))
    }

    /// The same event for all but this connection.
    #[must_use]
    pub fn except(self, socket_id: impl Into<Option<SocketId>>) -> Self {
        Self { except: socket_id.into(), ..self }
    }

    /// The same event with an id as the last member of its payload, `event_id`.
    ///
    /// # Errors
    /// When the payload is not an object, or has that member.
    pub fn identified(mut self, id: EventId) -> Result<Self, InvalidMessage> {
        let no_room = |name: &EventName| InvalidMessage::NoRoomForId { name: name.as_str().to_owned() };
        let members: HashMap<String, IgnoredAny> =
            serde_json::from_str(&self.data).map_err(|_| no_room(&self.name))?;
        if members.contains_key(EVENT_ID) {
            return Err(no_room(&self.name));
        }
        let comma = if members.is_empty() { "" } else { "," };
        self.data.truncate(self.data.len() - 1);
        self.data.push_str(&format!("{comma}\"{EVENT_ID}\":\"{id}\"}}"));
        Ok(self)
    }

    /// A message that was taken apart and stored.
    #[cfg(feature = "outbox")]
    pub(crate) fn from_parts(
        name: EventName,
        channels: Vec<ChannelName>,
        data: String,
        except: Option<SocketId>,
    ) -> Self {
        Self { name, channels, data, except }
    }

    /// The name of the event.
    #[must_use]
    pub fn name(&self) -> &EventName {
        &self.name
    }

    /// Where it goes; never empty.
    #[must_use]
    pub fn channels(&self) -> &[ChannelName] {
        &self.channels
    }

    /// The payload as JSON.
    #[must_use]
    pub fn data(&self) -> &str {
        &self.data
    }

    /// The connection that does not receive it.
    #[must_use]
    pub fn socket_id(&self) -> Option<SocketId> {
        self.except
    }
}
