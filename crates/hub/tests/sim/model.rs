//! What ought to happen, in the simplest words: one list of texts per client and channel.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Instant,
};

use crate::{app::quoted, world::ClientId};

/// A channel or user of an application.
pub(crate) type Name = (u32, String);

/// The whole truth, without shards, inboxes or outboxes: whatever happens is known to all at once.
#[derive(Debug, Default)]
pub(crate) struct Model {
    pub(crate) channels: BTreeMap<Name, Channel>,
    /// The connections that are signed in as a user.
    pub(crate) users: BTreeMap<Name, BTreeSet<ClientId>>,
    pub(crate) clients: Vec<Expected>,
}

#[derive(Debug, Default)]
pub(crate) struct Channel {
    pub(crate) subscribers: BTreeMap<ClientId, Option<Member>>,
    /// Users in the order in which they joined.
    pub(crate) members: Vec<Member>,
    pub(crate) cached: Option<(String, Instant)>,
}

/// A user with information as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) id: String,
    pub(crate) info: Option<String>,
}

/// What a client ought to have received.
#[derive(Debug, Default)]
pub(crate) struct Expected {
    pub(crate) app: u32,
    /// Whether the application tells how many subscribers there are.
    pub(crate) counts: bool,
    /// Per channel, its subscriptions one after the other.
    pub(crate) channels: BTreeMap<String, Vec<Segment>>,
    /// Answers that belong to no channel.
    pub(crate) answers: Vec<String>,
    /// Users coming and going.
    pub(crate) watched: Vec<String>,
    pub(crate) watchlist: BTreeSet<String>,
    pub(crate) user: Option<Member>,
}

/// One subscription, from `subscription_succeeded` on.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) texts: Vec<String>,
    /// So many texts were sent at once with the subscription.
    head: usize,
    pub(crate) is_open: bool,
}

impl Model {
    pub(crate) fn subscribe(&mut self, now: Instant, client: ClientId, name: &Name, member: Option<Member>) {
        let text = name.1.as_str();
        let channel = self.channels.entry(name.clone()).or_default();
        let is_new = |member: &&Member| channel.members.iter().all(|other| other.id != member.id);
        if let Some(member) = member.as_ref().filter(is_new).cloned() {
            channel.members.push(member.clone());
            let info = member.info.map_or(String::new(), |info| format!(r#","user_info":{info}"#));
            let data = format!(r#"{{"user_id":{}{info}}}"#, quoted(&member.id));
            self.tell(name, &internal("member_added", text, &data), None);
        }
        let channel = self.channels.get_mut(name).unwrap();
        let data = if text.starts_with("presence-") { presence(&channel.members) } else { "{}".to_owned() };
        let mut texts = vec![internal("subscription_succeeded", text, &data)];
        if text.contains("cache-") {
            let cached = channel.cached.as_ref().filter(|(_, expires_at)| now < *expires_at);
            let miss = format!(r#"{{"event":"pusher:cache_miss","channel":{},"data":"{{}}"}}"#, quoted(text));
            texts.push(cached.map_or(miss, |(text, _)| text.clone()));
        }
        channel.subscribers.insert(client, member);
        let segment = Segment { head: texts.len(), texts, is_open: true };
        self.clients[client].channels.entry(text.to_owned()).or_default().push(segment);
        self.tell_count(name, self.clients[client].counts);
    }

    /// A client leaves a channel while `waiting` messages of the channel wait in the inbox of its shard.
    pub(crate) fn leave(&mut self, client: ClientId, name: &Name, waiting: usize) {
        let expected = &mut self.clients[client];
        let segment = expected.channels.get_mut(&name.1).and_then(|segments| segments.last_mut()).unwrap();
        segment.is_open = false;
        let lost = waiting.min(segment.texts.len() - segment.head);
        segment.texts.truncate(segment.texts.len() - lost);
        let counts = expected.counts;
        let channel = self.channels.get_mut(name).unwrap();
        let member = channel.subscribers.remove(&client).expect("who leaves was there");
        let is_here = |id: &str| channel.subscribers.values().flatten().any(|other| other.id == id);
        if let Some(member) = member.filter(|member| !is_here(&member.id)) {
            channel.members.retain(|other| other.id != member.id);
            let data = format!(r#"{{"user_id":{}}}"#, quoted(&member.id));
            self.tell(name, &internal("member_removed", &name.1, &data), None);
        }
        self.tell_count(name, counts);
    }

    /// Everybody who is subscribed now, but for `except`, gets the text.
    pub(crate) fn tell(&mut self, name: &Name, text: &str, except: Option<ClientId>) {
        let Some(channel) = self.channels.get(name) else { return };
        for &client in channel.subscribers.keys().filter(|client| Some(**client) != except) {
            self.clients[client].open_segment(&name.1).texts.push(text.to_owned());
        }
    }

    fn tell_count(&mut self, name: &Name, counts: bool) {
        let uncounted = ["presence-", "private-encrypted-", "#"];
        if counts && !uncounted.iter().any(|prefix| name.1.starts_with(prefix)) {
            let count = self.channels[name].subscribers.len();
            let data = format!(r#"{{"subscription_count":{count}}}"#);
            self.tell(name, &internal("subscription_count", &name.1, &data), None);
        }
    }

    pub(crate) fn sign_in(&mut self, client: ClientId, user: Member, watchlist: &[String]) {
        let app = self.clients[client].app;
        let connections = self.users.entry((app, user.id.clone())).or_default();
        connections.insert(client);
        if connections.len() == 1 {
            self.tell_watchers(app, &user.id, "online");
        }
        let (online, offline): (Vec<_>, Vec<_>) = watchlist
            .iter()
            .cloned()
            .partition(|id| self.users.get(&(app, id.clone())).is_some_and(|c| !c.is_empty()));
        let expected = &mut self.clients[client];
        expected.user = Some(user);
        expected.watchlist = watchlist.iter().cloned().collect();
        if !watchlist.is_empty() {
            expected.watched.push(watchlist_events(&[("online", online), ("offline", offline)]));
        }
    }

    /// A client goes while `waiting` changes that it watches wait in the inbox of its shard.
    pub(crate) fn sign_out(&mut self, client: ClientId, waiting: usize) {
        let expected = &mut self.clients[client];
        let app = expected.app;
        expected.watchlist.clear();
        let lost = waiting.min(expected.watched.len().saturating_sub(1));
        expected.watched.truncate(expected.watched.len() - lost);
        let Some(user) = self.clients[client].user.take() else { return };
        let connections = self.users.get_mut(&(app, user.id.clone())).unwrap();
        connections.remove(&client);
        if connections.is_empty() {
            self.tell_watchers(app, &user.id, "offline");
        }
    }

    fn tell_watchers(&mut self, app: u32, user: &str, state: &str) {
        let text = watchlist_events(&[(state, vec![user.to_owned()])]);
        for client in
            self.clients.iter_mut().filter(|client| client.app == app && client.watchlist.contains(user))
        {
            client.watched.push(text.clone());
        }
    }

    /// The channels that a client is subscribed to.
    pub(crate) fn subscriptions(&self, client: ClientId) -> Vec<Name> {
        let expected = &self.clients[client];
        let open =
            expected.channels.iter().filter(|(_, segments)| segments.last().is_some_and(|s| s.is_open));
        open.map(|(name, _)| (expected.app, name.clone())).collect()
    }

    pub(crate) fn is_subscribed(&self, client: ClientId, name: &Name) -> bool {
        self.channels.get(name).is_some_and(|channel| channel.subscribers.contains_key(&client))
    }
}

impl Expected {
    fn open_segment(&mut self, channel: &str) -> &mut Segment {
        let segment = self.channels.get_mut(channel).and_then(|segments| segments.last_mut());
        segment.filter(|segment| segment.is_open).expect("a subscriber has a subscription")
    }
}

fn internal(event: &str, channel: &str, data: &str) -> String {
    format!(r#"{{"event":"pusher_internal:{event}","channel":{},"data":{}}}"#, quoted(channel), quoted(data))
}

fn presence(members: &[Member]) -> String {
    let ids: Vec<String> = members.iter().map(|member| quoted(&member.id)).collect();
    let entry =
        |member: &Member| format!("{}:{}", quoted(&member.id), member.info.as_deref().unwrap_or("null"));
    let hash: Vec<String> = members.iter().map(entry).collect();
    let (count, ids, hash) = (members.len(), ids.join(","), hash.join(","));
    format!(r#"{{"presence":{{"count":{count},"ids":[{ids}],"hash":{{{hash}}}}}}}"#)
}

fn watchlist_events(states: &[(&str, Vec<String>)]) -> String {
    let event = |(state, users): &(&str, Vec<String>)| {
        let users: Vec<String> = users.iter().map(|user| quoted(user)).collect();
        format!(r#"{{"name":"{state}","user_ids":[{}]}}"#, users.join(","))
    };
    let events: Vec<String> = states.iter().filter(|(_, users)| !users.is_empty()).map(event).collect();
    let data = format!(r#"{{"events":[{}]}}"#, events.join(","));
    format!(r#"{{"event":"pusher_internal:watchlist_events","data":{}}}"#, quoted(&data))
}
