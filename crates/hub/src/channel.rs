//! The state of one channel for the whole process.

use std::time::{Duration, Instant};

use indexmap::IndexMap;

use gema_protocol::{
    names::UserId,
    server::{Member, presence_data},
    ws::Frame,
};

use crate::{Replay, ShardId, SubscribeRefused, Subscriber, shard_counts::ShardCounts, sparse::is_sparse};

/// Above so many subscribers they are told their number at most once per [`COUNT_INTERVAL`].
const COUNT_AT_ONCE: u64 = 100;
const COUNT_INTERVAL: Duration = Duration::from_secs(5);

/// The state of one channel: subscribers per shard, members, last event. It sends nothing: its answers say what
/// there is to send.
#[derive(Debug, Default)]
pub struct Channel {
    subscribers: ShardCounts,
    /// Only presence channels have them, and most channels are none.
    members: Option<Box<Members>>,
    cached: Option<Box<Cached>>,
    counted_at: Option<Instant>,
}

/// The users of a presence channel, in the order in which they joined.
type Members = IndexMap<UserId, Presence>;

/// A user of a presence channel, with the connections that it has there.
#[derive(Debug)]
struct Presence {
    member: Member,
    connections: u32,
}

/// The last event of a cache channel.
#[derive(Debug, Clone)]
pub struct Cached {
    /// The event as it was broadcast.
    pub frame: Frame,
    /// Its data.
    pub data: Box<str>,
    /// When it is forgotten.
    pub expires_at: Instant,
}

impl Channel {
    /// Adds a connection. Answers whether it is the first one of its user.
    pub(crate) fn subscribe(&mut self, subscriber: &Subscriber<'_>) -> Result<bool, SubscribeRefused> {
        let added = match subscriber.member {
            None => false,
            Some(member) => self.join(member, subscriber.most_members)?,
        };
        self.subscribers.add(subscriber.shard);
        Ok(added)
    }

    fn join(&mut self, member: &Member, most: usize) -> Result<bool, SubscribeRefused> {
        let members = self.members.get_or_insert_default();
        if let Some(presence) = members.get_mut(&member.user_id) {
            presence.connections += 1;
            return Ok(false);
        }
        if members.len() >= most {
            return Err(SubscribeRefused::TooManyMembers { limit: most });
        }
        members.insert(member.user_id.clone(), Presence { member: member.clone(), connections: 1 });
        Ok(true)
    }

    /// Removes a connection. Answers whether it was the last one of its user.
    pub(crate) fn unsubscribe(&mut self, shard: ShardId, user: Option<&UserId>) -> bool {
        self.subscribers.remove(shard);
        let Some((user, members)) = user.zip(self.members.as_mut()) else {
            return false;
        };
        let Some(presence) = members.get_mut(user) else { return false };
        presence.connections -= 1;
        let gone = presence.connections == 0;
        if gone {
            members.shift_remove(user);
            if is_sparse(members.len(), members.capacity()) {
                members.shrink_to(members.len() * 2);
            }
        }
        gone
    }

    /// The data of a presence channel's `subscription_succeeded`.
    pub(crate) fn presence_data(&self) -> String {
        presence_data(
            self.members.iter().flat_map(|members| members.values()).map(|presence| &presence.member),
        )
    }

    pub(crate) fn cache(&mut self, event: Cached) {
        self.cached = Some(Box::new(event));
    }

    /// The last event, unless it has expired.
    pub(crate) fn cached(&self, now: Instant) -> Option<&Cached> {
        self.cached.as_deref().filter(|event| now < event.expires_at)
    }

    pub(crate) fn replay(&self, now: Instant) -> Replay {
        self.cached(now).map_or(Replay::Miss, |event| Replay::Event(event.frame.clone()))
    }

    /// The number of subscribers if they should be told now; `None` when they were told a moment ago.
    pub(crate) fn count_to_tell(&mut self, now: Instant) -> Option<u64> {
        let count = self.subscriptions();
        let early = self.counted_at.is_some_and(|at| now < at + COUNT_INTERVAL);
        if count > COUNT_AT_ONCE && early {
            return None;
        }
        self.counted_at = Some(now);
        Some(count)
    }

    /// Connections that are subscribed.
    pub(crate) fn subscriptions(&self) -> u64 {
        self.subscribers.total()
    }

    /// The users of a presence channel, in the order in which they joined.
    pub(crate) fn users(&self) -> impl Iterator<Item = &UserId> {
        self.members.iter().flat_map(|members| members.keys())
    }

    /// How many users a presence channel has.
    pub(crate) fn user_count(&self) -> u64 {
        self.members.as_ref().map_or(0, |members| members.len() as u64)
    }

    pub(crate) fn is_occupied(&self) -> bool {
        !self.subscribers.is_empty()
    }

    /// Whether nothing would be lost with the channel.
    pub(crate) fn is_disposable(&self, now: Instant) -> bool {
        !self.is_occupied() && self.cached(now).is_none()
    }

    pub(crate) fn shards(&self) -> impl Iterator<Item = ShardId> + '_ {
        self.subscribers.shards()
    }
}
