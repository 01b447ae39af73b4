//! What an operator sets, from the environment and `.env`.

mod environment;
mod reader;
mod server;
pub mod variables;

use std::{
    net::{IpAddr, SocketAddr},
    num::{NonZeroU32, NonZeroU64},
    path::Path,
    time::Duration,
};

use axum::http::{HeaderValue, Uri};
use gema_broadcast::{BroadcastConfig, ReverbConnection};

pub use environment::Environment;

use crate::{
    db::DatabaseUrl,
    http::{ClientConfig, FrontEnds, HttpOptions, InvalidProxies, LimitClock, TrustedProxies},
    services::Settings,
};
use reader::{Reader, Wrong};
use variables::{
    BOOKING_ALLOWED_ORIGINS, BOOKING_DAYS_AHEAD, BOOKING_HOST, BOOKING_LOGIN_RATE_LIMIT, BOOKING_MAX_PENDING,
    BOOKING_METRICS, BOOKING_PAYMENT_DELAY, BOOKING_PENDING_MINUTES, BOOKING_PORT, BOOKING_RATE_LIMIT,
    BOOKING_RELAY_POLL, BOOKING_TOKEN_DAYS, BOOKING_TRUSTED_PROXIES, BOOKING_WEB, DATABASE_URL,
};

/// Where front ends have their subscriptions authorized.
const AUTH_ENDPOINT: &str = "/api/broadcasting/auth";

/// How the application runs.
#[derive(Debug, Clone)]
pub struct BookingConfig {
    /// Where the database is.
    pub database: DatabaseUrl,
    /// Address or host name to listen on.
    pub host: String,
    /// Port to listen on.
    pub port: u16,
    /// Origins whose pages may call the API.
    pub allowed_origins: Vec<HeaderValue>,
    /// The front ends, if they are served.
    pub front_ends: Option<FrontEnds>,
    /// The proxies whose word about their clients' addresses counts.
    pub trusted_proxies: TrustedProxies,
    /// Requests per minute of one user or address.
    pub rate_limit: NonZeroU32,
    /// Attempts to log in, and registrations, per minute.
    pub login_rate_limit: NonZeroU32,
    /// The rules of the services.
    pub settings: Settings,
    /// How often the relay looks for events of other processes.
    pub relay_poll: Duration,
    /// Where figures are served, if anywhere.
    pub metrics: Option<SocketAddr>,
    /// Where events go.
    pub broadcast: BroadcastConfig,
    /// The server that browsers connect to, and the application at it.
    pub server: ReverbConnection,
    /// Whether that is the development application, because nothing else is set.
    pub development: bool,
}

/// One mistake in the configuration. It never repeats a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{setting}: {reason}; {remedy}")]
pub struct InvalidSetting {
    /// The variable, or the file.
    pub setting: String,
    /// What is wrong with it.
    pub reason: String,
    /// What to do.
    pub remedy: String,
}

impl BookingConfig {
    /// Reads the settings.
    ///
    /// # Errors
    /// All mistakes at once.
    pub fn load(environment: &Environment) -> Result<Self, Vec<InvalidSetting>> {
        let mut reader = Reader::new(environment);
        reader.refuse_unknown();
        let database = reader.value(&DATABASE_URL, database);
        let host = reader.value(&BOOKING_HOST, |text| Ok(text.to_owned()));
        let port = reader.value(&BOOKING_PORT, port);
        let allowed_origins = reader.value(&BOOKING_ALLOWED_ORIGINS, origins);
        let front_ends = reader.value(&BOOKING_WEB, front_ends);
        let trusted_proxies = reader.value(&BOOKING_TRUSTED_PROXIES, trusted_proxies);
        let rate_limit = reader.value(&BOOKING_RATE_LIMIT, positive);
        let login_rate_limit = reader.value(&BOOKING_LOGIN_RATE_LIMIT, positive);
        let payment_delay = reader.value(&BOOKING_PAYMENT_DELAY, whole);
        let pending_minutes = reader.value(&BOOKING_PENDING_MINUTES, span);
        let days_ahead = reader.value(&BOOKING_DAYS_AHEAD, whole);
        let max_pending = reader.value(&BOOKING_MAX_PENDING, positive);
        let token_days = reader.value(&BOOKING_TOKEN_DAYS, span);
        let relay_poll = reader.value(&BOOKING_RELAY_POLL, span);
        let metrics = reader.value(&BOOKING_METRICS, address);
        let broadcasting = server::read(&mut reader, host.as_deref().is_some_and(is_loopback));
        let mistakes = reader.finish();
        let complete = || {
            let broadcasting = broadcasting?;
            Some(Self {
                database: database?,
                host: host?,
                port: port?,
                allowed_origins: allowed_origins?,
                front_ends: front_ends?,
                trusted_proxies: trusted_proxies?,
                rate_limit: rate_limit?,
                login_rate_limit: login_rate_limit?,
                settings: Settings {
                    payment_delay: Duration::from_secs(payment_delay?),
                    pending: Duration::from_secs(pending_minutes?.get() * 60),
                    days_ahead: days_ahead?,
                    max_pending: max_pending?,
                    token_lifetime: Duration::from_secs(token_days?.get() * 24 * 60 * 60),
                },
                relay_poll: Duration::from_millis(relay_poll?.get()),
                metrics: metrics?,
                broadcast: broadcasting.broadcast,
                server: broadcasting.server,
                development: broadcasting.development,
            })
        };
        match complete() {
            Some(config) if mistakes.is_empty() => Ok(config),
            _ => Err(mistakes),
        }
    }

    /// Whether only this machine can reach the API.
    #[must_use]
    pub fn is_local(&self) -> bool {
        is_loopback(&self.host)
    }

    /// Where a client on this machine finds the API.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}:{}", bracketed(&self.host), self.port)
    }

    /// What the API has to know of it.
    #[must_use]
    pub fn http_options(&self) -> HttpOptions {
        let server = &self.server;
        HttpOptions {
            allowed_origins: self.allowed_origins.clone(),
            front_ends: self.front_ends.clone(),
            trusted_proxies: self.trusted_proxies.clone(),
            rate_limit: self.rate_limit,
            login_rate_limit: self.login_rate_limit,
            limit_clock: LimitClock::default(),
            client_config: ClientConfig {
                key: server.credentials.key.clone(),
                host: server.host.clone(),
                port: server.port,
                scheme: server.scheme.to_string(),
                path: server.path.clone(),
                auth_endpoint: AUTH_ENDPOINT.to_owned(),
            },
            credentials: server.credentials.clone(),
        }
    }
}

impl InvalidSetting {
    /// All mistakes, a line for each, under a headline.
    #[must_use]
    pub fn report(mistakes: &[Self]) -> String {
        let lines: String = mistakes.iter().map(|mistake| format!("  {mistake}\n")).collect();
        match mistakes.len() {
            1 => format!("booking does not start: a setting is wrong.\n\n{lines}"),
            count => format!("booking does not start: {count} settings are wrong.\n\n{lines}"),
        }
    }
}

/// A host as it stands in a URL.
pub(crate) fn bracketed(host: &str) -> String {
    if host.contains(':') { format!("[{host}]") } else { host.to_owned() }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn database(text: &str) -> Result<DatabaseUrl, Wrong> {
    // Not quoted: it may hold a password.
    text.parse().map_err(|error: crate::db::InvalidDatabaseUrl| {
        Wrong::new(error.to_string(), "write where the database is")
    })
}

fn port(text: &str) -> Result<u16, Wrong> {
    text.parse().map_err(|_| Wrong::of(text, "is no port", "write a number of 0 to 65535"))
}

fn positive(text: &str) -> Result<NonZeroU32, Wrong> {
    text.parse().map_err(|_| Wrong::of(text, "is no positive number", "write a whole number from 1"))
}

fn whole(text: &str) -> Result<u64, Wrong> {
    match text.parse() {
        Ok(number) if number <= MAX_SPAN => Ok(number),
        _ => Err(Wrong::of(text, "is no number", "write a whole number of 0 to 100000")),
    }
}

fn span(text: &str) -> Result<NonZeroU64, Wrong> {
    match text.parse::<NonZeroU64>() {
        Ok(number) if number.get() <= MAX_SPAN => Ok(number),
        _ => Err(Wrong::of(text, "is no positive number", "write a whole number of 1 to 100000")),
    }
}

/// So that no sum of a moment and a span is beyond the calendar of a database.
const MAX_SPAN: u64 = 100_000;

fn address(text: &str) -> Result<Option<SocketAddr>, Wrong> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| {
        Wrong::of(
            text,
            "is no address with a port",
            "write an IP address and a port, such as 127.0.0.1:9602, or nothing",
        )
    })
}

fn trusted_proxies(text: &str) -> Result<TrustedProxies, Wrong> {
    text.parse().map_err(|error: InvalidProxies| {
        let remedy = "write the addresses that your proxies connect from, such as 127.0.0.1 or 10.0.0.0/8";
        Wrong::of(text, &error.to_string(), remedy)
    })
}

fn origins(text: &str) -> Result<Vec<HeaderValue>, Wrong> {
    text.split(',').map(str::trim).filter(|origin| !origin.is_empty()).map(origin).collect()
}

fn origin(text: &str) -> Result<HeaderValue, Wrong> {
    let wrong = || {
        let remedy = "write what a browser sends, such as https://app.example.com, separated by commas";
        Wrong::of(text, "is no origin", remedy)
    };
    let uri: Uri = text.parse().map_err(|_| wrong())?;
    // A URI without a path reads as one with the path `/`, but an origin is written without.
    if text.ends_with('/') || uri.path() != "/" || uri.query().is_some() {
        return Err(wrong());
    }
    let sent = sent_by_browsers(&uri).ok_or_else(wrong)?;
    if sent == text {
        return text.parse().map_err(|_| wrong());
    }
    // The text is not quoted: it may hold a password.
    Err(Wrong::new(
        format!("an origin in it would match no browser, for browsers send {sent}"),
        "write it like that",
    ))
}

fn front_ends(text: &str) -> Result<Option<FrontEnds>, Wrong> {
    if text.is_empty() {
        return Ok(None);
    }
    FrontEnds::open(Path::new(text)).map(Some).map_err(|error| {
        Wrong::new(error.to_string(), "build the front ends (`make run` does) and write the path of web/dist")
    })
}

/// The origin as browsers write it: in small letters, without a user, and without the port if it is the scheme's own.
fn sent_by_browsers(uri: &Uri) -> Option<String> {
    let (scheme, default_port) = match uri.scheme_str()? {
        "http" => ("http", 80),
        "https" => ("https", 443),
        _ => return None,
    };
    let host = uri.host()?.to_ascii_lowercase();
    let port = uri.port_u16().filter(|port| *port != default_port).map(|port| format!(":{port}"));
    Some(format!("{scheme}://{host}{}", port.unwrap_or_default()))
}

#[cfg(test)]
mod tests;
