//! One WebSocket connection: its stream and where its conversation stands.

use std::{
    fmt::Debug,
    io::{self, Read, Write},
    net::Shutdown,
};

use gema_protocol::ws::Decoder;

/// A byte stream that never blocks. The shard's loop runs over TCP, and in tests over scripted streams.
pub trait Wire: Read + Write + Debug {
    /// Tells the other side that nothing more will be written.
    ///
    /// # Errors
    /// When the stream is already gone.
    fn end_writing(&mut self) -> io::Result<()>;
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
