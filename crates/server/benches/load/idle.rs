//! Silent connections and what they weigh.

use std::{
    io::Write,
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::bail;

use crate::{
    account::{Memory, descriptors},
    crowd::{Channels, Crowd},
    target::Target,
};

const CHANNEL: &str = "bench";
/// Connections that come and go first, so that what the server sets up once is not counted.
const WARMUP: usize = 10;
/// How long the server has to come to rest.
const REST: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(30);

/// Options of the scenario.
#[derive(Debug, clap::Args)]
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
/// memory that it has had before is not counted again.
///
/// # Errors
/// When the server does not subscribe all, or does not close them afterwards.
pub(crate) fn run(options: &Options, out: &mut impl Write) -> anyhow::Result<()> {
    let Options { target, sockets, private } = options;
    let channels = if *private { Channels::Private } else { Channels::Shared(CHANNEL) };
    let mut crowd = Crowd::new(target)?;
    crowd.gather(target, WARMUP.min(*sockets), channels)?;
    let few = descriptors(target.pid)?.saturating_sub(WARMUP);
    end(target.pid, crowd, few)?;
    let before = Memory::of(target.pid)?;

    let start = Instant::now();
    let mut crowd = Crowd::new(target)?;
    crowd.gather(target, *sockets, channels)?;
    let opened = start.elapsed();
    sleep(REST);
    let open = Memory::of(target.pid)?;
    end(target.pid, crowd, few)?;
    let dropped = Memory::of(target.pid)?;

    let each = |kib: u64, before: u64| kib.saturating_sub(before) as f64 * 1024.0 / *sockets as f64;
    writeln!(out, "connections: {sockets}")?;
    writeln!(out, "connections_per_second: {:.0}", *sockets as f64 / opened.as_secs_f64())?;
    for (name, Memory { resident, anonymous }) in [("before", before), ("open", open), ("dropped", dropped)] {
        writeln!(out, "rss_kib_{name}: {resident}")?;
        writeln!(out, "rss_anon_kib_{name}: {anonymous}")?;
    }
    writeln!(out, "rss_bytes_per_connection: {:.0}", each(open.resident, before.resident))?;
    writeln!(out, "rss_anon_bytes_per_connection: {:.0}", each(open.anonymous, before.anonymous))?;
    Ok(())
}

/// Drops the connections and waits until the server has done so too.
fn end(pid: u32, crowd: Crowd, few: usize) -> anyhow::Result<()> {
    drop(crowd);
    let start = Instant::now();
    while descriptors(pid)? > few {
        if start.elapsed() > PATIENCE {
            bail!("the server keeps connections that have ended");
        }
        sleep(REST / 10);
    }
    sleep(REST);
    Ok(())
}
