//! Silent connections: how fast they come, and what they weigh; and what is left of a burst.

use std::{
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{bail, ensure};

use crate::{
    account::{Memory, descriptors},
    course::Course,
    flow::{Plan, Sender},
    pace::Pace,
    report::Report,
    target::Target,
    timeline::Timeline,
    usage::Usage,
};

/// Connections that come and go first, so that what the server sets up once is not counted.
const WARMUP: usize = 10;
/// The one that sends the messages of a burst.
const PUBLISHERS: usize = 1;
/// Messages of a burst that are not delivered to all at any time.
const OUTSTANDING: u64 = 16;
/// How long its memory has to be the same before the server counts as at rest.
const REST: Duration = Duration::from_secs(2);
const LOOK: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_secs(30);
const A_DAY: Duration = Duration::from_secs(86_400);

/// Options of the scenario.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Connect {
    #[command(flatten)]
    target: Target,
    /// Connections
    #[arg(long, default_value_t = 10_000)]
    sockets: usize,
    /// Subscribe each to a private channel of its own, not all to one
    #[arg(long)]
    private: bool,
    /// Subscribe to nothing
    #[arg(long, conflicts_with_all = ["private", "churn"])]
    unsubscribed: bool,
    /// Not silent: before they hang up, they get large messages, and what the server keeps of the burst is told
    #[arg(long)]
    churn: bool,
    /// Messages of the burst: each to all, or with --private to one after the other
    #[arg(long, default_value_t = 1000, requires = "churn")]
    messages: u64,
    /// Bytes of the data of such a message
    #[arg(long, default_value_t = 8192, requires = "churn")]
    payload: usize,
}

impl Connect {
    /// Opens connections, and weighs the server before, meanwhile and after. Start a fresh server for each run:
    /// memory that it has had before is not counted again. Without the process of the server, only the rate is told.
    ///
    /// # Errors
    /// When the server does not subscribe all, does not deliver, or does not close them afterwards.
    pub(crate) fn run(&self) -> anyhow::Result<Report> {
        let Self { target, sockets, .. } = self;
        ensure!(*sockets > 0, "--sockets is at least 1");
        let few = WARMUP.min(*sockets);
        let course = self.gather(few)?;
        let scale = target.pid.map(|pid| Scale::new(pid, few)).transpose()?;
        drop(course);
        let start = scale.as_ref().map(Scale::weigh_empty).transpose()?;

        let (begin, before) = (Instant::now(), Usage::so_far(target, Duration::ZERO)?);
        let mut course = self.gather(*sockets)?;
        let (opened, used) = (begin.elapsed(), course.usage()?.since(&before));
        let open = scale.as_ref().map(Scale::weigh).transpose()?;
        course.look()?;
        let mut report = Report::new("connect");
        report.add("connections", *sockets as f64, 0);
        report.add("connections_per_second", *sockets as f64 / opened.as_secs_f64(), 0);
        used.report(opened, "connection", *sockets as u64, &mut report);
        if self.churn {
            let mut timeline = Timeline::new(target.pid);
            let elapsed = course.phase(A_DAY, &mut timeline)?;
            course.flows[0].tally.report(elapsed, "deliveries", &mut report);
            report.add_timeline(timeline);
            course.expect_silence()?;
        }
        let burst = scale.as_ref().filter(|_| self.churn).map(Scale::weigh).transpose()?;
        drop(course);
        let after = scale.as_ref().map(Scale::weigh_empty).transpose()?;
        for (name, memory) in [("start", start), ("open", open), ("burst", burst), ("after", after)] {
            if let Some(Memory { resident, anonymous }) = memory {
                report.add(format!("rss_{name}_kib"), resident as f64, 0);
                report.add(format!("rss_anon_{name}_kib"), anonymous as f64, 0);
            }
        }
        if let Some((start, open)) = start.zip(open) {
            let each = |kib: u64, before: u64| kib.saturating_sub(before) as f64 * 1024.0 / *sockets as f64;
            report.add("rss_per_connection_bytes", each(open.resident, start.resident), 0);
            report.add("rss_anon_per_connection_bytes", each(open.anonymous, start.anonymous), 0);
        }
        Ok(report)
    }

    fn gather(&self, sockets: usize) -> anyhow::Result<Course> {
        if self.unsubscribed {
            return Course::silent(&self.target, sockets);
        }
        let (channel, channels) = if self.private { ("private-bench", sockets) } else { ("bench", 1) };
        let plan = Plan {
            channel,
            channels,
            subscribers: sockets / channels,
            sender: Sender::Publishers(PUBLISHERS),
            pace: Pace::Outstanding(OUTSTANDING),
            payload: self.payload,
            most: Some(self.messages),
        };
        Course::gather(&self.target, vec![plan])
    }
}

/// Weighs a process that is at rest.
#[derive(Debug)]
struct Scale {
    pid: u32,
    /// Descriptors that it has open without connections.
    few: usize,
}

impl Scale {
    /// While the process has so many connections.
    fn new(pid: u32, connections: usize) -> anyhow::Result<Self> {
        Ok(Self { pid, few: descriptors(pid)?.saturating_sub(connections) })
    }

    /// Waits until the server has given back what it gives back.
    fn weigh(&self) -> anyhow::Result<Memory> {
        let start = Instant::now();
        let (mut memory, mut since) = (Memory::of(self.pid)?, start);
        while since.elapsed() < REST && start.elapsed() < PATIENCE {
            sleep(LOOK);
            let now = Memory::of(self.pid)?;
            if now.resident != memory.resident {
                (memory, since) = (now, Instant::now());
            }
        }
        Ok(memory)
    }

    /// Waits until the server has dropped the connections that were dropped here.
    fn weigh_empty(&self) -> anyhow::Result<Memory> {
        let start = Instant::now();
        while descriptors(self.pid)? > self.few {
            if start.elapsed() > PATIENCE {
                bail!("the server keeps connections that have ended");
            }
            sleep(LOOK);
        }
        self.weigh()
    }
}
