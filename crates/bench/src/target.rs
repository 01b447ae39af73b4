//! The server under load.

use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr, ToSocketAddrs as _},
    time::{Duration, Instant},
};

use gema_protocol::signature::Secret;

use crate::encryption::{self, Encryption};

/// How long nothing may happen before a run is given up.
const PATIENCE: Duration = Duration::from_secs(10);
const PORT: u16 = 80;
const TLS_PORT: u16 = 443;

/// The server under load.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Target {
    /// Where it listens
    #[arg(long, value_name = "URL", default_value = "ws://127.0.0.1:8080", value_parser = Address::parse)]
    url: Address,
    /// Id of the application
    #[arg(long, visible_alias = "app-id", default_value = "bench")]
    pub(crate) id: String,
    /// Key of the application
    #[arg(long, default_value = "bench-key")]
    pub(crate) key: String,
    /// Secret of the application
    #[arg(long, default_value = "bench-secret", value_parser = |text: &str| Ok::<_, Infallible>(Secret::new(text)))]
    pub(crate) secret: Secret,
    /// Where clients say that they come from, as browsers do, for an application that does not allow every origin
    #[arg(long, value_name = "URL", value_parser = origin_of)]
    pub(crate) origin: Option<String>,
    /// Process id of the server, whose CPU time and memory are read from /proc
    #[arg(long)]
    pub(crate) pid: Option<u32>,
    /// Addresses that connections come from, in turn: one has ports for 28,000 connections
    #[arg(long, value_name = "IP", value_delimiter = ',')]
    pub(crate) source: Vec<IpAddr>,
    #[command(flatten)]
    tls: encryption::TlsOptions,
}

/// Where a server listens.
#[derive(Debug, Clone)]
struct Address {
    /// Host and port, as requests name them.
    authority: String,
    /// The host alone, if connections to it are encrypted.
    encrypted: Option<String>,
    resolved: SocketAddr,
}

impl Target {
    /// Where the server listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.url.resolved
    }

    /// How connections to it are encrypted, if they are.
    ///
    /// # Errors
    /// There is nobody to trust.
    pub(crate) fn encryption(&self) -> anyhow::Result<Option<Encryption>> {
        self.url.encrypted.as_deref().map(|host| self.tls.encryption(host)).transpose()
    }

    /// Host and port, as the `Host` of a request.
    pub(crate) fn authority(&self) -> &str {
        &self.url.authority
    }
}

/// An origin as browsers send it.
fn origin_of(text: &str) -> Result<String, String> {
    let is_origin = text.contains("://") && text.chars().all(|c| c.is_ascii_graphic());
    if is_origin { Ok(text.to_owned()) } else { Err("an origin has the form https://HOST".to_owned()) }
}

impl Address {
    fn parse(url: &str) -> Result<Self, String> {
        let (is_encrypted, authority) = match url.split_once("://") {
            Some(("ws" | "http", authority)) => (false, authority.trim_end_matches('/')),
            Some(("wss" | "https", authority)) => (true, authority.trim_end_matches('/')),
            _ => return Err("the URL has the form ws://HOST:PORT or wss://HOST:PORT".to_owned()),
        };
        // With a port it is complete; an IPv6 address has colons without having one.
        let has_port = authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let port = if is_encrypted { TLS_PORT } else { PORT };
        let complete = if has_port { authority.to_owned() } else { format!("{authority}:{port}") };
        let mut addresses = complete.to_socket_addrs().map_err(|error| format!("{authority}: {error}"))?;
        let resolved = addresses.next().ok_or_else(|| format!("{authority} has no address"))?;
        let host = complete.rsplit_once(':').map_or(complete.as_str(), |(host, _)| host);
        let encrypted = is_encrypted.then(|| host.trim_matches(['[', ']']).to_owned());
        Ok(Self { authority: authority.to_owned(), encrypted, resolved })
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

#[cfg(test)]
mod tests {
    use super::{Address, origin_of};

    #[test]
    fn a_url_has_a_host_and_perhaps_a_port() {
        for (url, authority, resolved, encrypted) in [
            ("ws://127.0.0.1:6001", "127.0.0.1:6001", "127.0.0.1:6001", None),
            ("ws://127.0.0.1/", "127.0.0.1", "127.0.0.1:80", None),
            ("http://[::1]:8080", "[::1]:8080", "[::1]:8080", None),
            ("wss://127.0.0.1", "127.0.0.1", "127.0.0.1:443", Some("127.0.0.1")),
            ("https://[::1]:8443", "[::1]:8443", "[::1]:8443", Some("::1")),
        ] {
            let address = Address::parse(url).unwrap();
            assert_eq!(address.authority, authority);
            assert_eq!(address.encrypted.as_deref(), encrypted);
            assert_eq!(address.resolved, resolved.parse().unwrap());
        }
        let address = Address::parse("ws://localhost:6001").unwrap();
        assert!(address.resolved.ip().is_loopback());
    }

    #[test]
    fn an_origin_adds_no_lines_to_a_request() {
        assert_eq!(origin_of("https://example.com:3000").as_deref(), Ok("https://example.com:3000"));
        for text in ["example.com", "", "https://a b", "https://a\r\nhost: b", "https://é.test"] {
            assert!(origin_of(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_url_is_refused() {
        for url in ["127.0.0.1:8080", "ftp://127.0.0.1:8080", "ws://a..b:1", "ws://"] {
            assert!(Address::parse(url).is_err(), "{url}");
        }
    }
}
