//! Storage that a burst has left behind.

use std::hash::{BuildHasher, Hash};

use hashbrown::HashMap;

/// Places that may stay allocated, however few of them are taken.
const IDLE_PLACES: usize = 64;

/// Whether so little is left in a storage that it should be made smaller: less than a quarter. Then room for twice as
/// many as are left is kept, so that what comes and goes at the border does not move everything each time.
pub(crate) fn is_sparse(length: usize, capacity: usize) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_nearly_empty_gets_smaller_and_keeps_what_it_has() {
        let mut map: HashMap<u32, u32> = (0..10_000).map(|number| (number, number)).collect();
        let mut vec: Vec<u32> = (0..10_000).collect();
        map.retain(|number, _| *number < 100);
        shrink_map(&mut map);
        vec.truncate(100);
        shrink_vec(&mut vec);
        assert!((100..=400).contains(&map.capacity()), "{}", map.capacity());
        assert!((100..=400).contains(&vec.capacity()), "{}", vec.capacity());
        assert!((0..100).all(|number| map[&number] == number));
    }

    #[test]
    fn what_is_half_empty_or_small_stays_as_it_is() {
        for (length, left) in [(10_000, 5_000), (40, 0)] {
            let mut vec: Vec<u32> = (0..length).collect();
            let capacity = vec.capacity();
            vec.truncate(left);
            shrink_vec(&mut vec);
            assert_eq!(vec.capacity(), capacity);
        }
    }

    #[test]
    fn who_leaves_one_by_one_moves_little() {
        let mut vec: Vec<u32> = (0..100_000).collect();
        let mut moves = 0;
        while vec.pop().is_some() {
            let before = vec.capacity();
            shrink_vec(&mut vec);
            moves += usize::from(vec.capacity() != before);
        }
        assert!((5..20).contains(&moves), "{moves}");
    }
}
