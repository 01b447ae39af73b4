//! The HTTP API by itself: events to a channel that nobody has subscribed to.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use anyhow::{bail, ensure};

use crate::{
    course::{AFTERMATH, SPIN},
    crowd::Crowd,
    pace::{Next, Schedule, positive, seconds},
    progress::Progress,
    report::Report,
    tally::Tally,
    target::{Target, Watchdog},
    timeline::Timeline,
    usage::Usage,
};

const CHANNEL: &str = "bench";

/// Options of the scenario.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Publish {
    #[command(flatten)]
    target: Target,
    /// Connections, each kept alive
    #[arg(long, default_value_t = 16)]
    connections: usize,
    /// Requests per second over all connections, whether or not the server keeps up; without it a connection sends the
    /// next request when the one before is answered
    #[arg(long, value_parser = positive)]
    rate: Option<f64>,
    /// Length of the measured interval
    #[arg(long, default_value_t = 10.0, value_parser = positive)]
    seconds: f64,
    /// Seconds at the same pace before it
    #[arg(long, default_value_t = 1.0, value_parser = seconds)]
    warmup: f64,
    /// Bytes of the data of an event
    #[arg(long, default_value_t = 100)]
    payload: usize,
}

#[derive(Debug)]
struct Run {
    crowd: Crowd,
    rate: Option<f64>,
    data: String,
    /// When each request had to be sent that is not answered, by connection.
    due: Vec<VecDeque<Instant>>,
    sent: u64,
    tally: Tally,
}

impl Publish {
    /// Triggers events over HTTP, and times every answer.
    ///
    /// # Errors
    /// When the server refuses a request or does not answer.
    pub(crate) fn run(&self) -> anyhow::Result<Report> {
        ensure!(self.connections > 0, "--connections is at least 1");
        let mut crowd = Crowd::new(&self.target)?;
        crowd.add_publishers(self.connections);
        let due = vec![VecDeque::new(); self.connections];
        let data = "x".repeat(self.payload);
        let mut run =
            Run { crowd, rate: self.rate, data, due, sent: 0, tally: Tally::new(Instant::now(), 0)? };
        run.phase(Duration::from_secs_f64(self.warmup), &mut Timeline::new(None))?;
        let before = Usage::so_far(&self.target, run.crowd.spun)?;
        let mut timeline = Timeline::new(self.target.pid);
        let elapsed = run.phase(Duration::from_secs_f64(self.seconds), &mut timeline)?;
        let used = Usage::so_far(&self.target, run.crowd.spun)?.since(&before);
        let mut report = Report::new("publish");
        run.tally.report(elapsed, "requests", &mut report);
        used.report(elapsed, "request", run.tally.deliveries, &mut report);
        report.add_timeline(timeline);
        Ok(report)
    }
}

impl Run {
    /// Sends for so long, and waits for all answers; answers how long that took.
    fn phase(&mut self, length: Duration, timeline: &mut Timeline) -> anyhow::Result<Duration> {
        (self.sent, self.tally) = (0, Tally::new(Instant::now(), 0)?);
        let end = self.tally.start + length;
        let (mut watchdog, progress) = (Watchdog::new(), Progress::new("seconds", length.as_secs()));
        loop {
            let next = self.send_due(end)?;
            if next.is_none() && self.due.iter().all(VecDeque::is_empty) {
                return Ok(self.tally.start.elapsed());
            }
            let pause = next.map_or(AFTERMATH, |next| {
                next.saturating_duration_since(Instant::now()).saturating_sub(SPIN)
            });
            self.crowd.turn(Some(pause), |_, _, _| bail!("nobody has subscribed to anything"))?;
            self.take_answers();
            timeline.tick(self.tally.deliveries);
            progress.set(self.tally.start.elapsed().as_secs());
            if watchdog.is_stuck(self.tally.deliveries) {
                bail!("{} requests are not answered", self.due.iter().map(VecDeque::len).sum::<usize>());
            }
        }
    }

    /// Sends what is due; answers until when nothing is, or nothing when the phase is over.
    fn send_due(&mut self, end: Instant) -> anyhow::Result<Option<Instant>> {
        loop {
            let (connection, next) = self.next(end);
            match next {
                Next::Send(due) => {
                    self.crowd.publish(connection, CHANNEL, &self.data)?;
                    self.due[connection].push_back(due);
                    self.sent += 1;
                }
                Next::Wait(until) => return Ok(Some(until)),
                Next::Over { unsent } => {
                    self.tally.unsent = unsent;
                    return Ok(None);
                }
            }
        }
    }

    /// What comes next, and on which connection if that is a request.
    fn next(&self, end: Instant) -> (usize, Next) {
        let now = Instant::now();
        if let Some(rate) = self.rate {
            let schedule = Schedule { start: self.tally.start, end, rate };
            return (self.sent as usize % self.due.len(), schedule.next(self.sent, now));
        }
        match self.due.iter().position(VecDeque::is_empty) {
            _ if now >= end => (0, Next::Over { unsent: 0 }),
            Some(idle) => (idle, Next::Send(now)),
            // An answer wakes it up before that.
            None => (0, Next::Wait(now + AFTERMATH)),
        }
    }

    fn take_answers(&mut self) {
        for (connection, due) in self.due.iter_mut().enumerate() {
            while due.len() as u64 > self.crowd.unanswered(connection) {
                if let Some(due) = due.pop_front() {
                    self.tally.record(due.elapsed());
                }
            }
        }
    }
}
