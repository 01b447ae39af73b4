//! A directory without locks, and the inboxes of the shards.

use std::{cell::RefCell, collections::VecDeque, time::Instant};

use gema_hub::{
    App, AppNumber, Busy, Cached, ChannelKey, ChannelSnapshot, Delivery, Directory, Fact, Leaver, Outgoing,
    Outlet, Registry, ShardId, SubscribeRefused, Subscribed, Subscriber, UserKey, Watched, Webhooks,
};
use gema_protocol::{
    names::{SocketId, UserId},
    server::ServerMessage,
};

use crate::world;

/// What all shards share, in several registries, and a first-in-first-out inbox per shard.
pub(crate) struct SimDirectory {
    stripes: Vec<RefCell<Registry>>,
    inboxes: Vec<RefCell<VecDeque<Delivery>>>,
    /// What webhooks are told, in this order.
    facts: RefCell<Vec<Fact<'static>>>,
    /// Deliveries that fit into an inbox; a broadcast is refused when one is full.
    pub(crate) room: usize,
}

impl SimDirectory {
    pub(crate) fn new(shards: usize, stripes: usize) -> Self {
        Self {
            stripes: (0..stripes).map(|_| RefCell::default()).collect(),
            inboxes: (0..shards).map(|_| RefCell::default()).collect(),
            facts: RefCell::default(),
            room: usize::MAX,
        }
    }

    pub(crate) fn waiting(&self, shard: usize) -> usize {
        self.inboxes[shard].borrow().len()
    }

    pub(crate) fn take(&self, shard: usize) -> Option<Delivery> {
        self.inboxes[shard].borrow_mut().pop_front()
    }

    /// Messages of a channel that wait in the inbox of a shard and are meant for a connection.
    pub(crate) fn waiting_for(&self, shard: usize, key: &ChannelKey, socket_id: SocketId) -> usize {
        let is_meant = |delivery: &&Delivery| match delivery {
            Delivery::Broadcast(broadcast) => broadcast.key == *key && broadcast.except != Some(socket_id),
            Delivery::Watch(_) | Delivery::Terminate(_) | Delivery::Apps(_) => false,
        };
        self.inboxes[shard].borrow().iter().filter(is_meant).count()
    }

    /// Changes of users that wait in the inbox of a shard.
    pub(crate) fn waiting_changes(&self, shard: usize, app: AppNumber, users: &[String]) -> Vec<String> {
        let text = |delivery: &Delivery| match delivery {
            Delivery::Watch(event)
                if event.key.app == app && users.iter().any(|user| user == event.key.id.as_str()) =>
            {
                Some(String::from_utf8(event.frame.payload().to_vec()).unwrap())
            }
            Delivery::Watch(_) | Delivery::Broadcast(_) | Delivery::Terminate(_) | Delivery::Apps(_) => None,
        };
        self.inboxes[shard].borrow().iter().filter_map(text).collect()
    }

    /// Whether the order to end the connections of a user waits in the inbox of a shard.
    pub(crate) fn is_terminating(&self, shard: usize, app: AppNumber, user: &str) -> bool {
        let is_order = |delivery: &Delivery| match delivery {
            Delivery::Terminate(key) => key.app == app && key.id.as_str() == user,
            Delivery::Broadcast(_) | Delivery::Watch(_) | Delivery::Apps(_) => false,
        };
        self.inboxes[shard].borrow().iter().any(is_order)
    }

    /// Publishes an event `e` with some data, as the HTTP API does.
    pub(crate) fn publish_event(
        &self,
        now: Instant,
        app: &App,
        (channel, data): (&str, &str),
        except: Option<SocketId>,
    ) {
        let key = world::key(app, channel);
        let frame = ServerMessage::Event { event: "e", channel: &key.name, data, user_id: None }.encode();
        let cached = Cached { frame: frame.clone(), data: data.into(), expires_at: now + app.cache_ttl };
        let message = Outgoing { frame, except, cache: Some(cached), accepted: now };
        self.stripe(channel).broadcast(&key, message, self);
    }

    pub(crate) fn terminate(&self, key: &UserKey) {
        self.stripe(key.id.as_str()).terminate(key, self);
    }

    pub(crate) fn handle_timeout(&self, now: Instant) {
        for stripe in &self.stripes {
            stripe.borrow_mut().handle_timeout(now, self);
        }
    }

    pub(crate) fn channel(&self, now: Instant, key: &ChannelKey) -> ChannelSnapshot {
        self.stripe(key.name.as_str()).channel(now, key)
    }

    pub(crate) fn users(&self, key: &ChannelKey) -> Vec<UserId> {
        self.stripe(key.name.as_str()).users(key)
    }

    /// The occupied channels of an application, in the order of their names.
    pub(crate) fn channels(&self, now: Instant, app: AppNumber) -> Vec<String> {
        let names = |stripe: &RefCell<Registry>| {
            let registry = stripe.borrow();
            registry.channels(now, app, "", false).map(|(name, _)| name.to_string()).collect::<Vec<_>>()
        };
        let mut channels: Vec<String> = self.stripes.iter().flat_map(names).collect();
        channels.sort();
        channels
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.stripes.iter().all(|stripe| stripe.borrow().is_empty())
    }

    fn stripe(&self, name: &str) -> std::cell::RefMut<'_, Registry> {
        let sum: usize = name.bytes().map(usize::from).sum();
        self.stripes[sum % self.stripes.len()].borrow_mut()
    }

    /// What webhooks have been told since the last call, as JSON.
    pub(crate) fn take_facts(&self) -> Vec<serde_json::Value> {
        self.facts.take().iter().map(|fact| serde_json::to_value(fact).unwrap()).collect()
    }
}

impl Outlet for SimDirectory {
    fn deliver(&self, shard: ShardId, delivery: Delivery) {
        self.inboxes[usize::from(shard.0)].borrow_mut().push_back(delivery);
    }

    fn record(&self, _: &Webhooks, fact: &Fact<'_>) {
        let json = serde_json::to_value(fact).unwrap();
        self.facts.borrow_mut().push(serde_json::from_value(json).unwrap());
    }
}

impl Directory for SimDirectory {
    fn subscribe(
        &self,
        now: Instant,
        key: &ChannelKey,
        subscriber: Subscriber<'_>,
    ) -> Result<Subscribed, SubscribeRefused> {
        let mut registry = self.stripe(key.name.as_str());
        registry.subscribe(now, key, subscriber, self)
    }

    fn unsubscribe(&self, now: Instant, key: &ChannelKey, leaver: Leaver<'_>) {
        let mut registry = self.stripe(key.name.as_str());
        registry.unsubscribe(now, key, leaver, self);
    }

    fn broadcast(
        &self,
        key: &ChannelKey,
        message: Outgoing,
        told: Option<(&Webhooks, &Fact<'_>)>,
    ) -> Result<(), Busy> {
        let mut registry = self.stripe(key.name.as_str());
        if let Some(full) = registry.shards(key).find(|shard| self.waiting(usize::from(shard.0)) >= self.room)
        {
            return Err(Busy(full));
        }
        if let Some((webhooks, fact)) = told {
            self.record(webhooks, fact);
        }
        registry.broadcast(key, message, self);
        Ok(())
    }

    fn sign_in(&self, key: &UserKey, shard: ShardId) {
        self.stripe(key.id.as_str()).sign_in(key, shard, self);
    }

    fn sign_out(&self, key: &UserKey, shard: ShardId) {
        self.stripe(key.id.as_str()).sign_out(key, shard, self);
    }

    fn watch(&self, key: &UserKey, shard: ShardId) -> Watched {
        self.stripe(key.id.as_str()).watch(key, shard)
    }

    fn unwatch(&self, key: &UserKey, shard: ShardId) {
        self.stripe(key.id.as_str()).unwatch(key, shard);
    }
}
