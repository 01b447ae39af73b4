//! One WebSocket connection: its stream and where its conversation stands.

use std::{
    fmt::Debug,
    io::{self, ErrorKind, IoSlice, Read, Write},
    net::Shutdown,
};

use gema_hub::{Outboxes, Slot};
use gema_protocol::ws::Decoder;

/// Frames in one write.
const FRAMES_PER_WRITE: usize = 64;

/// A byte stream that never blocks. The shard's loop runs over TCP, and in tests over scripted streams.
pub trait Wire: Read + Write + Debug {
    /// Tells the other side that nothing more will be written. It may be called again.
    ///
    /// # Errors
    /// When the stream is already gone, or blocks before it can tell.
    fn end_writing(&mut self) -> io::Result<()>;

    /// Whether something can be left to be read of which no event will tell, although a read has not filled its
    /// buffer.
    fn has_more(&self) -> bool {
        false
    }
}

impl Wire for mio::net::TcpStream {
    fn end_writing(&mut self) -> io::Result<()> {
        self.shutdown(Shutdown::Write)
    }
}

/// One WebSocket connection.
#[derive(Debug)]
pub(super) struct Socket<W> {
    pub(super) wire: W,
    pub(super) decoder: Decoder,
    pub(super) phase: Phase,
    /// The last write did not take everything: the system will tell when there is room.
    pub(super) blocked: bool,
    /// The last turn has not read everything: the next one goes on, whatever the system tells.
    pub(super) has_more: bool,
    /// Tells this connection from a later one in the same slot.
    pub(super) tag: u32,
}

impl<W: Wire> Socket<W> {
    /// Writes all that waits for the connection; what has been written is taken out.
    ///
    /// # Errors
    /// `WouldBlock` when the wire does not take everything, and whatever else the wire says.
    pub(super) fn write_all(&mut self, out: &mut Outboxes, slot: Slot) -> io::Result<()> {
        while !out.is_empty(slot) {
            let result = match out.single(slot) {
                Some(bytes) => self.wire.write(bytes),
                None => write_many(&mut self.wire, out, slot),
            };
            match result {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(written) => out.advance(slot, written),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.wire.flush()?;
        if self.phase == Phase::Failed { self.wire.end_writing() } else { Ok(()) }
    }
}

/// Writes several frames at once. Apart from the usual case of one frame, which needs no list of slices.
#[inline(never)]
fn write_many<W: Wire>(wire: &mut W, out: &Outboxes, slot: Slot) -> io::Result<usize> {
    let mut slices = [IoSlice::new(&[]); FRAMES_PER_WRITE];
    let filled = out.fill(slot, &mut slices);
    wire.write_vectored(&slices[..filled])
}

/// Where the conversation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Messages go both ways.
    Open,
    /// A close frame is sent or waits to be; the client has some time to answer it.
    Closing,
    /// Both sides have sent a close frame: the connection ends when ours is written.
    Closed,
    /// The client broke the protocol: what it sends is thrown away until it hangs up, so that our close frame is
    /// not destroyed by a reset.
    Failed,
}
