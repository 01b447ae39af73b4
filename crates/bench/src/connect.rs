//! Silent connections: how fast they come, and what they weigh.

use std::{
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::bail;

use crate::{
    account::{Memory, descriptors},
    crowd::{Channels, Crowd},
    report::Report,
    target::Target,
};

const CHANNEL: &str = "bench";
/// Connections that come and go first, so that what the server sets up once is not counted.
const WARMUP: usize = 10;
/// How long the server has to come to rest.
const REST: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(30);

/// Options of the scenario.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    target: Target,
    /// Connections
    #[arg(long, default_value_t = 10_000)]
    sockets: usize,
    /// Subscribe each to a private channel of its own, not all to one
    #[arg(long)]
    private: bool,
}

/// Opens silent connections, and weighs the server before, meanwhile and after. Start a fresh server for each run:
/// memory that it has had before is not counted again. Without the process of the server, only the rate is told.
///
/// # Errors
/// When the server does not subscribe all, or does not close them afterwards.
pub(crate) fn run(options: &Options) -> anyhow::Result<Report> {
    let Options { target, sockets, private } = options;
    let channels = if *private { Channels::Private } else { Channels::Shared(CHANNEL) };
    let mut crowd = Crowd::new(target)?;
    crowd.gather(target, WARMUP.min(*sockets), channels)?;
    let scale = target.pid.map(|pid| Scale::new(pid, WARMUP.min(*sockets))).transpose()?;
    drop(crowd);
    let before = scale.as_ref().map(Scale::weigh_empty).transpose()?;

    let start = Instant::now();
    let mut crowd = Crowd::new(target)?;
    crowd.gather(target, *sockets, channels)?;
    let opened = start.elapsed();
    let open = scale.as_ref().map(Scale::weigh).transpose()?;
    drop(crowd);
    let after = scale.as_ref().map(Scale::weigh_empty).transpose()?;

    let mut report = Report::new("connect");
    report.add("connections", *sockets as f64, 0);
    report.add("connections_per_second", *sockets as f64 / opened.as_secs_f64(), 0);
    if let (Some(before), Some(open), Some(after)) = (before, open, after) {
        add_memory(&mut report, *sockets, before, open, after);
    }
    Ok(report)
}

fn add_memory(report: &mut Report, sockets: usize, before: Memory, open: Memory, after: Memory) {
    let each = |kib: u64, before: u64| kib.saturating_sub(before) as f64 * 1024.0 / sockets as f64;
    for (name, Memory { resident, anonymous }) in [("before", before), ("open", open), ("after", after)] {
        report.add(format!("rss_{name}_kib"), resident as f64, 0);
        report.add(format!("rss_anon_{name}_kib"), anonymous as f64, 0);
    }
    report.add("rss_per_connection_bytes", each(open.resident, before.resident), 0);
    report.add("rss_anon_per_connection_bytes", each(open.anonymous, before.anonymous), 0);
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

    fn weigh(&self) -> anyhow::Result<Memory> {
        sleep(REST);
        Memory::of(self.pid)
    }

    /// Waits until the server has dropped the connections that were dropped here.
    fn weigh_empty(&self) -> anyhow::Result<Memory> {
        let start = Instant::now();
        while descriptors(self.pid)? > self.few {
            if start.elapsed() > PATIENCE {
                bail!("the server keeps connections that have ended");
            }
            sleep(REST / 10);
        }
        self.weigh()
    }
}
