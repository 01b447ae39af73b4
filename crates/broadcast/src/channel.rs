//! Where an event goes.

use std::{
    collections::HashSet,
    fmt::{self, Display},
};

/// A channel as an application names it; [`Display`] writes it with the prefix that it has on the wire.
///
/// Whether the name is one that the protocol permits is found out when an event is sent.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Channel(String);

impl Channel {
    /// A channel that everybody with the application's key may subscribe to.
    pub fn public(name: impl Display) -> Self {
        Self(name.to_string())
    }

    /// A channel that the application authorizes each subscriber for: `private-<name>`.
    pub fn private(name: impl Display) -> Self {
        Self(format!("private-{name}"))
    }

    /// A private channel whose subscribers know of each other: `presence-<name>`.
    pub fn presence(name: impl Display) -> Self {
        Self(format!("presence-{name}"))
    }

    /// A private channel whose payloads the server cannot read: `private-encrypted-<name>`. Needs an
    /// [`EncryptionKey`](crate::EncryptionKey).
    pub fn encrypted(name: impl Display) -> Self {
        Self(format!("private-encrypted-{name}"))
    }

    /// All connections that are signed in as this user: `#server-to-user-<id>`.
    pub fn user(id: impl Display) -> Self {
        Self(format!("#server-to-user-{id}"))
    }

    /// The name on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The channels of one event, each of them once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Channels(Vec<Channel>);

impl Channels {
    /// No channel: the event is not sent.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// The channels in their order.
    pub fn iter(&self) -> impl Iterator<Item = &Channel> {
        self.0.iter()
    }
}

impl From<Channel> for Channels {
    fn from(channel: Channel) -> Self {
        Self(vec![channel])
    }
}

impl<const N: usize> From<[Channel; N]> for Channels {
    fn from(channels: [Channel; N]) -> Self {
        channels.into_iter().collect()
    }
}

impl From<Vec<Channel>> for Channels {
    fn from(channels: Vec<Channel>) -> Self {
        channels.into_iter().collect()
    }
}

impl FromIterator<Channel> for Channels {
    fn from_iter<I: IntoIterator<Item = Channel>>(channels: I) -> Self {
        let mut seen = HashSet::new();
        Self(channels.into_iter().filter(|channel| seen.insert(channel.clone())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_channel_is_listed_once_where_it_comes_first() {
        let channels: Channels = [Channel::public("b"), Channel::private("a"), Channel::public("b")].into();
        assert_eq!(channels.iter().map(Channel::as_str).collect::<Vec<_>>(), ["b", "private-a"]);
    }
}
