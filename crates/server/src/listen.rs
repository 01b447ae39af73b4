//! The listening socket.

use std::{
    io,
    net::{SocketAddr, TcpListener, ToSocketAddrs},
};

use tokio::net::TcpSocket;

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

fn listen_on(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)?.into_std()
}
