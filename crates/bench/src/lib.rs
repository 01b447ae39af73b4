//! Load for any server that speaks the Pusher Channels protocol, as the command `gema bench`.
//!
//! One thread and one poll for thousands of sockets, so that the generator is not what is measured. Every message is
//! checked: one that is lost, doubled or out of order fails the run. The method stands in docs/benchmarks.md.

mod account;
mod connect;
mod connection;
mod crowd;
mod fanout;
mod number;
mod page;
mod plot;
mod progress;
mod publisher;
mod report;
mod target;
mod timeline;

use std::io::Write;

use anyhow::ensure;

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
    /// Publish at a fixed rate to one channel, and count and time every delivery
    Fanout(fanout::Options),
    /// Open silent connections: how fast, and what they weigh
    Connect(connect::Options),
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
        Task::Fanout(options) => fanout::run(options)?,
        Task::Connect(options) => connect::run(options)?,
        Task::Report(options) => {
            ensure!(bench.report.is_none(), "--report is for a run; the file of this command is --output");
            return report::run(options);
        }
    };
    report.write(bench.format, out)?;
    match &bench.report {
        Some(destination) => destination.write(&[Run { name: report.scenario.clone(), report }]),
        None => Ok(()),
    }
}
