//! Doing what a session wants done.

use std::{rc::Rc, sync::Arc};

use gema_protocol::{
    codes::ErrorCode,
    names::{ChannelName, UserId},
    server::{Member, ServerMessage},
};

use super::{Hub, Turn, session_mut};
use crate::{
    App, ChannelKey, Directory, Leaver, Outgoing, Slot, Subscriber, Subscription, UserKey,
    local_channels::Place,
    session::{ClientBroadcast, Effect},
};

impl Hub {
    /// Does what the sessions want done, in order, until nothing is left. A connection that has been closed
    /// meanwhile gets nothing more.
    pub(super) fn run_effects<D: Directory>(&mut self, turn: &mut Turn<'_, D>, slot: Slot) {
        while let Some(effect) = self.effects.pop_front() {
            match effect {
                Effect::Send(frame) => turn.out.send_frame(slot, frame),
                Effect::Subscribe { channel, member } => self.subscribe(turn, slot, channel, member.as_ref()),
                Effect::Unsubscribe(subscription) => {
                    if let Some(app) = self.session(slot).map(|session| Arc::clone(session.app())) {
                        self.remove(turn, &app, &subscription);
                    }
                }
                Effect::Broadcast(broadcast) => self.broadcast(turn, slot, broadcast),
                Effect::SignIn => self.sign_in(turn, slot),
                Effect::Ping { only_control } => {
                    turn.out.send_shared(slot, &self.ping);
                    if !only_control {
                        turn.out.send_shared(slot, &self.pusher_ping);
                    }
                }
                Effect::Reject(code, message) => turn.out.reject(slot, code, &message),
                Effect::Note(note) => {
                    if let Some(session) = session_mut(&mut self.sessions, slot) {
                        self.counts.note(session.app(), note);
                    }
                }
            }
        }
    }

    fn subscribe<D: Directory>(
        &mut self,
        turn: &mut Turn<'_, D>,
        slot: Slot,
        name: ChannelName,
        member: Option<&Member>,
    ) {
        let Some(session) = session_mut(&mut self.sessions, slot) else { return };
        let app = session.app();
        let subscriber = Subscriber {
            shard: self.shard,
            member,
            most_members: app.limits.presence_members,
            counts: app.subscription_counts,
            webhooks: app.webhooks.as_ref(),
        };
        let key = ChannelKey { app: app.number, name };
        match turn.directory.subscribe(turn.now, &key, subscriber) {
            Ok(subscribed) => {
                let place = self.channels.add(&key, slot);
                let subscription = Subscription {
                    channel: self.channels.shared_name(place),
                    user: member.map(|member| member.user_id.clone()),
                    place,
                };
                self.newcomers.add(slot, key, subscribed.seq);
                session.handle_subscribed(subscription, &subscribed, &mut self.effects);
            }
            Err(refused) => session.handle_refused(&key.name, refused, &mut self.effects),
        }
    }

    /// Takes a subscription out of the shard's list, then out of the directory.
    pub(super) fn remove<D: Directory>(
        &mut self,
        turn: &mut Turn<'_, D>,
        app: &App,
        subscription: &Subscription,
    ) {
        let place: Place = subscription.place;
        if let Some(moved) = self.channels.remove(place)
            && let Some(other) =
                session_mut(&mut self.sessions, moved).and_then(|session| session.subscription_mut(place))
        {
            other.place = place;
        }
        let key = ChannelKey { app: app.number, name: subscription.channel.clone() };
        let user: Option<&UserId> = subscription.user.as_ref();
        let (counts, webhooks) = (app.subscription_counts, app.webhooks.as_ref());
        let leaver = Leaver { shard: self.shard, user, counts, webhooks };
        turn.directory.unsubscribe(turn.now, &key, leaver);
    }

    fn broadcast<D: Directory>(&mut self, turn: &mut Turn<'_, D>, slot: Slot, broadcast: ClientBroadcast) {
        let Some(session) = session_mut(&mut self.sessions, slot) else { return };
        let events = self.counts.client_events(session.app());
        let ClientBroadcast { channel: name, frame, fact } = broadcast;
        let key = ChannelKey { app: session.app().number, name };
        let told = session.app().webhooks.as_deref().zip(fact.as_deref());
        let except = Some(session.socket_id());
        let message = Outgoing { frame, except, cache: None, accepted: turn.now };
        if turn.directory.broadcast(&key, message, told).is_ok() {
            events.sent += 1;
        } else {
            events.busy += 1;
            turn.out.send(
                slot,
                &ServerMessage::Error {
                    code: ErrorCode::ClientEventRejected.number(),
                    message: "The server is over capacity, the client event was not sent (GEMA_INBOX_SIZE)",
                },
            );
        }
    }

    fn sign_in<D: Directory>(&mut self, turn: &mut Turn<'_, D>, slot: Slot) {
        let Some(session) = self.session(slot) else { return };
        let Some(user) = session.user() else { return };
        let app = session.app().number;
        let key = UserKey { app, id: user.id().clone() };
        let watched: Vec<UserKey> =
            user.watchlist().iter().map(|id| UserKey { app, id: id.clone() }).collect();
        turn.directory.sign_in(&key, self.shard);
        self.users.sign_in(key, slot);
        let (mut online, mut offline) = (Vec::new(), Vec::new());
        for key in watched {
            let watched = turn.directory.watch(&key, self.shard);
            if watched.online { &mut online } else { &mut offline }.push(key.id.clone());
            self.new_watchers.add(slot, key.clone(), watched.seq);
            self.users.watch(key, slot);
        }
        if !(online.is_empty() && offline.is_empty()) {
            let message = ServerMessage::WatchlistEvents { online: &online, offline: &offline };
            turn.out.send_shared(slot, &Rc::new(message.encode()));
        }
    }
}
