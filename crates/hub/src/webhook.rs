//! What an application wants to be told of, and what there is to tell.

use std::{borrow::Cow, fmt, time::Duration};

use gema_protocol::{
    client,
    names::{ChannelName, SocketId, UserId},
    signature::Secret,
};
use serde::{Deserialize, Serialize};

/// The webhooks of an application: at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhooks {
    /// The id of the application.
    pub app_id: String,
    /// Where to send what.
    pub endpoints: Vec<Webhook>,
}

/// An address that is told what happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Where the requests go, `http` or `https`.
    pub url: String,
    /// What they tell.
    pub events: FactKinds,
    /// Of which channels; without any pattern of all.
    pub channels: Vec<ChannelPattern>,
    /// Whether one request may tell several events.
    pub batching: bool,
    /// Headers that the requests have besides those of every webhook.
    pub headers: Vec<Header>,
    /// How long the receiver may take for its answer.
    pub timeout: Duration,
    /// How long an event is sent again and again before it is given up.
    pub retry_for: Duration,
}

/// A header of the requests of a webhook. `Debug` does not show its value, which may be a token.
#[derive(Clone, PartialEq, Eq)]
pub struct Header {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}

/// Which channels a webhook tells of: a name in which each `*` stands for any text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelPattern(pub String);

/// One of the things that webhooks tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FactKind {
    /// A channel has its first subscriber.
    ChannelOccupied,
    /// A channel has lost its last subscriber.
    ChannelVacated,
    /// A user has joined a presence channel with the first connection.
    MemberAdded,
    /// A user has left a presence channel with the last connection.
    MemberRemoved,
    /// A client has sent an event.
    ClientEvent,
    /// Somebody has subscribed to a cache channel that has no last event.
    CacheMiss,
    /// A channel has another number of subscribers.
    SubscriptionCount,
}

/// A set of kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FactKinds(u8);

/// Something that has happened at a channel, with the names that Pusher's webhooks have for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the kinds say what has happened, the fields are Pusher's")]
pub enum Fact<'a> {
    ChannelOccupied {
        channel: Cow<'a, str>,
    },
    ChannelVacated {
        channel: Cow<'a, str>,
    },
    MemberAdded {
        channel: Cow<'a, str>,
        user_id: Cow<'a, str>,
    },
    MemberRemoved {
        channel: Cow<'a, str>,
        user_id: Cow<'a, str>,
    },
    ClientEvent {
        channel: Cow<'a, str>,
        event: Cow<'a, str>,
        data: Cow<'a, str>,
        socket_id: Cow<'a, str>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        user_id: Option<Cow<'a, str>>,
    },
    CacheMiss {
        channel: Cow<'a, str>,
    },
    SubscriptionCount {
        channel: Cow<'a, str>,
        subscription_count: u64,
    },
}

impl Webhooks {
    /// Whether any of them tells this kind.
    #[must_use]
    pub fn want(&self, kind: FactKind) -> bool {
        self.endpoints.iter().any(|webhook| webhook.events.contains(kind))
    }

    /// Whether any of them has to know of this.
    #[must_use]
    pub fn follow(&self, fact: &Fact<'_>) -> bool {
        self.endpoints.iter().any(|webhook| webhook.follows(fact.kind(), fact.channel()))
    }
}

impl Webhook {
    /// Whether it tells this.
    #[must_use]
    pub fn tells(&self, fact: &Fact<'_>) -> bool {
        self.events.contains(fact.kind()) && self.is_about(fact.channel())
    }

    /// Whether it has to know of such a fact: it tells it or, of this channel, what takes it back.
    #[must_use]
    pub fn follows(&self, kind: FactKind, channel: &str) -> bool {
        (self.events.contains(kind) || self.events.contains(kind.counterpart())) && self.is_about(channel)
    }

    fn is_about(&self, channel: &str) -> bool {
        self.channels.is_empty() || self.channels.iter().any(|pattern| pattern.matches(channel))
    }
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Header").field("name", &self.name).field("value", &Secret::new("")).finish()
    }
}

impl ChannelPattern {
    /// Whether the channel's name is one of these.
    #[must_use]
    pub fn matches(&self, channel: &str) -> bool {
        let mut parts = self.0.split('*');
        let Some(mut rest) = parts.next().and_then(|first| channel.strip_prefix(first)) else {
            return false;
        };
        let mut parts = parts.peekable();
        if parts.peek().is_none() {
            return rest.is_empty();
        }
        while let Some(part) = parts.next() {
            if parts.peek().is_none() {
                return rest.ends_with(part);
            }
            let Some(at) = rest.find(part) else { return false };
            rest = &rest[at + part.len()..];
        }
        true
    }
}

impl FactKind {
    /// All kinds, in the order of the documentation.
    pub const ALL: [Self; 7] = [
        Self::ChannelOccupied,
        Self::ChannelVacated,
        Self::MemberAdded,
        Self::MemberRemoved,
        Self::ClientEvent,
        Self::CacheMiss,
        Self::SubscriptionCount,
    ];

    /// What takes it back; a kind that nothing takes back is its own.
    #[must_use]
    pub fn counterpart(self) -> Self {
        match self {
            Self::ChannelOccupied => Self::ChannelVacated,
            Self::ChannelVacated => Self::ChannelOccupied,
            Self::MemberAdded => Self::MemberRemoved,
            Self::MemberRemoved => Self::MemberAdded,
            Self::ClientEvent | Self::CacheMiss | Self::SubscriptionCount => self,
        }
    }

    /// Pusher's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ChannelOccupied => "channel_occupied",
            Self::ChannelVacated => "channel_vacated",
            Self::MemberAdded => "member_added",
            Self::MemberRemoved => "member_removed",
            Self::ClientEvent => "client_event",
            Self::CacheMiss => "cache_miss",
            Self::SubscriptionCount => "subscription_count",
        }
    }
}

impl FactKinds {
    /// None.
    pub const NONE: Self = Self(0);
    /// All of them.
    pub const ALL: Self = Self(u8::MAX);

    /// These and another one.
    #[must_use]
    pub fn with(self, kind: FactKind) -> Self {
        Self(self.0 | 1 << kind as u8)
    }

    /// Whether the kind is one of these.
    #[must_use]
    pub fn contains(self, kind: FactKind) -> bool {
        self.0 & 1 << kind as u8 != 0
    }
}

impl Fact<'static> {
    /// A client has sent an event, as a user if the channel is a presence channel.
    pub(crate) fn client_event(
        channel: &ChannelName,
        event: &client::ClientEvent<'_>,
        sender: SocketId,
        user: Option<&UserId>,
    ) -> Self {
        Self::ClientEvent {
            channel: channel.as_str().to_owned().into(),
            event: event.event.to_string().into(),
            data: event.data.to_string().into(),
            socket_id: sender.to_string().into(),
            user_id: user.map(|user| user.as_str().to_owned().into()),
        }
    }
}

impl Fact<'_> {
    /// What has happened.
    #[must_use]
    pub fn kind(&self) -> FactKind {
        match self {
            Self::ChannelOccupied { .. } => FactKind::ChannelOccupied,
            Self::ChannelVacated { .. } => FactKind::ChannelVacated,
            Self::MemberAdded { .. } => FactKind::MemberAdded,
            Self::MemberRemoved { .. } => FactKind::MemberRemoved,
            Self::ClientEvent { .. } => FactKind::ClientEvent,
            Self::CacheMiss { .. } => FactKind::CacheMiss,
            Self::SubscriptionCount { .. } => FactKind::SubscriptionCount,
        }
    }

    /// Where it has happened.
    #[must_use]
    pub fn channel(&self) -> &str {
        match self {
            Self::ChannelOccupied { channel }
            | Self::ChannelVacated { channel }
            | Self::MemberAdded { channel, .. }
            | Self::MemberRemoved { channel, .. }
            | Self::ClientEvent { channel, .. }
            | Self::CacheMiss { channel }
            | Self::SubscriptionCount { channel, .. } => channel,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        let check = |pattern: &str, channel: &str, expected: bool| {
            let pattern = ChannelPattern(pattern.to_owned());
            assert_eq!(pattern.matches(channel), expected, "{pattern:?} {channel}");
        };
        check("news", "news", true);
        check("news", "newsflash", false);
        check("*", "anything", true);
        check("presence-*", "presence-room", true);
        check("presence-*", "private-presence-room", false);
        check("private-*.1", "private-user.1", true);
        check("private-*.1", "private-user.12", false);
        check("a*b*c", "a-b-b-c", true);
        check("a*b*c", "acb", false);
        check("ab*ba", "aba", false);
        check("a**", "a", true);
    }

    #[test]
    fn a_webhook_follows_what_it_tells_and_what_takes_that_back_on_its_channels() {
        let webhook = Webhook {
            url: "http://x/".to_owned(),
            events: FactKinds::NONE.with(FactKind::ChannelVacated).with(FactKind::CacheMiss),
            channels: vec![ChannelPattern("a*".to_owned())],
            batching: true,
            headers: Vec::new(),
            timeout: Duration::from_secs(1),
            retry_for: Duration::from_secs(1),
        };
        let followed = FactKind::ALL.into_iter().filter(|kind| webhook.follows(*kind, "a1"));
        let expected = [FactKind::ChannelOccupied, FactKind::ChannelVacated, FactKind::CacheMiss];
        assert_eq!(followed.collect::<Vec<_>>(), expected);
        assert!(FactKind::ALL.into_iter().all(|kind| !webhook.follows(kind, "b1")));
    }

    #[test]
    fn a_header_of_a_webhook_keeps_its_value_secret() {
        let header = Header { name: "Authorization".to_owned(), value: "Bearer x".to_owned() };
        assert_eq!(format!("{header:?}"), r#"Header { name: "Authorization", value: Secret(..) }"#);
    }

    #[test]
    fn facts_have_the_names_of_their_kinds() {
        let channel = || Cow::Borrowed("c");
        let user_id = || Cow::Borrowed("u");
        let facts = [
            Fact::ChannelOccupied { channel: channel() },
            Fact::ChannelVacated { channel: channel() },
            Fact::MemberAdded { channel: channel(), user_id: user_id() },
            Fact::MemberRemoved { channel: channel(), user_id: user_id() },
            Fact::ClientEvent {
                channel: channel(),
                event: "client-e".into(),
                data: "{}".into(),
                socket_id: "1.2".into(),
                user_id: None,
            },
            Fact::CacheMiss { channel: channel() },
            Fact::SubscriptionCount { channel: channel(), subscription_count: 3 },
        ];
        for (fact, kind) in facts.into_iter().zip(FactKind::ALL) {
            let json = serde_json::to_value(&fact).unwrap();
            assert_eq!((json["name"].as_str(), fact.kind()), (Some(kind.name()), kind));
            assert_eq!(serde_json::from_value::<Fact<'_>>(json).unwrap(), fact);
            assert!(FactKinds::NONE.with(kind).contains(kind) && FactKinds::ALL.contains(kind));
            let others = FactKind::ALL.into_iter().filter(|other| *other != kind);
            assert!(others.map(|other| FactKinds::NONE.with(other)).all(|one| !one.contains(kind)));
        }
    }
}
