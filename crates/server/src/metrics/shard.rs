//! What shards count, each for itself.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use gema_hub::SessionLimit;

use super::histogram::{Amounts, Seconds, SharedTally, Tally};

/// What a shard counts in plain numbers of its own.
#[derive(Debug, Default)]
pub struct ShardCounts {
    /// Plain numbers.
    pub numbers: ShardNumbers,
    /// How long broadcasts took.
    pub fan_out: Tally<Seconds>,
    /// How many subscribers they had.
    pub recipients: Tally<Amounts>,
}

/// The copy of a shard's counts that others read. The shard alone writes it, once per turn and with plain stores; it
/// shares no cache line with another one.
#[derive(Debug, Default)]
#[repr(align(128))]
pub struct ShardBlock {
    numbers: AtomicNumbers,
    fan_out: SharedTally<Seconds>,
    recipients: SharedTally<Amounts>,
}

macro_rules! numbers {
    ($($(#[doc = $doc:literal])+ $name:ident,)+) => {
        /// Numbers that a shard counts.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
        pub struct ShardNumbers {
            $($(#[doc = $doc])+ pub $name: u64,)+
            /// How often clients have hit a limit, by [`SessionLimit::index`].
            pub limits: [u64; SessionLimit::ALL.len()],
        }

        #[derive(Debug, Default)]
        struct AtomicNumbers {
            $($name: AtomicU64,)+
            limits: [AtomicU64; SessionLimit::ALL.len()],
        }

        impl AtomicNumbers {
            fn store(&self, numbers: &ShardNumbers) {
                $(self.$name.store(numbers.$name, Relaxed);)+
                for (shared, own) in self.limits.iter().zip(numbers.limits) {
                    shared.store(own, Relaxed);
                }
            }

            fn load(&self) -> ShardNumbers {
                ShardNumbers {
                    $($name: self.$name.load(Relaxed),)+
                    limits: std::array::from_fn(|limit| self.limits[limit].load(Relaxed)),
                }
            }
        }

        impl std::ops::AddAssign for ShardNumbers {
            fn add_assign(&mut self, other: Self) {
                $(self.$name += other.$name;)+
                for (own, other) in self.limits.iter_mut().zip(other.limits) {
                    *own += other;
                }
            }
        }
    };
}

numbers! {
    /// WebSocket messages that clients have sent.
    messages_in,
    /// WebSocket messages that have been written to clients as a whole.
    messages_out,
    /// Bytes that have been read from clients.
    bytes_in,
    /// Bytes that have been written to clients.
    bytes_out,
    /// Bytes that wait to be written to clients.
    outbox_bytes,
    /// Connections that were closed because they read too slowly.
    slow_consumers,
    /// Subscriptions that were not authorized.
    channels_refused,
    /// Sign-ins that were not authorized.
    sign_ins_refused,
}

impl ShardBlock {
    /// Shows others the plain numbers.
    pub fn publish_numbers(&self, numbers: &ShardNumbers) {
        self.numbers.store(numbers);
    }

    /// Shows others what is known of broadcasts.
    pub fn publish_fan_outs(&self, counts: &ShardCounts) {
        self.fan_out.publish(&counts.fan_out);
        self.recipients.publish(&counts.recipients);
    }

    /// Adds what the shard has counted.
    pub(super) fn add_to(&self, sum: &mut ShardCounts) {
        sum.numbers += self.numbers.load();
        sum.fan_out.add(&self.fan_out.read());
        sum.recipients.add(&self.recipients.read());
    }
}
