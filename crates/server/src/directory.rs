//! The channels and users that all shards and the HTTP API share. The locks on the way of a message are here and, for
//! applications with webhooks, in `webhooks/journal.rs`.

use std::{
    collections::{HashMap, hash_map::RandomState},
    hash::{BuildHasher, Hash},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use gema_hub::{
    App, AppNumber, AppTally, Busy, Cached, ChannelKey, ChannelSnapshot, Delivery, Fact, Leaver, Outgoing,
    Outlet, Registry, ShardId, SubscribeRefused, Subscribed, Subscriber, UserKey, Watched, Webhooks,
};
use gema_protocol::{
    names::{ChannelName, SocketId, UserId},
    server::ServerMessage,
};

use crate::{
    shard::{InboxSender, Measured, Order},
    webhooks::WebhookSender,
    welcome::Welcome,
};

/// Stripes of the directory: so many channels can change at the same time.
const STRIPES: usize = 64;

/// The inboxes of the shards, by their ids.
pub type Inboxes = Vec<InboxSender<Order<Welcome, Delivery>>>;

impl Measured for Delivery {
    fn size(&self) -> usize {
        self.size()
    }
}

/// The channels and users of the process, in stripes with a lock each, and the ways to the shards.
///
/// What a change tells the shards goes into their inboxes while the stripe is locked. That makes one order of
/// messages per channel for all subscribers. Nothing here waits while it holds a lock.
#[derive(Debug)]
pub struct Directory {
    stripes: Vec<Mutex<Registry>>,
    hasher: RandomState,
    inboxes: Inboxes,
    webhooks: Arc<WebhookSender>,
}

impl Directory {
    /// An empty directory.
    #[must_use]
    pub fn new(inboxes: Inboxes, webhooks: Arc<WebhookSender>) -> Self {
        let stripes = std::iter::repeat_with(Mutex::default).take(STRIPES).collect();
        Self { stripes, hasher: RandomState::new(), inboxes, webhooks }
    }

    /// Where facts for webhooks go.
    #[must_use]
    pub fn webhooks(&self) -> &WebhookSender {
        &self.webhooks
    }

    /// The ways to the shards.
    #[must_use]
    pub fn inboxes(&self) -> &Inboxes {
        &self.inboxes
    }

    /// Whether little waits in the inboxes of all shards. Shards read no more from their clients otherwise: what a client
    /// does must be told (a member that joined or left), whether there is room or not.
    #[must_use]
    pub fn is_calm(&self) -> bool {
        self.inboxes.iter().all(InboxSender::is_calm)
    }

    /// Sends an application's event to a channel; waits while the inbox of a shard is full.
    pub async fn publish(&self, app: &App, name: &ChannelName, event: &Event<'_>) {
        let key = ChannelKey { app: app.number, name: name.clone() };
        let frame =
            ServerMessage::Event { event: event.name, channel: name, data: event.data, user_id: None }
                .encode();
        let cache = name.is_cache().then(|| Cached {
            frame: frame.clone(),
            data: event.data.into(),
            expires_at: event.accepted + app.cache_ttl,
        });
        let message = Outgoing { frame, except: event.except, cache, accepted: event.accepted };
        while let Err(Busy(shard)) = self.try_broadcast(&key, &message, None, InboxSender::has_room) {
            self.inboxes[usize::from(shard.0)].room().await;
        }
    }

    fn try_broadcast(
        &self,
        key: &ChannelKey,
        message: &Outgoing,
        told: Option<(&Webhooks, &Fact<'_>)>,
        has_room: impl Fn(&InboxSender<Order<Welcome, Delivery>>) -> bool,
    ) -> Result<(), Busy> {
        let mut registry = self.stripe(key);
        if let Some(full) = registry.shards(key).find(|shard| !has_room(&self.inboxes[usize::from(shard.0)]))
        {
            return Err(Busy(full));
        }
        if let Some((webhooks, fact)) = told {
            self.record(webhooks, fact);
        }
        registry.broadcast(key, message.clone(), self);
        Ok(())
    }

    /// Ends all connections that are signed in as the user.
    pub fn terminate(&self, key: &UserKey) {
        self.stripe(key).terminate(key, self);
    }

    /// What is known of a channel.
    #[must_use]
    pub fn channel(&self, key: &ChannelKey) -> ChannelSnapshot {
        self.stripe(key).channel(Instant::now(), key)
    }

    /// The occupied channels of an application whose names begin with `prefix`, in the order of their names; with
    /// their last events only if `cached` says so.
    #[must_use]
    pub fn channels(
        &self,
        app: AppNumber,
        prefix: &str,
        cached: bool,
    ) -> Vec<(ChannelName, ChannelSnapshot)> {
        let now = Instant::now();
        let mut channels: Vec<_> = Vec::new();
        for stripe in &self.stripes {
            let registry = lock(stripe);
            let found = registry.channels(now, app, prefix, cached);
            channels.extend(found.map(|(name, snapshot)| (name.clone(), snapshot)));
        }
        channels.sort_by(|(a, _), (b, _)| a.cmp(b));
        channels
    }

    /// The users of a presence channel.
    #[must_use]
    pub fn users(&self, key: &ChannelKey) -> Vec<UserId> {
        self.stripe(key).users(key)
    }

    /// Does what is due; to be called about once a second.
    pub fn handle_timeout(&self) {
        for stripe in &self.stripes {
            lock(stripe).handle_timeout(Instant::now(), self);
            self.webhooks.sync_if_much();
        }
    }

    /// How many channels, subscriptions and members there are, by the numbers of the applications. Each stripe is asked for
    /// itself: what moves meanwhile may be seen twice or not at all.
    #[must_use]
    pub fn tallies(&self) -> HashMap<AppNumber, AppTally> {
        let mut tallies: HashMap<AppNumber, AppTally> = HashMap::new();
        for stripe in &self.stripes {
            for (app, tally) in lock(stripe).tallies() {
                tallies.entry(app).or_default().add(tally);
            }
        }
        tallies
    }

    /// Whether no channel and no user is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.stripes.iter().all(|stripe| lock(stripe).is_empty())
    }

    fn stripe(&self, key: &impl Hash) -> MutexGuard<'_, Registry> {
        let hash = self.hasher.hash_one(key);
        lock(&self.stripes[hash as usize % STRIPES])
    }
}

impl Outlet for Directory {
    fn deliver(&self, shard: ShardId, delivery: Delivery) {
        self.inboxes[usize::from(shard.0)].push(Order::Deliver(delivery));
    }

    fn record(&self, webhooks: &Webhooks, fact: &Fact<'_>) {
        self.webhooks.record(webhooks, fact);
    }
}

/// A registry stays consistent between its calls, so that a panic elsewhere does not spoil it.
fn lock(stripe: &Mutex<Registry>) -> MutexGuard<'_, Registry> {
    stripe.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An event of an application.
#[derive(Debug, Clone, Copy)]
pub struct Event<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its data.
    pub data: &'a str,
    /// The connection that does not get it.
    pub except: Option<SocketId>,
    /// When its request was found to be right.
    pub accepted: Instant,
}

impl gema_hub::Directory for Directory {
    fn subscribe(
        &self,
        now: Instant,
        key: &ChannelKey,
        subscriber: Subscriber<'_>,
    ) -> Result<Subscribed, SubscribeRefused> {
        self.stripe(key).subscribe(now, key, subscriber, self)
    }

    fn unsubscribe(&self, now: Instant, key: &ChannelKey, leaver: Leaver<'_>) {
        self.stripe(key).unsubscribe(now, key, leaver, self);
    }

    fn broadcast(
        &self,
        key: &ChannelKey,
        message: Outgoing,
        told: Option<(&Webhooks, &Fact<'_>)>,
    ) -> Result<(), Busy> {
        self.try_broadcast(key, &message, told, InboxSender::takes_client_events)
    }

    fn sign_in(&self, key: &UserKey, shard: ShardId) {
        self.stripe(key).sign_in(key, shard, self);
    }

    fn sign_out(&self, key: &UserKey, shard: ShardId) {
        self.stripe(key).sign_out(key, shard, self);
    }

    fn watch(&self, key: &UserKey, shard: ShardId) -> Watched {
        self.stripe(key).watch(key, shard)
    }

    fn unwatch(&self, key: &UserKey, shard: ShardId) {
        self.stripe(key).unwatch(key, shard);
    }
}
