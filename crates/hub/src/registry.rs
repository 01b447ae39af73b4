//! The channels and users of the process, or of one stripe of it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use gema_protocol::{
    names::{ChannelKind, ChannelName, SocketId, UserId},
    server::ServerMessage,
    ws::Frame,
};
use hashbrown::HashMap;

use crate::{
    AppNumber, AppTally, Broadcast, Cached, Channel, ChannelKey, Delivery, Fact, Leaver, Outlet, Replay,
    ShardId, SubscribeRefused, Subscribed, Subscriber, UserKey, WatchEvent, Watched, Webhooks,
    sparse::shrink_map, tally::Tallies, user::User,
};

/// How often expired events of empty cache channels are looked for.
const CACHE_SCAN: Duration = Duration::from_secs(60);

/// Channels and users under one owner. Whatever a change has to tell goes to the [`Outlet`], in an order that is the
/// same for all shards; the owner must let nobody else in until the deliveries are in the inboxes.
#[derive(Debug, Default)]
pub struct Registry {
    channels: HashMap<ChannelKey, Channel>,
    users: HashMap<UserKey, User>,
    /// Number of the last message of any channel or user here. It never falls, so that a channel that comes into being
    /// again does not repeat numbers that are still under way.
    seq: u64,
    /// Channels whose subscribers wait to be told their number, and who else does.
    uncounted: Vec<(ChannelKey, Option<Arc<Webhooks>>)>,
    next_scan: Option<Instant>,
    tallies: Tallies,
}

/// A message for the subscribers of a channel.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// The message.
    pub frame: Frame,
    /// The connection that does not get it.
    pub except: Option<SocketId>,
    /// What a cache channel remembers of it.
    pub cache: Option<Cached>,
    /// When it was accepted.
    pub accepted: Instant,
}

/// What can be asked about a channel.
#[derive(Debug, Clone, Default)]
pub struct ChannelSnapshot {
    /// Connections that are subscribed.
    pub subscriptions: u64,
    /// Users of a presence channel.
    pub users: u64,
    /// The last event of a cache channel.
    pub cached: Option<Cached>,
}

impl Outgoing {
    /// A message that everybody gets and nobody remembers.
    fn to_all(frame: Frame, accepted: Instant) -> Self {
        Self { frame, except: None, cache: None, accepted }
    }
}

impl Registry {
    /// Adds a subscriber. The newcomer itself is not among those who are told.
    ///
    /// # Errors
    /// When the presence channel is full.
    pub fn subscribe(
        &mut self,
        now: Instant,
        key: &ChannelKey,
        subscriber: Subscriber<'_>,
        outlet: &impl Outlet,
    ) -> Result<Subscribed, SubscribeRefused> {
        let channel = self.channels.entry_ref(key).or_default();
        let vacant = !channel.is_occupied();
        let added = match channel.subscribe(&subscriber) {
            Ok(added) => added,
            Err(refused) => {
                if channel.is_disposable(now) {
                    self.remove(key);
                }
                return Err(refused);
            }
        };
        self.tallies.subscribed(key, vacant, added);
        if let Some(webhooks) = subscriber.webhooks {
            record_subscribed(now, key, (&subscriber, added), channel, |fact| outlet.record(webhooks, fact));
        }
        if let (true, Some(member)) = (added, subscriber.member) {
            let frame = ServerMessage::MemberAdded { channel: &key.name, member }.encode();
            self.send(key, Outgoing::to_all(frame, now), outlet);
        }
        let channel = self.channels.entry_ref(key).or_default();
        let subscribed = Subscribed {
            seq: self.seq,
            presence: key.name.is_presence().then(|| channel.presence_data()),
            replay: key.name.is_cache().then(|| channel.replay(now)),
        };
        if subscriber.counts {
            self.tell_count(now, key, subscriber.webhooks, outlet);
        }
        Ok(subscribed)
    }

    /// Takes a subscriber away.
    pub fn unsubscribe(&mut self, now: Instant, key: &ChannelKey, leaver: Leaver<'_>, outlet: &impl Outlet) {
        let Some(channel) = self.channels.get_mut(key) else { return };
        let gone = channel.unsubscribe(leaver.shard, leaver.user);
        self.tallies.unsubscribed(key, !channel.is_occupied(), gone);
        if let Some(webhooks) = leaver.webhooks {
            let user_id = leaver.user.filter(|_| gone);
            record_left(key, user_id, channel.is_occupied(), |fact| outlet.record(webhooks, fact));
        }
        if channel.is_disposable(now) {
            return self.remove(key);
        }
        if let (true, Some(user_id)) = (gone, leaver.user) {
            let frame = ServerMessage::MemberRemoved { channel: &key.name, user_id }.encode();
            self.send(key, Outgoing::to_all(frame, now), outlet);
        }
        if leaver.counts {
            self.tell_count(now, key, leaver.webhooks, outlet);
        }
    }

    /// Sends a message to all subscribers. One to be cached is remembered on a cache channel, even when nobody is
    /// subscribed.
    pub fn broadcast(&mut self, key: &ChannelKey, mut message: Outgoing, outlet: &impl Outlet) {
        if let Some(event) = message.cache.take().filter(|_| key.name.is_cache()) {
            self.channels.entry_ref(key).or_default().cache(event);
        }
        self.send(key, message, outlet);
    }

    fn remove(&mut self, key: &ChannelKey) {
        self.channels.remove(key);
        shrink_map(&mut self.channels);
    }

    /// The shards that a broadcast would go to.
    pub fn shards(&self, key: &ChannelKey) -> impl Iterator<Item = ShardId> + '_ {
        self.channels.get(key).into_iter().flat_map(Channel::shards)
    }

    fn send(&mut self, key: &ChannelKey, message: Outgoing, outlet: &impl Outlet) {
        let Some(channel) = self.channels.get(key) else { return };
        self.seq += 1;
        let Outgoing { frame, except, accepted, .. } = message;
        let broadcast = Arc::new(Broadcast { key: key.clone(), seq: self.seq, frame, except, accepted });
        for shard in channel.shards() {
            outlet.deliver(shard, Delivery::Broadcast(Arc::clone(&broadcast)));
        }
    }

    /// Tells the subscribers of a channel how many they are. Presence channels know it from their members; on an
    /// encrypted one the Java client would try to decrypt it.
    fn tell_count(
        &mut self,
        now: Instant,
        key: &ChannelKey,
        webhooks: Option<&Arc<Webhooks>>,
        outlet: &impl Outlet,
    ) {
        match key.name.kind() {
            ChannelKind::Public | ChannelKind::Private => {}
            ChannelKind::Encrypted | ChannelKind::Presence | ChannelKind::ServerToUser => return,
        }
        let Some(channel) = self.channels.get_mut(key) else { return };
        match channel.count_to_tell(now) {
            Some(count) => {
                if let Some(webhooks) = webhooks {
                    let channel = key.name.as_str().into();
                    outlet.record(webhooks, &Fact::SubscriptionCount { channel, subscription_count: count });
                }
                let frame = ServerMessage::SubscriptionCount { channel: &key.name, count }.encode();
                self.send(key, Outgoing::to_all(frame, now), outlet);
            }
            None if !self.uncounted.iter().any(|(waiting, _)| waiting == key) => {
                self.uncounted.push((key.clone(), webhooks.cloned()));
            }
            None => {}
        }
    }

    /// Does what is due: counts that had to wait, events of empty cache channels that have expired. To be called
    /// about once a second.
    pub fn handle_timeout(&mut self, now: Instant, outlet: &impl Outlet) {
        for (key, webhooks) in std::mem::take(&mut self.uncounted) {
            self.tell_count(now, &key, webhooks.as_ref(), outlet);
        }
        if self.next_scan.is_none_or(|at| now >= at) {
            self.next_scan = Some(now + CACHE_SCAN);
            self.channels.retain(|_, channel| !channel.is_disposable(now));
            shrink_map(&mut self.channels);
        }
    }

    // === users ===

    /// A connection is signed in; those who watch the user are told when it is the first one.
    pub fn sign_in(&mut self, key: &UserKey, shard: ShardId, outlet: &impl Outlet) {
        if self.users.entry_ref(key).or_default().sign_in(shard) {
            self.tell_watchers(key, true, outlet);
        }
    }

    /// A connection is no longer signed in; those who watch the user are told when it was the last one.
    pub fn sign_out(&mut self, key: &UserKey, shard: ShardId, outlet: &impl Outlet) {
        let Some(user) = self.users.get_mut(key) else { return };
        if user.sign_out(shard) {
            self.tell_watchers(key, false, outlet);
        }
        self.dispose_user(key);
    }

    /// A connection watches the user.
    pub fn watch(&mut self, key: &UserKey, shard: ShardId) -> Watched {
        let user = self.users.entry_ref(key).or_default();
        user.watch(shard);
        Watched { seq: self.seq, online: user.is_online() }
    }

    /// A connection no longer watches the user.
    pub fn unwatch(&mut self, key: &UserKey, shard: ShardId) {
        let Some(user) = self.users.get_mut(key) else { return };
        user.unwatch(shard);
        self.dispose_user(key);
    }

    /// Ends the connections that are signed in as the user.
    pub fn terminate(&self, key: &UserKey, outlet: &impl Outlet) {
        for shard in self.users.get(key).into_iter().flat_map(User::shards) {
            outlet.deliver(shard, Delivery::Terminate(key.clone()));
        }
    }

    fn tell_watchers(&mut self, key: &UserKey, online: bool, outlet: &impl Outlet) {
        let Some(user) = self.users.get(key) else { return };
        let (one, none) = (std::slice::from_ref(&key.id), &[][..]);
        let (online, offline) = if online { (one, none) } else { (none, one) };
        let frame = ServerMessage::WatchlistEvents { online, offline }.encode();
        self.seq += 1;
        let event = Arc::new(WatchEvent { key: key.clone(), seq: self.seq, frame });
        for shard in user.watching_shards() {
            outlet.deliver(shard, Delivery::Watch(Arc::clone(&event)));
        }
    }

    fn dispose_user(&mut self, key: &UserKey) {
        if self.users.get(key).is_some_and(User::is_disposable) {
            self.users.remove(key);
            shrink_map(&mut self.users);
        }
    }

    // === questions ===

    /// What is known of a channel; all zero when nobody is subscribed.
    #[must_use]
    pub fn channel(&self, now: Instant, key: &ChannelKey) -> ChannelSnapshot {
        self.channels.get(key).map_or_else(ChannelSnapshot::default, |channel| snapshot(channel, now, true))
    }

    /// The occupied channels of an application whose names begin with `prefix`, without those of users; with their
    /// last events only if `cached` says so.
    pub fn channels<'a>(
        &'a self,
        now: Instant,
        app: AppNumber,
        prefix: &'a str,
        cached: bool,
    ) -> impl Iterator<Item = (&'a ChannelName, ChannelSnapshot)> {
        self.channels
            .iter()
            .filter(move |(key, channel)| {
                key.app == app
                    && key.name.as_str().starts_with(prefix)
                    && key.name.server_to_user().is_none()
                    && channel.is_occupied()
            })
            .map(move |(key, channel)| (&key.name, snapshot(channel, now, cached)))
    }

    /// The users of a presence channel.
    #[must_use]
    pub fn users(&self, key: &ChannelKey) -> Vec<UserId> {
        self.channels.get(key).map_or_else(Vec::new, |channel| channel.users().cloned().collect())
    }

    /// How many channels, subscriptions and members there are, by application.
    pub fn tallies(&self) -> impl Iterator<Item = (AppNumber, &AppTally)> {
        self.tallies.all()
    }

    /// Whether no channel and no user is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.channels.is_empty() && self.users.is_empty()
    }
}

/// What webhooks are told of a new subscriber of a channel.
fn record_subscribed(
    now: Instant,
    key: &ChannelKey,
    (subscriber, added): (&Subscriber<'_>, bool),
    channel: &Channel,
    record: impl Fn(&Fact<'_>),
) {
    let name = || key.name.as_str().into();
    if key.name.kind() == ChannelKind::ServerToUser {
        return;
    }
    if channel.subscriptions() == 1 {
        record(&Fact::ChannelOccupied { channel: name() });
    }
    if let (true, Some(member)) = (added, subscriber.member) {
        record(&Fact::MemberAdded { channel: name(), user_id: member.user_id.as_str().into() });
    }
    if key.name.is_cache() && matches!(channel.replay(now), Replay::Miss) {
        record(&Fact::CacheMiss { channel: name() });
    }
}

/// What webhooks are told of somebody who has left a channel; `user_id` is who has gone with the last connection.
fn record_left(key: &ChannelKey, user_id: Option<&UserId>, is_occupied: bool, record: impl Fn(&Fact<'_>)) {
    let name = || key.name.as_str().into();
    if key.name.kind() == ChannelKind::ServerToUser {
        return;
    }
    if let Some(user_id) = user_id {
        record(&Fact::MemberRemoved { channel: name(), user_id: user_id.as_str().into() });
    }
    if !is_occupied {
        record(&Fact::ChannelVacated { channel: name() });
    }
}

fn snapshot(channel: &Channel, now: Instant, cached: bool) -> ChannelSnapshot {
    ChannelSnapshot {
        subscriptions: channel.subscriptions(),
        users: channel.user_count(),
        cached: channel.cached(now).filter(|_| cached).cloned(),
    }
}
