//! Which events go together in one request.

use std::collections::VecDeque;

use bytes::Bytes;
use gema_hub::Fact;

use super::{
    checkpoint::{Place, Waiting},
    clock::unix_ms,
    request::{Told, body},
};

/// Events of one request.
pub(super) const MOST_EVENTS: usize = 20;
/// Bytes of the data in one request, about, if it has more than one event.
const MOST_BYTES: usize = 512 * 1024;

/// Some events on their way.
#[derive(Debug)]
pub(super) struct Batch {
    /// How many of those that wait, from the first one on.
    pub(super) events: usize,
    pub(super) body: Bytes,
    /// When the body was made.
    pub(super) time_ms: u64,
}

impl Batch {
    /// The next events that may go together. Those of encrypted channels go without others: SDKs try to decrypt whatever
    /// comes from one, and refuse the whole request.
    pub(super) fn of(waiting: &VecDeque<Waiting>, batching: bool, identity: &str) -> Self {
        let most = if batching { MOST_EVENTS } else { 1 };
        let encrypted = waiting.front().is_some_and(is_encrypted);
        let mut bytes = 0;
        let mut told: Vec<Told<'_>> = Vec::new();
        for event in waiting.iter().take(most) {
            bytes += size(event);
            if is_encrypted(event) != encrypted || (bytes > MOST_BYTES && !told.is_empty()) {
                break;
            }
            let Place { seq, index } = event.place;
            told.push(Told { fact: &event.fact, id: format!("{identity}-{seq}-{index}") });
        }
        let time_ms = unix_ms();
        Self { events: told.len(), body: body(time_ms, &told), time_ms }
    }
}

fn is_encrypted(event: &Waiting) -> bool {
    event.fact.channel().starts_with("private-encrypted-")
}

/// About what an event adds to a body.
fn size(event: &Waiting) -> usize {
    const OVERHEAD: usize = 512;
    match &event.fact {
        Fact::ClientEvent { data, .. } => OVERHEAD + data.len(),
        _ => OVERHEAD,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(index: u32, channel: &str, data: usize) -> Waiting {
        let fact = Fact::ClientEvent {
            channel: channel.to_owned().into(),
            event: "client-e".into(),
            data: "x".repeat(data).into(),
            socket_id: "1.2".into(),
            user_id: None,
        };
        Waiting { place: Place { seq: 7, index }, time_ms: 0, fact }
    }

    fn events(waiting: &[Waiting]) -> usize {
        Batch::of(&waiting.iter().cloned().collect(), true, "i").events
    }

    #[test]
    fn a_request_is_bounded_in_events_and_in_bytes_but_has_one_event_at_least() {
        let many: Vec<_> = (0..30).map(|index| event(index, "private-a", 10)).collect();
        assert_eq!(events(&many), MOST_EVENTS);
        assert_eq!(Batch::of(&many.into(), false, "i").events, 1);
        assert_eq!(events(&[event(0, "private-a", 300_000), event(1, "private-a", 300_000)]), 1);
        assert_eq!(events(&[event(0, "private-a", 900_000), event(1, "private-a", 1)]), 1);
    }

    #[test]
    fn encrypted_channels_are_kept_apart_and_ids_name_spool_and_place() {
        let mixed =
            [event(0, "a", 1), event(1, "private-encrypted-b", 1), event(2, "private-encrypted-c", 1)];
        assert_eq!((events(&mixed), events(&mixed[1..])), (1, 2));
        let batch = Batch::of(&VecDeque::from([event(3, "a", 1)]), true, "i");
        assert!(String::from_utf8_lossy(&batch.body).contains(r#""id":"i-7-3""#));
    }
}
