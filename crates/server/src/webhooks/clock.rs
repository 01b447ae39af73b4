//! The time of lines: what happens later has a later time, whatever is done to the clock of the machine meanwhile.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The machine's clock as it was at the start, and how long ago that was.
#[derive(Debug)]
pub(super) struct Clock {
    start_ms: u64,
    started: Instant,
}

impl Clock {
    /// A clock that is not before this time, in unix milliseconds, which an earlier process has written.
    pub(super) fn from(time_ms: u64) -> Self {
        Self { start_ms: unix_ms().max(time_ms), started: Instant::now() }
    }

    /// Now, in unix milliseconds.
    pub(super) fn now_ms(&self) -> u64 {
        self.start_ms + millis(self.started.elapsed())
    }
}

/// What the machine's clock says, in unix milliseconds.
pub(super) fn unix_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, millis)
}

fn millis(duration: Duration) -> u64 {
    duration.as_millis() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_passes_even_where_the_clock_has_been_set_back() {
        let ahead = unix_ms() + 3_600_000;
        let before = Instant::now();
        let clock = Clock::from(ahead);
        let began = Instant::now();
        while began.elapsed() < Duration::from_millis(5) {
            std::hint::spin_loop();
        }
        let now = clock.now_ms();
        assert!((ahead + 5..=ahead + millis(before.elapsed())).contains(&now), "{}", now - ahead);
        assert!(Clock::from(0).now_ms() >= ahead - 3_600_000);
    }
}
