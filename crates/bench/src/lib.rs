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
mod fanout;
mod flow;
mod mixed;
mod pace;
mod presence;
mod publish;
mod publisher;
mod report;
mod sources;
mod subscription;
mod tally;
mod target;
mod usage;

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
}

/// Runs a scenario and writes its figures.
///
/// # Errors
/// When the server refuses something or loses, doubles or reorders a message, when nothing happens for ten seconds, or
/// when the figures cannot be written.
pub fn run(bench: &Bench, out: &mut impl Write) -> anyhow::Result<()> {
    let report = match &bench.scenario {
        Scenario::Fanout(scenario) => scenario.run(),
        Scenario::Channels(scenario) => scenario.run(),
        Scenario::Whisper(scenario) => scenario.run(),
        Scenario::Publish(scenario) => scenario.run(),
        Scenario::Presence(scenario) => scenario.run(),
        Scenario::Connect(scenario) => scenario.run(),
        Scenario::Mixed(scenario) => scenario.run(),
    }?;
    report.write(bench.format, out)
}
