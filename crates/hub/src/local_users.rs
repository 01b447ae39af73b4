//! Which connections of one shard are signed in as whom, and who watches whom.

use hashbrown::{DefaultHashBuilder, HashMap};
use indexmap::IndexSet;

use crate::{
    Slot, UserKey,
    sparse::{is_sparse, shrink_map},
};

/// The signed-in connections and the watchers of one shard.
#[derive(Debug, Default)]
pub(crate) struct LocalUsers {
    users: HashMap<UserKey, LocalUser>,
}

#[derive(Debug, Default)]
struct LocalUser {
    signed_in: Slots,
    watchers: Slots,
}

/// Everybody may watch the same user, and leave at the same time: nobody is looked for one by one.
type Slots = IndexSet<Slot, DefaultHashBuilder>;

impl LocalUsers {
    pub(crate) fn sign_in(&mut self, key: UserKey, slot: Slot) {
        self.users.entry(key).or_default().signed_in.insert(slot);
    }

    pub(crate) fn sign_out(&mut self, key: &UserKey, slot: Slot) {
        self.change(key, |user| user.signed_in.swap_remove(&slot));
    }

    pub(crate) fn watch(&mut self, key: UserKey, slot: Slot) {
        self.users.entry(key).or_default().watchers.insert(slot);
    }

    pub(crate) fn unwatch(&mut self, key: &UserKey, slot: Slot) {
        self.change(key, |user| user.watchers.swap_remove(&slot));
    }

    pub(crate) fn signed_in(&self, key: &UserKey) -> impl Iterator<Item = Slot> + '_ {
        self.users.get(key).into_iter().flat_map(|user| user.signed_in.iter().copied())
    }

    pub(crate) fn watchers(&self, key: &UserKey) -> impl Iterator<Item = Slot> + '_ {
        self.users.get(key).into_iter().flat_map(|user| user.watchers.iter().copied())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.users.is_empty()
    }

    fn change(&mut self, key: &UserKey, change: impl FnOnce(&mut LocalUser) -> bool) {
        let Some(user) = self.users.get_mut(key) else { return };
        change(user);
        shrink(&mut user.signed_in);
        shrink(&mut user.watchers);
        if user.signed_in.is_empty() && user.watchers.is_empty() {
            self.users.remove(key);
            shrink_map(&mut self.users);
        }
    }
}

fn shrink(slots: &mut Slots) {
    if is_sparse(slots.len(), slots.capacity()) {
        slots.shrink_to(slots.len() * 2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AppNumber;

    #[test]
    fn a_crowd_that_watches_one_user_leaves_nothing_behind() {
        let key = UserKey { app: AppNumber(1), id: "support".parse().unwrap() };
        let mut users = LocalUsers::default();
        (0..50_000).for_each(|slot| users.watch(key.clone(), Slot(slot)));
        users.watch(key.clone(), Slot(7));
        users.sign_in(key.clone(), Slot(7));
        (1..50_000).for_each(|slot| users.unwatch(&key, Slot(slot)));
        users.unwatch(&key, Slot(1));
        assert_eq!(users.watchers(&key).collect::<Vec<_>>(), [Slot(0)]);
        assert_eq!(users.signed_in(&key).collect::<Vec<_>>(), [Slot(7)]);
        assert!(users.users[&key].watchers.capacity() < 100);
        users.unwatch(&key, Slot(0));
        users.sign_out(&key, Slot(7));
        assert!(users.is_empty());
    }
}
