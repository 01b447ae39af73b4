//! How many connections there are, and whether there may be one more.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use arc_swap::ArcSwap;
use gema_hub::{App, ShardId};

use crate::rate_limits::Place;

/// The open connections of the process, of each application and of each shard.
#[derive(Debug)]
pub struct Admission {
    total: AtomicUsize,
    limit: AtomicUsize,
    /// By the numbers of the applications.
    apps: ArcSwap<Vec<Arc<AppConnections>>>,
    shards: Vec<AtomicUsize>,
    turned_away: AtomicUsize,
}

/// The connections of one application.
#[derive(Debug, Default)]
struct AppConnections {
    all: AtomicUsize,
    /// Without those that are closing.
    live: AtomicUsize,
}

/// Most connections that are being told, at the same time, why they may not stay.
const MOST_TURNED_AWAY: usize = 1000;

/// The right to be told why one may not stay. It gives its place back when it is dropped.
#[derive(Debug)]
pub struct TurnedAway(Arc<Admission>);

/// The right to one connection. It gives its place back when it is dropped.
#[derive(Debug)]
pub struct Permit {
    admission: Arc<Admission>,
    app: Arc<AppConnections>,
    shard: ShardId,
    closing: bool,
    /// Its place among those of its address, where they are limited; given back along with this one.
    place: Option<Box<Place>>,
}

/// Why there may be no further connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// The process has as many connections as it may have.
    Process {
        /// Most connections of the process.
        limit: usize,
    },
    /// The application has as many connections as it may have.
    App {
        /// Most connections of the application.
        limit: usize,
    },
}

impl Admission {
    /// Counters for so many applications and shards; `limit` is for the process, `None` is no limit.
    #[must_use]
    pub fn new(apps: usize, shards: usize, limit: Option<u32>) -> Arc<Self> {
        let admission = Self {
            total: AtomicUsize::new(0),
            limit: AtomicUsize::new(most(limit)),
            apps: ArcSwap::default(),
            shards: std::iter::repeat_with(AtomicUsize::default).take(shards).collect(),
            turned_away: AtomicUsize::new(0),
        };
        admission.make_room(apps);
        Arc::new(admission)
    }

    /// Admits so many connections to the process from now on; `None` is no limit. Nobody has to leave for a lower one.
    pub fn set_limit(&self, limit: Option<u32>) {
        self.limit.store(most(limit), Ordering::Relaxed);
    }

    /// Counts for so many applications from now on. To be called by one thread.
    pub fn make_room(&self, apps: usize) {
        let mut counters = Vec::clone(&self.apps.load());
        let count = counters.len().max(apps);
        counters.resize_with(count, Arc::default);
        self.apps.store(Arc::new(counters));
    }

    /// A place for a connection to `app`, on the shard with the fewest connections.
    ///
    /// # Errors
    /// When the process or the application is full.
    pub fn admit(self: &Arc<Self>, app: &App) -> Result<Permit, Full> {
        let limit = self.limit.load(Ordering::Relaxed);
        if !count_up(&self.total, limit) {
            return Err(Full::Process { limit });
        }
        let limit = most(app.limits.connections);
        let connections = Arc::clone(&self.apps.load()[app.number.0 as usize]);
        if !count_up(&connections.all, limit) {
            self.total.fetch_sub(1, Ordering::Relaxed);
            return Err(Full::App { limit });
        }
        let shard = self.emptiest();
        self.shards[usize::from(shard.0)].fetch_add(1, Ordering::Relaxed);
        connections.live.fetch_add(1, Ordering::Relaxed);
        Ok(Permit { admission: Arc::clone(self), app: connections, shard, closing: false, place: None })
    }

    /// A place for a connection that is told why it may not stay; `None` when too many are.
    #[must_use]
    pub fn turn_away(self: &Arc<Self>) -> Option<TurnedAway> {
        count_up(&self.turned_away, MOST_TURNED_AWAY).then(|| TurnedAway(Arc::clone(self)))
    }

    /// Connections of an application that are not closing.
    #[must_use]
    pub fn connections(&self, app: &App) -> usize {
        self.apps.load()[app.number.0 as usize].live.load(Ordering::Relaxed)
    }

    /// The shard with the fewest connections.
    #[must_use]
    pub fn emptiest(&self) -> ShardId {
        let loads = (0..=u8::MAX).zip(&self.shards);
        let emptiest = loads.min_by_key(|(_, load)| load.load(Ordering::Relaxed));
        ShardId(emptiest.map_or(0, |(shard, _)| shard))
    }
}

fn most(limit: Option<u32>) -> usize {
    limit.map_or(usize::MAX, |limit| limit as usize)
}

fn count_up(counter: &AtomicUsize, limit: usize) -> bool {
    counter
        .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| (count < limit).then_some(count + 1))
        .is_ok()
}

impl Permit {
    /// The shard that the connection belongs to.
    #[must_use]
    pub fn shard(&self) -> ShardId {
        self.shard
    }

    /// The permit of a connection that has this place among those of its address.
    #[must_use]
    pub fn at(self, place: Option<Box<Place>>) -> Self {
        let mut permit = self;
        permit.place = place;
        permit
    }

    /// The connection is closing: it keeps its place until its socket is gone, and is counted no more.
    pub fn close(&mut self) {
        if !std::mem::replace(&mut self.closing, true) {
            self.app.live.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.close();
        let Admission { total, shards, .. } = &*self.admission;
        for counter in [total, &self.app.all, &shards[usize::from(self.shard.0)]] {
            counter.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Drop for TurnedAway {
    fn drop(&mut self) {
        self.0.turned_away.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_turned_away_are_bounded_and_give_their_places_back() {
        let admission = Admission::new(1, 1, None);
        let places: Vec<_> = std::iter::from_fn(|| admission.turn_away()).collect();
        assert_eq!(places.len(), MOST_TURNED_AWAY);
        drop(places);
        assert!(admission.turn_away().is_some());
    }
}
