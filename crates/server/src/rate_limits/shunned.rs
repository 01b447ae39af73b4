//! Addresses that are not listened to for a while.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use crate::client_address::Network;

/// Addresses that are not listened to for a while. There are never more than `most`: those beyond are still refused,
/// only not as cheaply.
#[derive(Debug)]
pub(super) struct Shunned {
    until: Mutex<HashMap<Network, Instant>>,
    /// How many there are, so that nobody has to wait for the lock while there are none.
    count: AtomicUsize,
    most: usize,
}

impl Shunned {
    pub(super) fn new(most: usize) -> Self {
        Self { until: Mutex::default(), count: AtomicUsize::new(0), most }
    }

    pub(super) fn insert(&self, address: IpAddr, seconds: u64) {
        let mut until = self.until();
        if until.len() < self.most {
            until.insert(Network::of(address), Instant::now() + Duration::from_secs(seconds));
        }
        self.count.store(until.len(), Ordering::Relaxed);
    }

    pub(super) fn contains(&self, address: IpAddr) -> bool {
        self.count.load(Ordering::Relaxed) > 0
            && self.until().get(&Network::of(address)).is_some_and(|until| Instant::now() < *until)
    }

    pub(super) fn sweep(&self) {
        if self.count.load(Ordering::Relaxed) == 0 {
            return;
        }
        let (now, mut until) = (Instant::now(), self.until());
        until.retain(|_, until| now < *until);
        until.shrink_to_fit();
        self.count.store(until.len(), Ordering::Relaxed);
    }

    /// A panic elsewhere leaves the map whole: each change is one step.
    fn until(&self) -> MutexGuard<'_, HashMap<Network, Instant>> {
        self.until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
