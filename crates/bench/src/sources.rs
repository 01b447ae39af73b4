//! Where the generator's connections come from.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream},
    time::Duration,
};

use socket2::{Domain, Protocol, Socket, Type};

/// Connections from one address. Linux has 28,232 ports for each; when half of them are taken, it searches for long.
const EACH: usize = 14_000;
/// Addresses of a loopback network: 127.0.0.1, 127.0.0.2, …
const LOOPBACKS: usize = 250;

/// Begins connection number `index` to a server, from the addresses `from` in turn. Without any the system chooses one;
/// a server on the loopback interface is then reached from 127.0.0.1 and from further addresses of that network, 14,000
/// connections from each, since one address has no more ports.
///
/// # Errors
/// When the system refuses, as it does when there are no ports left.
pub(crate) fn connect(server: SocketAddr, from: &[IpAddr], index: usize) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::for_address(server), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    if let Some(source) = source(server.ip(), from, index) {
        // Its port is free again at once, not in a minute: the next run needs it.
        socket.set_linger(Some(Duration::ZERO))?;
        socket.bind(&SocketAddr::new(source, 0).into())?;
    }
    match socket.connect(&server.into()) {
        Err(error) if error.raw_os_error() != Some(libc::EINPROGRESS) => Err(error),
        _ => Ok(socket.into()),
    }
}

/// The address to bind to, if the system's choice would not do.
fn source(server: IpAddr, from: &[IpAddr], index: usize) -> Option<IpAddr> {
    if !from.is_empty() {
        return Some(from[index % from.len()]);
    }
    let further = (index / EACH) % LOOPBACKS;
    (further > 0 && server.is_loopback() && server.is_ipv4())
        .then(|| Ipv4Addr::from(u32::from(Ipv4Addr::LOCALHOST) + further as u32).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn loopback_has_many_addresses() {
        let server = of("127.0.0.1");
        assert_eq!(source(server, &[], 13_999), None);
        assert_eq!(source(server, &[], 14_000), Some(of("127.0.0.2")));
        assert_eq!(source(server, &[], 41_999), Some(of("127.0.0.3")));
        assert_eq!(source(of("192.0.2.1"), &[], 60_000), None);
    }

    #[test]
    fn given_addresses_take_turns() {
        let from = [of("192.0.2.8"), of("192.0.2.9")];
        assert_eq!(source(of("192.0.2.1"), &from, 0), Some(from[0]));
        assert_eq!(source(of("192.0.2.1"), &from, 3), Some(from[1]));
    }
}
