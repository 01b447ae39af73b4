//! The connections of a shard: bytes in, messages out to the service, frames back.

use std::{
    io,
    time::{Duration, Instant},
};

use gema_hub::{Entry, Outboxes, Slot, Wheel};
use gema_protocol::ws::{self, CloseCode, DecodeError, Item, MessageLimit};
use slab::Slab;

mod upkeep;

pub use upkeep::{End, Traffic};

use super::{
    Message, Service, Wire,
    socket::{Phase, Socket},
};

/// One buffer for all reads of the shard: no connection needs one of its own.
const READ_BUFFER: usize = 64 * 1024;
/// Reads of one connection in one turn, so that a flood on one leaves time for the others.
const READS_PER_TURN: usize = 4;
/// Bytes of one connection in one turn while the shard is behind with its inbox: what clients send fills inboxes.
const READ_WHILE_BEHIND: usize = 4 * 1024;
/// How long a client has to answer a close frame, or to take it.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// The connections of a shard and the service that speaks over them.
#[derive(Debug)]
pub struct Connections<S, W> {
    service: S,
    sockets: Slab<Socket<W>>,
    out: Outboxes,
    /// Connections that have to end soon: they are closing.
    closing: Wheel,
    /// Connections with more to read than one turn takes.
    more: Vec<Slot>,
    buffer: Box<[u8]>,
    /// What has come; what has gone out is counted in `out`.
    traffic: Traffic,
    /// Whether more is in the shard's inbox than a turn takes.
    behind: bool,
    tags: u32,
    /// The number of slots up to the highest one that is taken.
    top: usize,
    /// The greatest that has been since memory was last given back: so many slots have storage.
    slots: usize,
}

/// How a connection goes on after its input has been handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    GoOn,
    End,
}

impl<S: Service, W: Wire> Connections<S, W> {
    /// No connections.
    pub fn new(service: S, now: Instant) -> Self {
        let mut out = Outboxes::new();
        if let Some(observer) = service.observer() {
            out.observe(observer);
        }
        Self {
            service,
            sockets: Slab::new(),
            out,
            closing: Wheel::new(now),
            more: Vec::new(),
            buffer: vec![0; READ_BUFFER].into_boxed_slice(),
            traffic: Traffic::default(),
            behind: false,
            tags: 0,
            top: 0,
            slots: 0,
        }
    }

    /// The slot that the next [`insert`](Self::insert) will use.
    #[must_use]
    pub fn vacant(&self) -> Slot {
        Slot(self.sockets.vacant_key() as u32)
    }

    /// Takes over a connection that has been upgraded.
    pub fn insert(&mut self, now: Instant, wire: W, welcome: S::Welcome) -> Slot {
        self.tags = self.tags.wrapping_add(1);
        let socket = Socket {
            wire,
            decoder: ws::Decoder::default(),
            phase: Phase::Open,
            blocked: false,
            has_more: false,
            tag: self.tags,
        };
        let slot = Slot(self.sockets.insert(socket) as u32);
        self.top = self.top.max(slot.index() + 1);
        self.slots = self.slots.max(self.top);
        self.service.handle_connected(now, slot, welcome, &mut self.out);
        self.settle(now);
        slot
    }

    /// The service behind the connections.
    pub fn service(&self) -> &S {
        &self.service
    }

    /// The service, for tests to change it.
    #[cfg(test)]
    fn service_mut(&mut self) -> &mut S {
        &mut self.service
    }

    /// Whether no connection is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sockets.is_empty()
    }

    // === reading ===

    /// Whether [`read_more`](Self::read_more) has something to do.
    #[must_use]
    pub fn has_more_to_read(&self) -> bool {
        !self.more.is_empty()
    }

    /// Has the next turn read what the wire of a new connection holds already: no event will tell.
    pub fn read_soon(&mut self, slot: Slot) {
        if let Some(socket) = self.sockets.get_mut(slot.index())
            && socket.wire.has_more()
            && !std::mem::replace(&mut socket.has_more, true)
        {
            self.more.push(slot);
        }
    }

    /// Goes on with the connections that had more to read than one turn takes.
    pub fn read_more(&mut self, now: Instant) {
        let mut waiting = std::mem::take(&mut self.more);
        let mut read = 0;
        while let Some(&slot) = waiting.get(read)
            && self.service.may_read()
        {
            read += 1;
            if let Some(socket) = self.sockets.get_mut(slot.index()) {
                socket.has_more = false;
            }
            self.handle_readable(now, slot, true);
        }
        // Those whose turn has not come are the next ones: nobody waits for ever behind those who send much.
        waiting.drain(..read);
        waiting.append(&mut self.more);
        self.more = waiting;
    }

    /// The system says that a connection has something to read; `to_the_end` when its end may be there too, so
    /// that a short read is not the last one.
    pub fn handle_readable(&mut self, now: Instant, slot: Slot, to_the_end: bool) {
        let Some(socket) = self.sockets.get_mut(slot.index()) else { return };
        if socket.has_more {
            return;
        }
        if !self.service.may_read() {
            socket.has_more = true;
            self.more.push(slot);
            return;
        }
        let mut buffer = std::mem::take(&mut self.buffer);
        let next = self.read(now, slot, to_the_end, &mut buffer);
        self.buffer = buffer;
        if next == Next::End {
            // Who hangs up behind its last message may still listen for the answer.
            self.service.prepare_to_write();
            self.flush_one(now, slot);
            self.end(now, slot);
        }
        self.settle(now);
    }

    fn read(&mut self, now: Instant, slot: Slot, to_the_end: bool, buffer: &mut [u8]) -> Next {
        let (reads, size) = if self.behind { (1, READ_WHILE_BEHIND) } else { (READS_PER_TURN, READ_BUFFER) };
        let buffer = &mut buffer[..size];
        for _ in 0..reads {
            let Some(socket) = self.sockets.get_mut(slot.index()) else { return Next::GoOn };
            match socket.wire.read(buffer) {
                Ok(0) => return Next::End,
                Ok(read) => {
                    let all = read < buffer.len() && !socket.wire.has_more();
                    if self.take_bytes(now, slot, &mut buffer[..read]) == Next::End {
                        return Next::End;
                    }
                    if all && !to_the_end {
                        return Next::GoOn;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Next::GoOn,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return Next::End,
            }
        }
        if let Some(socket) = self.sockets.get_mut(slot.index()) {
            socket.has_more = true;
            self.more.push(slot);
        }
        Next::GoOn
    }

    /// Bytes of a connection that were read elsewhere.
    pub fn handle_bytes(&mut self, now: Instant, slot: Slot, bytes: &mut [u8]) {
        if self.take_bytes(now, slot, bytes) == Next::End {
            self.end(now, slot);
        }
        self.settle(now);
    }

    fn take_bytes(&mut self, now: Instant, slot: Slot, bytes: &mut [u8]) -> Next {
        self.traffic.bytes_in += bytes.len() as u64;
        let limit = self.service.message_limit(slot);
        let mut at = 0;
        loop {
            let Some(socket) = self.sockets.get_mut(slot.index()) else { return Next::GoOn };
            match socket.phase {
                Phase::Open | Phase::Closing => {}
                // The client has answered our close, and nothing is left to be written.
                Phase::Closed if self.out.is_empty(slot) && !socket.blocked => return Next::End,
                Phase::Closed | Phase::Failed => return Next::GoOn,
            }
            if at == bytes.len() {
                return Next::GoOn;
            }
            match socket.decoder.decode(&mut bytes[at..], limit) {
                Ok(decoded) => {
                    at += decoded.consumed;
                    if let Some(item) = decoded.item {
                        self.traffic.messages_in += 1;
                        self.take_item(now, slot, item);
                    }
                }
                Err(error) => self.fail(slot, error),
            }
        }
    }

    fn take_item(&mut self, now: Instant, slot: Slot, item: Item<'_>) {
        let item = match item {
            Item::Close(reason) => return self.take_close(slot, reason.map(|reason| reason.code)),
            other => other,
        };
        if !self.out.is_open(slot) {
            return;
        }
        let message = match item {
            Item::Text(text) => Message::Text(text),
            Item::Binary(bytes) => Message::Binary(bytes),
            Item::Oversized { length } => Message::Oversized(length),
            Item::Ping(payload) => {
                self.out.send_frame(slot, ws::pong(&payload));
                // There may have been no room.
                if !self.out.is_open(slot) {
                    return;
                }
                Message::Ping
            }
            Item::Pong => Message::Pong,
            Item::Close(_) => return,
        };
        self.service.handle_message(now, slot, message, &mut self.out);
    }

    /// The client closes, or answers our close.
    fn take_close(&mut self, slot: Slot, code: Option<CloseCode>) {
        let answer = code.map_or_else(ws::close_empty, |code| ws::close(code.number(), ""));
        self.out.close(slot, answer);
        self.sockets[slot.index()].phase = Phase::Closed;
    }

    fn fail(&mut self, slot: Slot, error: DecodeError) {
        self.out.close(slot, ws::close(error.close_code().number(), error.reason()));
        self.sockets[slot.index()].phase = Phase::Failed;
    }

    // === what comes from other threads, and time ===

    /// Something has come from another thread. Answers how many connections it was for.
    pub fn deliver(&mut self, now: Instant, delivery: S::Delivery) -> usize {
        let recipients = self.service.handle_delivery(now, delivery, &mut self.out);
        self.settle(now);
        recipients
    }

    /// All that had come from other threads has been handled.
    pub fn handle_inbox_emptied(&mut self) {
        self.behind = false;
        self.service.handle_inbox_emptied();
    }

    /// More had come from other threads than one turn takes.
    pub fn handle_inbox_left(&mut self) {
        self.behind = true;
    }

    /// Closes all connections.
    pub fn shut_down(&mut self, now: Instant) {
        self.service.handle_shutdown(&mut self.out);
        self.settle(now);
    }

    /// When [`expire`](Self::expire) has something to do.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        self.service.poll_timeout().into_iter().chain(self.closing.next_deadline()).min()
    }

    /// Does what is due.
    pub fn expire(&mut self, now: Instant) {
        let Self { service, sockets, out, .. } = self;
        let is_unread = |slot: Slot| sockets.get(slot.index()).is_some_and(|socket| socket.has_more);
        service.handle_timeout(now, out, is_unread);
        self.settle(now);
        for Entry { slot, tag } in self.closing.take_expired(now) {
            if self.sockets.get(slot.index()).is_some_and(|socket| socket.tag == tag) {
                self.end(now, slot);
            }
        }
    }

    /// Connections that have just been given a close frame: the service forgets them, and they get a deadline.
    fn settle(&mut self, now: Instant) {
        while let Some(slot) = self.out.poll_closed() {
            let Some(socket) = self.sockets.get_mut(slot.index()) else { continue };
            let phase = socket.phase;
            if phase == Phase::Open {
                socket.phase = Phase::Closing;
            }
            self.closing.insert(now + CLOSE_TIMEOUT, Entry { slot, tag: socket.tag });
            let end = self.end_of(slot, phase);
            self.service.handle_closing(slot, end);
            self.service.handle_disconnected(now, slot, &mut self.out);
        }
    }

    // === writing ===

    /// The system says that a connection takes bytes again.
    pub fn handle_writable(&mut self, now: Instant, slot: Slot) {
        let Some(socket) = self.sockets.get_mut(slot.index()) else { return };
        if std::mem::take(&mut socket.blocked) {
            self.service.prepare_to_write();
            self.flush_one(now, slot);
        }
    }

    /// Writes what waits, one write per connection however many frames wait.
    pub fn flush(&mut self, now: Instant) {
        self.service.prepare_to_write();
        while let Some(slot) = self.out.poll_dirty() {
            if self.sockets.get(slot.index()).is_some_and(|socket| !socket.blocked) {
                self.flush_one(now, slot);
            }
        }
        self.service.handle_flushed();
    }

    fn flush_one(&mut self, now: Instant, slot: Slot) {
        let Some(socket) = self.sockets.get_mut(slot.index()) else { return };
        match socket.write_all(&mut self.out, slot) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => socket.blocked = true,
            Err(_) => self.end(now, slot),
            Ok(()) if socket.phase == Phase::Closed => self.end(now, slot),
            Ok(()) => {}
        }
    }

    fn end(&mut self, now: Instant, slot: Slot) {
        if let Some(socket) = self.sockets.try_remove(slot.index()) {
            let end = self.end_of(slot, socket.phase);
            self.service.handle_closing(slot, end);
            while self.top > 0 && !self.sockets.contains(self.top - 1) {
                self.top -= 1;
            }
            self.service.handle_disconnected(now, slot, &mut self.out);
            self.service.handle_gone(slot);
            self.out.drop_queue(slot);
            self.settle(now);
        }
    }
}

/// The limits of a connection that the service does not know (any more).
pub const NO_MESSAGES: MessageLimit = MessageLimit { accept: 0, discard: READ_BUFFER };

#[cfg(test)]
mod tests;
