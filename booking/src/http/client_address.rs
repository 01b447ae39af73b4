//! Whose requests are counted together: those of the address at the other end of the connection, unless a proxy that is
//! trusted says more. It is the same rule as the WebSocket server's, which this application knows by its protocol only.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    str::FromStr,
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, HeaderName, request::Parts},
};
use ipnet::IpNet;

use super::{AppState, error::ApiError};

/// What proxies tell the addresses of their clients in, the nearest one last.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The addresses of proxies that are believed (`BOOKING_TRUSTED_PROXIES`); none by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

/// Why a list of proxies cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidProxies {
    /// An entry is no address and no network.
    #[error("has `{0}`, which is neither an address nor a network")]
    NotANetwork(String),
    /// A network of all addresses.
    #[error("has `{0}`, which is everybody: each client could choose its address")]
    Everybody(String),
}

/// The address of a client, or of its network: whoever has an address of IPv6 has 64 bits of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ClientAddress(IpAddr);

// === impl TrustedProxies ===

impl TrustedProxies {
    /// Whether this is the address of a trusted proxy.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The client of a request: who is at the other end of the connection; if that is a trusted proxy, the last
    /// address in `X-Forwarded-For` that is none. An entry that is no address ends the search: then the proxy that
    /// wrote it counts as the client.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut nearest = peer.to_canonical();
        let values = headers.get_all(FORWARDED_FOR);
        let entries = values.iter().rev().flat_map(|value| value.as_bytes().rsplit(|byte| *byte == b','));
        for entry in entries {
            if !self.contains(nearest) {
                break;
            }
            let Some(address) = std::str::from_utf8(entry).ok().and_then(address_of) else { break };
            nearest = address.to_canonical();
        }
        nearest
    }
}

impl FromStr for TrustedProxies {
    type Err = InvalidProxies;

    /// Reads addresses and networks between commas.
    fn from_str(text: &str) -> Result<Self, InvalidProxies> {
        let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        entries.map(network).collect::<Result<_, _>>().map(Self)
    }
}

fn network(entry: &str) -> Result<IpNet, InvalidProxies> {
    let address = entry.parse().map(|address: IpAddr| IpNet::from(address.to_canonical()));
    let network: IpNet =
        address.or_else(|_| entry.parse()).map_err(|_| InvalidProxies::NotANetwork(entry.to_owned()))?;
    let network = canonical(network.trunc());
    if network.prefix_len() == 0 {
        return Err(InvalidProxies::Everybody(entry.to_owned()));
    }
    Ok(network)
}

/// A network of IPv4 addresses in IPv6's clothes as one of IPv4.
fn canonical(network: IpNet) -> IpNet {
    let mapped = match network {
        IpNet::V6(v6) => v6.prefix_len().checked_sub(96).zip(v6.addr().to_ipv4_mapped()),
        IpNet::V4(_) => None,
    };
    mapped
        .and_then(|(length, address): (u8, Ipv4Addr)| IpNet::new(address.into(), length).ok())
        .unwrap_or(network)
}

/// An entry of `X-Forwarded-For`: an address, as some proxies write it with brackets or with a port.
fn address_of(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim();
    let bracketed = || entry.strip_prefix('[')?.strip_suffix(']')?.parse().ok().map(IpAddr::V6);
    let with_port = || entry.parse().ok().map(|address: SocketAddr| address.ip());
    entry.parse().ok().or_else(bracketed).or_else(with_port)
}

// === impl ClientAddress ===

impl ClientAddress {
    fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(v6) => Self(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64)).into()),
            v4 => Self(v4),
        }
    }
}

impl FromRequestParts<AppState> for ClientAddress {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        match parts.extensions.get::<ConnectInfo<SocketAddr>>() {
            Some(ConnectInfo(peer)) => {
                Ok(Self::of(state.trusted_proxies().client(peer.ip(), &parts.headers)))
            }
            None => Err(ApiError::Internal(
                "a request came without `ConnectInfo`, the address of its peer".into(),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn proxies(text: &str) -> TrustedProxies {
        text.parse().unwrap()
    }

    #[test]
    fn addresses_and_networks_are_trusted_and_nobody_else() {
        let trusted = proxies("10.0.0.0/8, 192.0.2.7,2001:db8::/32,::ffff:198.51.100.0/120,");
        let check = |address: &str, expected| {
            assert_eq!(trusted.contains(address.parse().unwrap()), expected, "{address}");
        };
        check("10.255.0.1", true);
        check("::ffff:10.1.2.3", true);
        check("11.0.0.1", false);
        check("192.0.2.7", true);
        check("192.0.2.8", false);
        check("2001:db8:1::1", true);
        check("2001:db9::1", false);
        check("198.51.100.9", true);
        check("198.51.101.9", false);
        assert!(!TrustedProxies::default().contains("127.0.0.1".parse().unwrap()));
        assert_eq!(proxies(" , "), TrustedProxies::default());
    }

    #[test]
    fn a_wrong_list_of_proxies_is_refused() {
        let check = |text: &str, part: &str| {
            let refusal = text.parse::<TrustedProxies>().unwrap_err().to_string();
            assert!(refusal.contains(part), "{text}: {refusal}");
        };
        check("10.0.0.0/8, nginx", "`nginx`");
        check("10.0.0.0/33", "neither");
        check("10.0.0.1:80", "neither");
        check("0.0.0.0/0", "everybody");
        check("10.0.0.1/8, ::/0", "everybody");
        check("::ffff:0.0.0.0/96", "everybody");
    }

    #[test]
    fn only_trusted_proxies_are_believed_and_the_last_word_counts() {
        let trusted = proxies("10.0.0.0/8, fd00::/8");
        let check = |peer: &str, values: &[&str], expected: &str| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(FORWARDED_FOR, HeaderValue::from_bytes(value.as_bytes()).unwrap());
            }
            let address = trusted.client(peer.parse().unwrap(), &headers);
            assert_eq!(address.to_string(), expected, "{peer} {values:?}");
        };
        // Nobody who is not trusted is believed.
        check("192.0.2.1", &["203.0.113.9"], "192.0.2.1");
        check("192.0.2.1", &[], "192.0.2.1");
        check("10.0.0.1", &[], "10.0.0.1");
        check("::ffff:192.0.2.1", &["203.0.113.9"], "192.0.2.1");
        // What a client has put in front counts for nothing.
        check("10.0.0.1", &["203.0.113.9"], "203.0.113.9");
        check("10.0.0.1", &["127.0.0.1, 203.0.113.9"], "203.0.113.9");
        check("10.0.0.1", &["1.1.1.1", "203.0.113.9"], "203.0.113.9");
        // A chain of proxies, over one header or several.
        check("10.0.0.1", &["1.1.1.1, 203.0.113.9, 10.0.0.2 ,10.0.0.3"], "203.0.113.9");
        check("10.0.0.1", &["203.0.113.9", "10.0.0.2", "::ffff:10.0.0.3"], "203.0.113.9");
        check("fd00::1", &["2001:db8::7, fd00::2"], "2001:db8::7");
        check("10.0.0.1", &["10.0.0.9, 10.0.0.2"], "10.0.0.9");
        // Forms that proxies write.
        check("10.0.0.1", &["203.0.113.9:51234"], "203.0.113.9");
        check("10.0.0.1", &["[2001:db8::7]"], "2001:db8::7");
        check("10.0.0.1", &["[2001:db8::7]:51234"], "2001:db8::7");
        check("10.0.0.1", &["::ffff:203.0.113.9"], "203.0.113.9");
        // What is no address ends the search at who wrote it.
        for broken in ["", "unknown", "_hidden", "203.0.113", "203.0.113.9.1", "fe80::1%eth0", "é"] {
            let mut value = format!("203.0.113.9, {broken}");
            check("10.0.0.1", &[&value], "10.0.0.1");
            value += ", 10.0.0.2";
            check("10.0.0.1", &[&value], "10.0.0.2");
            check("10.0.0.1", &[&format!("{broken}, 203.0.113.9")], "203.0.113.9");
        }
    }

    #[test]
    fn an_ipv6_network_counts_as_one_address() {
        let of = |text: &str| ClientAddress::of(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), of("2001:db8:1:2::1"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
