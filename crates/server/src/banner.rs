//! What `gema start` prints before the first log line, or logs as the first one where logs are for programs.

use std::{fmt::Write as _, net::SocketAddr};

use crate::{
    cli::env_lines,
    config::{Config, DEVELOPMENT, MetricsAddress, Scheme, ServerConfig},
};

/// Fewer open files than this are used up by a busy page.
const FEW_FILES: u64 = 4096;

/// What the server is and where: for people, not for logs. Secrets are left out, except those of the development
/// application, which everybody knows.
#[must_use]
pub fn banner(config: &Config, listen: SocketAddr, metrics: Option<SocketAddr>, fd_limit: u64) -> String {
    let server = &config.server;
    let mut lines = vec![("Listening on", listening(server, listen))];
    let (ws, http) = public_addresses(server, listen);
    lines.push(("Public", format!("{ws} for browsers, {http} for publishers")));
    let mut label = "Applications";
    for app in &config.apps {
        lines.push((std::mem::take(&mut label), format!("id {}, key {}", app.id, app.key)));
    }
    lines.push(("Shards", server.shards.to_string()));
    lines.push(("Metrics", metrics_line(server.metrics_address, metrics)));
    lines.push(("Open files", format!("{fd_limit} at most")));

    let mut text = format!("\n  Gema {}\n\n", env!("CARGO_PKG_VERSION"));
    for (label, value) in lines {
        // A String never refuses a write.
        let _ = writeln!(text, "  {label:<14}{value}");
    }
    if fd_limit < FEW_FILES {
        let _ = writeln!(
            text,
            "\n  Warning: every connection takes an open file. Raise the limit with `ulimit -n 65536`, or with\n  \
             LimitNOFILE= in the systemd unit."
        );
    }
    if config.development {
        text.push_str(&development(server, listen));
    }
    text
}

/// The same as events of the log, where the log is for programs. The credentials of the development application are not
/// repeated.
pub fn log(config: &Config, listen: SocketAddr, metrics: Option<SocketAddr>, fd_limit: u64) {
    let server = &config.server;
    let (public_websocket, public_http) = public_addresses(server, listen);
    let applications: Vec<_> = config.apps.iter().map(|app| app.id.as_str()).collect();
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        listening = listening(server, listen),
        public_websocket,
        public_http,
        applications = applications.join(","),
        shards = server.shards,
        metrics = metrics_line(server.metrics_address, metrics),
        open_files = fd_limit,
        "Gema listens"
    );
    if fd_limit < FEW_FILES {
        tracing::warn!("Every connection takes an open file: raise the limit of open files");
    }
    if config.development {
        tracing::warn!(
            "Everybody knows the credentials of the development application: it is served to this machine only. `gema init` \
             makes an application of your own"
        );
    }
}

fn listening(server: &ServerConfig, listen: SocketAddr) -> String {
    let scheme = if server.tls.is_some() { Scheme::Https } else { Scheme::Http };
    format!("{scheme}://{listen}{}", server.path)
}

fn metrics_line(configured: MetricsAddress, address: Option<SocketAddr>) -> String {
    match (configured, address) {
        (_, Some(address)) => format!("http://{address}/metrics"),
        (MetricsAddress::Off, None) => "off".to_owned(),
        (_, None) => {
            format!("off, because {} is taken (set GEMA_METRICS_ADDRESS)", MetricsAddress::DEFAULT)
        }
    }
}

/// The addresses for browsers and for publishers.
fn public_addresses(server: &ServerConfig, listen: SocketAddr) -> (String, String) {
    let Some(hostname) = &server.hostname else {
        let scheme = if server.tls.is_some() { Scheme::Https } else { Scheme::Http };
        let place = format!("{listen}{}", server.path);
        return (format!("{}://{place}", scheme.websocket()), format!("{scheme}://{place}"));
    };
    let scheme = server.public_scheme;
    let mut place = if hostname.contains(':') { format!("[{hostname}]") } else { hostname.clone() };
    if server.public_port != scheme.default_port() {
        let _ = write!(place, ":{}", server.public_port);
    }
    place.push_str(server.path.as_str());
    (format!("{}://{place}", scheme.websocket()), format!("{scheme}://{place}"))
}

/// How a Laravel application on this machine uses the development application.
fn development(server: &ServerConfig, listen: SocketAddr) -> String {
    let mut text = "\n  Everybody knows the credentials of this development application: it is served to this machine\n  \
                    only. `gema init` makes an application of your own. Lines for Laravel's .env:\n\n"
        .to_owned();
    let path = server.path.as_str();
    if !path.is_empty() {
        let _ = writeln!(text, "    REVERB_SERVER_PATH={path}");
    }
    let host = if listen.is_ipv6() { format!("[{}]", listen.ip()) } else { listen.ip().to_string() };
    for (name, value) in env_lines(DEVELOPMENT, &host, listen.port()) {
        let _ = writeln!(text, "    {name}={value}");
    }
    text
}

#[cfg(test)]
mod tests;
