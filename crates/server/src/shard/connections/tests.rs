//! Connections over simulated sockets.

mod chaos;
mod closing;
mod reading;
mod recorder;
mod shrinking;
mod tls;
mod wire;
mod writing;

use std::time::{Duration, Instant};

use gema_hub::Slot;
use gema_protocol::ws::{self, OpCode};

use super::{Connections, upkeep::IDLE_SLOTS};
use recorder::{Call, Command, Recorder};
use wire::{Peer, ReadStep, WriteStep};

/// Connections, and a clock that only the test moves.
#[derive(Debug)]
struct Simulation {
    connections: Connections<Recorder, wire::ScriptedWire>,
    now: Instant,
}

impl Simulation {
    fn new() -> Self {
        Self::with_outboxes_of(1_000_000)
    }

    fn with_outboxes_of(bytes: usize) -> Self {
        let now = Instant::now();
        Self { connections: Connections::new(Recorder::new(bytes), now), now }
    }

    /// A new connection and its other end.
    fn connect(&mut self) -> (Slot, Peer) {
        let peer = Peer::default();
        let slot = self.connections.insert(self.now, peer.wire(), ());
        (slot, peer)
    }

    /// The client sends these bytes, and the shard has one turn.
    fn receive(&mut self, slot: Slot, peer: &Peer, bytes: &[u8]) {
        peer.will_read([ReadStep::Bytes(bytes.to_vec())]);
        self.readable(slot);
    }

    /// One turn in which a connection has something to read.
    fn readable(&mut self, slot: Slot) {
        self.connections.handle_readable(self.now, slot, true);
        self.connections.flush(self.now);
    }

    /// One turn in which a connection takes bytes again.
    fn writable(&mut self, slot: Slot) {
        self.connections.handle_writable(self.now, slot);
        self.connections.flush(self.now);
    }

    /// One turn in which something comes from another thread.
    fn command(&mut self, command: Command) {
        self.connections.deliver(self.now, command);
        self.connections.flush(self.now);
    }

    fn advance(&mut self, by: Duration) {
        self.now += by;
        self.connections.expire(self.now);
        self.connections.flush(self.now);
    }

    fn calls(&self) -> &[Call] {
        self.connections.service().calls()
    }
}

fn text(message: &str) -> Vec<u8> {
    ws::masked(OpCode::Text, true, message.as_bytes(), [1, 2, 3, 4])
}

fn close(code: u16) -> Vec<u8> {
    ws::masked(OpCode::Close, true, &code.to_be_bytes(), [1, 2, 3, 4])
}

/// What a client sees.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Seen {
    Text(String),
    Pong(Vec<u8>),
    Close(Option<u16>),
}

/// The frames of a server in these bytes, all of them whole.
fn frames(mut bytes: &[u8]) -> Vec<Seen> {
    let mut seen = Vec::new();
    while let [first, second, rest @ ..] = bytes {
        let (length, rest) = match (second, rest) {
            (126, [high, low, rest @ ..]) => (usize::from(u16::from_be_bytes([*high, *low])), rest),
            (127, _) => panic!("no test sends so much"),
            _ => (usize::from(*second), rest),
        };
        assert!(
            rest.len() >= length,
            "a frame is cut: {length} bytes are announced, {} are there",
            rest.len()
        );
        let (payload, rest) = rest.split_at(length);
        seen.push(match first {
            0x81 => Seen::Text(String::from_utf8(payload.to_vec()).unwrap()),
            0x8a => Seen::Pong(payload.to_vec()),
            0x88 => Seen::Close(payload.first_chunk().map(|code| u16::from_be_bytes(*code))),
            other => panic!("a frame begins with {other:#x}"),
        });
        bytes = rest;
    }
    assert!(bytes.is_empty(), "half a header");
    seen
}
