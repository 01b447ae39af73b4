//! TLS over a byte stream that does not block: rustls does no I/O, this does.

use std::io::{self, ErrorKind, IoSlice, Read, Write};

use rustls::ServerConnection;

use super::Wire;

/// Reads of the stream below in one read, 4 KiB each: records without data must not keep a shard busy.
const READS: usize = 16;
/// Bytes that may be encrypted and not yet taken by the stream below. What is beyond stays in the outbox, where it is
/// counted.
const UNSENT: usize = 32 * 1024;

/// TLS over a byte stream that does not block, after the handshake. Dropping it tells the client that it ends, as
/// far as the stream below takes that at once.
#[derive(Debug)]
pub struct Tls<W: Wire> {
    wire: W,
    connection: ServerConnection,
    has_more: bool,
    /// The stream below has blocked in a write that has taken something; nobody knows yet.
    has_blocked: bool,
    /// What the next read says: the last one had bytes to give before.
    failed: Option<io::Error>,
}

impl<W: Wire> Tls<W> {
    /// Goes on with a connection whose handshake is complete, whatever it has read or not yet written.
    #[must_use]
    pub fn new(wire: W, mut connection: ServerConnection) -> Self {
        connection.set_buffer_limit(Some(UNSENT));
        Self { wire, connection, has_more: true, has_blocked: false, failed: None }
    }

    /// The stream below, to watch it.
    pub fn wire_mut(&mut self) -> &mut W {
        &mut self.wire
    }

    /// Reads once from the stream below; answers whether it holds nothing more for now.
    fn receive(&mut self) -> io::Result<bool> {
        let mut once = Once { wire: &mut self.wire, was_short: false };
        self.connection.read_tls(&mut once)?;
        let was_short = once.was_short;
        let result = self.connection.process_new_packets();
        // An answer to what was read, or an alert. What the stream does not take now goes with the next write.
        let sent = self.send();
        let state = result.map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
        match sent {
            Err(error) if error.kind() != ErrorKind::WouldBlock => Err(error),
            // The client has ended TLS, of which the system knows nothing: the next read tells.
            _ => Ok(was_short && !state.peer_has_closed()),
        }
    }

    /// Sends what is left before more is encrypted. A stream that has blocked is not asked again before it says that it
    /// takes bytes.
    fn send_rest(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.has_blocked) { Err(ErrorKind::WouldBlock.into()) } else { self.send() }
    }

    /// Sends what is encrypted.
    fn send(&mut self) -> io::Result<()> {
        while self.connection.wants_write() {
            match self.connection.write_tls(&mut self.wire) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// So many bytes have been encrypted: sends as much of them as the stream takes.
    fn send_encrypted(&mut self, bytes: usize) -> io::Result<usize> {
        match self.send() {
            Ok(()) => Ok(bytes),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                self.has_blocked = true;
                Ok(bytes)
            }
            Err(error) => Err(error),
        }
    }
}

impl<W: Wire> Read for Tls<W> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.has_more = true;
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let (mut filled, mut drained) = (0, false);
        for _ in 0..READS {
            match self.connection.reader().read(&mut buffer[filled..]) {
                Ok(0) => return Ok(filled),
                Ok(read) => filled += read,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                // No word that it ends. WebSocket has its own, so nothing can be cut off unseen.
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(filled),
                Err(error) => return Err(error),
            }
            if filled == buffer.len() {
                return Ok(filled);
            }
            if drained && filled > 0 {
                self.has_more = false;
                return Ok(filled);
            }
            match self.receive() {
                Ok(was_short) => drained = was_short,
                Err(error) if error.kind() == ErrorKind::WouldBlock && filled > 0 => {
                    self.has_more = false;
                    return Ok(filled);
                }
                Err(error) => {
                    // What came before it and is right comes first.
                    filled += self.connection.reader().read(&mut buffer[filled..]).unwrap_or(0);
                    if filled == 0 {
                        return Err(error);
                    }
                    self.failed = Some(error);
                    return Ok(filled);
                }
            }
        }
        // Others have their turn first.
        if filled == 0 { Err(ErrorKind::Interrupted.into()) } else { Ok(filled) }
    }
}

impl<W: Wire> Write for Tls<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.send_rest()?;
        let encrypted = self.connection.writer().write(bytes)?;
        self.send_encrypted(encrypted)
    }

    /// All slices go into as few records as they fill, and these into one write.
    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.send_rest()?;
        let encrypted = self.connection.writer().write_vectored(slices)?;
        self.send_encrypted(encrypted)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.send_rest()
    }
}

impl<W: Wire> Wire for Tls<W> {
    fn end_writing(&mut self) -> io::Result<()> {
        self.connection.send_close_notify();
        self.send()?;
        self.wire.end_writing()
    }

    fn has_more(&self) -> bool {
        self.has_more
    }
}

impl<W: Wire> Drop for Tls<W> {
    fn drop(&mut self) {
        self.connection.send_close_notify();
        // Who is gone need not be told.
        let _ = self.send();
    }
}

/// Notes whether a read has taken all that there was.
struct Once<'a, W> {
    wire: &'a mut W,
    was_short: bool,
}

impl<W: Read> Read for Once<'_, W> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.wire.read(buffer)?;
        self.was_short = 0 < read && read < buffer.len();
        Ok(read)
    }
}
