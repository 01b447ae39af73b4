//! Messages and client events of one connection, each in a fixed window.

use std::time::{Duration, Instant};

use crate::RateLimit;

/// Length of the window of client events.
const SECOND: Duration = Duration::from_secs(1);
/// The windows that are open, if any are. Every connection has this, so it is small: a window is known by the
/// milliseconds since the first message. After 49 days, when those no longer fit their number, both begin anew.
#[derive(Debug, Default)]
pub(super) struct Rates {
    since: Option<Instant>,
    messages: Window,
    client_events: Window,
}

/// What has been counted in a window.
#[derive(Debug, Default)]
struct Window {
    /// Milliseconds after `since`.
    started: u32,
    /// Nothing is counted, and no window is open, while this is 0.
    attempts: u32,
}

impl Rates {
    /// Counts a message. A window begins with its first message; those over the limit are not counted.
    pub(super) fn allow_message(&mut self, now: Instant, limit: &RateLimit) -> bool {
        let now = self.milliseconds(now);
        self.messages.allow(now, limit.decay, limit.max_attempts)
    }

    /// Counts a client event, in the same way.
    pub(super) fn allow_client_event(&mut self, now: Instant, per_second: u32) -> bool {
        let now = self.milliseconds(now);
        self.client_events.allow(now, SECOND, per_second)
    }

    /// The milliseconds since the first message.
    fn milliseconds(&mut self, now: Instant) -> u32 {
        let since = *self.since.get_or_insert(now);
        u32::try_from(now.saturating_duration_since(since).as_millis()).unwrap_or_else(|_| {
            *self = Self { since: Some(now), ..Self::default() };
            0
        })
    }
}

impl Window {
    fn allow(&mut self, now: u32, length: Duration, most: u32) -> bool {
        if self.attempts > 0 && u128::from(now.saturating_sub(self.started)) >= length.as_millis() {
            self.attempts = 0;
        }
        if self.attempts == 0 {
            self.started = now;
        }
        let allowed = self.attempts < most;
        if allowed {
            self.attempts += 1;
        }
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGES: RateLimit =
        RateLimit { max_attempts: 2, decay: Duration::from_secs(60), terminate: false };

    #[expect(clippy::disallowed_methods, reason = "an arbitrary point in time")]
    fn start() -> Instant {
        Instant::now()
    }

    #[test]
    fn a_window_begins_with_its_first_event_and_lasts_a_second() {
        let (mut rates, start) = (Rates::default(), start());
        let mut allowed = |milliseconds| {
            let now = start + Duration::from_millis(milliseconds);
            (0..20).filter(|_| rates.allow_client_event(now, 10)).count()
        };
        assert_eq!([allowed(0), allowed(999), allowed(1000), allowed(1500)], [10, 0, 10, 0]);
        assert_eq!([allowed(5500), allowed(6499), allowed(6500)], [10, 0, 10]);
        let fifty_days = 50 * 24 * 60 * 60 * 1000;
        assert_eq!([allowed(fifty_days), allowed(fifty_days + 999), allowed(fifty_days + 1000)], [10, 0, 10]);
    }

    #[test]
    fn messages_and_client_events_are_counted_apart() {
        let (mut rates, start) = (Rates::default(), start());
        let at = |seconds| start + Duration::from_secs(seconds);
        assert!(rates.allow_message(at(0), &MESSAGES));
        assert!(rates.allow_client_event(at(30), 1));
        assert!(rates.allow_message(at(30), &MESSAGES));
        assert!(!rates.allow_message(at(59), &MESSAGES));
        assert!(rates.allow_client_event(at(59), 1));
        assert!(!rates.allow_client_event(at(59), 1));
        assert!(rates.allow_message(at(60), &MESSAGES));
    }

    #[test]
    fn they_take_little_room() {
        assert!(size_of::<Rates>() <= 32, "{} bytes", size_of::<Rates>());
    }
}
