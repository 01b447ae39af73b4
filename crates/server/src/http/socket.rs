//! What HTTP is spoken over: a TCP stream, with or without TLS.

use std::io;

use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;
use tokio_util::either::Either;

use crate::shard::Stream;

/// A TCP stream without TLS, or with TLS whose handshake is complete.
pub type Socket = Either<TcpStream, Box<TlsStream<TcpStream>>>;

/// The same stream for a shard, which watches it itself. What TLS has read or not yet written goes with it.
///
/// # Errors
/// When the system refuses to no longer watch it.
pub fn for_shard(socket: Socket) -> io::Result<Stream> {
    match socket {
        Either::Left(stream) => Ok(stream.into_std()?.into()),
        Either::Right(tls) => {
            let (stream, connection) = tls.into_inner();
            Ok(Stream::tls(stream.into_std()?, connection))
        }
    }
}
