//! How long to wait after a failure.

use std::time::Duration;

/// A pause that doubles with every failure in a row, up to a limit.
///
/// A random part of up to a half is taken off, so that those who failed together do not return together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    not(feature = "outbox"),
    expect(unreachable_pub, reason = "it is public as part of the outbox's options")
)]
pub struct Backoff {
    /// The longest pause after the first failure.
    pub first: Duration,
    /// The longest pause after any number of failures.
    pub limit: Duration,
}

impl Backoff {
    /// The pause after so many failures in a row; `random` is in `0.0..1.0`.
    pub(crate) fn pause(&self, failures: u32, random: f64) -> Duration {
        let doublings = failures.saturating_sub(1).min(31);
        self.first.saturating_mul(1 << doublings).min(self.limit).mul_f64(1.0 - random / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BACKOFF: Backoff = Backoff { first: Duration::from_millis(250), limit: Duration::from_secs(30) };

    #[test]
    fn the_pause_doubles_up_to_its_limit() {
        let pauses: Vec<u128> = (1..=9).map(|failures| BACKOFF.pause(failures, 0.0).as_millis()).collect();
        assert_eq!(pauses, [250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
    }

    #[test]
    fn chance_takes_off_up_to_a_half() {
        assert_eq!(BACKOFF.pause(3, 0.5), Duration::from_millis(750));
    }

    proptest! {
        #[test]
        fn no_number_of_failures_is_too_much(failures: u32, random in 0.0..1.0_f64) {
            let pause = BACKOFF.pause(failures, random);
            prop_assert!(pause >= BACKOFF.first / 2 && pause <= BACKOFF.limit);
        }
    }
}
