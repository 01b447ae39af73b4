//! A service that writes down what it is told and does what messages say.

use std::time::Instant;

use gema_hub::{Outboxes, Slot};
use gema_protocol::ws::{self, MessageLimit};

use crate::shard::{Measured, Message, Service};

pub(super) const ACCEPT: usize = 1000;
pub(super) const DISCARD: usize = 4000;

/// What the service was told. Ends are noted once for each connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Call {
    Connected(Slot),
    Text(Slot, String),
    Binary(Slot, usize),
    Oversized(Slot, u64),
    Ping(Slot),
    Pong(Slot),
    Disconnected(Slot),
}

/// What another thread wants.
#[derive(Debug)]
pub(super) enum Command {
    Send(Slot, String),
    Close(Slot, u16),
}

#[derive(Debug)]
pub(super) struct Recorder {
    outbox: usize,
    calls: Vec<Call>,
    connected: Vec<Slot>,
    /// After so many calls nothing more may be read.
    pub(super) most_calls: usize,
}

impl Recorder {
    pub(super) fn new(outbox: usize) -> Self {
        Self { outbox, calls: Vec::new(), connected: Vec::new(), most_calls: usize::MAX }
    }

    pub(super) fn calls(&self) -> &[Call] {
        &self.calls
    }
}

impl Measured for Command {
    fn size(&self) -> usize {
        1
    }
}

impl Service for Recorder {
    type Welcome = ();
    type Delivery = Command;

    fn may_read(&self) -> bool {
        self.calls.len() < self.most_calls
    }

    fn handle_connected(&mut self, _: Instant, slot: Slot, (): (), out: &mut Outboxes) {
        assert!(!self.connected.contains(&slot), "{slot:?} is taken");
        self.connected.push(slot);
        out.open(slot, self.outbox);
        self.calls.push(Call::Connected(slot));
    }

    fn message_limit(&self, _: Slot) -> MessageLimit {
        MessageLimit { accept: ACCEPT, discard: DISCARD }
    }

    fn handle_message(&mut self, _: Instant, slot: Slot, message: Message<'_>, out: &mut Outboxes) {
        assert!(self.connected.contains(&slot), "a message of {slot:?}, which has ended: {message:?}");
        assert!(out.is_open(slot), "a message of {slot:?}, which is closing: {message:?}");
        self.calls.push(match message {
            Message::Text(text) => {
                match text.split_once(' ') {
                    Some(("echo", rest)) => out.send_frame(slot, ws::text(rest)),
                    Some(("close", code)) => out.close(slot, ws::close(code.parse().unwrap(), "")),
                    Some(("close-other", other)) => {
                        let other = Slot(other.parse().unwrap());
                        if self.connected.contains(&other) {
                            out.close(other, ws::close(4000, ""));
                        }
                    }
                    _ => {}
                }
                Call::Text(slot, text.into_owned())
            }
            Message::Binary(bytes) => Call::Binary(slot, bytes.len()),
            Message::Oversized(length) => Call::Oversized(slot, length),
            Message::Ping => Call::Ping(slot),
            Message::Pong => Call::Pong(slot),
        });
    }

    fn handle_disconnected(&mut self, _: Instant, slot: Slot, _: &mut Outboxes) {
        if let Some(at) = self.connected.iter().position(|other| *other == slot) {
            self.connected.swap_remove(at);
            self.calls.push(Call::Disconnected(slot));
        }
    }

    fn handle_delivery(&mut self, _: Instant, command: Command, out: &mut Outboxes) -> usize {
        match command {
            Command::Send(slot, text) => out.send_frame(slot, ws::text(&text)),
            Command::Close(slot, code) if self.connected.contains(&slot) => {
                out.close(slot, ws::close(code, ""));
            }
            Command::Close(..) => {}
        }
        1
    }

    fn handle_shutdown(&mut self, out: &mut Outboxes) {
        for slot in &self.connected {
            out.close(*slot, ws::close(4200, ""));
        }
    }
}
