//! The `booking` command.

use std::{
    future::Future,
    io::{self, IsTerminal as _, Write as _},
    path::Path,
    process::ExitCode,
};

use anyhow::Context as _;
use booking::{
    Application,
    banner::{self, Places},
    cli::{Cli, Command, Exit, NewAccount, Outbox, Seed, Serve, SessionToAdd, Sessions, Users},
    clock::Clock,
    config::{BookingConfig, Environment, InvalidSetting},
    db::Db,
    http, metrics, outbox, seed,
    services::Services,
    sessions, users,
};
use clap::Parser as _;
use gema_broadcast::Broadcaster;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tracing_subscriber::EnvFilter;

/// Why there is no demonstration where others can reach the API.
const NO_DEMO: &str = "--demo makes accounts whose passwords everybody knows; set BOOKING_HOST to 127.0.0.1";

fn main() -> ExitCode {
    let cli = Cli::parse();
    let environment = Environment::of_process(Path::new(".")).map_err(|mistake| vec![mistake]);
    let config = match environment.and_then(|environment| BookingConfig::load(&environment)) {
        Ok(config) => config,
        Err(mistakes) => {
            eprint!("{}", InvalidSetting::report(&mistakes));
            return Exit::Usage.into();
        }
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr)
        .init();
    match execute(cli.command.unwrap_or(Command::Serve(Serve::default())), config) {
        Ok(exit) => exit.into(),
        Err(error) => {
            eprintln!("booking: {error:#}");
            Exit::Failure.into()
        }
    }
}

#[tokio::main]
async fn execute(command: Command, config: BookingConfig) -> anyhow::Result<Exit> {
    match command {
        Command::Serve(options) => serve(config, options).await,
        Command::Migrate => {
            Db::open(&config.database).await?.close().await;
            print(&format!("{} is up to date.\n", config.database));
            Ok(Exit::Success)
        }
        Command::Seed(options) => seed(&config, options).await,
        Command::Session(Sessions::Add(session)) => add_session(&config, session).await,
        Command::User(Users::Add(account)) => add_user(&config, account).await,
        Command::Simulate(options) => {
            let simulation = options.simulation(config.url());
            print(&format!("{}\n", simulation.run(shutdown_signal()?).await?));
            Ok(Exit::Success)
        }
        Command::Outbox(command) => outbox(&config, command).await,
        Command::OpenApi => {
            print(&http::openapi_text());
            Ok(Exit::Success)
        }
    }
}

async fn serve(config: BookingConfig, options: Serve) -> anyhow::Result<Exit> {
    if options.demo && !config.is_local() {
        return Ok(refuse(NO_DEMO));
    }
    let db = Db::open(&config.database).await?;
    let services = services(&db, &config);
    if !config.is_local()
        && let Some(email) = seed::open_accounts(&services).await?.first()
    {
        db.close().await;
        return Ok(refuse(&format!(
            "{} has the demonstration's account {email}, whose password everybody knows; set DATABASE_URL to a \
             database without the demonstration, or BOOKING_HOST to 127.0.0.1",
            config.database
        )));
    }
    let seeded = match options.demo {
        true => seed::seed(&services, &db, &Clock::system(), options.seed).await?,
        false => seed::Seeded::default(),
    };
    let (host, port) = (config.host.as_str(), config.port);
    let listener = TcpListener::bind((host, port))
        .await
        .with_context(|| format!("listen on {host}:{port} (BOOKING_HOST, BOOKING_PORT)"))?;
    let metrics = match config.metrics {
        Some(address) => {
            let listener = TcpListener::bind(address)
                .await
                .with_context(|| format!("listen on {address} (BOOKING_METRICS)"))?;
            Some((listener, metrics::install().context("collect metrics")?))
        }
        None => None,
    };
    // Before anybody is told that the application is there: who is told may stop it.
    let shutdown = shutdown_signal()?;
    let places = Places {
        api: listener.local_addr()?,
        metrics: metrics.as_ref().map(|(listener, _)| listener.local_addr()).transpose()?,
    };
    print(&banner::banner(&config, places, &seeded.accounts));
    let application = Application {
        services,
        http: config.http_options(),
        broadcaster: Broadcaster::new(config.broadcast).context("set up broadcasting")?,
        relay_poll: config.relay_poll,
        metrics,
    };
    application.run(listener, shutdown).await?;
    db.close().await;
    Ok(Exit::Success)
}

async fn seed(config: &BookingConfig, options: Seed) -> anyhow::Result<Exit> {
    if !config.is_local() {
        return Ok(refuse(NO_DEMO));
    }
    let db = Db::open(&config.database).await?;
    let seeded = seed::seed(&services(&db, config), &db, &Clock::system(), options.seed).await?;
    let made = format!("\n  Made {} sessions and {} bookings.\n", seeded.sessions, seeded.bookings);
    print(&(banner::accounts(&seeded.accounts) + &made));
    db.close().await;
    Ok(Exit::Success)
}

async fn add_session(config: &BookingConfig, session: SessionToAdd) -> anyhow::Result<Exit> {
    let db = Db::open(&config.database).await?;
    print(&sessions::add(&services(&db, config), session).await?);
    db.close().await;
    Ok(Exit::Success)
}

async fn add_user(config: &BookingConfig, account: NewAccount) -> anyhow::Result<Exit> {
    let db = Db::open(&config.database).await?;
    print(&users::add(&services(&db, config), account, io::stdin().lock()).await?);
    db.close().await;
    Ok(Exit::Success)
}

async fn outbox(config: &BookingConfig, command: Outbox) -> anyhow::Result<Exit> {
    let db = Db::open(&config.database).await?;
    let done = outbox::execute(&services(&db, config).outgoing, command).await?;
    print(&done.text);
    db.close().await;
    Ok(if done.found { Exit::Success } else { Exit::Failure })
}

fn services(db: &Db, config: &BookingConfig) -> Services {
    Services::new(db, &Clock::system(), config.settings)
}

/// Completes at SIGTERM or SIGINT.
fn shutdown_signal() -> anyhow::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate()).context("listen for signals")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("listen for signals")?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Says why nothing is done with these arguments and settings.
fn refuse(reason: &str) -> Exit {
    eprintln!("booking: {reason}");
    Exit::Usage
}

/// Prints the output of a command. When nobody reads it, the application runs all the same.
fn print(text: &str) {
    let _ = io::stdout().write_all(text.as_bytes());
}
