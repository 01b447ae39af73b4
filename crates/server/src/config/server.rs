//! Settings of the process.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    num::NonZeroUsize,
    path::PathBuf,
    time::Duration,
};

use super::{Flags, PathPrefix, env, parse, reader::Reader, tls};
use crate::{logs::LogFormat, tls::TlsSettings, webhooks::SpoolConfig};

/// Settings of the process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerConfig {
    /// Address to listen on: an IP address (without brackets) or a host name.
    pub host: String,
    /// Port to listen on; 0 lets the system choose.
    pub port: u16,
    /// Prefix of all paths.
    pub path: PathPrefix,
    /// Public host name, for the banner.
    pub hostname: Option<String>,
    /// Public port, for the banner.
    pub public_port: u16,
    /// Public scheme, for the banner.
    pub public_scheme: Scheme,
    /// Bytes of the body of one HTTP request.
    pub max_request_size: usize,
    /// Threads that serve connections.
    pub shards: usize,
    /// Open connections of the process; `None` is no limit.
    pub max_connections: Option<u32>,
    /// HTTP connections that are served at the same time.
    pub max_http_connections: usize,
    /// How long a client may take for the head of its first request.
    pub handshake_timeout: Duration,
    /// How long an HTTP connection may be idle between two requests.
    pub http_idle_timeout: Duration,
    /// How long the body of a request may take to arrive.
    pub request_timeout: Duration,
    /// How long the server waits at its end for connections to close.
    pub shutdown_grace: Duration,
    /// Bytes that may wait for one shard.
    pub inbox_size: usize,
    /// Where webhooks wait.
    pub webhook_spool: SpoolConfig,
    /// Where certificates come from, if the port speaks TLS.
    pub tls: Option<TlsSettings>,
    /// Where operators find metrics.
    pub metrics_address: MetricsAddress,
    /// What is logged, as a filter that is right; `None` leaves it to `RUST_LOG`.
    pub log: Option<String>,
    /// The form of the logs.
    pub log_format: LogFormat,
    /// Whether to log what every connection does.
    pub debug: bool,
}

/// Where operators find metrics.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MetricsAddress {
    /// Nothing is configured: [`DEFAULT`](Self::DEFAULT), unless somebody else is there.
    #[default]
    Default,
    /// There.
    At(SocketAddr),
    /// Nowhere.
    Off,
}

impl MetricsAddress {
    /// Where they are when nothing is configured.
    pub const DEFAULT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9601);
}

/// Scheme of the public address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Without encryption.
    Http,
    /// With TLS, by this server or by a proxy.
    Https,
}

impl Scheme {
    /// The scheme of the WebSocket address.
    #[must_use]
    pub fn websocket(self) -> &'static str {
        match self {
            Self::Http => "ws",
            Self::Https => "wss",
        }
    }

    /// The port that addresses of this scheme leave out.
    #[must_use]
    pub fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http => "http",
            Self::Https => "https",
        })
    }
}

pub(super) fn read(reader: &mut Reader<'_>, flags: &Flags) -> ServerConfig {
    ServerConfig {
        host: reader.value(&env::REVERB_SERVER_HOST, parse::host),
        port: reader.value(&env::REVERB_SERVER_PORT, parse::listen_port),
        path: reader.value(&env::REVERB_SERVER_PATH, parse::path),
        hostname: reader.optional(&env::REVERB_HOST, parse::host),
        public_port: reader.value(&env::REVERB_PORT, parse::port),
        public_scheme: reader.value(&env::REVERB_SCHEME, parse::scheme),
        max_request_size: reader.value(&env::REVERB_MAX_REQUEST_SIZE, parse::bytes),
        shards: reader.optional(&env::GEMA_SHARDS, parse::shards).unwrap_or_else(cores),
        max_connections: reader.optional(&env::GEMA_MAX_CONNECTIONS, parse::count32),
        max_http_connections: reader.value(&env::GEMA_MAX_HTTP_CONNECTIONS, parse::count),
        handshake_timeout: reader.value(&env::GEMA_HANDSHAKE_TIMEOUT, parse::seconds),
        http_idle_timeout: reader.value(&env::GEMA_HTTP_IDLE_TIMEOUT, parse::seconds),
        request_timeout: reader.value(&env::GEMA_REQUEST_TIMEOUT, parse::seconds),
        shutdown_grace: reader.value(&env::GEMA_SHUTDOWN_GRACE, parse::seconds_or_zero),
        inbox_size: reader.value(&env::GEMA_INBOX_SIZE, parse::inbox_size),
        webhook_spool: webhook_spool(reader),
        tls: tls::read(reader),
        metrics_address: reader
            .optional(&env::GEMA_METRICS_ADDRESS, parse::metrics_address)
            .unwrap_or_default(),
        log: reader.optional(&env::GEMA_LOG, parse::log_filter),
        log_format: reader.value(&env::GEMA_LOG_FORMAT, parse::log_format),
        debug: flags.debug,
    }
}

fn webhook_spool(reader: &mut Reader<'_>) -> SpoolConfig {
    SpoolConfig {
        path: PathBuf::from(reader.value(&env::GEMA_WEBHOOK_SPOOL, parse::text)),
        size: reader.value(&env::GEMA_WEBHOOK_SPOOL_SIZE, parse::spool_size),
        fsync: reader.value(&env::GEMA_WEBHOOK_FSYNC, parse::boolean),
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZeroUsize::get).min(255)
}
