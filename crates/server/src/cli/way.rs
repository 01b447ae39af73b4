//! The way to a server that expects a header of the PROXY protocol from this machine, as from its proxies.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use tokio::{
    io::{AsyncWriteExt as _, copy_bidirectional},
    net::{TcpListener, TcpStream},
};

use super::target::Address;
use crate::config::ServerConfig;

/// A header that says nothing about the client: the tool speaks for itself.
const HEADER: &[u8] = b"PROXY UNKNOWN\r\n";

/// Whether a server with these settings expects the header on connections to this loopback address.
pub(super) fn needs_header(server: &ServerConfig, host: &str) -> bool {
    let source = match host.parse() {
        Ok(IpAddr::V6(address)) if address.is_loopback() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        Ok(IpAddr::V4(address)) if !address.is_loopback() => return false,
        Ok(IpAddr::V6(_)) => return false,
        Ok(IpAddr::V4(_)) | Err(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
    };
    server.proxy_protocol && server.trusted_proxies.contains(source)
}

/// Where one connection to the address can be made: there itself or, where a header is needed, at a port of this
/// process that sends it before everything else.
///
/// # Errors
/// When the server is not there.
pub(super) async fn to(address: &Address) -> io::Result<Address> {
    if !address.needs_header {
        return Ok(address.clone());
    }
    let mut server = TcpStream::connect((&*address.host, address.port)).await?;
    server.write_all(HEADER).await?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let port = listener.local_addr()?.port();
    tokio::spawn(async move {
        let (mut client, _) = listener.accept().await?;
        copy_bidirectional(&mut client, &mut server).await
    });
    Ok(Address { host: Ipv4Addr::LOCALHOST.to_string(), port, ..address.clone() })
}
