//! Which entries may go, and which of them at the same time.

use std::collections::{HashMap, HashSet};

/// A walk over the undelivered entries in the order of their ids, which tells of each whether it may go.
///
/// An entry that may not go holds back the later ones of its channels, and these the later ones of theirs.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    held: HashSet<String>,
}

impl Lanes {
    /// Takes the next entry. It may go if it is `free` itself and no earlier one holds it back.
    pub(super) fn admit(&mut self, channels: &[String], free: bool) -> bool {
        if free && !channels.iter().any(|channel| self.held.contains(channel)) {
            return true;
        }
        self.held.extend(channels.iter().cloned());
        false
    }
}

/// Splits entries into chains that share no channel. Each chain keeps the order of the entries; the chains are in
/// the order of their first entries.
pub(super) fn chains<T>(entries: Vec<T>, channels: impl Fn(&T) -> &[String]) -> Vec<Vec<T>> {
    let mut parents: Vec<usize> = (0..entries.len()).collect();
    let mut last_of: HashMap<&str, usize> = HashMap::new();
    for (at, entry) in entries.iter().enumerate() {
        for channel in channels(entry) {
            if let Some(earlier) = last_of.insert(channel, at) {
                join(&mut parents, earlier, at);
            }
        }
    }
    let mut positions: HashMap<usize, usize> = HashMap::new();
    let mut chains: Vec<Vec<T>> = Vec::new();
    for (at, entry) in entries.into_iter().enumerate() {
        let position = *positions.entry(first(&mut parents, at)).or_insert(chains.len());
        match chains.get_mut(position) {
            Some(chain) => chain.push(entry),
            None => chains.push(vec![entry]),
        }
    }
    chains
}

/// Makes one set of two; its name is its first member.
fn join(parents: &mut [usize], one: usize, other: usize) {
    let (one, other) = (first(parents, one), first(parents, other));
    parents[one.max(other)] = one.min(other);
}

/// The first member of a set, with shorter ways to it for the next time.
fn first(parents: &mut [usize], mut at: usize) -> usize {
    while parents[at] != at {
        parents[at] = parents[parents[at]];
        at = parents[at];
    }
    at
}

#[cfg(test)]
mod tests;
