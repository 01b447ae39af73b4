//! Which connections of one shard are subscribed to what.

use gema_protocol::names::ChannelName;
use hashbrown::HashMap;
use slab::Slab;

use crate::{
    ChannelKey, Slot,
    sparse::{shrink_map, shrink_vec},
};

/// For each channel with a subscriber on this shard, its subscribers as one dense list.
#[derive(Debug, Default)]
pub struct LocalChannels {
    by_key: HashMap<ChannelKey, u32>,
    channels: Slab<LocalChannel>,
}

#[derive(Debug)]
struct LocalChannel {
    key: ChannelKey,
    subscribers: Vec<Slot>,
}

/// Where a connection stands in the list of a channel. The position changes when others leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The channel's index.
    pub channel: u32,
    /// The position in its list.
    pub position: u32,
}

impl LocalChannels {
    /// Adds a subscriber.
    pub fn add(&mut self, key: &ChannelKey, slot: Slot) -> Place {
        let index = *self.by_key.entry_ref(key).or_insert_with(|| {
            let channel = LocalChannel { key: key.clone(), subscribers: Vec::with_capacity(1) };
            self.channels.insert(channel) as u32
        });
        let subscribers = &mut self.channels[index as usize].subscribers;
        subscribers.push(slot);
        Place { channel: index, position: (subscribers.len() - 1) as u32 }
    }

    /// Removes the subscriber that stands at `place`. Answers who stands there now, if the list has been closed up.
    pub fn remove(&mut self, place: Place) -> Option<Slot> {
        let index = place.channel as usize;
        let subscribers = &mut self.channels[index].subscribers;
        subscribers.swap_remove(place.position as usize);
        let moved = subscribers.get(place.position as usize).copied();
        shrink_vec(subscribers);
        if subscribers.is_empty() {
            let channel = self.channels.remove(index);
            self.by_key.remove(&channel.key);
            shrink_map(&mut self.by_key);
            // It can get smaller only where nobody is behind: when all have gone, above all.
            if self.channels.is_empty() {
                self.channels = Slab::new();
            }
        }
        moved
    }

    /// The subscribers of a channel.
    #[must_use]
    pub fn subscribers(&self, key: &ChannelKey) -> &[Slot] {
        self.by_key.get(key).map_or(&[], |&index| &self.channels[index as usize].subscribers)
    }

    /// The shared name of a channel that has subscribers, so that its text is held once.
    #[must_use]
    pub fn shared_name(&self, place: Place) -> ChannelName {
        self.channels[place.channel as usize].key.name.clone()
    }

    /// Gives memory back after many have left.
    pub(crate) fn shrink(&mut self) {
        self.channels.shrink_to_fit();
    }

    /// Whether nobody is subscribed to anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }
}
