//! The codes of close frames.

/// The number in a close frame that says why a connection ends.
///
/// The codes of the Pusher protocol (4000–4999) stand in [`codes`](crate::codes); here are those of RFC 6455.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CloseCode(u16);

impl CloseCode {
    /// The connection has done what it was for.
    pub const NORMAL: Self = Self(1000);
    /// The endpoint goes away: a server stops, a page is left.
    pub const GOING_AWAY: Self = Self(1001);
    /// The peer broke the rules of framing.
    pub const PROTOCOL: Self = Self(1002);
    /// A message does not hold what its type promises: text that is not UTF-8.
    pub const INVALID_PAYLOAD: Self = Self(1007);
    /// A message is longer than the receiver will read.
    pub const TOO_BIG: Self = Self(1009);
    /// The server ran into something that it did not expect.
    pub const INTERNAL: Self = Self(1011);

    /// The code with this number, if a peer may send it.
    #[must_use]
    pub fn from_peer(number: u16) -> Option<Self> {
        Self::is_valid_from_peer(number).then_some(Self(number))
    }

    /// Whether a peer may send this number in a close frame. 1004–1006 and 1015 are for local use, what is left below
    /// 3000 is not assigned, and 5000 and above does not exist.
    #[must_use]
    pub fn is_valid_from_peer(number: u16) -> bool {
        matches!(number, 1000..=1003 | 1007..=1014 | 3000..=4999)
    }

    /// The number on the wire.
    #[must_use]
    pub fn number(self) -> u16 {
        self.0
    }
}
