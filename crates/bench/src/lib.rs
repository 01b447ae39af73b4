//! Load for any server that speaks the Pusher Channels protocol, as the command `gema bench`.
//!
//! One thread and one poll for thousands of sockets, so that the generator is not what is measured. Every message is
//! checked: one that is lost, doubled or out of order fails the run. The method stands in docs/benchmarks.md.

mod account;
mod churn;
mod connect;
mod connection;
mod course;
mod crowd;
mod encryption;
mod fanout;
mod flow;
mod mixed;
mod number;
mod pace;
mod page;
mod plot;
mod presence;
mod progress;
mod publish;
mod publisher;
mod refusal;
mod report;
mod socket;
mod sources;
mod subscription;
mod tally;
mod target;
mod timeline;
mod usage;

use std::io::Write;

use anyhow::ensure;

pub use encryption::TrustsAll;
pub use report::Format;
use report::{Destination, Run};

/// What is to be measured, and how it is told.
#[derive(Debug, Clone, clap::Args)]
pub struct Bench {
    #[command(subcommand)]
    task: Task,
    /// How the figures are written to standard output
    #[arg(long, global = true, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Write the figures and plots to FILE.html too, or only the plots to FILE.svg
    #[arg(long, global = true, value_name = "FILE")]
    report: Option<Destination>,
}

#[derive(Debug, Clone, clap::Subcommand)]
enum Task {
    /// Publish to one channel with many subscribers, and count and time every delivery
    Fanout(fanout::Fanout),
    /// Publish to many channels with a few subscribers each
    Channels(fanout::Channels),
    /// Send client events in many channels
    Whisper(fanout::Whisper),
    /// Publish to a channel that nobody has subscribed to: the HTTP API by itself
    Publish(publish::Publish),
    /// Let many members join a presence channel at once, and wait until each knows each
    Presence(presence::Presence),
    /// Open connections: how fast, what they weigh, and what is left of a burst
    Connect(connect::Connect),
    /// All of it at the same time, with connections that come and go
    Mixed(mixed::Mixed),
    /// Show results that were saved with `--format json` side by side
    Report(report::Options),
}

/// Runs a scenario and writes its figures, or writes a page of earlier ones.
///
/// # Errors
/// When the server refuses something or loses, doubles or reorders a message, when nothing happens for ten seconds, or
/// when the figures cannot be written or, if they were saved, read.
pub fn run(bench: &Bench, out: &mut impl Write) -> anyhow::Result<()> {
    let report = match &bench.task {
        Task::Fanout(scenario) => scenario.run(),
        Task::Channels(scenario) => scenario.run(),
        Task::Whisper(scenario) => scenario.run(),
        Task::Publish(scenario) => scenario.run(),
        Task::Presence(scenario) => scenario.run(),
        Task::Connect(scenario) => scenario.run(),
        Task::Mixed(scenario) => scenario.run(),
        Task::Report(options) => {
            ensure!(bench.report.is_none(), "--report is for a run; the file of this command is --output");
            return report::run(options);
        }
    }?;
    report.write(bench.format, out)?;
    match &bench.report {
        Some(destination) => destination.write(&[Run { name: report.scenario.clone(), report }]),
        None => Ok(()),
    }
}
