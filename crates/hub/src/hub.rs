//! All connections of one shard, without their sockets.

mod deliver;
mod effects;

use std::{rc::Rc, sync::Arc, time::Instant};

use gema_protocol::{
    codes::ErrorCode,
    names::SocketId,
    ws::{self, Frame},
};

use crate::{
    App, AppsByNumber, ChannelKey, Directory, HubCounts, LocalChannels, Outboxes, Session, ShardId, Slot,
    UserKey, Wheel, local_users::LocalUsers, newcomers::Newcomers, session::Effects, wheel::Entry,
};

/// All connections of one shard, without their sockets: their sessions, the lists of who is subscribed to what, and
/// the wheel of their deadlines. What is to be written goes into the [`Outboxes`]; what concerns other shards goes
/// to the [`Directory`].
#[derive(Debug)]
pub struct Hub {
    shard: ShardId,
    /// What the applications are now, once they have been configured anew.
    apps: Option<AppsByNumber>,
    sessions: Vec<Option<Session>>,
    channels: LocalChannels,
    users: LocalUsers,
    wheel: Wheel,
    effects: Effects,
    /// Messages that were sent before somebody subscribed are not for the newcomer, nor are changes of a user for a
    /// new watcher.
    newcomers: Newcomers<ChannelKey>,
    new_watchers: Newcomers<UserKey>,
    counts: HubCounts,
    ping: Rc<Frame>,
    pusher_ping: Rc<Frame>,
}

/// What a call needs besides the hub.
#[derive(Debug)]
pub struct Turn<'a, D> {
    /// The time of this turn.
    pub now: Instant,
    /// The state that all shards share.
    pub directory: &'a D,
    /// Where messages to connections go.
    pub out: &'a mut Outboxes,
}

impl Hub {
    /// A hub without connections.
    #[must_use]
    pub fn new(shard: ShardId, now: Instant) -> Self {
        Self {
            shard,
            apps: None,
            sessions: Vec::new(),
            channels: LocalChannels::default(),
            users: LocalUsers::default(),
            wheel: Wheel::new(now),
            effects: Effects::new(),
            newcomers: Newcomers::new(),
            new_watchers: Newcomers::new(),
            counts: HubCounts::default(),
            ping: Rc::new(ws::ping(b"")),
            pusher_ping: Rc::new(gema_protocol::server::ServerMessage::Ping.encode()),
        }
    }

    /// The socket id of a connection in this slot. `random` must differ from that of any other connection that the
    /// slot ever has.
    #[must_use]
    pub fn socket_id(&self, slot: Slot, random: u64) -> SocketId {
        SocketId { random, place: u64::from(slot.0) << 8 | u64::from(self.shard.0) }
    }

    /// A connection to `app` has come to this slot; `socket_id` is made by [`socket_id`](Self::socket_id).
    pub fn handle_connected<D: Directory>(
        &mut self,
        turn: &mut Turn<'_, D>,
        slot: Slot,
        app: Arc<App>,
        socket_id: SocketId,
    ) {
        let Some(app) = self.current(app) else {
            return turn.out.reject(slot, ErrorCode::AppNotFound, ErrorCode::AppNotFound.message());
        };
        turn.out.set_limit(slot, app.limits.outbox_size);
        let session = Session::new(turn.now, app, socket_id);
        session.greet(&mut self.effects);
        self.wheel.insert(session.poll_timeout(), entry_of(slot, &session));
        if self.sessions.len() <= slot.index() {
            self.sessions.resize_with(slot.index() + 1, || None);
        }
        self.sessions[slot.index()] = Some(session);
        self.run_effects(turn, slot);
    }

    /// A text message has arrived.
    pub fn handle_text<D: Directory>(&mut self, turn: &mut Turn<'_, D>, slot: Slot, text: &str) {
        let now = turn.now;
        self.with_session(turn, slot, |session, effects| session.handle_text(now, text, effects));
    }

    /// A binary message has arrived.
    pub fn handle_binary<D: Directory>(&mut self, turn: &mut Turn<'_, D>, slot: Slot) {
        let now = turn.now;
        self.with_session(turn, slot, |session, effects| session.handle_binary(now, effects));
    }

    /// A message of `size` bytes was over the limit and has been thrown away.
    pub fn handle_oversized<D: Directory>(&mut self, turn: &mut Turn<'_, D>, slot: Slot, size: u64) {
        let now = turn.now;
        self.with_session(turn, slot, |session, effects| session.handle_oversized(now, size, effects));
    }

    /// A protocol ping or pong has arrived.
    pub fn handle_control(&mut self, now: Instant, slot: Slot, is_ping: bool) {
        if let Some(session) = session_mut(&mut self.sessions, slot) {
            session.handle_control(now, is_ping);
        }
    }

    /// The connection has ended: whatever it had goes.
    pub fn handle_disconnected<D: Directory>(&mut self, turn: &mut Turn<'_, D>, slot: Slot) {
        let Some(mut session) = self.sessions.get_mut(slot.index()).and_then(Option::take) else { return };
        for subscription in session.take_subscriptions() {
            self.remove(turn, session.app(), &subscription);
        }
        self.sign_out(turn, slot, &session);
    }

    /// Time has passed: silent connections are pinged or given up. `is_unread` tells of which something has come that
    /// was not read yet.
    pub fn handle_timeout<D: Directory>(&mut self, turn: &mut Turn<'_, D>, is_unread: impl Fn(Slot) -> bool) {
        for entry in self.wheel.take_expired(turn.now) {
            let Some(session) = session_mut(&mut self.sessions, entry.slot) else { continue };
            if entry_of(entry.slot, session) != entry {
                continue;
            }
            if is_unread(entry.slot) {
                session.handle_sign_of_life(turn.now);
            }
            session.handle_timeout(turn.now, &mut self.effects);
            // Where a pong may take longer than the ping interval, it brings the deadline nearer.
            let next_ping = turn.now + session.app().ping_interval;
            self.wheel.insert(session.poll_timeout().min(next_ping), entry);
            self.run_effects(turn, entry.slot);
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) has something to do.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.wheel.next_deadline()
    }

    /// Gives memory back after many connections have ended: those that are left have slots below `slots`.
    pub fn shrink(&mut self, slots: usize) {
        let Self { sessions, wheel, channels, .. } = self;
        sessions.truncate(slots);
        sessions.shrink_to_fit();
        wheel.retain(|entry| {
            let session = session_mut(sessions, entry.slot);
            session.is_some_and(|session| entry_of(entry.slot, session) == *entry)
        });
        channels.shrink();
    }

    /// Closes all connections with 4200: the server goes away, clients may come back at once.
    pub fn handle_shutdown(&mut self, out: &mut Outboxes) {
        let code = ErrorCode::ReconnectNow;
        for (index, session) in self.sessions.iter().enumerate() {
            if session.is_some() {
                out.close(Slot(index as u32), ws::close(code.number(), code.message()));
            }
        }
    }

    /// The session of a connection.
    #[must_use]
    pub fn session(&self, slot: Slot) -> Option<&Session> {
        self.sessions.get(slot.index())?.as_ref()
    }

    /// What has been counted.
    pub fn counts_mut(&mut self) -> &mut HubCounts {
        &mut self.counts
    }

    /// Open connections.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.sessions.iter().flatten().count()
    }

    /// Whether no connection has left anything behind.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.connections() == 0 && self.channels.is_empty() && self.users.is_empty()
    }

    fn with_session<D: Directory>(
        &mut self,
        turn: &mut Turn<'_, D>,
        slot: Slot,
        handle: impl FnOnce(&mut Session, &mut Effects),
    ) {
        if let Some(session) = session_mut(&mut self.sessions, slot) {
            handle(session, &mut self.effects);
            self.run_effects(turn, slot);
        }
    }

    fn sign_out<D: Directory>(&mut self, turn: &mut Turn<'_, D>, slot: Slot, session: &Session) {
        let Some(user) = session.user() else { return };
        let app = session.app().number;
        let key = UserKey { app, id: user.id().clone() };
        self.users.sign_out(&key, slot);
        turn.directory.sign_out(&key, self.shard);
        for id in user.watchlist() {
            let key = UserKey { app, id: id.clone() };
            self.users.unwatch(&key, slot);
            turn.directory.unwatch(&key, self.shard);
        }
    }
}

fn session_mut(sessions: &mut [Option<Session>], slot: Slot) -> Option<&mut Session> {
    sessions.get_mut(slot.index())?.as_mut()
}

/// The wheel's entry of a connection; the tag tells it from a later connection in the same slot.
fn entry_of(slot: Slot, session: &Session) -> Entry {
    Entry { slot, tag: session.socket_id().random as u32 }
}
