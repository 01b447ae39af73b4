//! The state of one user for the whole process.

use crate::{ShardId, shard_counts::ShardCounts};

/// Who is signed in as a user, and who watches the user.
#[derive(Debug, Default)]
pub(crate) struct User {
    signed_in: ShardCounts,
    watchers: ShardCounts,
}

impl User {
    /// Adds a signed-in connection. Answers whether the user came online with it.
    pub(crate) fn sign_in(&mut self, shard: ShardId) -> bool {
        let came_online = !self.is_online();
        self.signed_in.add(shard);
        came_online
    }

    /// Removes a signed-in connection. Answers whether the user went offline with it.
    pub(crate) fn sign_out(&mut self, shard: ShardId) -> bool {
        self.signed_in.remove(shard);
        !self.is_online()
    }

    pub(crate) fn watch(&mut self, shard: ShardId) {
        self.watchers.add(shard);
    }

    pub(crate) fn unwatch(&mut self, shard: ShardId) {
        self.watchers.remove(shard);
    }

    pub(crate) fn is_online(&self) -> bool {
        !self.signed_in.is_empty()
    }

    pub(crate) fn is_disposable(&self) -> bool {
        self.signed_in.is_empty() && self.watchers.is_empty()
    }

    /// Shards with connections that are signed in as the user.
    pub(crate) fn shards(&self) -> impl Iterator<Item = ShardId> + '_ {
        self.signed_in.shards()
    }

    /// Shards with connections that watch the user.
    pub(crate) fn watching_shards(&self) -> impl Iterator<Item = ShardId> + '_ {
        self.watchers.shards()
    }
}
