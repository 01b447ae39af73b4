//! Where events go to, as Laravel's `config/broadcasting.php` reads it from the environment.

mod invalid;
mod reader;
#[cfg(test)]
mod tests;

use std::{fmt, time::Duration};

use gema_protocol::signature::Secret;
use tracing::warn;

use crate::Credentials;
pub use invalid::InvalidSetting;
use reader::Reader;

const TIMEOUT: Duration = Duration::from_secs(30);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const RETRIES: u32 = 2;

/// How an application broadcasts.
///
/// | variable | meaning | default |
/// |---|---|---|
/// | `BROADCAST_CONNECTION`, else `BROADCAST_DRIVER` | `reverb`, `pusher`, `log` or `null` | `null`, with a warning |
/// | `REVERB_APP_ID`, `REVERB_APP_KEY`, `REVERB_APP_SECRET` | the application at the server | required |
/// | `REVERB_HOST`, `REVERB_PORT`, `REVERB_SCHEME` | the public address of the server | `127.0.0.1`, `443`, `https` |
/// | `REVERB_SERVER_PATH` | prefix of all paths of the server | none |
/// | `BROADCAST_ENCRYPTION_KEY` | base64 of 32 bytes, for encrypted channels | none |
/// | `BROADCAST_TIMEOUT` | seconds for one request | 30 |
/// | `BROADCAST_CONNECT_TIMEOUT` | seconds for the connection to the server | 10 |
/// | `BROADCAST_RETRIES` | how often a failed request is sent again | 2 |
///
/// With `pusher` the variables are `PUSHER_APP_ID`, `PUSHER_APP_KEY`, `PUSHER_APP_SECRET`, `PUSHER_HOST`
/// (default
/// `api-<PUSHER_APP_CLUSTER>.pusher.com`, cluster `mt1`), `PUSHER_PORT` and `PUSHER_SCHEME`. An empty value counts as
/// none; quotes around a value are taken off.
#[derive(Debug, Clone)]
pub struct BroadcastConfig {
    /// Where events go.
    pub connection: Connection,
}

/// Where events go.
#[derive(Debug, Clone)]
pub enum Connection {
    /// To a server that speaks Pusher's protocol: Gema, Reverb, hosted Pusher.
    Reverb(ReverbConnection),
    /// To the log.
    Log,
    /// Nowhere. What is sent counts as sent, also for a relay, which then deletes it from its outbox.
    Null,
}

/// A server and the application at it.
#[derive(Debug, Clone)]
pub struct ReverbConnection {
    /// The id of the application, which stands in the paths.
    pub app_id: String,
    /// The key and the secrets of the application.
    pub credentials: Credentials,
    /// Whether with TLS.
    pub scheme: Scheme,
    /// A host name or an IP address.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The prefix of all paths of the server; empty, or with a slash at its beginning and none at its end.
    pub path: String,
    /// How long one request may take, the connection to the server included.
    pub timeout: Duration,
    /// How long the connection to the server may take.
    pub connect_timeout: Duration,
    /// How often a request is sent again after a connection fault, a timeout or a 5xx.
    pub retries: u32,
}

/// The scheme of the server's URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Without TLS.
    Http,
    /// With TLS.
    Https,
}

impl BroadcastConfig {
    /// The settings of this process' environment.
    ///
    /// # Errors
    /// All mistakes at once.
    pub fn from_env() -> Result<Self, Vec<InvalidSetting>> {
        Self::load(&|name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned()))
    }

    /// The settings as `get` knows them, by the names of the variables. Where they name no connection, the log gets a
    /// warning that nothing will be sent.
    ///
    /// # Errors
    /// All mistakes at once.
    pub fn load(get: &dyn Fn(&str) -> Option<String>) -> Result<Self, Vec<InvalidSetting>> {
        let mut reader = Reader::new(get);
        let connection = Connection::read(&mut reader);
        reader.finish(Self { connection })
    }
}

impl Connection {
    fn read(reader: &mut Reader<'_>) -> Self {
        let names = ["BROADCAST_CONNECTION", "BROADCAST_DRIVER"];
        let Some((variable, name)) = names.into_iter().find_map(|name| Some((name, reader.text(name)?)))
        else {
            warn!(
                "BROADCAST_CONNECTION is not set: events go nowhere, also those of an outbox; set it to reverb, or to \
                 null if this is meant"
            );
            return Self::Null;
        };
        match name.as_str() {
            "reverb" => Self::Reverb(ReverbConnection::read(reader, &REVERB, |_| "127.0.0.1".to_owned())),
            "pusher" => Self::Reverb(ReverbConnection::read(reader, &PUSHER, pusher_host)),
            "log" => Self::Log,
            "null" => Self::Null,
            _ => {
                let reason = format!("`{name}` is no connection");
                reader.wrong(variable, reason, "write reverb, pusher, log or null");
                Self::Null
            }
        }
    }
}

impl ReverbConnection {
    /// The server on this machine that `gema start` runs, `http://127.0.0.1:8080`, with the default timeouts
    /// and retries.
    #[must_use]
    pub fn local(app_id: impl Into<String>, credentials: Credentials) -> Self {
        Self {
            app_id: app_id.into(),
            credentials,
            scheme: Scheme::Http,
            host: "127.0.0.1".to_owned(),
            port: 8080,
            path: String::new(),
            timeout: TIMEOUT,
            connect_timeout: CONNECT_TIMEOUT,
            retries: RETRIES,
        }
    }

    fn read(
        reader: &mut Reader<'_>,
        names: &Names,
        default_host: impl FnOnce(&mut Reader<'_>) -> String,
    ) -> Self {
        Self {
            app_id: reader.required(names.app_id),
            credentials: Credentials {
                key: reader.required(names.key),
                secret: Secret::new(reader.required(names.secret)),
                encryption_key: reader.encryption_key("BROADCAST_ENCRYPTION_KEY"),
            },
            scheme: reader.scheme(names.scheme),
            host: reader.host(names.host).unwrap_or_else(|| default_host(reader)),
            port: reader.port(names.port, 443),
            path: names.path.map(|name| reader.path(name)).unwrap_or_default(),
            timeout: reader.seconds("BROADCAST_TIMEOUT", TIMEOUT),
            connect_timeout: reader.seconds("BROADCAST_CONNECT_TIMEOUT", CONNECT_TIMEOUT),
            retries: reader.count("BROADCAST_RETRIES", RETRIES),
        }
    }

    /// Scheme, host and port as they stand in a URL.
    pub(crate) fn origin(&self) -> String {
        let host = &self.host;
        let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        format!("{}://{host}:{}", self.scheme, self.port)
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

/// The variables of a connection.
struct Names {
    app_id: &'static str,
    key: &'static str,
    secret: &'static str,
    host: &'static str,
    port: &'static str,
    scheme: &'static str,
    path: Option<&'static str>,
}

const REVERB: Names = Names {
    app_id: "REVERB_APP_ID",
    key: "REVERB_APP_KEY",
    secret: "REVERB_APP_SECRET",
    host: "REVERB_HOST",
    port: "REVERB_PORT",
    scheme: "REVERB_SCHEME",
    path: Some("REVERB_SERVER_PATH"),
};

const PUSHER: Names = Names {
    app_id: "PUSHER_APP_ID",
    key: "PUSHER_APP_KEY",
    secret: "PUSHER_APP_SECRET",
    host: "PUSHER_HOST",
    port: "PUSHER_PORT",
    scheme: "PUSHER_SCHEME",
    path: None,
};

fn pusher_host(reader: &mut Reader<'_>) -> String {
    let cluster = reader.host("PUSHER_APP_CLUSTER");
    format!("api-{}.pusher.com", cluster.as_deref().unwrap_or("mt1"))
}
