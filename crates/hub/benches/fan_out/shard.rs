//! A shard without sockets, alone in its process.

use std::{
    cell::RefCell,
    hint::black_box,
    io::IoSlice,
    sync::Arc,
    time::{Duration, Instant},
};

use gema_hub::{
    App, AppNumber, Busy, ChannelKey, ClientEvents, Delivery, Directory, Fact, Hub, Leaver, Limits, Outboxes,
    Outgoing, Outlet, Registry, ShardId, Slot, SubscribeRefused, Subscribed, Subscriber, Turn, UserKey,
    Watched, Webhooks,
};
use gema_protocol::{names::SocketId, signature::Secret};

/// Credentials of the application.
pub(crate) const KEY: &str = "key";
pub(crate) const SECRET: &str = "secret";
/// Frames in one write, as many as the server's shards take.
const FRAMES_PER_WRITE: usize = 64;

pub(crate) struct Shard {
    app: Arc<App>,
    now: Instant,
    directory: Alone,
    hub: Hub,
    out: Outboxes,
}

impl Shard {
    /// A shard without connections. Its time stands still.
    #[expect(clippy::disallowed_methods, reason = "an arbitrary point in time")]
    pub(crate) fn new() -> Self {
        let now = Instant::now();
        let (hub, out) = (Hub::new(ShardId(0), now), Outboxes::new());
        Self { app: Arc::new(app()), now, directory: Alone::default(), hub, out }
    }

    /// A connection comes to the slot.
    pub(crate) fn connect(&mut self, slot: Slot) -> SocketId {
        self.out.open(slot, self.app.limits.outbox_size);
        let socket_id = self.hub.socket_id(slot, slot.0.into());
        let mut turn = Turn { now: self.now, directory: &self.directory, out: &mut self.out };
        self.hub.handle_connected(&mut turn, slot, Arc::clone(&self.app), socket_id);
        socket_id
    }

    /// A connection says something.
    pub(crate) fn handle_text(&mut self, slot: Slot, text: &str) {
        let mut turn = Turn { now: self.now, directory: &self.directory, out: &mut self.out };
        self.hub.handle_text(&mut turn, slot, text);
    }

    /// Publishes a message. Answers what comes out of the inbox, if somebody is subscribed.
    pub(crate) fn publish(&self, key: &ChannelKey, message: Outgoing) -> Option<Delivery> {
        let last = Last::default();
        self.directory.0.borrow_mut().broadcast(key, message, &last);
        last.0.into_inner()
    }

    /// The time, which stands still.
    pub(crate) fn now(&self) -> Instant {
        self.now
    }

    /// A message comes out of the inbox.
    pub(crate) fn handle_delivery(&mut self, delivery: &Delivery) {
        black_box(self.hub.handle_delivery(delivery, &mut self.out));
    }

    /// Ends the turn: takes everything out of the queues, as a shard does that writes to sockets. Answers how many bytes
    /// there were.
    pub(crate) fn drain(&mut self) -> usize {
        self.hub.handle_inbox_emptied();
        let mut total = 0;
        while let Some(slot) = self.out.poll_dirty() {
            while !self.out.is_empty(slot) {
                let written = write(&self.out, slot);
                self.out.advance(slot, written);
                total += written;
            }
        }
        black_box(total)
    }
}

/// What one write to a socket takes, with the shard's shortcut for one frame.
fn write(out: &Outboxes, slot: Slot) -> usize {
    if let Some(bytes) = out.single(slot) {
        return black_box(bytes).len();
    }
    let mut slices = [IoSlice::new(&[]); FRAMES_PER_WRITE];
    let filled = out.fill(slot, &mut slices);
    black_box(&slices)[..filled].iter().map(|slice| slice.len()).sum()
}

/// The directory of a shard whose inbox is not looked at.
#[derive(Default)]
struct Alone(RefCell<Registry>);

impl Directory for Alone {
    fn subscribe(
        &self,
        now: Instant,
        key: &ChannelKey,
        subscriber: Subscriber<'_>,
    ) -> Result<Subscribed, SubscribeRefused> {
        self.0.borrow_mut().subscribe(now, key, subscriber, &Nobody)
    }

    fn unsubscribe(&self, now: Instant, key: &ChannelKey, leaver: Leaver<'_>) {
        self.0.borrow_mut().unsubscribe(now, key, leaver, &Nobody);
    }

    fn broadcast(
        &self,
        key: &ChannelKey,
        message: Outgoing,
        _: Option<(&Webhooks, &Fact<'_>)>,
    ) -> Result<(), Busy> {
        self.0.borrow_mut().broadcast(key, message, &Nobody);
        Ok(())
    }

    fn sign_in(&self, key: &UserKey, shard: ShardId) {
        self.0.borrow_mut().sign_in(key, shard, &Nobody);
    }

    fn sign_out(&self, key: &UserKey, shard: ShardId) {
        self.0.borrow_mut().sign_out(key, shard, &Nobody);
    }

    fn watch(&self, key: &UserKey, shard: ShardId) -> Watched {
        self.0.borrow_mut().watch(key, shard)
    }

    fn unwatch(&self, key: &UserKey, shard: ShardId) {
        self.0.borrow_mut().unwatch(key, shard);
    }
}

/// Keeps what has arrived last.
#[derive(Default)]
struct Last(RefCell<Option<Delivery>>);

impl Outlet for Last {
    fn deliver(&self, _: ShardId, delivery: Delivery) {
        *self.0.borrow_mut() = Some(delivery);
    }

    fn record(&self, _: &Webhooks, _: &Fact<'_>) {}
}

/// Where nothing arrives.
struct Nobody;

impl Outlet for Nobody {
    fn deliver(&self, _: ShardId, _: Delivery) {}

    fn record(&self, _: &Webhooks, _: &Fact<'_>) {}
}

/// The application of all connections.
fn app() -> App {
    App {
        number: AppNumber(0),
        id: "0".to_owned(),
        key: KEY.to_owned(),
        secrets: Secret::new(SECRET).into(),
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
        webhooks: None,
    }
}
