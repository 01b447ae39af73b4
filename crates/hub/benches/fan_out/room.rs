//! One channel with many subscribers on one shard, and no sockets. The allocation test uses it as well.

use std::{
    cell::RefCell,
    hint::black_box,
    io::IoSlice,
    sync::Arc,
    time::{Duration, Instant},
};

use gema_hub::{
    App, AppNumber, Busy, ChannelKey, ClientEvents, Delivery, Directory, Hub, Leaver, Limits, Outboxes,
    Outgoing, Registry, ShardId, Slot, SubscribeRefused, Subscribed, Subscriber, Turn, UserKey, Watched,
};
use gema_protocol::{
    names::SocketId,
    server::ServerMessage,
    signature::Secret,
    ws::{self, Frame},
};

/// Frames in one write, as many as the server's shards take.
const FRAMES_PER_WRITE: usize = 64;
/// Bytes of an event's data.
const DATA: usize = 120;

pub(crate) struct Room {
    hub: Hub,
    out: Outboxes,
    message: Delivery,
}

impl Room {
    /// A room with so many subscribers, who have read everything.
    #[expect(clippy::disallowed_methods, reason = "an arbitrary point in time")]
    pub(crate) fn new(subscribers: u32) -> Self {
        let (now, app, directory) = (Instant::now(), Arc::new(app()), Alone::default());
        let (mut hub, mut out) = (Hub::new(ShardId(0), now), Outboxes::new());
        for slot in (0..subscribers).map(Slot) {
            out.open(slot, app.limits.outbox_size);
            let mut turn = Turn { now, directory: &directory, out: &mut out };
            let socket_id = hub.socket_id(slot, slot.0.into());
            hub.handle_connected(&mut turn, slot, Arc::clone(&app), socket_id);
            hub.handle_text(&mut turn, slot, r#"{"event":"pusher:subscribe","data":{"channel":"room"}}"#);
        }
        hub.handle_inbox_emptied();
        let mut room = Self { hub, out, message: directory.message() };
        room.drain();
        room
    }

    /// Puts one message into the queues of all subscribers.
    pub(crate) fn broadcast(&mut self) {
        self.hub.handle_delivery(black_box(&self.message), &mut self.out);
    }

    /// Takes everything out of the queues, as a shard does that writes to sockets. Answers how many bytes there were.
    pub(crate) fn drain(&mut self) -> usize {
        let mut total = 0;
        while let Some(slot) = self.out.poll_dirty() {
            while !self.out.is_empty(slot) {
                let mut slices = [IoSlice::new(&[]); FRAMES_PER_WRITE];
                let filled = self.out.fill(slot, &mut slices);
                let written = slices[..filled].iter().map(|slice| slice.len()).sum();
                self.out.advance(slot, written);
                total += written;
            }
        }
        black_box(total)
    }

    /// The length of the message on the wire.
    pub(crate) fn message_length(&self) -> usize {
        match &self.message {
            Delivery::Broadcast(broadcast) => broadcast.frame.len(),
            Delivery::Watch(_) | Delivery::Terminate(_) => unreachable!("it is a broadcast"),
        }
    }
}

fn app() -> App {
    App {
        number: AppNumber(0),
        id: "0".to_owned(),
        key: "key".to_owned(),
        secret: Secret::new("secret"),
        allowed_origins: Vec::new(),
        ping_interval: Duration::from_secs(60),
        pong_timeout: Duration::from_secs(30),
        activity_timeout: Duration::from_secs(120),
        client_events: ClientEvents::Members,
        subscription_counts: false,
        watchlists: false,
        cache_ttl: Duration::from_secs(60),
        rate_limit: None,
        limits: Limits {
            connections: None,
            message_size: 10_000,
            event_size: 10_000,
            channels_per_connection: 100,
            presence_members: 100,
            presence_member_size: 1_024,
            outbox_size: 1 << 20,
        },
    }
}

/// A directory for a shard that is alone and whose inbox is not looked at.
#[derive(Default)]
struct Alone(RefCell<Registry>);

impl Alone {
    /// A message for the room, as it comes out of an inbox.
    fn message(&self) -> Delivery {
        let key = ChannelKey { app: AppNumber(0), name: "room".parse().expect("a valid name") };
        let data = "x".repeat(DATA);
        let event = ServerMessage::Event { event: "message", channel: &key.name, data: &data, user_id: None };
        let message = Outgoing { frame: ws::text(&event.to_json()), except: None, cache: None };
        let mut delivered = None;
        self.0.borrow_mut().broadcast(&key, message, |_, delivery| delivered = Some(delivery));
        delivered.expect("the room has subscribers")
    }
}

impl Directory for Alone {
    fn subscribe(
        &self,
        now: Instant,
        key: &ChannelKey,
        subscriber: Subscriber<'_>,
    ) -> Result<Subscribed, SubscribeRefused> {
        self.0.borrow_mut().subscribe(now, key, subscriber, |_, _| {})
    }

    fn unsubscribe(&self, now: Instant, key: &ChannelKey, leaver: Leaver<'_>) {
        self.0.borrow_mut().unsubscribe(now, key, leaver, |_, _| {});
    }

    fn broadcast(&self, key: &ChannelKey, frame: Frame, except: Option<SocketId>) -> Result<(), Busy> {
        let message = Outgoing { frame, except, cache: None };
        self.0.borrow_mut().broadcast(key, message, |_, _| {});
        Ok(())
    }

    fn sign_in(&self, key: &UserKey, shard: ShardId) {
        self.0.borrow_mut().sign_in(key, shard, |_, _| {});
    }

    fn sign_out(&self, key: &UserKey, shard: ShardId) {
        self.0.borrow_mut().sign_out(key, shard, |_, _| {});
    }

    fn watch(&self, key: &UserKey, shard: ShardId) -> Watched {
        self.0.borrow_mut().watch(key, shard)
    }

    fn unwatch(&self, key: &UserKey, shard: ShardId) {
        self.0.borrow_mut().unwatch(key, shard);
    }
}
