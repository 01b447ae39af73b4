//! What is done for all connections at the end of a turn.

use gema_hub::{Entry, OutboxCounts, Slot};

use super::{Connections, Service, Wire};
use crate::shard::socket::Phase;

/// Slots that may stay allocated when nobody is connected.
pub(super) const IDLE_SLOTS: usize = 1024;

/// What has gone through the connections of a shard since it began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// WebSocket messages that have come, control frames included.
    pub messages_in: u64,
    /// Bytes that have come.
    pub bytes_in: u64,
    /// What has gone out, and what waits to.
    pub out: OutboxCounts,
}

/// Why a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The client has sent a close frame.
    Client,
    /// The connection broke off.
    Lost,
    /// The client broke the rules of WebSocket.
    ProtocolError,
    /// The service has closed it with this code.
    Server(u16),
}

impl<S: Service, W: Wire> Connections<S, W> {
    /// The turn is over: tells the service what has gone through so far.
    pub fn end_turn(&mut self) {
        let traffic = Traffic { out: self.out.counts(), ..self.traffic };
        self.service.handle_turn_ended(&traffic);
    }

    /// Gives memory back when the slots above the first quarter are free; to be called after [`flush`](Self::flush).
    pub fn shrink(&mut self) {
        if self.slots <= IDLE_SLOTS || self.top > self.slots / 4 {
            return;
        }
        self.slots = self.top;
        self.sockets.shrink_to_fit();
        let sockets = &self.sockets;
        let lives =
            |entry: &Entry| sockets.get(entry.slot.index()).is_some_and(|socket| socket.tag == entry.tag);
        self.closing.retain(lives);
        self.more.shrink_to_fit();
        self.out.shrink(self.slots);
        self.service.shrink(self.slots);
    }

    /// Why a connection ends, of which the conversation stands there.
    pub(super) fn end_of(&self, slot: Slot, phase: Phase) -> End {
        match phase {
            Phase::Closed => End::Client,
            Phase::Failed => End::ProtocolError,
            Phase::Open | Phase::Closing => self.out.close_code(slot).map_or(End::Lost, End::Server),
        }
    }
}
