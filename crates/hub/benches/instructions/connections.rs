//! What single connections do to a shard. Each does it once, as if it had been silent before.

use gema_hub::Slot;
use gema_protocol::signature::{Secret, sign_channel};

use crate::{
    REPEATS, SUBSCRIBERS, measured,
    shard::{self, Shard},
};

const ROOM: &str = r#"{"event":"pusher:subscribe","data":{"auth":"","channel":"room"}}"#;
const CLIENT_EVENT: &str = r#"{"event":"client-moved","channel":"private-room","data":{"x":0.4711,"y":0.8150,"at":1700000000,"by":"somebody"}}"#;

/// `pusher:ping` and its answer.
pub(crate) fn ping() -> usize {
    say(r#"{"event":"pusher:ping","data":{}}"#)
}

/// A client event on a private channel, up to the inbox.
pub(crate) fn client_event() -> usize {
    say(CLIENT_EVENT)
}

/// A connection is welcomed and subscribes to a public channel that others are subscribed to.
pub(crate) fn connect() -> usize {
    let mut shard = Shard::new();
    let mut come = |slot| {
        shard.connect(slot);
        shard.handle_text(slot, ROOM);
    };
    (0..SUBSCRIBERS).map(Slot).for_each(&mut come);
    measured(&mut || (SUBSCRIBERS..2 * SUBSCRIBERS).map(Slot).for_each(&mut come));
    assert!(shard.drain() > 0);
    SUBSCRIBERS as usize
}

/// Each connection says the same, once. All are subscribed to a private channel, and one has said it before.
fn say(text: &str) -> usize {
    let mut shard = Shard::new();
    let secret = Secret::new(shard::SECRET);
    let slots = || (0..REPEATS as u32).map(Slot);
    for slot in slots().chain([Slot(REPEATS as u32)]) {
        let socket_id = shard.connect(slot);
        let auth = sign_channel(shard::KEY, &secret, &socket_id, "private-room", None);
        let data = format!(r#"{{"auth":"{auth}","channel":"private-room"}}"#);
        shard.handle_text(slot, &format!(r#"{{"event":"pusher:subscribe","data":{data}}}"#));
    }
    shard.drain();
    shard.handle_text(Slot(REPEATS as u32), text);
    measured(&mut || slots().for_each(|slot| shard.handle_text(slot, text)));
    REPEATS
}
