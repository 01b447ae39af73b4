//! Deadlines of many connections without a timer for each.

use std::time::{Duration, Instant};

use crate::Slot;

const TICK: Duration = Duration::from_millis(250);
const BUCKETS: usize = 512;

/// A wheel of buckets, each a quarter of a second. An entry comes out at its deadline or up to one tick later, never
/// earlier; one beyond the horizon of two minutes comes out at the horizon. Whoever takes an entry out looks at the
/// real deadline and puts the entry back if it has moved, so that a message on a connection costs the wheel nothing.
#[derive(Debug)]
pub struct Wheel {
    start: Instant,
    /// The next tick to take out.
    next: u64,
    buckets: Vec<Vec<Entry>>,
    entries: usize,
}

/// A connection with a deadline. The tag tells whether the slot still belongs to the same connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Where the connection lives.
    pub slot: Slot,
    /// What the connection gave to recognise itself.
    pub tag: u32,
}

impl Wheel {
    /// An empty wheel; no deadline may lie before `start`.
    #[must_use]
    pub fn new(start: Instant) -> Self {
        Self { start, next: 0, buckets: vec![Vec::new(); BUCKETS], entries: 0 }
    }

    /// Puts an entry in.
    pub fn insert(&mut self, deadline: Instant, entry: Entry) {
        let tick = self.tick_of(deadline) + 1;
        let tick = tick.clamp(self.next, self.next + BUCKETS as u64 - 1);
        self.bucket(tick).push(entry);
        self.entries += 1;
    }

    /// Takes the entries out whose time has come.
    pub fn take_expired(&mut self, now: Instant) -> Vec<Entry> {
        let mut expired = Vec::new();
        let current = self.tick_of(now);
        while self.next <= current && self.entries > 0 {
            let bucket = std::mem::take(self.bucket(self.next));
            self.entries -= bucket.len();
            expired.extend(bucket);
            self.next += 1;
        }
        self.next = self.next.max(current + 1);
        expired
    }

    /// Keeps the entries that `keep` says, and gives the memory of the others back.
    pub fn retain(&mut self, mut keep: impl FnMut(&Entry) -> bool) {
        for bucket in &mut self.buckets {
            bucket.retain(&mut keep);
            bucket.shrink_to_fit();
        }
        self.entries = self.buckets.iter().map(Vec::len).sum();
    }

    /// When to look again; `None` when the wheel is empty.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        if self.entries == 0 {
            return None;
        }
        let tick = (self.next..).find(|&tick| !self.buckets[index(tick)].is_empty())?;
        Some(self.start + TICK * u32::try_from(tick).unwrap_or(u32::MAX))
    }

    fn tick_of(&self, time: Instant) -> u64 {
        let ticks = time.saturating_duration_since(self.start).as_millis() / TICK.as_millis();
        u64::try_from(ticks).unwrap_or(u64::MAX / 2)
    }

    fn bucket(&mut self, tick: u64) -> &mut Vec<Entry> {
        &mut self.buckets[index(tick)]
    }
}

fn index(tick: u64) -> usize {
    (tick % BUCKETS as u64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(slot: u32) -> Entry {
        Entry { slot: Slot(slot), tag: slot }
    }

    #[expect(clippy::disallowed_methods, reason = "an arbitrary point in time")]
    fn start() -> Instant {
        Instant::now()
    }

    #[test]
    fn entries_come_out_at_their_time_and_not_earlier() {
        let start = start();
        let mut wheel = Wheel::new(start);
        assert_eq!(wheel.next_deadline(), None);
        wheel.insert(start + Duration::from_secs(30), entry(1));
        wheel.insert(start + Duration::from_millis(10), entry(2));
        assert!(wheel.take_expired(start).is_empty());
        let first = wheel.next_deadline().unwrap();
        assert!(first >= start + Duration::from_millis(10));
        assert_eq!(wheel.take_expired(first), [entry(2)]);
        assert!(wheel.take_expired(start + Duration::from_secs(29)).is_empty());
        let second = wheel.next_deadline().unwrap();
        assert!(second >= start + Duration::from_secs(30) && second <= start + Duration::from_secs(31));
        assert_eq!(wheel.take_expired(second), [entry(1)]);
        assert_eq!(wheel.next_deadline(), None);
    }

    #[test]
    fn a_deadline_beyond_the_horizon_comes_out_at_the_horizon() {
        let start = start();
        let mut wheel = Wheel::new(start);
        wheel.insert(start + Duration::from_secs(3600), entry(1));
        let due = wheel.next_deadline().unwrap();
        assert!(due < start + Duration::from_secs(130));
        assert_eq!(wheel.take_expired(due), [entry(1)]);
    }

    #[test]
    fn what_is_not_kept_does_not_come_out() {
        let start = start();
        let mut wheel = Wheel::new(start);
        for slot in 0..10 {
            wheel.insert(start + Duration::from_secs(u64::from(slot)), entry(slot));
        }
        wheel.retain(|entry| entry.slot.0 % 5 == 0);
        assert_eq!(wheel.take_expired(start + Duration::from_secs(20)), [entry(0), entry(5)]);
        assert_eq!(wheel.next_deadline(), None);
    }

    #[test]
    fn a_long_sleep_loses_nothing() {
        let start = start();
        let mut wheel = Wheel::new(start);
        for slot in 0..1000 {
            wheel.insert(start + Duration::from_millis(u64::from(slot) * 100), entry(slot));
        }
        assert_eq!(wheel.take_expired(start + Duration::from_secs(86_400)).len(), 1000);
        wheel.insert(start + Duration::from_secs(1), entry(1));
        assert_eq!(wheel.take_expired(start + Duration::from_secs(86_401)), [entry(1)]);
    }
}
