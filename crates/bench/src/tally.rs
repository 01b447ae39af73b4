//! What has arrived, and how late.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use hdrhistogram::Histogram;

use crate::report::Report;

/// Later than this counts as this: a minute, in microseconds.
const LONGEST: u64 = 60_000_000;

/// What one phase of a run has seen.
#[derive(Debug)]
pub(crate) struct Tally {
    pub(crate) start: Instant,
    /// The number of its first event.
    first: u64,
    /// When each event had to be sent, whether or not the ones before had been.
    due: Vec<Instant>,
    /// Events that had to be sent and were not, because it was too late for them.
    pub(crate) unsent: u64,
    pub(crate) deliveries: u64,
    /// Reads that brought them: fewer when several deliveries came together.
    pub(crate) reads: u64,
    /// Microseconds from when an event had to be sent to each delivery.
    pub(crate) latency: Histogram<u64>,
}

impl Tally {
    /// Nothing yet in a phase that begins at `start`; `first` is the number of its first event.
    pub(crate) fn new(start: Instant, first: u64) -> anyhow::Result<Self> {
        let latency = Histogram::new_with_bounds(1, LONGEST, 3)?;
        Ok(Self { start, first, due: Vec::new(), unsent: 0, deliveries: 0, reads: 0, latency })
    }

    /// Events that were sent.
    pub(crate) fn sent(&self) -> u64 {
        self.due.len() as u64
    }

    /// The next event is sent, which had to be sent at `due`.
    pub(crate) fn send(&mut self, due: Instant) {
        self.due.push(due);
    }

    /// A delivery of the event of this number, which was sent in this phase.
    pub(crate) fn take(&mut self, number: u64) {
        self.record(self.due[(number - self.first) as usize].elapsed());
    }

    /// Something has come so late.
    pub(crate) fn record(&mut self, late: Duration) {
        self.latency.saturating_record(u64::try_from(late.as_micros()).unwrap_or(LONGEST));
        self.deliveries += 1;
    }

    /// What another flow has seen too.
    pub(crate) fn add(&mut self, other: &Self) -> anyhow::Result<()> {
        self.unsent += other.unsent;
        self.deliveries += other.deliveries;
        self.reads += other.reads;
        self.latency.add(&other.latency).context("add latencies")
    }

    /// Reports it for an interval; `units` is what the deliveries are called.
    pub(crate) fn report(&self, elapsed: Duration, units: &str, report: &mut Report) {
        report.add(units, self.deliveries as f64, 0);
        report.add(format!("{units}_per_second"), self.deliveries as f64 / elapsed.as_secs_f64(), 0);
        if self.reads > 0 {
            report.add(format!("{units}_per_read"), self.deliveries as f64 / self.reads as f64, 3);
        }
        report.add_latencies(&self.latency);
        if self.unsent > 0 {
            report.warn(format!(
                "{} events had to be sent and were not: the generator is too slow",
                self.unsent
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Tally;
    use crate::report::Report;

    #[test]
    fn what_all_flows_have_not_sent_is_told_loudly() {
        let of_flow = |unsent| Tally { unsent, ..Tally::new(Instant::now(), 0).unwrap() };
        let mut all = of_flow(0);
        let warnings = |tally: &Tally| {
            let mut report = Report::new("fanout");
            tally.report(Duration::from_secs(1), "deliveries", &mut report);
            report.warnings
        };
        assert!(warnings(&all).is_empty());
        all.add(&of_flow(3)).unwrap();
        all.add(&of_flow(4)).unwrap();
        assert_eq!(warnings(&all), ["7 events had to be sent and were not: the generator is too slow"]);
    }
}
