//! What a hub counts, in plain numbers: it is alone on its thread. Whoever runs it shows them to others.

use std::{sync::Arc, time::Instant};

use crate::App;

/// A limit that a session holds its client to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionLimit {
    /// Messages in a window.
    MessageRate,
    /// Client events in a second.
    ClientEventRate,
    /// Bytes of a message.
    MessageSize,
    /// Bytes of a client event's data.
    EventSize,
    /// Channels of the connection.
    ChannelsPerConnection,
    /// Members of a presence channel.
    PresenceMembers,
    /// Bytes of a member's data.
    PresenceMemberSize,
}

impl SessionLimit {
    /// All limits, by their [`index`](Self::index).
    pub const ALL: [Self; 7] = [
        Self::MessageRate,
        Self::ClientEventRate,
        Self::MessageSize,
        Self::EventSize,
        Self::ChannelsPerConnection,
        Self::PresenceMembers,
        Self::PresenceMemberSize,
    ];

    /// Where it stands among all.
    #[must_use]
    pub fn index(self) -> usize {
        self as usize
    }
}

/// What a session tells to be counted, besides doing it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Note {
    /// A subscription was not authorized.
    ChannelRefused,
    /// A sign-in was not authorized.
    SignInRefused,
    /// A client event was refused.
    ClientEventRefused,
    /// A limit was hit.
    Limit(SessionLimit),
}

/// What a hub has counted since it began.
#[derive(Debug, Default)]
pub struct HubCounts {
    /// Subscriptions that were not authorized.
    pub channels_refused: u64,
    /// Sign-ins that were not authorized.
    pub sign_ins_refused: u64,
    /// How often clients have hit a limit, by [`SessionLimit::index`].
    pub limits: [u64; SessionLimit::ALL.len()],
    client_events: Vec<ClientEvents>,
    /// Those of which `client_events` has something.
    senders: Vec<Arc<App>>,
}

/// What came of the client events of an application.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ClientEvents {
    /// They went to all shards.
    pub sent: u64,
    /// They were not as they must be, or not allowed.
    pub refused: u64,
    /// A shard had no room for them.
    pub busy: u64,
}

/// Something has been put into the outboxes of those whom it concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FanOut {
    /// When it was accepted, if it is a message to a channel.
    pub accepted: Option<Instant>,
    /// How many connections it was for.
    pub recipients: usize,
}

impl HubCounts {
    pub(crate) fn note(&mut self, app: &Arc<App>, note: Note) {
        match note {
            Note::ChannelRefused => self.channels_refused += 1,
            Note::SignInRefused => self.sign_ins_refused += 1,
            Note::ClientEventRefused => self.client_events(app).refused += 1,
            Note::Limit(limit) => self.limits[limit.index()] += 1,
        }
    }

    /// The client events of an application since they were last taken, one of which is about to be counted.
    pub(crate) fn client_events(&mut self, app: &Arc<App>) -> &mut ClientEvents {
        let index = app.number.0 as usize;
        if self.client_events.len() <= index {
            self.client_events.resize(index + 1, ClientEvents::default());
        }
        let events = &mut self.client_events[index];
        if *events == ClientEvents::default() {
            self.senders.push(Arc::clone(app));
        }
        events
    }

    /// Takes the client events since the last call out, by application.
    pub fn take_client_events(&mut self) -> impl Iterator<Item = (Arc<App>, ClientEvents)> + '_ {
        let events = &mut self.client_events;
        self.senders.drain(..).map(|app| {
            let events = std::mem::take(&mut events[app.number.0 as usize]);
            (app, events)
        })
    }
}
