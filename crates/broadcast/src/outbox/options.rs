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
    /// How many events are sent at the same time; a relay never sends two of one channel at once. Default: 16.
    pub concurrency: NonZeroUsize,
    /// How long it works on the entries that it took: no event is begun later. This bounds how long a transaction
    /// stays open on PostgreSQL. Default: 5 s.
    pub round: Duration,
    /// How often an event is tried that the server answers with a failing status, before it is given up.
    /// Default: 100.
    pub max_tries: NonZeroU32,
    /// The pauses between these tries. Default: 250 ms to 30 s.
    pub retry: Backoff,
    /// The pauses while nobody answers, server or database. Default: 100 ms to 2 s.
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
