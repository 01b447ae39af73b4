//! The listening socket.

use std::{
    io,
    net::{SocketAddr, TcpListener, ToSocketAddrs},
};

use tokio::net::TcpSocket;

use crate::config::MetricsAddress;

/// Connections that may wait to be accepted: a whole crowd comes back at the same moment after a restart. The system
/// may allow fewer (`net.core.somaxconn`).
const BACKLOG: u32 = 4096;

/// Listens on the first address of `host` that can be had. Must be called in a tokio runtime.
///
/// # Errors
/// When the host has no address, or none of them can be listened on; the error is the last one's.
pub fn listen(host: &str, port: u16) -> io::Result<TcpListener> {
    let mut last = io::Error::new(io::ErrorKind::AddrNotAvailable, "the host has no address");
    for address in (host, port).to_socket_addrs()? {
        match listen_on(address) {
            Ok(listener) => return Ok(listener),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Listens on the address for operators, if there is one. Must be called in a tokio runtime.
///
/// # Errors
/// When an address is configured that cannot be listened on. The default one may be taken: then there is none.
pub fn listen_for_operators(address: MetricsAddress) -> io::Result<Option<TcpListener>> {
    match address {
        MetricsAddress::Off => Ok(None),
        MetricsAddress::At(address) => listen_on(address).map(Some),
        MetricsAddress::Default => match listen_on(MetricsAddress::DEFAULT) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => Ok(None),
            other => other.map(Some),
        },
    }
}

fn listen_on(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)?.into_std()
}
