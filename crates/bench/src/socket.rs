//! A socket of the generator that does not block, with or without TLS.

use std::io::{self, ErrorKind, Read, Write};

use anyhow::Context as _;
use mio::net::TcpStream;
use rustls::ClientConnection;

use crate::encryption::Encryption;

/// A socket that does not block, with or without TLS.
#[derive(Debug)]
pub(crate) enum Socket {
    Plain(TcpStream),
    Tls(Box<Encrypted>),
}

/// The handshake happens along the way: what is written before its end waits for it.
#[derive(Debug)]
pub(crate) struct Encrypted {
    stream: TcpStream,
    connection: ClientConnection,
}

impl Socket {
    /// Over this stream, encrypted if that is wanted.
    ///
    /// # Errors
    /// When the settings of TLS do not fit each other.
    pub(crate) fn new(stream: TcpStream, encryption: Option<&Encryption>) -> anyhow::Result<Self> {
        let Some(Encryption { config, name }) = encryption else { return Ok(Self::Plain(stream)) };
        let connection = ClientConnection::new(config.clone(), name.clone()).context("begin TLS")?;
        Ok(Self::Tls(Box::new(Encrypted { stream, connection })))
    }

    /// The stream below.
    pub(crate) fn tcp(&self) -> &TcpStream {
        match self {
            Self::Plain(stream) => stream,
            Self::Tls(tls) => &tls.stream,
        }
    }

    /// Whether a read that does not fill its buffer has taken all that there is.
    pub(crate) fn is_drained_by_short_reads(&self) -> bool {
        matches!(self, Self::Plain(_))
    }
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(buffer),
            Self::Tls(tls) => tls.read(buffer),
        }
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.write(bytes),
            Self::Tls(tls) => {
                let written = tls.connection.writer().write(bytes)?;
                tls.send()?;
                // As much waits as may wait.
                if written == 0 { Err(ErrorKind::WouldBlock.into()) } else { Ok(written) }
            }
        }
    }

    /// Sends what TLS still holds, as far as the stream takes it.
    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(_) => Ok(()),
            Self::Tls(tls) => tls.send(),
        }
    }
}

impl Encrypted {
    /// What the stream does not take now goes with the next event.
    fn send(&mut self) -> io::Result<()> {
        while self.connection.wants_write() {
            match self.connection.write_tls(&mut self.stream) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.connection.reader().read(buffer) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(0),
                other => return other,
            }
            let received = self.connection.read_tls(&mut self.stream)?;
            let processed = self.connection.process_new_packets();
            self.send()?;
            processed.map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
            if received == 0 && self.connection.is_handshaking() {
                return Ok(0);
            }
        }
    }
}
