//! Load for any server that speaks the Pusher Channels protocol, as the command `gema bench`.
//!
//! One thread and one poll for thousands of sockets, so that the generator is not what is measured. Every message is
//! checked: one that is lost, doubled or out of order fails the run. The method stands in docs/benchmarks.md.

mod account;
mod connect;
mod connection;
mod crowd;
mod fanout;
mod progress;
mod publisher;
mod report;
mod target;
mod timeline;

use std::io::Write;

pub use report::Format;

/// What is to be measured, and how it is told.
#[derive(Debug, Clone, clap::Args)]
pub struct Bench {
    #[command(subcommand)]
    scenario: Scenario,
    /// How the figures are written to standard output
    #[arg(long, global = true, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Debug, Clone, clap::Subcommand)]
enum Scenario {
    /// Publish at a fixed rate to one channel, and count and time every delivery
    Fanout(fanout::Options),
    /// Open silent connections: how fast, and what they weigh
    Connect(connect::Options),
}

/// Runs a scenario and writes its figures.
///
/// # Errors
/// When the server refuses something or loses, doubles or reorders a message, when nothing happens for ten seconds, or
/// when the figures cannot be written.
pub fn run(bench: &Bench, out: &mut impl Write) -> anyhow::Result<()> {
    let report = match &bench.scenario {
        Scenario::Fanout(options) => fanout::run(options),
        Scenario::Connect(options) => connect::run(options),
    }?;
    report.write(bench.format, out)
}
