//! What one address and one application may do in a time. None of this is asked per message: per connection, per
//! request, per wrong signature.

mod keyed;
mod places;
mod shunned;

use std::{collections::HashMap, net::IpAddr, num::NonZeroU32, sync::Arc};

use arc_swap::ArcSwap;
use gema_hub::{App, AppNumber};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use crate::config::ServerConfig;
use keyed::Keyed;
pub use places::Place;
use places::Places;
use shunned::Shunned;

/// Addresses of one family that are told apart; when there are more, see [`Keyed`].
const MOST_ADDRESSES: usize = 131_072;
/// Events that an application may publish at once however few it may publish in a second: a batch.
const LARGEST_BATCH: u32 = 10;

/// Limits by address and by application.
#[derive(Debug)]
pub struct RateLimits {
    addresses: ArcSwap<Addresses>,
    /// Open WebSockets, those that were opened while they were limited.
    open: Arc<Places>,
    publishes: ArcSwap<HashMap<AppNumber, Arc<Publishes>>>,
}

/// What an address may do.
#[derive(Debug, Default)]
struct Addresses {
    connects: Option<Counted<Connects>>,
    most_connections: Option<u32>,
    failed_signatures: Option<Counted<Keyed>>,
}

/// A limit, and what has been counted against it.
#[derive(Debug)]
struct Counted<T> {
    limit: NonZeroU32,
    counts: Arc<T>,
}

/// How many events an application may publish.
#[derive(Debug)]
struct Publishes {
    per_second: NonZeroU32,
    limiter: DefaultDirectRateLimiter,
}

/// How many WebSockets an address may open.
#[derive(Debug)]
struct Connects {
    allowed: Keyed,
    /// Those that were refused, as many as were allowed; who goes on then is not listened to.
    refused: Keyed,
    shunned: Shunned,
}

/// Over a limit, and for how many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RetryAfter(pub u64);

/// Why an address may not open a further WebSocket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TooMany {
    /// It has opened too many lately (`GEMA_MAX_CONNECTS_PER_ADDRESS`).
    Connects,
    /// It has too many open (`GEMA_MAX_CONNECTIONS_PER_ADDRESS`).
    Connections,
}

impl RateLimits {
    /// The limits that are configured. Nothing is counted yet.
    #[must_use]
    pub fn new<'a>(config: &ServerConfig, apps: impl IntoIterator<Item = &'a Arc<App>>) -> Self {
        let limits =
            Self { addresses: ArcSwap::default(), open: Arc::default(), publishes: ArcSwap::default() };
        limits.replace_addresses(config);
        limits.replace_apps(apps);
        limits
    }

    /// Limits addresses so from now on. What has been counted is kept with a limit that stays what it was, and that of
    /// open WebSockets always; but those that were opened while they were not limited are not counted.
    pub fn replace_addresses(&self, config: &ServerConfig) {
        let before = self.addresses.load();
        let connects = config.max_connects_per_address.and_then(NonZeroU32::new);
        let failed_signatures = NonZeroU32::new(config.max_failed_signatures_per_address);
        self.addresses.store(Arc::new(Addresses {
            connects: Counted::replace(before.connects.as_ref(), connects, |limit| {
                Connects::new(limit, MOST_ADDRESSES)
            }),
            most_connections: config.max_connections_per_address,
            failed_signatures: Counted::replace(
                before.failed_signatures.as_ref(),
                failed_signatures,
                |limit| Keyed::per_minute(limit, MOST_ADDRESSES),
            ),
        }));
    }

    /// Limits these applications from now on. One whose limit stays what it was keeps what has been counted.
    pub fn replace_apps<'a>(&self, apps: impl IntoIterator<Item = &'a Arc<App>>) {
        let before = self.publishes.load();
        let limited = |app: &Arc<App>| {
            let per_second = app.limits.publishes_per_second.and_then(NonZeroU32::new)?;
            let kept = before.get(&app.number).filter(|publishes| publishes.per_second == per_second);
            let publishes = kept.map_or_else(|| Arc::new(Publishes::new(per_second)), Arc::clone);
            Some((app.number, publishes))
        };
        self.publishes.store(Arc::new(apps.into_iter().filter_map(limited).collect()));
    }

    /// Counts a WebSocket that an address opens. Answers its place among the open ones, where they are limited.
    ///
    /// # Errors
    /// When the address has opened too many lately, or has too many open.
    pub fn connect(&self, address: IpAddr) -> Result<Option<Box<Place>>, TooMany> {
        let addresses = self.addresses.load();
        if let Some(Counted { counts: connects, .. }) = &addresses.connects
            && let Err(RetryAfter(seconds)) = connects.allowed.check(address)
        {
            if connects.refused.check(address).is_err() {
                connects.shunned.insert(address, seconds);
            }
            return Err(TooMany::Connects);
        }
        match addresses.most_connections {
            Some(limit) => self.open.take(address, limit).map(Some).ok_or(TooMany::Connections),
            None => Ok(None),
        }
    }

    /// Whether an address has gone on for so long to open connections over its limit that it is not listened to at
    /// the moment.
    #[must_use]
    pub fn is_shunned(&self, address: IpAddr) -> bool {
        self.addresses
            .load()
            .connects
            .as_ref()
            .is_some_and(|connects| connects.counts.shunned.contains(address))
    }

    /// Counts a request with a wrong signature.
    ///
    /// # Errors
    /// When too many have come from the address lately.
    pub fn fail_signature(&self, address: IpAddr) -> Result<(), RetryAfter> {
        self.addresses.load().failed_signatures.as_ref().map_or(Ok(()), |limit| limit.counts.check(address))
    }

    /// Counts events that an application publishes at once.
    ///
    /// # Errors
    /// When it has published too many lately; then none of them is counted.
    pub fn publish(&self, app: &App, events: usize) -> Result<(), RetryAfter> {
        let publishes = self.publishes.load();
        let limiter = publishes.get(&app.number).map(|publishes| &publishes.limiter);
        let events = u32::try_from(events).ok().and_then(NonZeroU32::new);
        let (Some(limiter), Some(events)) = (limiter, events) else { return Ok(()) };
        match limiter.check_n(events) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(until)) => Err(keyed::retry_after(&until, limiter.clock())),
            // Batches are never larger than what may be published at once.
            Err(_) => Err(RetryAfter(1)),
        }
    }

    /// Forgets the addresses that have been quiet for long enough.
    pub fn sweep(&self) {
        let addresses = self.addresses.load();
        if let Some(connects) = &addresses.connects {
            let Connects { allowed, refused, shunned } = &*connects.counts;
            allowed.sweep();
            refused.sweep();
            shunned.sweep();
        }
        if let Some(limit) = &addresses.failed_signatures {
            limit.counts.sweep();
        }
    }
}

impl<T> Counted<T> {
    /// A limit that may be the one from before.
    fn replace(
        before: Option<&Self>,
        limit: Option<NonZeroU32>,
        make: impl FnOnce(NonZeroU32) -> T,
    ) -> Option<Self> {
        let limit = limit?;
        let kept = before.filter(|before| before.limit == limit);
        let counts = kept.map_or_else(|| Arc::new(make(limit)), |before| Arc::clone(&before.counts));
        Some(Self { limit, counts })
    }
}

impl Connects {
    fn new(limit: NonZeroU32, most: usize) -> Self {
        Self {
            allowed: Keyed::per_minute(limit, most),
            refused: Keyed::per_minute(limit, most),
            shunned: Shunned::new(most),
        }
    }
}

impl Publishes {
    fn new(per_second: NonZeroU32) -> Self {
        let at_once = per_second.max(NonZeroU32::new(LARGEST_BATCH).expect("a batch is not empty"));
        let quota = Quota::per_second(per_second).allow_burst(at_once);
        Self { per_second, limiter: RateLimiter::direct(quota) }
    }
}

#[cfg(test)]
mod tests;
