//! When the next event is sent.

use std::time::{Duration, Instant};

/// The greatest rate, and the most seconds.
const MOST: f64 = 1e7;
/// How long after the end of a phase what was due before is still sent. A generator that is further behind cannot keep
/// the rate.
const OVERRUN: Duration = Duration::from_secs(10);

/// When the next event is sent.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pace {
    /// At fixed times, so many a second.
    Rate(f64),
    /// When fewer deliveries are missing than so many events have.
    Outstanding(u64),
}

/// Events at fixed times, so many a second, each of which is due before the end of a phase.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Schedule {
    pub(crate) start: Instant,
    pub(crate) end: Instant,
    pub(crate) rate: f64,
}

/// What comes next in a phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// The event that is due since then.
    Send(Instant),
    /// Nothing until then.
    Wait(Instant),
    /// Nothing any more: all is sent but so many events, for which it is too late.
    Over { unsent: u64 },
}

impl Schedule {
    /// What comes after so many events. Being late changes nothing of what is sent: otherwise the generator would leave
    /// out just those events for which somebody had to wait.
    pub(crate) fn next(&self, sent: u64, now: Instant) -> Next {
        let due = self.start + Duration::from_secs_f64(sent as f64 / self.rate);
        if due >= self.end {
            Next::Over { unsent: 0 }
        } else if due > now {
            Next::Wait(due)
        } else if now < self.end + OVERRUN {
            Next::Send(due)
        } else {
            let all = ((self.end - self.start).as_secs_f64() * self.rate).ceil() as u64;
            Next::Over { unsent: all.saturating_sub(sent).max(1) }
        }
    }
}

/// Options for the pace.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct PaceOptions {
    /// Events per second, sent whether or not the server keeps up
    #[arg(long, default_value_t = 100.0, value_parser = positive)]
    rate: f64,
    /// As many events as the server takes: the next one when fewer deliveries are missing than so many events have
    #[arg(long, value_name = "EVENTS", conflicts_with = "rate", value_parser = clap::value_parser!(u64).range(1..))]
    outstanding: Option<u64>,
}

impl PaceOptions {
    pub(crate) fn pace(&self) -> Pace {
        self.outstanding.map_or(Pace::Rate(self.rate), Pace::Outstanding)
    }
}

/// A number above zero, and not so large that it is no longer one.
pub(crate) fn positive(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(number) if number > 0.0 && number <= MOST => Ok(number),
        _ => Err(format!("a number above zero is needed, at most {MOST}")),
    }
}

/// A number of seconds that may be none.
pub(crate) fn seconds(text: &str) -> Result<f64, String> {
    if text.parse() == Ok(0.0) { Ok(0.0) } else { positive(text) }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Next, OVERRUN, Schedule, positive, seconds};

    /// Ten events in a second.
    fn schedule() -> (Schedule, impl Fn(u64) -> Instant) {
        let start = Instant::now();
        let after = move |milliseconds| start + Duration::from_millis(milliseconds);
        (Schedule { start, end: after(1000), rate: 10.0 }, after)
    }

    #[test]
    fn an_event_is_sent_when_it_is_due() {
        let (schedule, after) = schedule();
        assert_eq!(schedule.next(0, after(0)), Next::Send(after(0)));
        assert_eq!(schedule.next(1, after(99)), Next::Wait(after(100)));
        assert_eq!(schedule.next(1, after(100)), Next::Send(after(100)));
        assert_eq!(schedule.next(10, after(950)), Next::Over { unsent: 0 });
    }

    #[test]
    fn who_is_late_sends_all_that_was_due_all_the_same() {
        let (schedule, after) = schedule();
        assert_eq!(schedule.next(2, after(700)), Next::Send(after(200)));
        assert_eq!(schedule.next(9, after(1000)), Next::Send(after(900)));
        assert_eq!(schedule.next(3, after(5000)), Next::Send(after(300)));
        assert_eq!(schedule.next(10, after(5000)), Next::Over { unsent: 0 });
    }

    #[test]
    fn who_is_too_late_gives_up_and_says_how_much_is_missing() {
        let (schedule, _) = schedule();
        assert_eq!(schedule.next(3, schedule.end + OVERRUN), Next::Over { unsent: 7 });
        assert_eq!(schedule.next(9, schedule.end + OVERRUN), Next::Over { unsent: 1 });
        assert_eq!(schedule.next(10, schedule.end + OVERRUN), Next::Over { unsent: 0 });
    }

    #[test]
    fn what_is_no_length_of_time_and_no_rate_is_refused() {
        for text in ["-1", "nan", "inf", "1e300", "x"] {
            assert!(positive(text).is_err(), "{text}");
            assert!(seconds(text).is_err(), "{text}");
        }
        assert_eq!((positive("0.5"), seconds("0")), (Ok(0.5), Ok(0.0)));
        assert!(positive("0").is_err());
    }
}
