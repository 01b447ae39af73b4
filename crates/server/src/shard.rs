//! One thread that owns its sockets alone.

mod connections;
mod inbox;
mod order;
mod service;
mod socket;
mod stream;
#[cfg(test)]
mod tests;
mod tls;

use std::{
    collections::HashMap,
    io,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use gema_hub::Slot;
use mio::{Events, Interest, Poll, Token, event::Source};

pub use connections::{Connections, End, NO_MESSAGES, Traffic};
pub use inbox::{Inbox, InboxSender, Measured, inbox};
pub use order::{Order, OrderOf};
pub use service::{Message, Service};
pub use socket::Wire;
pub use stream::Stream;
pub use tls::Tls;

/// The waker's token; sockets have their slots.
pub(crate) const WAKER: Token = Token(usize::MAX);
const EVENTS: usize = 1024;
/// Bytes that are taken out of the inbox in one turn, so that the sockets get their turn too.
const TAKEN_PER_TURN: usize = 1024 * 1024;
/// Recipients of deliveries in one turn, for the same reason: a small message to many is much work. (About 50 milliseconds.)
const RECIPIENTS_PER_TURN: usize = 128 * 1024;
/// Urgent orders in one turn: a crowd that connects leaves time for those who are there.
const URGENT_PER_TURN: usize = 256;
/// Bytes of deliveries after which the sockets are flushed in the middle of a turn: enough for full writes, and far
/// less than an outbox, so that a burst closes nobody who reads.
const FLUSH_AFTER: usize = 32 * 1024;
/// How long a shard sleeps that may not read because another shard's inbox is full.
const PAUSE: Duration = Duration::from_millis(1);

/// One thread that owns its sockets alone: no other thread reads, writes or closes them.
#[derive(Debug)]
pub struct Shard<S: Service> {
    poll: Poll,
    events: Events,
    inbox: Inbox<OrderOf<S>>,
    connections: Connections<S, Stream>,
    /// What is left of the present round of the inbox.
    round: usize,
    /// When the connections are closed though not all has been delivered.
    closes_at: Option<Instant>,
    /// When the shard ends, once it has been told to.
    ends_at: Option<Instant>,
    /// Whether the connections have been told that it ends.
    closing: bool,
}

/// Bytes that came behind the upgrades of new connections. By slot: a flush can end a connection, and another one can
/// come to its slot.
type ReadAhead = HashMap<Slot, bytes::Bytes>;

impl<S: Service> Shard<S> {
    /// A shard without connections.
    #[must_use]
    pub fn new(poll: Poll, inbox: Inbox<OrderOf<S>>, service: S) -> Self {
        Self {
            poll,
            events: Events::with_capacity(EVENTS),
            inbox,
            connections: Connections::new(service, Instant::now()),
            round: 0,
            closes_at: None,
            ends_at: None,
            closing: false,
        }
    }

    /// Runs until a shutdown is complete.
    ///
    /// # Errors
    /// When the system's poll fails: the shard cannot go on.
    pub fn run(mut self) -> io::Result<()> {
        loop {
            self.wait()?;
            let now = Instant::now();
            self.read_sockets(now);
            self.take_inbox(now);
            self.connections.expire(now);
            self.connections.flush(now);
            self.connections.shrink();
            self.connections.end_turn();
            if !self.closing && self.closes_at.is_some_and(|at| now >= at) {
                tracing::warn!(left = self.inbox.queued(), "Not all could be delivered before the end");
                self.close(now);
            }
            if self.ends_at.is_some_and(|at| now >= at || (self.closing && self.connections.is_empty())) {
                return Ok(());
            }
        }
    }

    fn wait(&mut self) -> io::Result<()> {
        let end = self.ends_at.into_iter().chain(self.closes_at.filter(|_| !self.closing));
        let deadline = self.connections.next_deadline().into_iter().chain(end).min();
        let timeout = if self.inbox.prepare_to_sleep() {
            Some(Duration::ZERO)
        } else if self.connections.has_more_to_read() {
            Some(if self.connections.service().may_read() { Duration::ZERO } else { PAUSE })
        } else {
            deadline.map(|at| at.saturating_duration_since(Instant::now()) + Duration::from_millis(1))
        };
        let polled = self.poll.poll(&mut self.events, timeout);
        self.inbox.awake();
        match polled {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            other => other,
        }
    }

    fn read_sockets(&mut self, now: Instant) {
        self.connections.read_more(now);
        for event in self.events.iter().filter(|event| event.token() != WAKER) {
            let slot = Slot(event.token().0 as u32);
            if event.is_writable() {
                self.connections.handle_writable(now, slot);
            }
            if event.is_readable() || event.is_read_closed() || event.is_error() {
                self.connections.handle_readable(now, slot, event.is_read_closed());
            }
        }
    }

    /// Takes what is urgent and a part of the rest of the inbox. A round is what was there when it began, however many
    /// turns it takes.
    fn take_inbox(&mut self, now: Instant) {
        let mut read_ahead = ReadAhead::new();
        for _ in 0..URGENT_PER_TURN {
            let Some(order) = self.inbox.take_urgent() else { break };
            self.take(now, order, &mut read_ahead);
        }
        if self.round == 0 {
            self.round = self.inbox.queued();
        }
        let (mut taken, mut flushed, mut recipients) = (0, 0, 0);
        while self.round > 0 && taken < TAKEN_PER_TURN && recipients < RECIPIENTS_PER_TURN {
            let Some(order) = self.inbox.take() else { break };
            self.round -= 1;
            taken += order.size();
            recipients += self.take(now, order, &mut read_ahead);
            if taken >= flushed + FLUSH_AFTER {
                flushed = taken;
                self.connections.flush(now);
            }
        }
        if self.round == 0 {
            self.connections.handle_inbox_emptied();
        } else {
            self.connections.handle_inbox_left();
        }
        for (slot, bytes) in read_ahead {
            self.connections.handle_bytes(now, slot, &mut Vec::from(bytes));
            self.connections.read_soon(slot);
        }
    }

    /// Does what one order says. Answers how many connections it was for.
    fn take(&mut self, now: Instant, order: OrderOf<S>, read_ahead: &mut ReadAhead) -> usize {
        match order {
            Order::Connect { stream, read_ahead: bytes, welcome } => {
                let slot = connect(&self.poll, &mut self.connections, now, (stream, welcome));
                read_ahead.extend(slot.map(|slot| (slot, bytes)));
                return 1;
            }
            Order::Deliver(delivery) => return self.connections.deliver(now, delivery),
            Order::Passed(asked) => drop(asked),
            Order::Heartbeat { number, heard } => heard.store(number, Ordering::Relaxed),
            Order::EndBy(at) => {
                self.closes_at = Some(now + at.saturating_duration_since(now) / 2);
                self.ends_at = Some(at);
            }
            Order::Shutdown { grace } => {
                self.ends_at.get_or_insert(now + grace);
                self.close(now);
            }
        }
        0
    }

    fn close(&mut self, now: Instant) {
        if !std::mem::replace(&mut self.closing, true) {
            self.connections.shut_down(now);
        }
    }
}

fn connect<S: Service>(
    poll: &Poll,
    connections: &mut Connections<S, Stream>,
    now: Instant,
    (mut stream, welcome): (Stream, S::Welcome),
) -> Option<Slot> {
    let token = Token(connections.vacant().index());
    let interests = Interest::READABLE | Interest::WRITABLE;
    if let Err(error) = stream.tcp().register(poll.registry(), token, interests) {
        tracing::warn!(%error, "A connection cannot be watched and is dropped");
        return None;
    }
    Some(connections.insert(now, stream, welcome))
}
