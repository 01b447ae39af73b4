//! How long to wait before a request is sent again.

use std::time::Duration;

/// The longest pause after the first failure.
const FIRST: Duration = Duration::from_millis(250);
/// The longest pause after any number of failures.
const LONGEST: Duration = Duration::from_secs(30);

/// How long to wait after so many failures in a row; `random` is in `0.0..1.0` and takes off up to a half, so that those
/// who failed together do not return together.
pub(super) fn pause(failures: u32, random: f64) -> Duration {
    let doublings = failures.saturating_sub(1).min(31);
    FIRST.saturating_mul(1 << doublings).min(LONGEST).mul_f64(1.0 - random / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_after_a_failure_doubles_up_to_its_limit() {
        let pauses: Vec<u128> = (1..=9).map(|failures| pause(failures, 0.0).as_millis()).collect();
        assert_eq!(pauses, [250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
        assert_eq!(pause(3, 0.5), Duration::from_millis(750));
        assert_eq!(pause(u32::MAX, 0.0), LONGEST);
    }
}
