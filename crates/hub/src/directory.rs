//! What a shard asks of the directory, and what the directory puts into the inboxes of shards.

use std::{sync::Arc, time::Instant};

use gema_protocol::{
    names::{ChannelName, SocketId, UserId},
    server::Member,
    ws::Frame,
};

use crate::{AppNumber, AppsByNumber, Fact, Outgoing, Webhooks};

/// One of the shards of the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ShardId(pub u8);

/// A channel among those of all applications.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ChannelKey {
    /// The application.
    pub app: AppNumber,
    /// The channel.
    pub name: ChannelName,
}

/// A user among those of all applications.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UserKey {
    /// The application.
    pub app: AppNumber,
    /// The user.
    pub id: UserId,
}

/// The state that all shards share: which channels exist, who is in them, who is signed in.
///
/// Every answer and everything that is put into inboxes is consistent: a channel has one order of messages, and a
/// subscriber gets exactly those with a higher number than its [`Subscribed::seq`].
pub trait Directory {
    /// Registers a subscriber.
    ///
    /// # Errors
    /// When a limit of the channel is reached; nothing has changed then.
    fn subscribe(
        &self,
        now: Instant,
        key: &ChannelKey,
        subscriber: Subscriber<'_>,
    ) -> Result<Subscribed, SubscribeRefused>;

    /// Takes a subscriber away.
    fn unsubscribe(&self, now: Instant, key: &ChannelKey, leaver: Leaver<'_>);

    /// Sends a message to the channel's subscribers on all shards. Webhooks are told what it is.
    ///
    /// # Errors
    /// When the inbox of a shard is full; nothing has been sent then.
    fn broadcast(
        &self,
        key: &ChannelKey,
        message: Outgoing,
        told: Option<(&Webhooks, &Fact<'_>)>,
    ) -> Result<(), Busy>;

    /// A connection of `shard` is signed in as the user.
    fn sign_in(&self, key: &UserKey, shard: ShardId);

    /// A connection of `shard` is no longer signed in as the user.
    fn sign_out(&self, key: &UserKey, shard: ShardId);

    /// A connection of `shard` watches the user.
    fn watch(&self, key: &UserKey, shard: ShardId) -> Watched;

    /// A connection of `shard` no longer watches the user.
    fn unwatch(&self, key: &UserKey, shard: ShardId);
}

/// Where a registry tells what has changed. Its owner lets nobody else in meanwhile, so that there is one order.
pub trait Outlet {
    /// Something for the connections of a shard.
    fn deliver(&self, shard: ShardId, delivery: Delivery);

    /// Something for the webhooks of an application. It comes before the deliveries that let clients know.
    fn record(&self, webhooks: &Webhooks, fact: &Fact<'_>);
}

/// Who subscribes.
#[derive(Debug, Clone, Copy)]
pub struct Subscriber<'a> {
    /// The shard of the connection.
    pub shard: ShardId,
    /// Who it is, on a presence channel.
    pub member: Option<&'a Member>,
    /// Most members of a presence channel.
    pub most_members: usize,
    /// Whether subscribers are told how many they are.
    pub counts: bool,
    /// The webhooks that are told of it.
    pub webhooks: Option<&'a Arc<Webhooks>>,
}

/// Who leaves a channel.
#[derive(Debug, Clone, Copy)]
pub struct Leaver<'a> {
    /// The shard of the connection.
    pub shard: ShardId,
    /// Who it was, on a presence channel.
    pub user: Option<&'a UserId>,
    /// Whether subscribers are told how many they are.
    pub counts: bool,
    /// The webhooks that are told of it.
    pub webhooks: Option<&'a Arc<Webhooks>>,
}

/// A subscription is registered.
#[derive(Debug, Clone)]
pub struct Subscribed {
    /// The channel's messages up to this number are not for the new subscriber.
    pub seq: u64,
    /// The data of `subscription_succeeded` on a presence channel.
    pub presence: Option<String>,
    /// What follows at once on a cache channel.
    pub replay: Option<Replay>,
}

/// A user is watched.
#[derive(Debug, Clone, Copy)]
pub struct Watched {
    /// The user's changes up to this number are not for the new watcher.
    pub seq: u64,
    /// Whether the user is online.
    pub online: bool,
}

/// The first message of a subscriber of a cache channel.
#[derive(Debug, Clone)]
pub enum Replay {
    /// The last event.
    Event(Frame),
    /// There is none.
    Miss,
}

/// Why a subscription was refused by the channel.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubscribeRefused {
    /// The presence channel is full.
    #[error("the channel has reached the limit of {limit} members (GEMA_APP_MAX_PRESENCE_MEMBERS)")]
    TooManyMembers {
        /// Most members of the channel.
        limit: usize,
    },
}

/// The inbox of a shard is full: try again when it has room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the inbox of shard {} is full", .0.0)]
pub struct Busy(pub ShardId);

/// Something for the connections of one shard.
#[derive(Debug, Clone)]
pub enum Delivery {
    /// A message for the subscribers of a channel.
    Broadcast(Arc<Broadcast>),
    /// A change for those who watch a user.
    Watch(Arc<WatchEvent>),
    /// The connections that are signed in as the user have to end.
    Terminate(UserKey),
    /// The applications are configured anew.
    Apps(AppsByNumber),
}

/// A message for the subscribers of a channel.
#[derive(Debug)]
pub struct Broadcast {
    /// The channel.
    pub key: ChannelKey,
    /// Its place in the one order of the channel's messages.
    pub seq: u64,
    /// The message, the same bytes for every subscriber.
    pub frame: Frame,
    /// The connection that does not get it.
    pub except: Option<SocketId>,
    /// When it was accepted: published, or the change happened that it tells.
    pub accepted: Instant,
}

/// A change for those who watch a user.
#[derive(Debug)]
pub struct WatchEvent {
    /// The user.
    pub key: UserKey,
    /// Its place in the one order of the user's changes.
    pub seq: u64,
    /// The message.
    pub frame: Frame,
}

impl Delivery {
    /// What it counts for in a queue that is bounded in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        /// About what the queue and the shared parts take besides the frame.
        const OVERHEAD: usize = 128;
        OVERHEAD
            + match self {
                Self::Broadcast(broadcast) => broadcast.frame.len(),
                Self::Watch(event) => event.frame.len(),
                Self::Terminate(_) | Self::Apps(_) => 0,
            }
    }
}
