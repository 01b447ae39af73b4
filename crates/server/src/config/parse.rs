//! From the text of a setting to its value. All sources share these: what is right in `.env` is right in a flag.

use std::time::Duration;

use gema_hub::ClientEvents;

use super::{MetricsAddress, PathPrefix, Scheme, invalid::Wrong};
use crate::{
    client_address::{InvalidProxies, TrustedProxies},
    logs::{LogFormat, filter_of},
};

/// A year: more is a mistake, and far less than what a clock could not add.
const LONGEST: u64 = 365 * 24 * 60 * 60;

fn number(text: &str, least: u64, most: u64, unit: &str) -> Result<u64, Wrong> {
    match text.trim().parse() {
        Ok(number) if (least..=most).contains(&number) => Ok(number),
        _ => Err(Wrong::new(
            format!("is not a whole number from {least} to {most}"),
            format!("Give a number of {unit}, without a unit."),
        )),
    }
}

fn number32(text: &str, least: u32, unit: &str) -> Result<u32, Wrong> {
    let number = number(text, least.into(), u32::MAX.into(), unit)?;
    Ok(u32::try_from(number).expect("the range ends at u32::MAX"))
}

fn size(text: &str, least: u32, unit: &str) -> Result<usize, Wrong> {
    let number = number32(text, least, unit)?;
    Ok(usize::try_from(number).expect("addresses have at least 32 bits"))
}

pub(super) fn boolean(text: &str) -> Result<bool, Wrong> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "on" | "yes" => Ok(true),
        "false" | "0" | "off" | "no" => Ok(false),
        _ => Err(Wrong::new("is neither true nor false", "Use `true` or `false`.")),
    }
}

pub(super) fn port(text: &str) -> Result<u16, Wrong> {
    // Kubernetes sets NAME_PORT for each service NAME of the namespace.
    if text.starts_with("tcp://") {
        return Err(Wrong::new(
            "is an address that Kubernetes sets for a service of this name",
            "Set `enableServiceLinks: false` in the pod, or rename the service.",
        ));
    }
    let port = text.trim().parse::<u16>().ok().filter(|port| *port != 0);
    port.ok_or_else(|| Wrong::new("is not a port", "Use a number from 1 to 65535."))
}

/// A port to listen on, where 0 lets the system choose.
pub(super) fn listen_port(text: &str) -> Result<u16, Wrong> {
    if text.trim() == "0" { Ok(0) } else { port(text) }
}

pub(super) fn host(text: &str) -> Result<String, Wrong> {
    let host = text.trim();
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    let name = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    if bare.parse::<std::net::IpAddr>().is_ok() || (!host.is_empty() && host.chars().all(name)) {
        return Ok(bare.to_owned());
    }
    Err(Wrong::new(
        "is neither an IP address nor a host name",
        "Give the host alone: no scheme, port or path.",
    ))
}

pub(super) fn path(text: &str) -> Result<PathPrefix, Wrong> {
    text.parse().map_err(|_| {
        Wrong::new(
            "is not a path",
            "Use letters, digits and `-._~` between single slashes, such as `ws` or `realtime/ws`.",
        )
    })
}

pub(super) fn scheme(text: &str) -> Result<Scheme, Wrong> {
    match text.trim().to_ascii_lowercase().as_str() {
        "http" => Ok(Scheme::Http),
        "https" => Ok(Scheme::Https),
        _ => Err(Wrong::new("is not a scheme", "Use `http` or `https`.")),
    }
}

pub(super) fn seconds(text: &str) -> Result<Duration, Wrong> {
    number(text, 1, LONGEST, "seconds").map(Duration::from_secs)
}

pub(super) fn seconds_or_zero(text: &str) -> Result<Duration, Wrong> {
    number(text, 0, LONGEST, "seconds").map(Duration::from_secs)
}

pub(super) fn bytes(text: &str) -> Result<usize, Wrong> {
    size(text, 1, "bytes")
}

pub(super) fn bytes_or_unlimited(text: &str) -> Result<usize, Wrong> {
    size(text, 0, "bytes").map(|size| if size == 0 { usize::MAX } else { size })
}

pub(super) fn inbox_size(text: &str) -> Result<usize, Wrong> {
    size(text, 65_536, "bytes")
}

pub(super) fn spool_size(text: &str) -> Result<u64, Wrong> {
    number(text, 65_536, 1 << 50, "bytes")
}

pub(super) fn text(text: &str) -> Result<String, Wrong> {
    Ok(text.trim().to_owned())
}

pub(super) fn shards(text: &str) -> Result<usize, Wrong> {
    let number = number(text, 1, 255, "threads")?;
    Ok(usize::try_from(number).expect("the range ends at 255"))
}

pub(super) fn count(text: &str) -> Result<usize, Wrong> {
    size(text, 1, "things")
}

pub(super) fn count32(text: &str) -> Result<u32, Wrong> {
    number32(text, 1, "things")
}

pub(super) fn count32_or_zero(text: &str) -> Result<u32, Wrong> {
    number32(text, 0, "connections")
}

pub(super) fn client_events(text: &str) -> Result<ClientEvents, Wrong> {
    match text.trim() {
        "all" => Ok(ClientEvents::All),
        "members" => Ok(ClientEvents::Members),
        "none" => Ok(ClientEvents::None),
        _ => Err(Wrong::new("names nobody who could send client events", "Use `all`, `members` or `none`.")),
    }
}

pub(super) fn origins(text: &str) -> Result<Vec<String>, Wrong> {
    let patterns: Vec<_> =
        text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect();
    if patterns.is_empty() {
        return Err(Wrong::new("names no host, so it would refuse every browser", "Use `*` to allow all."));
    }
    for pattern in &patterns {
        if let Some(part) = more_than_host(pattern) {
            return Err(Wrong::new(
                format!("has a {part} in `{pattern}`"),
                "Give hosts alone, such as `example.com` or `*.example.com`.",
            ));
        }
    }
    Ok(patterns)
}

/// What a pattern has that is not part of a host, and so would never match one.
fn more_than_host(pattern: &str) -> Option<&'static str> {
    // An IPv6 address stands without brackets.
    let is_port = |(host, _): (&str, &str)| !host.contains(':') || host.ends_with(']');
    if pattern.contains("://") {
        Some("scheme")
    } else if pattern.contains('/') {
        Some("path")
    } else if pattern.rsplit_once(':').is_some_and(is_port) {
        Some("port")
    } else {
        pattern.contains('[').then_some("bracket")
    }
}

pub(super) fn metrics_address(text: &str) -> Result<MetricsAddress, Wrong> {
    match text.trim() {
        "off" | "false" | "no" | "0" => Ok(MetricsAddress::Off),
        address => address.parse().map(MetricsAddress::At).map_err(|_| {
            Wrong::new("is not an IP address with a port", "Use one such as `127.0.0.1:9601`, or `off`.")
        }),
    }
}

pub(super) fn log_filter(text: &str) -> Result<String, Wrong> {
    let text = text.trim();
    filter_of(text).map_err(|_| {
        Wrong::new(
            "is not a filter for logs",
            "Use `error`, `warn`, `info`, `debug` or `trace`, or `target=level` with commas between several.",
        )
    })?;
    Ok(text.to_owned())
}

pub(super) fn log_format(text: &str) -> Result<LogFormat, Wrong> {
    match text.trim() {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err(Wrong::new("is not a form of logs", "Use `text` or `json`.")),
    }
}

pub(super) fn trusted_proxies(text: &str) -> Result<TrustedProxies, Wrong> {
    text.parse().map_err(|error: InvalidProxies| {
        Wrong::new(
            error.to_string(),
            "Give the addresses that your proxies connect from, such as `10.0.0.0/8` or `192.0.2.7`.",
        )
    })
}

/// An id or a key of an application: it must fit a path and a `key:signature` pair.
pub(super) fn identifier(text: &str) -> Result<String, Wrong> {
    let text = text.trim();
    if text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) {
        return Ok(text.to_owned());
    }
    Err(Wrong::new("has a character that has no place in a URL", "Use letters, digits, `-`, `_` and `.`."))
}

/// A list of things, separated by commas.
pub(super) fn list(text: &str) -> Vec<&str> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).collect()
}

pub(super) fn domains(text: &str) -> Result<Vec<String>, Wrong> {
    let domains: Vec<_> = list(text).into_iter().map(str::to_ascii_lowercase).collect();
    let is_label = |label: &str| {
        !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    };
    let is_name = |domain: &String| {
        domain.parse::<std::net::IpAddr>().is_err() && domain.contains('.') && domain.split('.').all(is_label)
    };
    if let Some(domain) = domains.iter().find(|domain| !is_name(domain)) {
        return Err(Wrong::new(
            format!("has `{domain}`, which is no full host name"),
            "Give names such as `ws.example.com`: no wildcard, IP address, scheme or port.",
        ));
    }
    if domains.is_empty() {
        return Err(Wrong::new("names no host", "Give names such as `ws.example.com`, or remove it."));
    }
    Ok(domains)
}

pub(super) fn https_url(text: &str) -> Result<String, Wrong> {
    let text = text.trim();
    let host = text.strip_prefix("https://").unwrap_or_default();
    if host.is_empty() || host.starts_with('/') || text.contains(char::is_whitespace) {
        return Err(Wrong::new(
            "is not a URL with https",
            "Give a URL such as `https://ca.example.com/directory`.",
        ));
    }
    Ok(text.to_owned())
}

pub(super) fn email(text: &str) -> Result<String, Wrong> {
    let text = text.trim();
    match text.split_once('@') {
        Some((user, host))
            if !user.is_empty() && host.contains('.') && !text.contains([',', ' ', ':', '?']) =>
        {
            Ok(text.to_owned())
        }
        _ => Err(Wrong::new("is not an e-mail address", "Give one address, such as `admin@example.com`.")),
    }
}

pub(super) fn reverb_driver(text: &str) -> Result<(), Wrong> {
    if text == "reverb" {
        return Ok(());
    }
    Err(Wrong::new("is not a server driver", "Use `reverb`, the only one, or remove the setting."))
}

pub(super) fn scaling(text: &str) -> Result<(), Wrong> {
    if boolean(text)? {
        return Err(Wrong::new(
            "cannot be: this version runs on one node",
            "Set it to `false` or remove it.",
        ));
    }
    Ok(())
}
