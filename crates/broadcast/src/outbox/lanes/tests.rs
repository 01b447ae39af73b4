use proptest::{collection::vec, prelude::*};

use super::*;

type Entry = (usize, Vec<String>);

fn channels(entry: &Entry) -> &[String] {
    &entry.1
}

fn entry(id: usize, names: &[&str]) -> Entry {
    (id, names.iter().map(|name| (*name).to_owned()).collect())
}

fn ids(chains: &[Vec<Entry>]) -> Vec<Vec<usize>> {
    chains.iter().map(|chain| chain.iter().map(|entry| entry.0).collect()).collect()
}

fn shares(one: &Entry, other: &Entry) -> bool {
    one.1.iter().any(|channel| other.1.contains(channel))
}

/// Entries of up to three of six channels, some of them held back by themselves.
fn entries() -> impl Strategy<Value = Vec<(Entry, bool)>> {
    let channels = vec((0..6_u8).prop_map(|channel| channel.to_string()), 1..4);
    vec((channels, prop::bool::weighted(0.8)), 0..40).prop_map(|entries| {
        entries.into_iter().enumerate().map(|(at, (channels, free))| ((at, channels), free)).collect()
    })
}

#[test]
fn entries_of_different_channels_are_chains_of_their_own() {
    let found = chains(vec![entry(1, &["a"]), entry(2, &["b"]), entry(3, &["a"])], channels);
    assert_eq!(ids(&found), [vec![1, 3], vec![2]]);
}

#[test]
fn an_entry_of_two_channels_makes_one_chain_of_both() {
    let found = chains(
        vec![entry(1, &["a"]), entry(2, &["b"]), entry(3, &["c"]), entry(4, &["b", "a"]), entry(5, &["b"])],
        channels,
    );
    assert_eq!(ids(&found), [vec![1, 2, 4, 5], vec![3]]);
}

#[test]
fn what_is_held_back_holds_back_its_other_channels_too() {
    let mut lanes = Lanes::default();
    assert!(!lanes.admit(&entry(1, &["a"]).1, false));
    assert!(!lanes.admit(&entry(2, &["a", "b"]).1, true), "behind the first");
    assert!(!lanes.admit(&entry(3, &["b"]).1, true), "behind the second");
    assert!(lanes.admit(&entry(4, &["c"]).1, true), "behind nobody");
}

proptest! {
    #[test]
    fn chains_keep_all_entries_in_order_and_share_no_channel(entries in entries()) {
        let entries: Vec<Entry> = entries.into_iter().map(|(entry, _)| entry).collect();
        let found = chains(entries.clone(), channels);
        let mut all: Vec<Entry> = found.concat();
        all.sort();
        prop_assert_eq!(all, entries);
        for (at, chain) in found.iter().enumerate() {
            prop_assert!(chain.is_sorted_by_key(|entry| entry.0));
            for other in found.iter().skip(at + 1) {
                prop_assert!(chain[0].0 < other[0].0);
                prop_assert!(!chain.iter().any(|one| other.iter().any(|two| shares(one, two))));
            }
        }
    }

    #[test]
    fn chains_are_no_longer_than_they_must_be(entries in entries()) {
        let entries: Vec<Entry> = entries.into_iter().map(|(entry, _)| entry).collect();
        for chain in chains(entries, channels) {
            // Whoever shares a channel with somebody who was reached is reached, until nobody is added.
            let mut reached = vec![chain[0].clone()];
            let mut grown = true;
            while grown {
                let more: Vec<Entry> = chain
                    .iter()
                    .filter(|one| !reached.contains(one) && reached.iter().any(|two| shares(one, two)))
                    .cloned()
                    .collect();
                grown = !more.is_empty();
                reached.extend(more);
            }
            prop_assert_eq!(reached.len(), chain.len());
        }
    }

    #[test]
    fn an_entry_goes_if_it_is_free_and_all_earlier_ones_of_its_channels_go(entries in entries()) {
        let mut lanes = Lanes::default();
        let mut staying: Vec<Entry> = Vec::new();
        for (entry, free) in entries {
            let expected = free && !staying.iter().any(|earlier| shares(earlier, &entry));
            prop_assert_eq!(lanes.admit(&entry.1, free), expected);
            if !expected {
                staying.push(entry);
            }
        }
    }
}
