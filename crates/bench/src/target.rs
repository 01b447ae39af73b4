//! The server under load.

use std::{
    convert::Infallible,
    net::SocketAddr,
    time::{Duration, Instant},
};

use gema_protocol::signature::Secret;

/// How long nothing may happen before a run is given up.
const PATIENCE: Duration = Duration::from_secs(10);

/// The server under load.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Target {
    /// Where it listens
    #[arg(long, value_name = "URL", default_value = "ws://127.0.0.1:8080", value_parser = address)]
    url: SocketAddr,
    /// Id of the application
    #[arg(long, default_value = "bench")]
    pub(crate) id: String,
    /// Key of the application
    #[arg(long, default_value = "bench-key")]
    pub(crate) key: String,
    /// Secret of the application
    #[arg(long, default_value = "bench-secret", value_parser = |text: &str| Ok::<_, Infallible>(Secret::new(text)))]
    pub(crate) secret: Secret,
    /// Process id of the server, whose CPU time and memory are read from /proc
    #[arg(long)]
    pub(crate) pid: Option<u32>,
}

impl Target {
    /// Where the server listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.url
    }
}

/// Gives a run up when nothing has happened for a while.
#[derive(Debug)]
pub(crate) struct Watchdog {
    progress: u64,
    since: Instant,
}

impl Watchdog {
    pub(crate) fn new() -> Self {
        Self { progress: 0, since: Instant::now() }
    }

    /// Whether `progress` has stood still for too long.
    pub(crate) fn is_stuck(&mut self, progress: u64) -> bool {
        if progress != self.progress {
            *self = Self { progress, since: Instant::now() };
        }
        self.since.elapsed() > PATIENCE
    }
}

fn address(url: &str) -> Result<SocketAddr, String> {
    let address = url.strip_prefix("ws://").ok_or("the URL has the form ws://IP:PORT")?;
    address.trim_end_matches('/').parse().map_err(|error| format!("{address}: {error}"))
}
