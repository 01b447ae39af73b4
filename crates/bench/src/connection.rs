//! One WebSocket connection of a client.

use std::io::{self, Read as _, Write as _};

use anyhow::{Context as _, bail};
use gema_protocol::{
    names::SocketId,
    ws::{OpCode, masked},
};
use mio::{Interest, Registry, Token, net::TcpStream};

use crate::{encryption::Encryption, socket::Socket, sources, target::Target};

const MASK: [u8; 4] = [0x12, 0x34, 0x56, 0x78];
const PING: &[u8] = br#"{"event":"pusher:ping""#;
const PONG: &str = r#"{"event":"pusher:pong","data":{}}"#;
const END_OF_HEAD: &[u8] = b"\r\n\r\n";

/// One WebSocket connection of a client, over a socket that does not block.
#[derive(Debug)]
pub(crate) struct Connection {
    socket: Socket,
    phase: Phase,
    /// The beginning of a frame that has not arrived as a whole.
    partial: Vec<u8>,
    /// What the server calls it, once it has said so.
    pub(crate) socket_id: Option<SocketId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Connecting,
    Upgrading,
    Open,
}

impl Connection {
    /// Begins to connect as number `index`.
    pub(crate) fn begin(
        target: &Target,
        encryption: Option<&Encryption>,
        registry: &Registry,
        index: usize,
    ) -> anyhow::Result<Self> {
        let socket =
            sources::connect(target.address(), &target.source, index).context("open a connection")?;
        let mut socket = TcpStream::from_std(socket);
        registry.register(&mut socket, Token(index), Interest::READABLE | Interest::WRITABLE)?;
        let socket = Socket::new(socket, encryption)?;
        Ok(Self { socket, phase: Phase::Connecting, partial: Vec::new(), socket_id: None })
    }

    /// The system says that the socket takes bytes: once it is connected, it sends the request for the upgrade.
    pub(crate) fn handle_writable(&mut self, upgrade: &[u8]) -> anyhow::Result<()> {
        if self.phase != Phase::Connecting {
            return self.socket.flush().context("write");
        }
        let tcp = self.socket.tcp();
        if let Some(error) = tcp.take_error()? {
            return Err(error).context("connect");
        }
        if tcp.peer_addr().is_err() {
            return Ok(());
        }
        tcp.set_nodelay(true)?;
        self.phase = Phase::Upgrading;
        self.write(upgrade)
    }

    /// The system says that there is something to read: gives the text of each message to `take`; `to_the_end` when the
    /// server has hung up behind it.
    pub(crate) fn handle_readable(
        &mut self,
        buffer: &mut [u8],
        to_the_end: bool,
        mut take: impl FnMut(&mut Self, &[u8]) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        loop {
            let length = match self.socket.read(buffer) {
                Ok(0) => bail!("the server has hung up"),
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::NotConnected => return Ok(()),
                Err(error) => return Err(error).context("read"),
            };
            if self.partial.is_empty() {
                let used = self.take_bytes(&buffer[..length], &mut take)?;
                self.partial.extend_from_slice(&buffer[used..length]);
            } else {
                let mut bytes = std::mem::take(&mut self.partial);
                bytes.extend_from_slice(&buffer[..length]);
                let used = self.take_bytes(&bytes, &mut take)?;
                self.partial = bytes.split_off(used);
            }
            // The next bytes come with an event of their own.
            if length < buffer.len() && !to_the_end && self.socket.is_drained_by_short_reads() {
                return Ok(());
            }
        }
    }

    /// Sends a text message. It is called for small ones, which the socket takes at once.
    pub(crate) fn send(&mut self, text: &str) -> anyhow::Result<()> {
        self.write(&masked(OpCode::Text, true, text.as_bytes(), MASK))
    }

    fn write(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        match self.socket.write(bytes) {
            Ok(written) if written == bytes.len() => Ok(()),
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error).context("write"),
            _ => bail!("the server does not read what this client sends: the rate is too high for it"),
        }
    }

    /// Takes what is complete; answers how much that was.
    fn take_bytes(
        &mut self,
        bytes: &[u8],
        take: &mut impl FnMut(&mut Self, &[u8]) -> anyhow::Result<()>,
    ) -> anyhow::Result<usize> {
        let mut at = 0;
        if self.phase == Phase::Upgrading {
            let Some(end) = bytes.windows(END_OF_HEAD.len()).position(|window| window == END_OF_HEAD) else {
                return Ok(0);
            };
            if !bytes.starts_with(b"HTTP/1.1 101 ") {
                bail!("the upgrade is refused: {}", String::from_utf8_lossy(bytes));
            }
            self.phase = Phase::Open;
            at = end + END_OF_HEAD.len();
        }
        while let Some((opcode, payload, size)) = frame(&bytes[at..]) {
            at += size;
            match opcode {
                1 if payload.starts_with(PING) => self.send(PONG)?,
                1 => take(self, payload)?,
                9 => self.write(&masked(OpCode::Pong, true, payload, MASK))?,
                8 => bail!(
                    "the server closes: {}",
                    String::from_utf8_lossy(payload.get(2..).unwrap_or_default())
                ),
                _ => bail!("the server sends a frame with opcode {opcode}"),
            }
        }
        Ok(at)
    }
}

/// The frame at the start of `bytes`, if it is there as a whole: opcode, payload, size on the wire. Frames of servers
/// are neither masked nor fragmented.
fn frame(bytes: &[u8]) -> Option<(u8, &[u8], usize)> {
    let (header, length) = match *bytes.get(1)? {
        126 => (4, usize::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?))),
        127 => (10, usize::try_from(u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?)).ok()?),
        short => (2, usize::from(short)),
    };
    let end = header + length;
    Some((bytes[0] & 0x0f, bytes.get(header..end)?, end))
}
