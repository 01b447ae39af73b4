//! Who has subscribed so recently that older messages may still be on their way.

use crate::{Slot, sparse::shrink_vec};

/// Connections that have subscribed to something lately, with the number of the last message that is not for them.
///
/// The inbox is emptied in rounds: a round handles what was there when it began. A newcomer may be forgotten at the end
/// of the first round that began after it came; this keeps it for one round more than that takes at most.
#[derive(Debug)]
pub(crate) struct Newcomers<K> {
    /// Since the last round ended.
    recent: Vec<Newcomer<K>>,
    /// Before that.
    earlier: Vec<Newcomer<K>>,
}

#[derive(Debug)]
struct Newcomer<K> {
    slot: Slot,
    key: K,
    seq: u64,
}

impl<K: PartialEq> Newcomers<K> {
    pub(crate) fn new() -> Self {
        Self { recent: Vec::new(), earlier: Vec::new() }
    }

    /// Messages of `key` up to `seq` are not for the connection.
    pub(crate) fn add(&mut self, slot: Slot, key: K, seq: u64) {
        self.recent.push(Newcomer { slot, key, seq });
    }

    /// The connections that a message is not for; sorted.
    pub(crate) fn after(&self, key: &K, seq: u64) -> Vec<Slot> {
        let all = self.earlier.iter().chain(&self.recent);
        let late = all.filter(|newcomer| seq <= newcomer.seq && newcomer.key == *key);
        let mut slots: Vec<Slot> = late.map(|newcomer| newcomer.slot).collect();
        slots.sort_unstable();
        slots
    }

    /// A round has ended, and the next one begins after this.
    pub(crate) fn end_round(&mut self) {
        std::mem::swap(&mut self.recent, &mut self.earlier);
        self.recent.clear();
        shrink_vec(&mut self.recent);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newcomer_is_known_until_a_whole_round_has_passed() {
        let mut newcomers = Newcomers::new();
        newcomers.end_round();
        newcomers.add(Slot(2), "a", 7);
        newcomers.add(Slot(1), "a", 9);
        let check = |newcomers: &Newcomers<_>, key, seq, expected: &[Slot]| {
            assert_eq!(newcomers.after(&key, seq), expected, "{key} {seq}");
        };
        check(&newcomers, "a", 7, &[Slot(1), Slot(2)]);
        check(&newcomers, "a", 8, &[Slot(1)]);
        check(&newcomers, "a", 10, &[]);
        check(&newcomers, "b", 1, &[]);
        // It may have come in the middle of the round that ends here.
        newcomers.end_round();
        check(&newcomers, "a", 7, &[Slot(1), Slot(2)]);
        newcomers.end_round();
        check(&newcomers, "a", 7, &[]);
    }
}
