//! What speaks over the WebSockets of a shard.

use std::{borrow::Cow, fmt::Debug, time::Instant};

use gema_hub::{Observer, Outboxes, Slot};
use gema_protocol::ws::MessageLimit;

use super::{End, Measured, Traffic};

/// What speaks over the WebSockets of a shard: the Pusher protocol, or an echo to test the sockets with. Its calls
/// come from one thread; it answers into the outboxes and does no I/O of its own.
pub trait Service: Debug + 'static {
    /// What has to be known of a new connection.
    type Welcome: Debug + Send + 'static;
    /// What other threads can send.
    type Delivery: Measured + Debug + Send + 'static;

    /// A connection has come. The service opens its outbox.
    fn handle_connected(&mut self, now: Instant, slot: Slot, welcome: Self::Welcome, out: &mut Outboxes);

    /// How large the messages of a connection may be.
    fn message_limit(&self, slot: Slot) -> MessageLimit;

    /// A message has come.
    fn handle_message(&mut self, now: Instant, slot: Slot, message: Message<'_>, out: &mut Outboxes);

    /// A connection has begun to close, or has ended: why. [`handle_disconnected`](Self::handle_disconnected) follows.
    /// Where it closes first and ends then, this comes twice; the first one tells the reason.
    fn handle_closing(&mut self, _slot: Slot, _end: End) {}

    /// A connection has ended, or is closing and will send and receive nothing more.
    fn handle_disconnected(&mut self, now: Instant, slot: Slot, out: &mut Outboxes);

    /// Whether more may be read: `false` while too much waits of what clients have caused.
    fn may_read(&self) -> bool {
        true
    }

    /// The socket of a connection is closed, and its slot is free.
    fn handle_gone(&mut self, _slot: Slot) {}

    /// Many connections have ended: those that are left have slots below `slots`.
    fn shrink(&mut self, _slots: usize) {}

    /// Something has come from another thread. Answers how many connections it was for: so much work it was.
    fn handle_delivery(&mut self, now: Instant, delivery: Self::Delivery, out: &mut Outboxes) -> usize;

    /// All that had come from other threads has been handled.
    fn handle_inbox_emptied(&mut self) {}

    /// Something is about to be written to sockets: what clients may only learn after something else has been done.
    fn prepare_to_write(&mut self) {}
    /// All that waited has been written, as far as the sockets take it.
    fn handle_flushed(&mut self) {}

    /// A turn is over; what has gone through the connections since the beginning.
    fn handle_turn_ended(&mut self, _traffic: &Traffic) {}

    /// Time has passed. `is_unread` tells of which connections something has come that was not read yet: they are not
    /// silent.
    fn handle_timeout(&mut self, _now: Instant, _out: &mut Outboxes, _is_unread: impl Fn(Slot) -> bool) {}

    /// When [`handle_timeout`](Self::handle_timeout) has something to do.
    fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    /// The server goes away: close all connections.
    fn handle_shutdown(&mut self, out: &mut Outboxes);

    /// Who wants to see every frame on its way out, if somebody does.
    fn observer(&self) -> Option<Observer> {
        None
    }
}

/// What a client has sent, as far as a service is concerned.
#[derive(Debug)]
pub enum Message<'a> {
    /// A text message.
    Text(Cow<'a, str>),
    /// A binary message.
    Binary(Cow<'a, [u8]>),
    /// A message of so many bytes that was over the limit and has been thrown away.
    Oversized(u64),
    /// A ping, already answered.
    Ping,
    /// A pong.
    Pong,
}
