//! The `gema` command.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use clap::Parser;
use gema::{
    Listeners, Reloader, banner,
    cli::{Cli, Command, ConfigError, Exit, Reference, Start, WebhooksAction, WebhooksTest},
    config::{Config, Flags, MetricsAddress, reference_markdown, report},
    fd_limit,
    listen::{listen, listen_for_operators},
    logs::{self, LogFormat},
    metrics::metrics_markdown,
    notify,
};
use tokio::signal::unix::{SignalKind, signal};

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
        Command::ReverbStart(start) => self::start(&start.into()),
        Command::Init => {
            gema::cli::init(&directory, &mut std::io::stdout().lock())?;
            Ok(Exit::Success)
        }
        Command::Config(command) => match command.run(&directory, &mut std::io::stdout().lock()) {
            Err(ConfigError::Invalid(mistakes)) => {
                eprint!("{}", report(&mistakes));
                Ok(Exit::Usage)
            }
            result => result.map(|()| Exit::Success).map_err(Into::into),
        },
        Command::Tool(tool) => match tool.run(&directory, &mut std::io::stdout().lock()) {
            Ok(()) => Ok(Exit::Success),
            Err(error) => {
                eprintln!("gema: {error}");
                Ok(error.exit())
            }
        },
        Command::Completions(completions) => {
            completions.run(&mut std::io::stdout().lock())?;
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
        Command::Reference { of } => {
            print(&match of {
                Reference::Settings => reference_markdown(),
                Reference::Metrics => metrics_markdown(),
            });
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
    logs::init(config.server.log.as_deref(), config.server.log_format)?;
    let fd_limit = fd_limit::raise().context("raise the limit of open files")?;
    let server = &config.server;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start the runtime")?;
    let in_runtime = runtime.enter();
    let listener = listen(&server.host, server.port)
        .with_context(|| format!("listen on {}:{}", server.host, server.port))?;
    let address = listener.local_addr().context("learn the address of the listener")?;
    let admin =
        listen_for_operators(server.metrics_address).with_context(|| match server.metrics_address {
            MetricsAddress::At(address) => format!(
                "listen on {address} for metrics (set GEMA_METRICS_ADDRESS to another address, or to `off`)"
            ),
            _ => "listen for metrics (GEMA_METRICS_ADDRESS)".to_owned(),
        })?;
    let metrics = admin.as_ref().map(std::net::TcpListener::local_addr).transpose()?;
    // Before anybody is told that the server is there: who is told may stop it.
    let shutdown = shutdown_signal().context("listen for signals")?;
    let (reloader, reloads) = gema::reloads();
    let status = format!("Listening on {address}");
    runtime.spawn(reload_on_hangup(reloader, start.clone(), status.clone()).context("listen for signals")?);
    drop(in_runtime);
    match server.log_format {
        LogFormat::Text => print(&banner::banner(&config, address, metrics, fd_limit)),
        LogFormat::Json => banner::log(&config, address, metrics, fd_limit),
    }
    notify::ready(&status);
    if metrics.is_none() && server.metrics_address != MetricsAddress::Off {
        tracing::warn!(
            "{} is taken, so there are no metrics: set GEMA_METRICS_ADDRESS to another address, or to `off`",
            MetricsAddress::DEFAULT
        );
    }
    if !config.without_effect.is_empty() {
        tracing::info!(
            "These settings are known and have no effect here: {}",
            config.without_effect.join(", ")
        );
    }
    warn(&config);
    runtime.block_on(gema::run(config, Listeners { public: listener, admin }, reloads, shutdown))?;
    tracing::info!("Stopped");
    Ok(Exit::Success)
}

/// Logs what is most likely meant otherwise.
fn warn(config: &Config) {
    config.warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
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
        notify::stopping();
        tracing::info!("Gracefully terminating connections");
    })
}

/// Reads the configuration again at every SIGHUP. One with mistakes changes nothing.
fn reload_on_hangup(
    reloader: Reloader,
    start: Start,
    status: String,
) -> std::io::Result<impl Future<Output = ()>> {
    let mut hangup = signal(SignalKind::hangup())?;
    Ok(async move {
        while hangup.recv().await.is_some() {
            notify::reloading();
            let refused = match Config::of_process(&start.flags, Path::new("."), start.config.as_deref()) {
                Ok(config) => {
                    warn(&config);
                    reloader.reload(config).await.err().map(|error| error.to_string())
                }
                Err(mistakes) => Some(report(&mistakes)),
            };
            if let Some(reason) = refused {
                tracing::error!("The configuration is not reloaded, the present one goes on: {reason}");
            }
            notify::ready(&status);
        }
    })
}

/// Prints the output of a command. When nobody reads it, the server runs all the same.
fn print(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}
