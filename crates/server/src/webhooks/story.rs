//! From what has happened to what is told: whoever leaves and comes back soon has never been away.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use gema_hub::{Fact, FactKind};
use serde::{Deserialize, Serialize};

use super::line::{Entry, Line};

/// Who comes back within this time, in milliseconds, has never left.
const DEBOUNCE_MS: u64 = 3_000;
/// Subscribers of an empty cache channel within this time, in milliseconds, are one miss.
const MISS_MS: u64 = 1_000;

/// What has been told of one application, and what is about to be. It is a function of the lines alone, so that it
/// tells the same in the same order whenever the same lines are read.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Story {
    /// Channels that are told to be occupied.
    channels: BTreeMap<String, Told>,
    /// Users that are told to be members, by channel.
    members: BTreeMap<String, BTreeMap<String, Told>>,
    /// Who is about to be told to have left, in the order of the times.
    leaving: VecDeque<Leaving>,
    /// Channels with a miss that is told, in the order of the times until which there is no other one.
    misses: VecDeque<(u64, String)>,
    /// The channels of these.
    #[serde(default)]
    missed: BTreeSet<String>,
    /// Number of the last departure.
    departures: u64,
}

/// A presence that is told; with the number of its departure, if there is one.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Told {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    departure: Option<u64>,
}

/// A departure that is told at its time, unless it is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Leaving {
    at_ms: u64,
    departure: u64,
    channel: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user_id: Option<String>,
}

impl Story {
    /// A line of the spool. What there is to tell goes to `tell`.
    pub(super) fn handle_line(&mut self, line: Line, mut tell: impl FnMut(Fact<'static>)) {
        self.tell_departures(line.time_ms, &mut tell);
        while let Some((_, channel)) = self.misses.pop_front_if(|(until, _)| *until <= line.time_ms) {
            self.missed.remove(&channel);
        }
        match line.entry {
            Entry::Fact(fact) => self.handle_fact(line.time_ms, fact, tell),
            Entry::Start => self.handle_start(line.time_ms),
            Entry::Tick | Entry::OfOthers => {}
        }
    }

    /// Forgets everything of which no line will be seen any more.
    pub(super) fn retain(&mut self, is_seen: impl Fn(FactKind, &str) -> bool) {
        self.channels.retain(|channel, _| is_seen(FactKind::ChannelOccupied, channel));
        self.members.retain(|channel, _| is_seen(FactKind::MemberAdded, channel));
    }

    /// When the next departure is told, in unix milliseconds, unless it is taken back: then a line is needed whose time
    /// is not before.
    pub(super) fn next_departure(&mut self) -> Option<u64> {
        while let Some(leaving) = self.leaving.front() {
            if self.is_leaving(leaving) {
                return Some(leaving.at_ms);
            }
            self.leaving.pop_front();
        }
        None
    }

    fn handle_fact(&mut self, time_ms: u64, fact: Fact<'static>, mut tell: impl FnMut(Fact<'static>)) {
        match &fact {
            Fact::ChannelOccupied { channel } => {
                if let Some(told) = self.channels.get_mut(channel.as_ref()) {
                    told.departure = None;
                    return;
                }
                self.channels.insert(channel.to_string(), Told::default());
            }
            Fact::MemberAdded { channel, user_id } => {
                let members = self.members.entry(channel.to_string()).or_default();
                if let Some(told) = members.get_mut(user_id.as_ref()) {
                    told.departure = None;
                    return;
                }
                members.insert(user_id.to_string(), Told::default());
            }
            Fact::ChannelVacated { channel } => return self.leave(time_ms, channel, None),
            Fact::MemberRemoved { channel, user_id } => return self.leave(time_ms, channel, Some(user_id)),
            Fact::CacheMiss { channel } => {
                if !self.missed.insert(channel.to_string()) {
                    return;
                }
                self.misses.push_back((time_ms + MISS_MS, channel.to_string()));
            }
            Fact::ClientEvent { .. } | Fact::SubscriptionCount { .. } => {}
        }
        tell(fact);
    }

    /// All connections are gone, since their process is.
    fn handle_start(&mut self, time_ms: u64) {
        let stays = |told: &Told| told.departure.is_none();
        let mut gone = Vec::new();
        for (channel, members) in &self.members {
            let users = members.iter().filter(|(_, told)| stays(told));
            gone.extend(users.map(|(user_id, _)| (channel.clone(), Some(user_id.clone()))));
        }
        let channels = self.channels.iter().filter(|(_, told)| stays(told));
        gone.extend(channels.map(|(channel, _)| (channel.clone(), None)));
        for (channel, user_id) in gone {
            self.leave(time_ms, &channel, user_id.as_deref());
        }
    }

    fn leave(&mut self, time_ms: u64, channel: &str, user_id: Option<&str>) {
        self.departures += 1;
        let departure = self.departures;
        let told = match user_id {
            None => self.channels.entry(channel.to_owned()).or_default(),
            Some(user_id) => {
                let members = self.members.entry(channel.to_owned()).or_default();
                members.entry(user_id.to_owned()).or_default()
            }
        };
        told.departure = Some(departure);
        self.leaving.push_back(Leaving {
            at_ms: time_ms + DEBOUNCE_MS,
            departure,
            channel: channel.to_owned(),
            user_id: user_id.map(str::to_owned),
        });
    }

    fn tell_departures(&mut self, time_ms: u64, tell: &mut impl FnMut(Fact<'static>)) {
        while self.leaving.front().is_some_and(|leaving| leaving.at_ms <= time_ms) {
            let Some(leaving) = self.leaving.pop_front() else { return };
            if !self.is_leaving(&leaving) {
                continue;
            }
            let Leaving { channel, user_id, .. } = leaving;
            match user_id {
                Some(user_id) => {
                    if let Some(members) = self.members.get_mut(&channel) {
                        members.remove(&user_id);
                        if members.is_empty() {
                            self.members.remove(&channel);
                        }
                    }
                    tell(Fact::MemberRemoved { channel: channel.into(), user_id: user_id.into() });
                }
                None => {
                    self.channels.remove(&channel);
                    tell(Fact::ChannelVacated { channel: channel.into() });
                }
            }
        }
    }

    fn is_leaving(&self, leaving: &Leaving) -> bool {
        let told = match &leaving.user_id {
            None => self.channels.get(&leaving.channel),
            Some(user_id) => self.members.get(&leaving.channel).and_then(|members| members.get(user_id)),
        };
        told.is_some_and(|told| told.departure == Some(leaving.departure))
    }
}

#[cfg(test)]
mod tests;
