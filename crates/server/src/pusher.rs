//! The Pusher protocol as the service of a shard.

mod counting;

use std::{collections::HashMap, sync::Arc, time::Instant};

use gema_hub::{Delivery, Hub, Outboxes, ShardId, Slot, Turn};
use gema_protocol::{codes::ErrorCode, ws::MessageLimit};

use crate::{
    admission::{Permit, TurnedAway},
    debug_log::DebugLog,
    directory::Directory,
    metrics::Metrics,
    shard::{End, Message, NO_MESSAGES, Service, Traffic},
    welcome::Welcome,
};
use counting::Counting;

/// Bytes that may wait for a connection that is being turned away.
const REJECTED_OUTBOX: usize = 4096;
/// Messages up to so many times the limit are read and answered with an error; longer ones end the connection.
const DISCARD_FACTOR: usize = 16;

/// The Pusher protocol as the service of a shard.
#[derive(Debug)]
pub struct PusherService {
    hub: Hub,
    directory: Arc<Directory>,
    permits: Vec<Option<Permit>>,
    turned_away: HashMap<Slot, TurnedAway>,
    counting: Counting,
    debug: Option<DebugLog>,
    shutting_down: bool,
}

impl PusherService {
    /// The service of one shard.
    #[must_use]
    pub fn new(
        shard: ShardId,
        directory: Arc<Directory>,
        metrics: Arc<Metrics>,
        debug: Option<DebugLog>,
    ) -> Self {
        Self {
            hub: Hub::new(shard, Instant::now()),
            directory,
            permits: Vec::new(),
            turned_away: HashMap::new(),
            counting: Counting::new(metrics, shard),
            debug,
            shutting_down: false,
        }
    }

    fn keep_permit(&mut self, slot: Slot, permit: Permit) {
        if self.permits.len() <= slot.index() {
            self.permits.resize_with(slot.index() + 1, || None);
        }
        self.permits[slot.index()] = Some(permit);
    }
}

impl Service for PusherService {
    type Welcome = Welcome;
    type Delivery = Delivery;

    fn handle_connected(&mut self, now: Instant, slot: Slot, welcome: Welcome, out: &mut Outboxes) {
        match welcome {
            Welcome::Accepted { .. } if self.shutting_down => {
                out.open(slot, REJECTED_OUTBOX);
                out.reject(slot, ErrorCode::ReconnectNow, ErrorCode::ReconnectNow.message());
            }
            Welcome::Accepted { app, permit } => {
                out.open(slot, app.limits.outbox_size);
                self.keep_permit(slot, permit);
                let socket_id = self.hub.socket_id(slot, rand::random::<u64>() >> 16);
                if let Some(debug) = &self.debug {
                    debug.connected(slot, socket_id);
                }
                let mut turn = Turn { now, directory: &*self.directory, out };
                self.hub.handle_connected(&mut turn, slot, app, socket_id);
                if let Some(session) = self.hub.session(slot) {
                    self.counting.opened(session);
                }
            }
            Welcome::Rejected { code, message, place } => {
                out.open(slot, REJECTED_OUTBOX);
                out.reject(slot, code, &message);
                self.turned_away.insert(slot, place);
            }
        }
    }

    fn message_limit(&self, slot: Slot) -> MessageLimit {
        self.hub.session(slot).map_or(NO_MESSAGES, |session| {
            let accept = session.app().limits.message_size;
            MessageLimit { accept, discard: accept.saturating_mul(DISCARD_FACTOR) }
        })
    }

    fn handle_message(&mut self, now: Instant, slot: Slot, message: Message<'_>, out: &mut Outboxes) {
        if let Some(debug) = &self.debug {
            debug.received(slot, &message);
        }
        trace_message(&self.hub, slot, &message);
        let mut turn = Turn { now, directory: &*self.directory, out };
        match message {
            Message::Text(text) => self.hub.handle_text(&mut turn, slot, &text),
            Message::Binary(_) => self.hub.handle_binary(&mut turn, slot),
            Message::Oversized(size) => self.hub.handle_oversized(&mut turn, slot, size),
            Message::Ping => self.hub.handle_control(now, slot, true),
            Message::Pong => self.hub.handle_control(now, slot, false),
        }
        self.directory.webhooks().sync_if_much();
    }

    fn handle_closing(&mut self, slot: Slot, end: End) {
        if let Some(session) = self.hub.session(slot) {
            self.counting.closing(session, end);
        }
    }

    fn handle_disconnected(&mut self, now: Instant, slot: Slot, out: &mut Outboxes) {
        let mut turn = Turn { now, directory: &*self.directory, out };
        self.hub.handle_disconnected(&mut turn, slot);
        self.directory.webhooks().sync_if_much();
        if let Some(permit) = self.permits.get_mut(slot.index()).and_then(Option::as_mut) {
            permit.close();
        }
    }

    fn may_read(&self) -> bool {
        self.directory.is_calm()
    }

    fn handle_gone(&mut self, slot: Slot) {
        self.turned_away.remove(&slot);
        if let Some(permit) = self.permits.get_mut(slot.index()).and_then(Option::take) {
            drop(permit);
            if let Some(debug) = &self.debug {
                debug.disconnected(slot);
            }
        }
    }

    fn shrink(&mut self, slots: usize) {
        self.hub.shrink(slots);
        self.permits.truncate(slots);
        self.permits.shrink_to_fit();
        self.turned_away.shrink_to_fit();
    }

    fn handle_delivery(&mut self, _now: Instant, delivery: Delivery, out: &mut Outboxes) -> usize {
        let fan_out = self.hub.handle_delivery(&delivery, out);
        self.counting.fanned_out(fan_out);
        fan_out.recipients
    }

    fn handle_flushed(&mut self) {
        self.counting.flushed();
    }

    fn handle_turn_ended(&mut self, traffic: &Traffic) {
        self.counting.turn_ended(traffic, self.hub.counts_mut());
    }

    fn handle_inbox_emptied(&mut self) {
        self.hub.handle_inbox_emptied();
    }

    /// What happened at channels is noted for webhooks before anybody learns of it.
    fn prepare_to_write(&mut self) {
        self.directory.webhooks().sync();
    }

    fn handle_timeout(&mut self, now: Instant, out: &mut Outboxes, is_unread: impl Fn(Slot) -> bool) {
        let mut turn = Turn { now, directory: &*self.directory, out };
        self.hub.handle_timeout(&mut turn, is_unread);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.hub.poll_timeout()
    }

    fn handle_shutdown(&mut self, out: &mut Outboxes) {
        self.shutting_down = true;
        self.hub.handle_shutdown(out);
    }

    fn observer(&self) -> Option<gema_hub::Observer> {
        self.debug.as_ref().map(DebugLog::observer)
    }
}

/// Logs that a message has come, and how large it is: never what it says.
fn trace_message(hub: &Hub, slot: Slot, message: &Message<'_>) {
    // Looked at once per message: nothing below costs anything unless somebody wants to see it.
    if !tracing::enabled!(tracing::Level::TRACE) {
        return;
    }
    let Some(session) = hub.session(slot) else { return };
    let (kind, bytes) = match message {
        Message::Text(text) => ("text", text.len() as u64),
        Message::Binary(bytes) => ("binary", bytes.len() as u64),
        Message::Oversized(bytes) => ("oversized", *bytes),
        Message::Ping => ("ping", 0),
        Message::Pong => ("pong", 0),
    };
    tracing::trace!(app.id = session.app().id, socket.id = %session.socket_id(), kind, bytes, "A message has come");
}
