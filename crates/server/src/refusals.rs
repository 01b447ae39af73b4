//! Clients that are refused, in the log: each at `debug`, and how many at `warn`, every few seconds at most, so that no
//! client can fill the log.

use std::{
    fmt::{self, Write as _},
    net::IpAddr,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use gema_protocol::codes::ErrorCode;

/// How long the log is silent about further clients that are refused for the same reason.
const SILENCE: Duration = Duration::from_secs(10);
/// Characters of an origin that the log shows.
const SHOWN: usize = 100;
/// Characters of an unknown key that the log shows, and never more than half of it: a page may have been built with a
/// secret in the place of the key.
const SHOWN_OF_KEY: usize = 6;

/// Why a client is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// No application has its key.
    AppKey,
    /// It speaks another version of the protocol.
    Protocol,
    /// Its origin is not allowed.
    Origin,
    /// The application has as many connections as it may have.
    AppConnections,
    /// The process has as many connections as it may have.
    ProcessConnections,
    /// Its address has opened too many lately.
    AddressConnects,
    /// Its address has too many open.
    AddressConnections,
}

impl Reason {
    const ALL: [Self; 7] = [
        Self::AppKey,
        Self::Protocol,
        Self::Origin,
        Self::AppConnections,
        Self::ProcessConnections,
        Self::AddressConnects,
        Self::AddressConnections,
    ];

    /// What the client is told.
    #[must_use]
    pub fn code(self) -> ErrorCode {
        match self {
            Self::AppKey => ErrorCode::AppNotFound,
            Self::Protocol => ErrorCode::UnsupportedProtocol,
            Self::Origin => ErrorCode::Unauthorized,
            Self::AppConnections => ErrorCode::OverQuota,
            Self::ProcessConnections | Self::AddressConnects | Self::AddressConnections => {
                ErrorCode::OverCapacity
            }
        }
    }

    /// What the operator is told.
    fn words(self) -> &'static str {
        match self {
            Self::AppKey => "no application has their key",
            Self::Protocol => "they speak another version of the protocol",
            Self::Origin => "their origin is not allowed (REVERB_APP_ALLOWED_ORIGINS)",
            Self::AppConnections => "the application is full (REVERB_APP_MAX_CONNECTIONS)",
            Self::ProcessConnections => "the server is full (GEMA_MAX_CONNECTIONS)",
            Self::AddressConnects => {
                "their address opens too many connections (GEMA_MAX_CONNECTS_PER_ADDRESS)"
            }
            Self::AddressConnections => {
                "their address has too many connections (GEMA_MAX_CONNECTIONS_PER_ADDRESS)"
            }
        }
    }
}

/// What a client that is refused has said. Nothing of it is to be trusted: it is shown escaped and cut.
#[derive(Debug, Clone, Copy)]
pub struct Refused<'a> {
    /// Why.
    pub reason: Reason,
    /// The key that it names.
    pub key: &'a str,
    /// Its origin, if it has one.
    pub origin: Option<&'a str>,
    /// Its address, if that is known.
    pub peer: Option<IpAddr>,
}

/// How many clients were refused that the log has not told of.
#[derive(Debug, Default)]
pub struct Refusals {
    tallies: [Tally; Reason::ALL.len()],
}

/// Those of one reason.
#[derive(Debug, Default)]
struct Tally {
    count: AtomicU64,
    since: Mutex<Since>,
}

/// What is known since the last line.
#[derive(Debug, Default)]
struct Since {
    told: Option<Instant>,
    /// What one of the first of them has said.
    example: String,
}

impl Refusals {
    /// Counts a client that is refused, and logs it at `debug`.
    pub fn count(&self, refused: &Refused<'_>) {
        let Refused { reason, origin, peer, .. } = *refused;
        tracing::debug!(
            code = reason.code().number(),
            key = %refused.shown_key(),
            origin = origin.map(|origin| tracing::field::display(Shown(origin, SHOWN))),
            peer = peer.map(tracing::field::display),
            "A connection is refused: {}",
            reason.words()
        );
        let tally = &self.tallies[reason as usize];
        // One example for each line, and before it is due: all others only count.
        if tally.count.load(Ordering::Relaxed) == 0 {
            tally.since().example = refused.example();
        }
        tally.count.fetch_add(1, Ordering::Relaxed);
    }

    /// Logs what is due, in each second or so.
    pub(crate) fn tell(&self, now: Instant) {
        for reason in Reason::ALL {
            if let Some((count, example)) = self.tallies[reason as usize].due(now) {
                tracing::warn!(
                    code = reason.code().number(),
                    refused = count,
                    first = example,
                    "Connections are refused: {}",
                    reason.words()
                );
            }
        }
    }
}

impl Tally {
    /// How many have come, and what the first of them has said, unless there was a line about others a moment ago.
    fn due(&self, now: Instant) -> Option<(u64, String)> {
        if self.count.load(Ordering::Relaxed) == 0 {
            return None;
        }
        let mut since = self.since();
        if since.told.is_some_and(|told| now.saturating_duration_since(told) < SILENCE) {
            return None;
        }
        since.told = Some(now);
        Some((self.count.swap(0, Ordering::Relaxed), since.example.clone()))
    }

    fn since(&self) -> MutexGuard<'_, Since> {
        self.since.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Refused<'_> {
    fn shown_key(&self) -> Shown<'_> {
        // The key of an application is known to everybody, another one may be anything.
        let half = || self.key.chars().take(2 * SHOWN_OF_KEY).count() / 2;
        Shown(self.key, if self.reason == Reason::AppKey { half() } else { SHOWN })
    }

    /// What helps to find the one at fault, without its address.
    fn example(&self) -> String {
        let origin = self.origin.map_or("none".into(), |origin| Shown(origin, SHOWN).to_string());
        format!("key {}, origin {origin}", self.shown_key())
    }
}

/// The beginning of a text of so many characters, without what a terminal would obey.
struct Shown<'a>(&'a str, usize);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(text, most) = *self;
        let mut rest = text.chars();
        for c in rest.by_ref().take(most) {
            write!(f, "{}", c.escape_default())?;
        }
        if rest.next().is_some() { f.write_char('…') } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused<'a>(reason: Reason, key: &'a str, origin: Option<&'a str>) -> Refused<'a> {
        Refused { reason, key, origin, peer: None }
    }

    #[test]
    fn a_reason_is_told_at_once_and_then_no_more_for_a_while() {
        let (refusals, start) = (Refusals::default(), Instant::now());
        let due = |after: u64, reason: Reason| {
            refusals.tallies[reason as usize].due(start + Duration::from_secs(after))
        };
        assert_eq!(due(0, Reason::Origin), None);
        for origin in ["https://a.test", "https://b.test", "https://c.test"] {
            refusals.count(&refused(Reason::Origin, "key", Some(origin)));
        }
        assert_eq!(due(0, Reason::Origin), Some((3, "key key, origin https://a.test".to_owned())));
        assert_eq!(due(0, Reason::AppKey), None);
        for _ in 0..1000 {
            refusals.count(&refused(Reason::Origin, "key", None));
        }
        refusals.count(&refused(Reason::AppKey, "unknown-key", None));
        assert_eq!(due(1, Reason::Origin), None);
        assert_eq!(due(1, Reason::AppKey), Some((1, "key unkno…, origin none".to_owned())));
        assert_eq!(due(10, Reason::Origin), Some((1000, "key key, origin none".to_owned())));
        assert_eq!(due(60, Reason::Origin), None);
    }

    #[test]
    fn what_a_client_says_is_cut_and_escaped() {
        let hostile = format!("\u{1b}[2J\n{}", "x".repeat(60_000));
        let shown = refused(Reason::Origin, "key", Some(&hostile)).example();
        assert!(shown.starts_with("key key, origin \\u{1b}[2J\\nxxx") && shown.ends_with("x…"), "{shown}");
        assert!(shown.chars().count() < 200, "{shown}");
        let key = |key: &str| refused(Reason::AppKey, key, None).shown_key().to_string();
        assert_eq!(key("a-secret-of-20-chars"), "a-secr…");
        assert_eq!(key("four"), "fo…");
        assert_eq!(key("\u{1b}\n"), "\\u{1b}…");
        assert_eq!(key(""), "");
    }
}
