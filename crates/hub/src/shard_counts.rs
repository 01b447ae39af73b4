//! How many connections each shard has for something.

use smallvec::SmallVec;

use crate::ShardId;

/// A count per shard. Up to four shards need no heap.
#[derive(Debug, Default)]
pub(crate) struct ShardCounts {
    counts: SmallVec<[u32; 4]>,
}

impl ShardCounts {
    pub(crate) fn add(&mut self, shard: ShardId) {
        let index = usize::from(shard.0);
        if self.counts.len() <= index {
            self.counts.resize(index + 1, 0);
        }
        self.counts[index] += 1;
    }

    pub(crate) fn remove(&mut self, shard: ShardId) {
        let count = self.counts.get_mut(usize::from(shard.0));
        debug_assert!(count.as_ref().is_some_and(|count| **count > 0), "{shard:?} had nothing to remove");
        if let Some(count) = count {
            *count = count.saturating_sub(1);
        }
    }

    pub(crate) fn total(&self) -> u64 {
        self.counts.iter().map(|&count| u64::from(count)).sum()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.counts.iter().all(|&count| count == 0)
    }

    /// The shards with at least one connection.
    pub(crate) fn shards(&self) -> impl Iterator<Item = ShardId> + '_ {
        (0..=u8::MAX).zip(&self.counts).filter(|(_, count)| **count > 0).map(|(shard, _)| ShardId(shard))
    }
}
