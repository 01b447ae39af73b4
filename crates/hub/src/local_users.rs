//! Which connections of one shard are signed in as whom, and who watches whom.

use hashbrown::HashMap;

use crate::{
    Slot, UserKey,
    sparse::{shrink_map, shrink_vec},
};

/// The signed-in connections and the watchers of one shard.
#[derive(Debug, Default)]
pub(crate) struct LocalUsers {
    users: HashMap<UserKey, LocalUser>,
}

#[derive(Debug, Default)]
struct LocalUser {
    signed_in: Vec<Slot>,
    watchers: Vec<Slot>,
}

impl LocalUsers {
    pub(crate) fn sign_in(&mut self, key: UserKey, slot: Slot) {
        self.users.entry(key).or_default().signed_in.push(slot);
    }

    pub(crate) fn sign_out(&mut self, key: &UserKey, slot: Slot) {
        self.change(key, |user| user.signed_in.retain(|&other| other != slot));
    }

    pub(crate) fn watch(&mut self, key: UserKey, slot: Slot) {
        self.users.entry(key).or_default().watchers.push(slot);
    }

    pub(crate) fn unwatch(&mut self, key: &UserKey, slot: Slot) {
        self.change(key, |user| user.watchers.retain(|&other| other != slot));
    }

    pub(crate) fn signed_in(&self, key: &UserKey) -> &[Slot] {
        self.users.get(key).map_or(&[], |user| &user.signed_in)
    }

    pub(crate) fn watchers(&self, key: &UserKey) -> &[Slot] {
        self.users.get(key).map_or(&[], |user| &user.watchers)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.users.is_empty()
    }

    fn change(&mut self, key: &UserKey, change: impl FnOnce(&mut LocalUser)) {
        let Some(user) = self.users.get_mut(key) else { return };
        change(user);
        shrink_vec(&mut user.signed_in);
        shrink_vec(&mut user.watchers);
        if user.signed_in.is_empty() && user.watchers.is_empty() {
            self.users.remove(key);
            shrink_map(&mut self.users);
        }
    }
}
