//! An application publishes: what happens to its request besides HTTP.

use std::hint::black_box;

use gema_hub::{AppNumber, ChannelKey, Delivery, Outgoing, Slot};
use gema_protocol::{
    api::{Query, Trigger},
    server::ServerMessage,
    signature::{
        Secret,
        request::{RequestToVerify, sign_request, verify_request},
    },
};

use crate::{
    REPEATS, measured,
    shard::{self, Shard},
};

const PATH: &str = "/apps/0/events";
const NOW: u64 = 1_700_000_000;
const EVENT_SIZE: usize = 10_000;

/// A signed request with 100 bytes of data: verified, parsed, encoded, and put into the inbox of one shard.
pub(crate) fn publish() -> usize {
    let mut shard = Shard::new();
    shard.connect(Slot(0));
    shard.handle_text(Slot(0), r#"{"event":"pusher:subscribe","data":{"channel":"room"}}"#);
    let secret = Secret::new(shard::SECRET);
    let body = format!(r#"{{"name":"message","channel":"room","data":"{}"}}"#, "x".repeat(100)).into_bytes();
    let query = sign_request("POST", PATH, &[], &body, shard::KEY, &secret, NOW);
    let secrets = secret.into();
    let request =
        RequestToVerify { method: "POST", path: PATH, prefix: "", query: &query, body: &body, now: NOW };
    let publish = || {
        verify_request(black_box(&request), shard::KEY, &secrets).expect("it is signed");
        deliver(&shard, &request).expect("somebody is subscribed");
    };
    publish();
    measured(&mut || (0..REPEATS).for_each(|_| publish()));
    REPEATS
}

/// What the server does with a verified request, as `http/events.rs` and `Directory::publish` do.
fn deliver(shard: &Shard, request: &RequestToVerify<'_>) -> Option<Delivery> {
    let query = Query::new(request.query);
    let trigger = Trigger::parse(request.body, query, EVENT_SIZE).expect("it is an event");
    let [channel] = &*trigger.channels else { unreachable!("it names one channel") };
    let key = ChannelKey { app: AppNumber(0), name: channel.clone() };
    let event =
        ServerMessage::Event { event: trigger.name.as_str(), channel, data: &trigger.data, user_id: None };
    let (frame, accepted) = (event.encode(), shard.now());
    let message = Outgoing { frame, except: trigger.socket_id, cache: None, accepted };
    black_box(shard.publish(&key, message))
}
