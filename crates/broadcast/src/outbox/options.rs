//! How a relay works.

use std::{
    num::{NonZeroU32, NonZeroUsize},
    time::Duration,
};

use super::Backoff;

/// How a relay works. All of it has defaults:
///
/// ```
/// use gema_broadcast::outbox::RelayOptions;
///
/// let options = RelayOptions { poll: std::time::Duration::from_millis(100), ..RelayOptions::default() };
/// ```
#[derive(Debug, Clone, Copy)]
pub struct RelayOptions {
    /// How often it looks for what nobody woke it for. Default: 500 ms.
    pub poll: Duration,
    /// How many entries it takes at a time. Default: 100.
    pub window: NonZeroUsize,
    /// How many events are sent at the same time; a relay never sends two of one channel at once, and while the server
    /// is absent one in all. Default: 16.
    pub concurrency: NonZeroUsize,
    /// How long it works on the entries that it took: none but the first is begun later, but those that were begun are
    /// waited for. On PostgreSQL a transaction stays open for so long and the timeout of one request (`BROADCAST_TIMEOUT`,
    /// 30 s by default) at most, and as long keeps an event at which the server is silent others from being begun:
    /// set that timeout lower where it matters. Default: 5 s.
    pub round: Duration,
    /// How often an event is tried that fails while the server is there, before it is given up. Default: 100.
    pub max_tries: NonZeroU32,
    /// The pauses between these tries. Default: 250 ms to 30 s.
    pub retry: Backoff,
    /// The pauses while the server is absent, or the database does not answer. Default: 100 ms to 2 s.
    pub unreachable: Backoff,
    /// Where the random parts of pauses come from. Default: from the system.
    pub seed: Option<u64>,
}

impl Default for RelayOptions {
    fn default() -> Self {
        const WINDOW: NonZeroUsize = NonZeroUsize::new(100).expect("not zero");
        const CONCURRENCY: NonZeroUsize = NonZeroUsize::new(16).expect("not zero");
        const MAX_TRIES: NonZeroU32 = NonZeroU32::new(100).expect("not zero");
        Self {
            poll: Duration::from_millis(500),
            window: WINDOW,
            concurrency: CONCURRENCY,
            round: Duration::from_secs(5),
            max_tries: MAX_TRIES,
            retry: Backoff { first: Duration::from_millis(250), limit: Duration::from_secs(30) },
            unreachable: Backoff { first: Duration::from_millis(100), limit: Duration::from_secs(2) },
            seed: None,
        }
    }
}
