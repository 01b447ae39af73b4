//! Load for a running server: `cargo bench -p gema --bench load -- <scenario>`.
//!
//! One thread and one poll for thousands of sockets, so that the generator is not what is measured. `scripts/bench`
//! runs the scenarios that are published; the method stands in docs/benchmarks.md.

mod account;
mod connection;
mod crowd;
mod fanout;
mod floor;
mod idle;
mod publisher;
mod target;

use std::io;

use clap::{CommandFactory as _, Parser, Subcommand};

/// Load for a running server, and the floor that it is measured against
#[derive(Debug, Parser)]
#[command(name = "load")]
struct Cli {
    /// Cargo passes it to every benchmark
    #[arg(long, global = true, hide = true)]
    bench: bool,
    #[command(subcommand)]
    scenario: Option<Scenario>,
}

#[derive(Debug, Subcommand)]
enum Scenario {
    /// Serve as the reference: one plain poll loop, one write per delivery, nothing checked
    Floor(floor::Options),
    /// Publish at a fixed rate to one channel, and count and time every delivery
    Fanout(fanout::Options),
    /// Open silent connections, and weigh the server
    Idle(idle::Options),
}

fn main() -> anyhow::Result<()> {
    let out = &mut io::stdout().lock();
    match Cli::parse().scenario {
        Some(Scenario::Floor(options)) => floor::run(&options, out),
        Some(Scenario::Fanout(options)) => fanout::run(&options, out),
        Some(Scenario::Idle(options)) => idle::run(&options, out),
        // Without arguments it is run along with all other benchmarks, and there is no server to load.
        None => Ok(Cli::command().write_long_help(out)?),
    }
}
