//! How many channels, subscriptions and members there are, by application and kind.

use gema_protocol::names::ChannelKind;

use crate::{AppNumber, ChannelKey};

/// How many there are of an application.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AppTally {
    kinds: [ChannelTally; 5],
    /// Members of presence channels; a user counts once for each of its channels.
    pub members: u64,
}

/// How many there are of one kind of channel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ChannelTally {
    /// Channels with a subscriber.
    pub channels: u64,
    /// Their subscriptions.
    pub subscriptions: u64,
}

impl AppTally {
    /// How many there are of a kind.
    #[must_use]
    pub fn of(&self, kind: ChannelKind) -> ChannelTally {
        self.kinds[kind as usize]
    }

    /// Adds what another registry has.
    pub fn add(&mut self, other: &Self) {
        for (own, other) in self.kinds.iter_mut().zip(&other.kinds) {
            own.channels += other.channels;
            own.subscriptions += other.subscriptions;
        }
        self.members += other.members;
    }
}

/// Those of all applications, by their numbers.
#[derive(Debug, Default)]
pub(crate) struct Tallies(Vec<AppTally>);

impl Tallies {
    /// Somebody has subscribed; whether the channel was vacant before, and whether there is a new member.
    pub(crate) fn subscribed(&mut self, key: &ChannelKey, occupied: bool, member: bool) {
        let index = key.app.0 as usize;
        if self.0.len() <= index {
            self.0.resize(index + 1, AppTally::default());
        }
        let app = &mut self.0[index];
        let kind = &mut app.kinds[key.name.kind() as usize];
        kind.subscriptions += 1;
        kind.channels += u64::from(occupied);
        app.members += u64::from(member);
    }

    /// Somebody has left; whether the channel is vacant now, and whether a member has gone.
    pub(crate) fn unsubscribed(&mut self, key: &ChannelKey, vacated: bool, member: bool) {
        let Some(app) = self.0.get_mut(key.app.0 as usize) else { return };
        let kind = &mut app.kinds[key.name.kind() as usize];
        kind.subscriptions -= 1;
        kind.channels -= u64::from(vacated);
        app.members -= u64::from(member);
    }

    /// The applications that ever had a subscriber here.
    pub(crate) fn all(&self) -> impl Iterator<Item = (AppNumber, &AppTally)> {
        (0..).map(AppNumber).zip(&self.0)
    }
}
