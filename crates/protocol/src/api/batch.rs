//! `POST /apps/{app_id}/batch_events`: up to ten events, each for one channel.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{ApiError, Trigger, event, event::GivenEvent, trigger::channel_name};

/// Most events of one batch.
pub const MAX_BATCH: usize = 10;

/// Events to deliver in this order; if one of them was wrong, there is no batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The events, each with exactly one channel; not empty.
    pub events: Vec<Trigger>,
}

#[derive(Deserialize)]
struct BatchObject<'a> {
    #[serde(borrow)]
    batch: Option<&'a RawValue>,
}

impl Batch {
    /// Parses the request.
    ///
    /// # Errors
    ///
    /// 413 if the data of an event has more than `max_event_size` bytes, 400 for everything else.
    pub fn parse(body: &[u8], max_event_size: usize) -> Result<Self, ApiError> {
        let bad = |message: String| ApiError::bad_request("batch", message);
        let required = || bad("The batch field is required.".to_owned());

        let object: BatchObject<'_> = event::object(event::body_text(body)?, "")?;
        let entries: Vec<&RawValue> = serde_json::from_str(object.batch.ok_or_else(required)?.get())
            .map_err(|_| bad("The batch field must be an array.".to_owned()))?;
        match entries.len() {
            0 => Err(required()),
            1..=MAX_BATCH => {
                let parse = |(at, entry): (usize, &&RawValue)| parse_entry(entry.get(), at, max_event_size);
                let events = entries.iter().enumerate().map(parse).collect::<Result<_, _>>()?;
                Ok(Self { events })
            }
            length => Err(bad(format!(
                "The batch field must not have more than {MAX_BATCH} items (fixed by the protocol): \
                 it has {length}."
            ))),
        }
    }
}

fn parse_entry(json: &str, at: usize, max_event_size: usize) -> Result<Trigger, ApiError> {
    let place = format!("batch.{at}.");
    let given = GivenEvent::from_json(json, &place)?;
    let field = format!("{place}channel");
    let channel = match &given.channel {
        Some(channel) => channel_name(channel, field)?,
        None => {
            let message = format!("The {field} field is required.");
            return Err(ApiError::bad_request(field, message));
        }
    };
    Trigger::check(given, vec![channel], &place, max_event_size)
}
