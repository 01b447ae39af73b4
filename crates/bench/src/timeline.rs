//! How a run went second by second.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::account::{self, Memory};

/// How often a sample is taken.
const INTERVAL: Duration = Duration::from_secs(1);
/// With fewer samples, a slope says nothing.
const ENOUGH: usize = 10;

/// Takes a sample every second, from the first tick on.
#[derive(Debug)]
pub(crate) struct Timeline {
    /// The process of the server, where it is known.
    pid: Option<u32>,
    /// When the next sample is due; not known before the first tick.
    next: Option<Instant>,
    /// The first tick.
    start: Mark,
    /// The latest sample.
    last: Mark,
    samples: Samples,
}

/// One column for each thing that is sampled; the columns of the server are empty where its process is not known.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Samples {
    /// When the sample was taken, since the first tick.
    pub(crate) seconds: Vec<f64>,
    /// Since the sample before.
    pub(crate) deliveries_per_second: Vec<f64>,
    /// Memory of the server at that moment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) server_rss_kib: Vec<f64>,
    /// CPU time of the server since the sample before; 100 is one CPU.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) server_cpu_percent: Vec<f64>,
}

/// What had happened until a moment.
#[derive(Debug, Clone, Copy)]
struct Mark {
    at: Instant,
    progress: u64,
    /// CPU time of the server.
    cpu: Duration,
}

impl Timeline {
    /// No sample yet. Memory and CPU time are those of the process `pid`.
    pub(crate) fn new(pid: Option<u32>) -> Self {
        let mark = Mark { at: Instant::now(), progress: 0, cpu: Duration::ZERO };
        Self { pid, next: None, start: mark, last: mark, samples: Samples::default() }
    }

    /// Tells how many deliveries there have been. It costs a look at the clock, so call it as often as you like.
    pub(crate) fn tick(&mut self, progress: u64) {
        self.tick_at(Instant::now(), progress);
    }

    /// What was sampled.
    pub(crate) fn into_samples(self) -> Samples {
        self.samples
    }

    /// [`Self::tick`] at another time than now.
    pub(crate) fn tick_at(&mut self, now: Instant, progress: u64) {
        if self.next.is_some_and(|next| now < next) {
            return;
        }
        let is_first = self.next.replace(now + INTERVAL).is_none();
        // A server that is gone has no sample; that it is gone fails the run.
        let Ok(server) = self.pid.map(of_server).transpose() else { return };
        let (memory, cpu) = server.unzip();
        let mark = Mark { at: now, progress, cpu: cpu.unwrap_or_default() };
        if is_first {
            self.start = mark;
        } else {
            self.sample(mark, memory);
        }
        self.last = mark;
    }

    /// One more row. `memory` is known where the process is.
    fn sample(&mut self, mark: Mark, memory: Option<Memory>) {
        let Mark { at, progress, cpu } = self.last;
        let seconds = (mark.at - at).as_secs_f64();
        self.samples.seconds.push((mark.at - self.start.at).as_secs_f64());
        self.samples.deliveries_per_second.push(mark.progress.saturating_sub(progress) as f64 / seconds);
        if let Some(memory) = memory {
            let busy = mark.cpu.saturating_sub(cpu).as_secs_f64();
            self.samples.server_rss_kib.push(memory.resident as f64);
            self.samples.server_cpu_percent.push(100.0 * busy / seconds);
        }
    }
}

impl Samples {
    /// By how much the server's memory grows: the line with the least squares through all samples. Nothing when they
    /// are too few.
    pub(crate) fn rss_slope_kib_per_minute(&self) -> Option<f64> {
        if self.server_rss_kib.len() < ENOUGH {
            return None;
        }
        let points = || self.seconds.iter().zip(&self.server_rss_kib);
        let count = self.server_rss_kib.len() as f64;
        let (x, y) = points().fold((0.0, 0.0), |(x, y), point| (x + point.0 / count, y + point.1 / count));
        let covariance: f64 = points().map(|point| (point.0 - x) * (point.1 - y)).sum();
        let variance: f64 = points().map(|point| (point.0 - x).powi(2)).sum();
        Some(60.0 * covariance / variance)
    }
}

/// Memory that the server has, and CPU time that it has used.
fn of_server(pid: u32) -> anyhow::Result<(Memory, Duration)> {
    Ok((Memory::of(pid)?, account::used(pid)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ticks every 100 ms for so many seconds, with so many deliveries per second, as if 5000 had been before.
    fn run(pid: Option<u32>, seconds: u32, rate: u32) -> Samples {
        let mut timeline = Timeline::new(pid);
        let start = Instant::now();
        for tenth in 0..=10 * seconds {
            timeline.tick_at(start + INTERVAL / 10 * tenth, u64::from(5000 + tenth * rate / 10));
        }
        timeline.into_samples()
    }

    #[test]
    fn there_is_one_sample_per_second() {
        let samples = run(None, 3, 70);
        assert_eq!(samples.seconds, [1.0, 2.0, 3.0]);
        assert_eq!(samples.deliveries_per_second, [70.0, 70.0, 70.0]);
        assert!(samples.server_rss_kib.is_empty() && samples.server_cpu_percent.is_empty());
    }

    #[test]
    fn after_a_pause_the_rate_is_that_of_the_pause() {
        let mut timeline = Timeline::new(None);
        let start = Instant::now();
        timeline.tick_at(start, 0);
        timeline.tick_at(start + INTERVAL * 4, 100);
        assert_eq!(timeline.into_samples().deliveries_per_second, [25.0]);
    }

    #[test]
    fn a_known_process_is_weighed() {
        let samples = run(Some(std::process::id()), 2, 1);
        assert_eq!(samples.server_cpu_percent.len(), 2);
        assert!(samples.server_rss_kib.iter().all(|kib| *kib > 100.0), "{samples:?}");
    }

    #[test]
    fn a_process_that_is_gone_has_no_samples() {
        assert_eq!(run(Some(u32::MAX), 2, 1), Samples::default());
    }

    fn growing(samples: u32) -> Samples {
        let seconds: Vec<f64> = (1..=samples).map(f64::from).collect();
        // Two KiB per second, and a ripple around it.
        let kib = seconds.iter().map(|second| 9000.0 + 2.0 * second + second % 2.0).collect();
        Samples { server_rss_kib: kib, seconds, ..Samples::default() }
    }

    #[test]
    fn the_slope_is_that_of_all_samples() {
        let slope = growing(61).rss_slope_kib_per_minute().unwrap();
        assert!((slope - 120.0).abs() < 0.1, "{slope}");
    }

    #[test]
    fn a_few_samples_have_no_slope() {
        assert_eq!(growing(9).rss_slope_kib_per_minute(), None);
        assert!(growing(10).rss_slope_kib_per_minute().is_some());
    }
}
