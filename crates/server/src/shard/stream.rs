//! What a connection comes to a shard with: a TCP stream, with or without TLS.

use std::io::{self, IoSlice, Read, Write};

use mio::net::TcpStream;
use rustls::ServerConnection;

use super::{Wire, tls::Tls};

/// A TCP stream that does not block, with or without TLS.
#[derive(Debug)]
pub enum Stream {
    /// Without TLS.
    Plain(TcpStream),
    /// With TLS, whose state is only there for who has it.
    Tls(Box<Tls<TcpStream>>),
}

impl Stream {
    /// With TLS whose handshake is complete; the stream is in non-blocking mode.
    #[must_use]
    pub fn tls(stream: std::net::TcpStream, connection: ServerConnection) -> Self {
        Self::Tls(Box::new(Tls::new(TcpStream::from_std(stream), connection)))
    }

    /// The TCP stream, to watch it.
    pub(super) fn tcp(&mut self) -> &mut TcpStream {
        match self {
            Self::Plain(stream) => stream,
            Self::Tls(tls) => tls.wire_mut(),
        }
    }
}

impl From<std::net::TcpStream> for Stream {
    /// Without TLS; the stream is in non-blocking mode.
    fn from(stream: std::net::TcpStream) -> Self {
        Self::Plain(TcpStream::from_std(stream))
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(buffer),
            Self::Tls(tls) => tls.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.write(bytes),
            Self::Tls(tls) => tls.write(bytes),
        }
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.write_vectored(slices),
            Self::Tls(tls) => tls.write_vectored(slices),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(_) => Ok(()),
            Self::Tls(tls) => tls.flush(),
        }
    }
}

impl Wire for Stream {
    fn end_writing(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.end_writing(),
            Self::Tls(tls) => tls.end_writing(),
        }
    }

    fn has_more(&self) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Tls(tls) => tls.has_more(),
        }
    }
}
