//! A limit for each address.

use std::{hash::Hash, net::IpAddr, num::NonZeroU32};

use governor::{
    NotUntil, Quota, RateLimiter,
    clock::{Clock, MonotonicClock, Reference},
    middleware::NoOpMiddleware,
    state::keyed::DashMapStateStore,
};

use super::RetryAfter;
use crate::client_address::Network;

type Limiter<K, C> = RateLimiter<K, DashMapStateStore<K>, C, NoOpMiddleware<<C as Clock>::Instant>>;

/// A limit for each address (of IPv6, each network of 64 bits): so many at once, and so many more in each minute.
///
/// Its memory is bounded. The families are apart, so that who has many addresses of IPv6 does not crowd out those of
/// IPv4. Of each, so many are told apart; as long as there are more, addresses are counted together with their
/// neighbours (`/16`, of IPv6 `/32`), and when those are as many again, all together. So a limit never stops to hold.
#[derive(Debug)]
pub(super) struct Keyed<C: Clock = MonotonicClock> {
    v4: Limiter<u32, C>,
    v6: Limiter<u64, C>,
    most: usize,
}

impl Keyed {
    /// So many at once, and so many more in each minute; `most` addresses of each family are told apart.
    pub(super) fn per_minute(limit: NonZeroU32, most: usize) -> Self {
        Self::with_clock(Quota::per_minute(limit), most, &MonotonicClock)
    }
}

impl<C: Clock + Clone> Keyed<C> {
    pub(super) fn with_clock(quota: Quota, most: usize, clock: &C) -> Self {
        Self {
            v4: RateLimiter::dashmap_with_clock(quota, clock.clone()),
            v6: RateLimiter::dashmap_with_clock(quota, clock.clone()),
            most,
        }
    }

    /// Counts something that an address does, unless that is over the limit.
    ///
    /// # Errors
    /// When it is over the limit.
    pub(super) fn check(&self, address: IpAddr) -> Result<(), RetryAfter> {
        match Network::of(address) {
            Network::V4(bits) => self.check_in(&self.v4, [bits, bits & 0xffff_0000, 0]),
            Network::V6(bits) => self.check_in(&self.v6, [bits, bits & 0xffff_ffff_0000_0000, 0]),
        }
    }

    fn check_in<K: Hash + Eq + Clone>(
        &self,
        limiter: &Limiter<K, C>,
        [own, wide, all]: [K; 3],
    ) -> Result<(), RetryAfter> {
        let known = limiter.len();
        let key = if known < self.most {
            own
        } else if known < self.most * 2 {
            wide
        } else {
            all
        };
        limiter.check_key(&key).map_err(|until| retry_after(&until, limiter.clock()))
    }

    /// Forgets the addresses that may do as much as if they had done nothing.
    pub(super) fn sweep(&self) {
        sweep(&self.v4);
        sweep(&self.v6);
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.v4.len() + self.v6.len()
    }
}

fn sweep<K: Hash + Eq + Clone, C: Clock>(limiter: &Limiter<K, C>) {
    if !limiter.is_empty() {
        limiter.retain_recent();
        limiter.shrink_to_fit();
    }
}

/// The time until the next one is allowed, in whole seconds, at least one.
pub(super) fn retry_after<C: Clock>(until: &NotUntil<C::Instant>, clock: &C) -> RetryAfter
where
    C::Instant: Reference,
{
    let wait = until.wait_time_from(clock.now());
    RetryAfter((wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1))
}
