//! How many WebSockets an address has open.

use std::{
    collections::{HashMap, hash_map::Entry},
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::client_address::Network;

/// The open WebSockets of each address. An address without any takes no memory.
#[derive(Debug, Default)]
pub(super) struct Places {
    taken: Mutex<HashMap<Network, u32>>,
}

/// The place of one WebSocket among those of its address. It is given back when it is dropped.
#[derive(Debug)]
pub struct Place {
    places: Arc<Places>,
    network: Network,
}

impl Places {
    /// A place for one more; nothing when the address has `limit` or more already. In a box, because most servers have
    /// none and should not have to keep room for it with each connection.
    pub(super) fn take(self: &Arc<Self>, address: IpAddr, limit: u32) -> Option<Box<Place>> {
        let network = Network::of(address);
        let mut taken = self.taken();
        let count = taken.entry(network).or_default();
        if *count >= limit {
            return None;
        }
        *count += 1;
        drop(taken);
        Some(Box::new(Place { places: Arc::clone(self), network }))
    }

    /// A panic elsewhere does not make the numbers wrong: each is changed in one step.
    fn taken(&self) -> MutexGuard<'_, HashMap<Network, u32>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn addresses(&self) -> usize {
        self.taken().len()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        if let Entry::Occupied(mut entry) = taken.entry(self.network) {
            *entry.get_mut() -= 1;
            if *entry.get() == 0 {
                entry.remove();
            }
        }
        if taken.len() < taken.capacity() / 4 {
            taken.shrink_to_fit();
        }
    }
}
