//! The `gema` command.

use std::{
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::Context;
use clap::Parser;
use gema::{
    banner::banner,
    cli::{Cli, Command, Exit, Start},
    config::{Config, reference_markdown, report},
    fd_limit,
};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match execute(cli.command) {
        Ok(exit) => exit.into(),
        Err(error) => {
            eprintln!("gema: {error:#}");
            Exit::Failure.into()
        }
    }
}

fn execute(command: Command) -> anyhow::Result<Exit> {
    let directory = PathBuf::from(".");
    match command {
        Command::Start(start) => self::start(&start),
        Command::Init => {
            gema::cli::init(&directory, &mut std::io::stdout().lock())?;
            Ok(Exit::Success)
        }
        Command::Reference => {
            print(&reference_markdown());
            Ok(Exit::Success)
        }
    }
}

fn start(start: &Start) -> anyhow::Result<Exit> {
    let directory = PathBuf::from(".");
    let config = match Config::of_process(&start.flags, &directory, start.config.as_deref()) {
        Ok(config) => config,
        Err(mistakes) => {
            eprint!("{}", report(&mistakes));
            return Ok(Exit::Usage);
        }
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let fd_limit = fd_limit::raise().context("raise the limit of open files")?;
    let server = &config.server;
    let listener = TcpListener::bind((server.host.as_str(), server.port))
        .with_context(|| format!("listen on {}:{}", server.host, server.port))?;
    let address: SocketAddr = listener.local_addr().context("learn the address of the listener")?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start the runtime")?;
    // Before anybody is told that the server is there: who is told may stop it.
    let shutdown = {
        let _runtime = runtime.enter();
        shutdown_signal().context("listen for signals")?
    };
    print(&banner(&config, address, fd_limit));
    if !config.without_effect.is_empty() {
        tracing::info!(
            "These settings are known and have no effect here: {}",
            config.without_effect.join(", ")
        );
    }
    runtime.block_on(gema::run(config, listener, shutdown))?;
    tracing::info!("Stopped");
    Ok(Exit::Success)
}

/// Completes at SIGTERM or SIGINT.
fn shutdown_signal() -> std::io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("Gracefully terminating connections");
    })
}

#[expect(clippy::print_stdout, reason = "the output of a command")]
fn print(text: &str) {
    print!("{text}");
}
