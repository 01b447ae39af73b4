//! Channels, events, socket ids and user ids: parsed once, at the edge; holding the type is the proof.

use std::{borrow::Borrow, fmt, str::FromStr, sync::Arc};

/// Longest channel name in bytes, prefix included. The documentation says 164; the official SDKs send up to 200.
pub const MAX_CHANNEL_NAME: usize = 200;
/// Longest event name in characters.
pub const MAX_EVENT_NAME: usize = 200;
/// Longest user id in characters.
pub const MAX_USER_ID: usize = 128;

const SERVER_TO_USER: &str = "#server-to-user-";

/// The name of a channel: not empty, at most [`MAX_CHANNEL_NAME`] bytes of `A-Z a-z 0-9 _ - = @ , . ;`,
/// or `#server-to-user-` and any user id. Cloning is cheap.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChannelName(Arc<str>);

/// What a channel's prefix says about it. Caching is a property beside the kind: [`ChannelName::is_cache`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChannelKind {
    /// No prefix: anybody may subscribe.
    Public,
    /// `private-`: the subscription is signed.
    Private,
    /// `private-encrypted-`: as private, and the payload is opaque to the server.
    Encrypted,
    /// `presence-`: signed, and the subscribers are members that know of each other.
    Presence,
    /// `#server-to-user-<user id>`: for connections that are signed in as that user.
    ServerToUser,
}

/// Why a text is not a channel name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidChannelName {
    /// The name is the empty string.
    #[error("a channel name must not be empty")]
    Empty,
    /// The name is over [`MAX_CHANNEL_NAME`] bytes.
    #[error("a channel name has at most {MAX_CHANNEL_NAME} bytes, this one has {0}")]
    TooLong(usize),
    /// What follows `#server-to-user-` is no user id.
    #[error("{0}")]
    User(#[from] InvalidUserId),
    /// The name has a character that is not allowed.
    #[error("channel name `{name}` has {character:?}; allowed are A-Z a-z 0-9 _ - = @ , . ;")]
    Character {
        /// The name as given.
        name: String,
        /// The first character that is not allowed.
        character: char,
    },
}

impl ChannelName {
    /// The name as it stands on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The kind that the prefix says. Prefixes are case-sensitive and include the hyphen.
    #[must_use]
    pub fn kind(&self) -> ChannelKind {
        if self.0.starts_with("private-encrypted-") {
            ChannelKind::Encrypted
        } else if self.0.starts_with("private-") {
            ChannelKind::Private
        } else if self.0.starts_with("presence-") {
            ChannelKind::Presence
        } else if self.0.starts_with(SERVER_TO_USER) {
            ChannelKind::ServerToUser
        } else {
            ChannelKind::Public
        }
    }

    /// Whether the channel keeps its last event for those who subscribe later.
    #[must_use]
    pub fn is_cache(&self) -> bool {
        ["cache-", "private-cache-", "private-encrypted-cache-", "presence-cache-"]
            .iter()
            .any(|prefix| self.0.starts_with(prefix))
    }

    /// Whether this is a presence channel.
    #[must_use]
    pub fn is_presence(&self) -> bool {
        self.kind() == ChannelKind::Presence
    }

    /// The user that a `#server-to-user-` channel belongs to.
    #[must_use]
    pub fn server_to_user(&self) -> Option<&str> {
        self.0.strip_prefix(SERVER_TO_USER)
    }
}

impl FromStr for ChannelName {
    type Err = InvalidChannelName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(user_id) = text.strip_prefix(SERVER_TO_USER) {
            user_id.parse::<UserId>()?;
            return Ok(Self(text.into()));
        }
        if text.is_empty() {
            return Err(InvalidChannelName::Empty);
        }
        if text.len() > MAX_CHANNEL_NAME {
            return Err(InvalidChannelName::TooLong(text.len()));
        }
        match text.chars().find(|&c| !is_name_character(c)) {
            Some(character) => Err(InvalidChannelName::Character { name: text.to_owned(), character }),
            None => Ok(Self(text.into())),
        }
    }
}

fn is_name_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '=' | '@' | ',' | '.' | ';')
}

impl Borrow<str> for ChannelName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ChannelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ChannelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

/// The name of an event that an application may trigger: opaque (Laravel sends `App\Events\OrderShipped`), not
/// empty, at most [`MAX_EVENT_NAME`] characters, outside the reserved `pusher:` and `pusher_internal:`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EventName(Box<str>);

/// Why a text is not the name of an event that may be triggered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEventName {
    /// The name is the empty string.
    #[error("an event name must not be empty")]
    Empty,
    /// The name is over [`MAX_EVENT_NAME`] characters.
    #[error("an event name has at most {MAX_EVENT_NAME} characters, this one has {0}")]
    TooLong(usize),
    /// The name begins with `pusher:` or `pusher_internal:`.
    #[error("event name `{0}` begins with a reserved prefix (`pusher:` or `pusher_internal:`)")]
    Reserved(String),
}

impl EventName {
    /// The name as it stands on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for EventName {
    type Err = InvalidEventName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.chars().count() {
            0 => Err(InvalidEventName::Empty),
            length if length > MAX_EVENT_NAME => Err(InvalidEventName::TooLong(length)),
            _ if text.starts_with("pusher:") || text.starts_with("pusher_internal:") => {
                Err(InvalidEventName::Reserved(text.to_owned()))
            }
            _ => Ok(Self(text.into())),
        }
    }
}

/// The id of a connection: two decimal numbers with a point, as every official SDK checks (`^\d+\.\d+$`).
///
/// The first number is random, the second tells the server where the connection lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SocketId {
    /// The random part.
    pub random: u64,
    /// Where the connection lives: for the server that issued the id.
    pub place: u64,
}

/// A socket id is not of the form `digits.digits`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("socket id `{0}` is not of the form `123.456`")]
pub struct InvalidSocketId(pub String);

impl FromStr for SocketId {
    type Err = InvalidSocketId;

    /// Numbers beyond 64 bits are well-formed ids of no connection of ours: they become the largest number.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = |digits: &str| {
            (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
                .then(|| digits.parse().unwrap_or(u64::MAX))
        };
        text.split_once('.')
            .and_then(|(random, place)| Some(Self { random: number(random)?, place: number(place)? }))
            .ok_or_else(|| InvalidSocketId(text.to_owned()))
    }
}

impl fmt::Display for SocketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.random, self.place)
    }
}

/// The id of a user: not empty, at most [`MAX_USER_ID`] characters. Cloning is cheap.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserId(Arc<str>);

/// Why a text is not a user id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidUserId {
    /// The id is the empty string.
    #[error("a user id must not be empty")]
    Empty,
    /// The id is over [`MAX_USER_ID`] characters.
    #[error("a user id has at most {MAX_USER_ID} characters, this one has {0}")]
    TooLong(usize),
}

impl UserId {
    /// The id as it stands on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for UserId {
    type Err = InvalidUserId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.chars().count() {
            0 => Err(InvalidUserId::Empty),
            1..=MAX_USER_ID => Ok(Self(text.into())),
            length => Err(InvalidUserId::TooLong(length)),
        }
    }
}

impl Borrow<str> for UserId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_says_the_kind() {
        let check = |name: &str, kind, cache| {
            let name: ChannelName = name.parse().unwrap();
            assert_eq!((name.kind(), name.is_cache()), (kind, cache), "{name}");
        };
        check("orders", ChannelKind::Public, false);
        check("cache-news", ChannelKind::Public, true);
        check("cached-news", ChannelKind::Public, false);
        check("private-x", ChannelKind::Private, false);
        check("privatefoo", ChannelKind::Public, false);
        check("Private-x", ChannelKind::Public, false);
        check("private-cache-x", ChannelKind::Private, true);
        check("private-encrypted-x", ChannelKind::Encrypted, false);
        check("private-encrypted-cache-x", ChannelKind::Encrypted, true);
        check("presence-x", ChannelKind::Presence, false);
        check("presencex", ChannelKind::Public, false);
        check("presence-cache-x", ChannelKind::Presence, true);
        check("#server-to-user-42", ChannelKind::ServerToUser, false);
    }

    #[test]
    fn a_channel_name_is_refused_with_the_reason() {
        let check = |name: &str, error| assert_eq!(name.parse::<ChannelName>(), Err(error), "{name}");
        check("", InvalidChannelName::Empty);
        check("#server-to-user-", InvalidUserId::Empty.into());
        check(&format!("#server-to-user-{}", "a".repeat(129)), InvalidUserId::TooLong(129).into());
        check(&"a".repeat(201), InvalidChannelName::TooLong(201));
        for (name, character) in [("a b", ' '), ("#x", '#'), ("a/b", '/'), ("é", 'é'), ("a\0", '\0')] {
            check(name, InvalidChannelName::Character { name: name.to_owned(), character });
        }
        assert!("a".repeat(200).parse::<ChannelName>().is_ok());
        assert!("App.Models.User.1".parse::<ChannelName>().is_ok());
        assert!("-_=@,.;aZ09".parse::<ChannelName>().is_ok());
        assert!("#server-to-user-a+b@example.com".parse::<ChannelName>().is_ok());
    }

    #[test]
    fn event_names_are_opaque_but_not_reserved() {
        for name in ["App\\Events\\OrderShipped", ".x", "client-a", "pusherish", "é"] {
            assert!(name.parse::<EventName>().is_ok(), "{name}");
        }
        assert!("é".repeat(200).parse::<EventName>().is_ok());
        for name in ["", "pusher:x", "pusher_internal:x", &"a".repeat(201), &"é".repeat(201)] {
            assert!(name.parse::<EventName>().is_err(), "{name}");
        }
    }

    #[test]
    fn the_length_of_a_user_id_is_counted_in_characters() {
        assert!("é".repeat(128).parse::<UserId>().is_ok());
        assert_eq!("é".repeat(129).parse::<UserId>(), Err(InvalidUserId::TooLong(129)));
        assert_eq!("".parse::<UserId>(), Err(InvalidUserId::Empty));
    }

    #[test]
    fn a_socket_id_is_two_numbers_with_a_point() {
        let id: SocketId = "1234.5678".parse().unwrap();
        assert_eq!(id, SocketId { random: 1234, place: 5678 });
        assert_eq!(id.to_string(), "1234.5678");
        assert!("99999999999999999999999.1".parse::<SocketId>().is_ok());
        for text in ["", ".", "1.", ".1", "1", "1.2.3", "a.b", "+1.2", "1.2 ", "１.２"] {
            assert!(text.parse::<SocketId>().is_err(), "{text}");
        }
    }
}
