//! Limits of requests per minute: for everybody, and closer ones for logging in and registering.

use std::{
    hash::Hash,
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
    time::Instant,
};

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::{IntoResponse, Response},
};
use governor::{
    Quota, RateLimiter,
    clock::{Clock, FakeRelativeClock},
    middleware::StateInformationMiddleware,
    nanos::Nanos,
    state::keyed::DashMapStateStore,
};

use super::{AppState, client_address::ClientAddress, error::ApiError};
use crate::domain::{Email, Principal, UserId};

pub(crate) const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
pub(crate) const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");

/// After so many requests those who have been silent for long enough are forgotten.
const CHECKS_BETWEEN_CLEANINGS: u32 = 4096;

/// What limits measure time with.
#[derive(Debug, Clone)]
pub enum LimitClock {
    /// The system's monotonic clock, from this moment on.
    System(Instant),
    /// A clock that a test moves.
    Manual(FakeRelativeClock),
}

impl Default for LimitClock {
    fn default() -> Self {
        Self::System(Instant::now())
    }
}

impl Clock for LimitClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        match self {
            Self::System(start) => start.elapsed().into(),
            Self::Manual(clock) => clock.now(),
        }
    }
}

/// The limits of the whole API.
#[derive(Debug)]
pub(crate) struct RateLimits {
    requests: Limit<Client>,
    logins: Limit<(Email, ClientAddress)>,
    registrations: Limit<ClientAddress>,
}

/// Whose requests are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Client {
    User(UserId),
    Address(ClientAddress),
}

#[derive(Debug)]
struct Limit<K: Hash + Eq + Clone> {
    limiter: RateLimiter<K, DashMapStateStore<K>, LimitClock, StateInformationMiddleware>,
    per_minute: NonZeroU32,
    checks: AtomicU32,
}

// === impl RateLimits ===

impl RateLimits {
    pub(crate) fn new(requests: NonZeroU32, logins: NonZeroU32, clock: &LimitClock) -> Self {
        Self {
            requests: Limit::new(requests, clock.clone()),
            logins: Limit::new(logins, clock.clone()),
            registrations: Limit::new(logins, clock.clone()),
        }
    }

    /// Counts an attempt to log in as `email` from this address.
    pub(crate) fn check_login(&self, email: &Email, address: ClientAddress) -> Result<(), ApiError> {
        self.logins.check(&(email.clone(), address)).map(|_| ())
    }

    /// Counts a registration from this address: each costs a hash, and brings a user with a limit of their own.
    pub(crate) fn check_registration(&self, address: ClientAddress) -> Result<(), ApiError> {
        self.registrations.check(&address).map(|_| ())
    }
}

/// Counts a request for its user, or for its address where it has none, and says how many may follow.
pub(crate) async fn limit(
    State(state): State<AppState>,
    address: ClientAddress,
    request: Request,
    next: Next,
) -> Response {
    let client = match request.extensions().get::<Principal>() {
        Some(principal) => Client::User(principal.user.id),
        None => Client::Address(address),
    };
    let remaining = match state.limits().requests.check(&client) {
        Ok(remaining) => remaining,
        Err(refusal) => return refusal.into_response(),
    };
    let mut response = next.run(request).await;
    // An attempt to log in that was one too many speaks of the limit of attempts.
    if !response.headers().contains_key(LIMIT) {
        let headers = response.headers_mut();
        headers.insert(LIMIT, HeaderValue::from(state.limits().requests.per_minute.get()));
        headers.insert(REMAINING, HeaderValue::from(remaining));
    }
    response
}

// === impl Limit ===

impl<K: Hash + Eq + Clone> Limit<K> {
    fn new(per_minute: NonZeroU32, clock: LimitClock) -> Self {
        let limiter = RateLimiter::dashmap_with_clock(Quota::per_minute(per_minute), clock);
        Self { limiter: limiter.with_middleware(), per_minute, checks: AtomicU32::new(0) }
    }

    /// Counts one request and says how many may follow at once.
    fn check(&self, key: &K) -> Result<u32, ApiError> {
        if self.checks.fetch_add(1, Ordering::Relaxed) % CHECKS_BETWEEN_CLEANINGS
            == CHECKS_BETWEEN_CLEANINGS - 1
        {
            self.limiter.retain_recent();
        }
        match self.limiter.check_key(key) {
            Ok(state) => Ok(state.remaining_burst_capacity()),
            Err(refusal) => {
                let wait = refusal.wait_time_from(self.limiter.clock().now());
                let retry_after = (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1);
                Err(ApiError::TooManyAttempts { limit: self.per_minute.get(), retry_after })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_full_minute_of_requests_is_let_through_then_one_per_share_of_the_minute() {
        let clock = FakeRelativeClock::default();
        let limit = Limit::new(NonZeroU32::new(6).unwrap(), LimitClock::Manual(clock.clone()));
        let remaining: Vec<_> = (0..6).map(|_| limit.check(&"ani").unwrap()).collect();
        assert_eq!(remaining, [5, 4, 3, 2, 1, 0]);
        let wait = || match limit.check(&"ani") {
            Err(ApiError::TooManyAttempts { limit: 6, retry_after }) => retry_after,
            other => panic!("{other:?}"),
        };
        assert_eq!(wait(), 10);
        assert!(limit.check(&"budi").is_ok());
        clock.advance(Duration::from_millis(9_500));
        assert_eq!(wait(), 1);
        clock.advance(Duration::from_millis(500));
        assert_eq!(limit.check(&"ani").unwrap(), 0);
    }

    #[test]
    fn the_silent_are_forgotten() {
        let clock = FakeRelativeClock::default();
        let limit = Limit::new(NonZeroU32::new(6).unwrap(), LimitClock::Manual(clock.clone()));
        for client in 0..CHECKS_BETWEEN_CLEANINGS - 1 {
            limit.check(&client).unwrap();
        }
        clock.advance(Duration::from_secs(120));
        limit.check(&u32::MAX).unwrap();
        assert_eq!(limit.limiter.len(), 1);
    }
}
