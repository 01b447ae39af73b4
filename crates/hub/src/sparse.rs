//! Storage that a burst has left behind.

use std::hash::{BuildHasher, Hash};

use hashbrown::HashMap;

/// Places that may stay allocated, however few of them are taken.
const IDLE_PLACES: usize = 64;

/// Whether so little is left in a storage that it should be made smaller: less than a quarter. Then half of it is kept,
/// so that what comes and goes at the border does not move everything each time.
fn is_sparse(length: usize, capacity: usize) -> bool {
    capacity > IDLE_PLACES && length < capacity / 4
}

/// Gives memory back after something has been removed, if little is left.
pub(crate) fn shrink_map<K: Eq + Hash, V, S: BuildHasher>(map: &mut HashMap<K, V, S>) {
    if is_sparse(map.len(), map.capacity()) {
        map.shrink_to(map.len() * 2);
    }
}

/// Gives memory back after something has been removed, if little is left.
pub(crate) fn shrink_vec<T>(vec: &mut Vec<T>) {
    if is_sparse(vec.len(), vec.capacity()) {
        vec.shrink_to(vec.len() * 2);
    }
}
