//! The `gema` command.

use std::{
    io::{IsTerminal, Write},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::Context;
use clap::Parser;
use gema::{
    banner::banner,
    cli::{Cli, Command, Exit, Start, WebhooksAction, WebhooksTest},
    config::{Config, Flags, reference_markdown, report},
    fd_limit,
    listen::listen,
};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

// It gives memory back after a burst, and needs less for a connection: docs/performance.md has the comparison.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

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
        Command::Bench(bench) => {
            fd_limit::raise().context("raise the limit of open files")?;
            gema_bench::run(&bench, &mut std::io::stdout().lock())?;
            Ok(Exit::Success)
        }
        Command::Webhooks(webhooks) => match webhooks.action {
            WebhooksAction::Test(test) => test_webhooks(&test),
        },
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
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    let fd_limit = fd_limit::raise().context("raise the limit of open files")?;
    let server = &config.server;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start the runtime")?;
    let in_runtime = runtime.enter();
    let listener = listen(&server.host, server.port)
        .with_context(|| format!("listen on {}:{}", server.host, server.port))?;
    let address = listener.local_addr().context("learn the address of the listener")?;
    // Before anybody is told that the server is there: who is told may stop it.
    let shutdown = shutdown_signal().context("listen for signals")?;
    drop(in_runtime);
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

fn test_webhooks(test: &WebhooksTest) -> anyhow::Result<Exit> {
    let directory = PathBuf::from(".");
    let config = match Config::of_process(&Flags::default(), &directory, test.config.as_deref()) {
        Ok(config) => config,
        Err(mistakes) => {
            eprint!("{}", report(&mistakes));
            return Ok(Exit::Usage);
        }
    };
    let runtime = tokio::runtime::Runtime::new().context("start the runtime")?;
    Ok(runtime.block_on(test.run(&config, &mut std::io::stdout().lock()))?)
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

/// Prints the output of a command. When nobody reads it, the server runs all the same.
fn print(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}
