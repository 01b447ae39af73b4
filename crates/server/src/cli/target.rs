//! The server that a tool talks to, and the application whose credentials it has.

use std::{
    fmt::{self, Display},
    net::IpAddr,
    path::{Path, PathBuf},
};

use gema_hub::App;
use gema_protocol::signature::Secret;
use reqwest::Url;

use super::{ToolError, way};
use crate::{
    config::{Config, DEVELOPMENT, Flags, ServerConfig, Setting, SettingGroup, Sources},
    origin,
};

/// How a tool finds its server. Without any of these: as Laravel does, from the same configuration as the server.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Server")]
pub(super) struct TargetOptions {
    /// Where the server is, with its path prefix [default: REVERB_HOST, or where it listens]
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Ask where the server listens, past the proxy that REVERB_HOST leads to
    #[arg(long, conflicts_with = "url")]
    local: bool,
    /// Id of the application [default: the first of the configuration]
    #[arg(long, value_name = "ID")]
    app_id: Option<String>,
    /// Key of the application [default: as configured]
    #[arg(long)]
    key: Option<String>,
    /// Secret of the application [default: as configured, so that no list of processes shows it]
    #[arg(long)]
    secret: Option<String>,
    /// Do not check the certificate of the server
    #[arg(long)]
    insecure: bool,
    /// File with settings [default: GEMA_CONFIG, or gema.toml in the working directory, if there is one]
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
}

/// A server and an application at it.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) address: Address,
    /// Where the address is from, for messages.
    pub(super) address_from: String,
    /// The application.
    pub(super) id: String,
    pub(super) key: String,
    pub(super) secret: Secret,
    /// Where the secret is from, for messages.
    pub(super) app_from: String,
    /// Where the key is from, for messages.
    pub(super) key_from: String,
    /// What a client may give as its origin, where the application does not take everybody and is configured here.
    pub(super) origin: Option<String>,
    /// Whether the certificate of the server is checked.
    pub(super) check_certificate: bool,
}

/// Where the credentials of an application are from, for messages.
struct Whence {
    key: String,
    secret: String,
}

/// Where a server is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) tls: bool,
    /// A name or an IP address, without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    /// The path prefix: nothing, or `/ws`.
    pub(super) prefix: String,
    /// Whether it expects a PROXY header from this machine.
    pub(super) needs_header: bool,
}

impl TargetOptions {
    /// The server and the application.
    ///
    /// # Errors
    /// When an argument is wrong, or the configuration where it is needed.
    pub(super) fn target(&self, directory: &Path) -> Result<Target, ToolError> {
        if let (Some(url), Some(id), Some(key), Some(secret)) =
            (&self.url, &self.app_id, &self.key, &self.secret)
        {
            return Ok(Target {
                address: Address::parse(url)?,
                address_from: "--url".to_owned(),
                id: id.clone(),
                key: key.clone(),
                secret: Secret::new(secret.clone()),
                app_from: "--secret".to_owned(),
                key_from: "--key".to_owned(),
                origin: None,
                check_certificate: !self.insecure,
            });
        }
        self.resolve(&Sources::of_process(directory, self.config.as_deref()))
    }

    /// The server and the application, where arguments do not say everything.
    fn resolve(&self, sources: &Sources) -> Result<Target, ToolError> {
        let flags = Flags::default();
        let config = sources.config(&flags).map_err(ToolError::Configuration)?;
        let settings = sources.settings(&flags, &config);
        let (address, address_from) = self.address(&config, &settings)?;
        let (app, whence) = self.app(&config, &settings)?;
        Ok(Target {
            // Where it listens is this machine, and not the name that the certificate is for.
            check_certificate: !(self.insecure || address.is_loopback() && self.url.is_none()),
            address,
            address_from,
            id: app.id.clone(),
            key: self.key.clone().unwrap_or_else(|| app.key.clone()),
            secret: self
                .secret
                .as_ref()
                .map_or_else(|| app.secrets.oldest().clone(), |secret| Secret::new(secret.clone())),
            app_from: if self.secret.is_some() { "--secret".to_owned() } else { whence.secret },
            key_from: if self.key.is_some() { "--key".to_owned() } else { whence.key },
            origin: origin::example(&app.allowed_origins),
        })
    }

    fn address(&self, config: &Config, settings: &[SettingGroup]) -> Result<(Address, String), ToolError> {
        if let Some(url) = &self.url {
            return Ok((Address::parse(url)?, "--url".to_owned()));
        }
        if !self.local
            && let Some(address) = Address::public(&config.server)
        {
            let from = whence(settings.first(), "REVERB_HOST");
            return Ok((address, format!("REVERB_HOST, REVERB_PORT and REVERB_SCHEME, {from}")));
        }
        let from = whence(settings.first(), "REVERB_SERVER_PORT");
        Ok((Address::local(&config.server)?, format!("where it listens, REVERB_SERVER_PORT, {from}")))
    }

    fn app<'a>(&self, config: &'a Config, settings: &[SettingGroup]) -> Result<(&'a App, Whence), ToolError> {
        let wanted = |app: &&std::sync::Arc<App>| self.app_id.as_ref().is_none_or(|id| *id == app.id);
        let Some(app) = config.apps.iter().find(wanted) else {
            let known: Vec<_> = config.apps.iter().map(|app| app.id.as_str()).collect();
            return Err(ToolError::Argument(format!(
                "the configuration has no application {}: it has {}. Name one of them with --app-id, or give --key and \
                 --secret, and --url, too.",
                self.app_id.as_deref().unwrap_or_default(),
                known.join(", ")
            )));
        };
        if app.secrets.oldest().expose() == DEVELOPMENT.secret {
            let from = "the development application, because none is configured".to_owned();
            return Ok((app, Whence { key: from.clone(), secret: from }));
        }
        let group = settings.iter().find(|group| group.title == format!("Application {}", app.id));
        let from = |names: &[&str]| {
            let set = |name: &&str| find(group?, name).filter(|setting| setting.origin.is_some());
            let setting = names.iter().find_map(set);
            setting.map_or_else(String::new, |setting| format!("{}, {}", setting.name, place_of(setting)))
        };
        // While a secret is replaced, the older one is the one that every server knows.
        let secret = from(&["GEMA_APP_PREVIOUS_SECRET", "previous_secret", "REVERB_APP_SECRET", "secret"]);
        Ok((app, Whence { key: from(&["REVERB_APP_KEY", "key"]), secret }))
    }
}

impl Address {
    /// Reads a URL.
    pub(super) fn parse(text: &str) -> Result<Self, ToolError> {
        let wrong = |reason: &str| {
            ToolError::Argument(format!(
                "--url `{text}` {reason}. Give it as http://HOST:PORT or https://HOST:PORT, with the path prefix of the \
                 server if it has one."
            ))
        };
        let url = Url::parse(text).map_err(|error| wrong(&format!("is no URL: {error}")))?;
        let tls = match url.scheme() {
            "http" | "ws" => false,
            "https" | "wss" => true,
            _ => return Err(wrong("has a scheme that is not http, https, ws or wss")),
        };
        if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
            return Err(wrong("has more than scheme, host, port and path"));
        }
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| wrong("has no host"))?;
        Ok(Self {
            tls,
            host: host.trim_matches(['[', ']']).to_owned(),
            port: url.port().unwrap_or(if tls { 443 } else { 80 }),
            prefix: url.path().trim_end_matches('/').to_owned(),
            needs_header: false,
        })
    }

    /// The public address, where publishers and browsers go, if one is configured.
    fn public(server: &ServerConfig) -> Option<Self> {
        Some(Self {
            tls: server.public_scheme == crate::config::Scheme::Https,
            host: server.hostname.clone()?,
            port: server.public_port,
            prefix: server.path.as_str().to_owned(),
            needs_header: false,
        })
    }

    /// Where the server listens, as this machine reaches it.
    pub(super) fn local(server: &ServerConfig) -> Result<Self, ToolError> {
        if server.port == 0 {
            return Err(ToolError::Argument(
                "the server listens on a port that the system chooses (port 0): name the address with --url"
                    .to_owned(),
            ));
        }
        let host = match server.host.parse::<IpAddr>() {
            Ok(IpAddr::V4(address)) if address.is_unspecified() => "127.0.0.1".to_owned(),
            Ok(IpAddr::V6(address)) if address.is_unspecified() => "::1".to_owned(),
            _ => server.host.clone(),
        };
        Ok(Self {
            tls: server.tls.is_some(),
            needs_header: way::needs_header(server, &host),
            host,
            port: server.port,
            prefix: server.path.as_str().to_owned(),
        })
    }

    /// Whether it is an address of this machine, where a certificate proves nothing.
    pub(super) fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// Host and port as requests name them.
    pub(super) fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let usual = if self.tls { 443 } else { 80 };
        if self.port == usual { host } else { format!("{host}:{}", self.port) }
    }

    /// The same as a WebSocket address.
    pub(super) fn websocket(&self) -> String {
        format!("{}://{}{}", if self.tls { "wss" } else { "ws" }, self.authority(), self.prefix)
    }
}

impl Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", if self.tls { "https" } else { "http" }, self.authority(), self.prefix)
    }
}

fn find<'a>(group: &'a SettingGroup, name: &str) -> Option<&'a Setting> {
    group.settings.iter().find(|setting| setting.name == name)
}

fn whence(group: Option<&SettingGroup>, name: &str) -> String {
    group.and_then(|group| find(group, name)).map_or_else(String::new, place_of)
}

fn place_of(setting: &Setting) -> String {
    match &setting.origin {
        Some(origin) => format!("from {origin}"),
        None => "by default".to_owned(),
    }
}

#[cfg(test)]
mod tests;
