//! Shards without sockets, their clients, and the time.

use std::{io::IoSlice, sync::Arc, time::Duration, time::Instant};

use gema_hub::{App, ChannelKey, Hub, Outboxes, ShardId, Slot, Turn, UserKey};
use gema_protocol::names::SocketId;
use slab::Slab;

use crate::{
    app,
    directory::SimDirectory,
    incoming::{Incoming, Received},
};

/// Some shards, their clients, and the time, which passes only when told to. Nothing happens by itself: what waits
/// in an inbox, in an outbox or to be closed is handled when the test says so.
pub(crate) struct World {
    pub(crate) now: Instant,
    pub(crate) directory: SimDirectory,
    pub(crate) shards: Vec<Shard>,
    pub(crate) clients: Vec<Client>,
}

pub(crate) struct Shard {
    pub(crate) hub: Hub,
    pub(crate) out: Outboxes,
    slots: Slab<ClientId>,
    /// Deliveries of the inbox that the turn has still to handle.
    left_in_turn: usize,
}

/// The index of a client among all that the world has seen.
pub(crate) type ClientId = usize;

pub(crate) struct Client {
    pub(crate) app: Arc<App>,
    pub(crate) shard: usize,
    slot: Slot,
    pub(crate) socket_id: SocketId,
    pub(crate) phase: Phase,
    pub(crate) incoming: Incoming,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Open,
    /// The server has sent a close frame, or is about to.
    Closing,
    Gone,
}

impl World {
    #[expect(clippy::disallowed_methods, reason = "an arbitrary point in time")]
    pub(crate) fn new(shards: usize, stripes: usize) -> Self {
        let now = Instant::now();
        let shard = |number: usize| Shard {
            hub: Hub::new(ShardId(number as u8), now),
            out: Outboxes::new(),
            slots: Slab::new(),
            left_in_turn: 0,
        };
        Self {
            now,
            directory: SimDirectory::new(shards, stripes),
            shards: (0..shards).map(shard).collect(),
            clients: Vec::new(),
        }
    }

    // === clients ===

    pub(crate) fn connect(&mut self, app: &Arc<App>, shard: usize) -> ClientId {
        let id = self.clients.len();
        let slot = Slot(self.shards[shard].slots.insert(id) as u32);
        let random = (id as u64 + 1) * 7919;
        self.shards[shard].out.open(slot, app.limits.outbox_size);
        self.turn(shard, |hub, turn| {
            let socket_id = hub.socket_id(slot, random);
            hub.handle_connected(turn, slot, Arc::clone(app), socket_id);
        });
        self.clients.push(Client {
            app: Arc::clone(app),
            shard,
            slot,
            socket_id: SocketId { random, place: u64::from(slot.0) << 8 | shard as u64 },
            phase: Phase::Open,
            incoming: Incoming::default(),
        });
        id
    }

    pub(crate) fn text(&mut self, client: ClientId, text: &str) {
        let Client { shard, slot, .. } = *self.open_client(client);
        self.turn(shard, |hub, turn| hub.handle_text(turn, slot, text));
    }

    pub(crate) fn binary(&mut self, client: ClientId) {
        let Client { shard, slot, .. } = *self.open_client(client);
        self.turn(shard, |hub, turn| hub.handle_binary(turn, slot));
    }

    pub(crate) fn oversized(&mut self, client: ClientId, size: u64) {
        let Client { shard, slot, .. } = *self.open_client(client);
        self.turn(shard, |hub, turn| hub.handle_oversized(turn, slot, size));
    }

    pub(crate) fn control(&mut self, client: ClientId, is_ping: bool) {
        let Client { shard, slot, .. } = *self.open_client(client);
        let now = self.now;
        self.turn(shard, |hub, _| hub.handle_control(now, slot, is_ping));
    }

    fn open_client(&self, client: ClientId) -> &Client {
        let client = &self.clients[client];
        assert_eq!(client.phase, Phase::Open, "only an open client can send");
        client
    }

    /// Reads at most `limit` bytes of what waits for a client. Reading a close frame ends the connection.
    pub(crate) fn read(&mut self, client: ClientId, mut limit: usize) {
        let Client { shard, slot, .. } = self.clients[client];
        let out = &mut self.shards[shard].out;
        while limit > 0 && self.clients[client].phase != Phase::Gone && !out.is_empty(slot) {
            let mut slices = [IoSlice::new(&[]); 3];
            let filled = out.fill(slot, &mut slices);
            let bytes: Vec<u8> = slices[..filled].iter().flat_map(|slice| slice.iter().copied()).collect();
            let taken = bytes.len().min(limit);
            self.clients[client].incoming.extend(&bytes[..taken]);
            out.advance(slot, taken);
            limit -= taken;
        }
        if self.clients[client].incoming.is_closed() && self.clients[client].phase == Phase::Closing {
            self.vanish(client);
        }
    }

    /// Ends a connection without a word; what it has not read is lost.
    pub(crate) fn vanish(&mut self, client: ClientId) {
        let Client { shard, slot, phase, .. } = self.clients[client];
        if phase == Phase::Gone {
            return;
        }
        self.clients[client].phase = Phase::Gone;
        self.turn(shard, |hub, turn| hub.handle_disconnected(turn, slot));
        self.shards[shard].out.drop_queue(slot);
        self.shards[shard].slots.remove(slot.index());
    }

    // === what a shard does in a turn ===

    /// Handles one delivery of the inbox. A turn handles as many as there were when it began; what comes in meanwhile
    /// is left for the next one.
    pub(crate) fn deliver_one(&mut self, shard: usize) {
        let this = &mut self.shards[shard];
        if this.left_in_turn == 0 {
            this.left_in_turn = self.directory.waiting(shard);
        }
        if this.left_in_turn > 0 {
            let delivery = self.directory.take(shard).unwrap();
            this.hub.handle_delivery(&delivery, &mut this.out);
            this.left_in_turn -= 1;
        }
        if this.left_in_turn == 0 {
            this.hub.handle_inbox_emptied();
        }
    }

    /// Whether the shard has handled only a part of what was in its inbox. It does nothing else until the rest is
    /// handled.
    pub(crate) fn is_in_turn(&self, shard: usize) -> bool {
        self.shards[shard].left_in_turn > 0
    }

    /// The same, while something has come from all clients that was not read yet.
    pub(crate) fn handle_timeout_unread(&mut self, shard: usize) {
        self.turn(shard, |hub, turn| hub.handle_timeout(turn, |_| true));
    }

    pub(crate) fn handle_timeout(&mut self, shard: usize) {
        self.turn(shard, |hub, turn| hub.handle_timeout(turn, |_| false));
    }

    /// A client that has been closed from the server's side and waits for [`forget`](Self::forget).
    pub(crate) fn poll_closed(&mut self, shard: usize) -> Option<ClientId> {
        loop {
            let slot = self.shards[shard].out.poll_closed()?;
            if let Some(&client) = self.shards[shard].slots.get(slot.index()) {
                return Some(client);
            }
        }
    }

    /// The shard forgets a client that it has closed; the close frame is still to be read.
    pub(crate) fn forget(&mut self, client: ClientId) {
        let Client { shard, slot, .. } = self.clients[client];
        self.clients[client].phase = Phase::Closing;
        self.turn(shard, |hub, turn| hub.handle_disconnected(turn, slot));
    }

    fn turn(&mut self, shard: usize, act: impl FnOnce(&mut Hub, &mut Turn<'_, SimDirectory>)) {
        let Shard { hub, out, .. } = &mut self.shards[shard];
        act(hub, &mut Turn { now: self.now, directory: &self.directory, out });
    }

    // === for scripted tests ===

    /// Lets everything that waits arrive.
    pub(crate) fn settle(&mut self) {
        for shard in 0..self.shards.len() {
            self.forget_closed(shard);
        }
        while let Some(shard) = (0..self.shards.len()).find(|&shard| self.directory.waiting(shard) > 0) {
            self.deliver_one(shard);
            self.forget_closed(shard);
        }
        for shard in &mut self.shards {
            shard.hub.handle_inbox_emptied();
        }
    }

    fn forget_closed(&mut self, shard: usize) {
        while let Some(client) = self.poll_closed(shard) {
            self.forget(client);
        }
    }

    /// What a client has received since the last call, as lines, after everything has arrived.
    pub(crate) fn lines(&mut self, client: ClientId) -> Vec<String> {
        self.settle();
        self.read(client, usize::MAX);
        self.clients[client].incoming.news().iter().map(Received::line).collect()
    }

    /// Lets time pass in steps of a tenth of a second, so that everything happens when it is due.
    pub(crate) fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while self.now < end {
            self.now = end.min(self.now + Duration::from_millis(100));
            for shard in 0..self.shards.len() {
                self.handle_timeout(shard);
            }
            self.directory.handle_timeout(self.now);
            self.settle();
        }
    }

    /// Connects a client that has read its greeting.
    pub(crate) fn join(&mut self, app: &Arc<App>, shard: usize) -> ClientId {
        let client = self.connect(app, shard);
        assert_eq!(self.lines(client).len(), 1, "one greeting");
        client
    }

    /// Subscribes a client with a valid signature.
    pub(crate) fn subscribe(&mut self, client: ClientId, channel: &str, channel_data: Option<&str>) {
        let Client { app, socket_id, .. } = &self.clients[client];
        let text = app::subscribe(app, *socket_id, channel, channel_data);
        self.text(client, &text);
    }

    /// Signs a client in with a valid signature.
    pub(crate) fn sign_in(&mut self, client: ClientId, user_data: &str) {
        let Client { app, socket_id, .. } = &self.clients[client];
        let text = app::sign_in(app, *socket_id, user_data);
        self.text(client, &text);
    }

    /// Publishes an event `e` of the application with some data, as the HTTP API does.
    pub(crate) fn publish(&mut self, app: &App, channel: &str, data: &str, except: Option<ClientId>) {
        let except = except.map(|client| self.clients[client].socket_id);
        self.directory.publish_event(self.now, app, (channel, data), except);
    }

    /// Ends the connections of a user, as the HTTP API does.
    pub(crate) fn terminate(&mut self, app: &App, user: &str) {
        self.directory.terminate(&UserKey { app: app.number, id: user.parse().unwrap() });
    }

    /// Whether nothing is left anywhere: no connection, channel, user, delivery or frame.
    pub(crate) fn is_empty(&self) -> bool {
        let nothing_waits = |client: &Client| self.shards[client.shard].out.is_empty(client.slot);
        let is_idle = |(number, shard): (usize, &Shard)| {
            shard.hub.is_empty() && shard.slots.is_empty() && self.directory.waiting(number) == 0
        };
        self.directory.is_empty()
            && self.shards.iter().enumerate().all(is_idle)
            && self.clients.iter().all(nothing_waits)
    }
}

/// The key of a channel.
pub(crate) fn key(app: &App, channel: &str) -> ChannelKey {
    ChannelKey { app: app.number, name: channel.parse().unwrap() }
}
