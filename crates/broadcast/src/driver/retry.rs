//! How long to wait before a request is sent again.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(2);

/// The pause before a retry, of which the first has number 0: twice as long each time, and between half and
/// the whole of that, so that processes that failed together do not come back together. `random` is from 0 to
/// 1.
pub(super) fn pause(retry: u32, random: f64) -> Duration {
    let whole = FIRST.saturating_mul(1 << retry.min(8)).min(LONGEST);
    whole.mul_f64(0.5 + random / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_doubles_up_to_two_seconds() {
        let whole = [100, 200, 400, 800, 1600, 2000, 2000].map(Duration::from_millis);
        assert_eq!([0, 1, 2, 3, 4, 5, 100].map(|retry| pause(retry, 1.0)), whole);
    }

    #[test]
    fn a_pause_is_at_least_half_of_the_whole() {
        assert_eq!(pause(0, 0.0), Duration::from_millis(50));
        assert_eq!(pause(1, 0.5), Duration::from_millis(150));
        assert_eq!(pause(u32::MAX, 0.0), Duration::from_secs(1));
    }
}
