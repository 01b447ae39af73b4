//! `POST /apps/{app_id}/events`: one event for one or more channels.

use std::collections::HashSet;

use super::{ApiError, ApiStatus, InfoSet, Query, event, event::GivenEvent};
use crate::names::{ChannelName, EventName, SocketId};

/// Most channels of one trigger.
pub const MAX_TRIGGER_CHANNELS: usize = 100;

/// An event that an application triggers, ready to be delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trigger {
    /// The event's name.
    pub name: EventName,
    /// The event's data, verbatim: it goes to the clients as this string.
    pub data: String,
    /// Where it goes: at least one channel, none twice, in the order given.
    pub channels: Vec<ChannelName>,
    /// The connection that does not get the event.
    pub socket_id: Option<SocketId>,
    /// What the answer shall tell about the channels.
    pub info: InfoSet,
}

impl Trigger {
    /// Parses the request. An empty body means that the parameters stand in the query.
    ///
    /// # Errors
    ///
    /// 413 if the data has more than `max_event_size` bytes, 400 for everything else.
    pub fn parse(body: &[u8], query: Query<'_>, max_event_size: usize) -> Result<Self, ApiError> {
        let mut given = if body.is_empty() {
            GivenEvent::from_query(query)
        } else {
            GivenEvent::from_json(event::body_text(body)?, "")?
        };
        let channels = channels(&mut given)?;
        Self::check(given, channels, "", max_event_size)
    }

    /// Checks all fields but the channels. `place` is empty or ends with a point (`batch.0.`).
    pub(super) fn check(
        given: GivenEvent,
        channels: Vec<ChannelName>,
        place: &str,
        max_event_size: usize,
    ) -> Result<Self, ApiError> {
        let bad = |name: &str, message: String| ApiError::bad_request(format!("{place}{name}"), message);
        let required = |name: &str| bad(name, format!("The {place}{name} field is required."));

        let name = given.name.filter(|name| !name.is_empty()).ok_or_else(|| required("name"))?;
        let name = name
            .parse()
            .map_err(|error| bad("name", format!("The {place}name field is invalid: {error}.")))?;
        let data = given.data.ok_or_else(|| required("data"))?;
        if data.len() > max_event_size {
            return Err(too_large(format!("{place}data"), data.len(), max_event_size));
        }
        // The error itself would repeat what was given, however long.
        let Ok(socket_id) = given.socket_id.as_deref().map(str::parse).transpose() else {
            return Err(bad("socket_id", format!("The {place}socket_id field must be of the form 123.456.")));
        };
        let info = InfoSet::parse(given.info.as_deref().unwrap_or_default());
        Ok(Self { name, data, channels, socket_id, info })
    }
}

/// Takes the channels out of an event: `channels`, or else `channel`.
fn channels(given: &mut GivenEvent) -> Result<Vec<ChannelName>, ApiError> {
    if given.channels.is_empty() {
        let Some(channel) = &given.channel else {
            let message = "The channels field is required when channel is not present.";
            return Err(ApiError::bad_request("channels", message));
        };
        return Ok(vec![channel_name(channel, "channel".to_owned())?]);
    }
    if given.channels.len() > MAX_TRIGGER_CHANNELS {
        let message = format!(
            "The channels field must not have more than {MAX_TRIGGER_CHANNELS} items \
             (fixed by the protocol): it has {}.",
            given.channels.len()
        );
        return Err(ApiError::bad_request("channels", message));
    }
    let mut seen = HashSet::new();
    let mut channels = Vec::with_capacity(given.channels.len());
    for (at, text) in given.channels.iter().enumerate() {
        let channel = channel_name(text, format!("channels.{at}"))?;
        if seen.insert(channel.clone()) {
            channels.push(channel);
        }
    }
    Ok(channels)
}

/// Parses the name of a channel that stands in `field`.
pub(super) fn channel_name(text: &str, field: String) -> Result<ChannelName, ApiError> {
    text.parse().map_err(|error| {
        let message = format!("The {field} field is invalid: {error}.");
        ApiError::bad_request(field, message)
    })
}

fn too_large(field: String, size: usize, max: usize) -> ApiError {
    let message = format!(
        "The data content of this event exceeds the allowed maximum ({max} bytes): it has {size} bytes; \
         raise GEMA_APP_MAX_EVENT_SIZE"
    );
    ApiError::new(ApiStatus::PayloadTooLarge, field, message)
}
