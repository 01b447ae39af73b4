//! A course of operations, done in the world and in the model.

use std::{sync::Arc, time::Duration, time::Instant};

use gema_hub::{App, AppNumber, ChannelKey, ClientEvents, UserKey};

use crate::{
    app::{app, quoted, unsubscribe},
    incoming::Received,
    model::{Expected, Model, Name},
    operation::{Course, Operation, USERS},
    world::{Client, ClientId, Phase, World},
};

/// Open connections at a time.
const MOST_CLIENTS: usize = 12;
pub(crate) const MOST_MEMBERS: usize = 3;
pub(crate) const MOST_SUBSCRIPTIONS: usize = 5;
const SMALL_OUTBOX: usize = 1500;

/// The world, what it ought to be, and how the clients behave.
pub(crate) struct Run {
    pub(crate) world: World,
    pub(crate) model: Model,
    pub(crate) conduct: Vec<Conduct>,
    pub(crate) apps: Vec<Arc<App>>,
    channels: Vec<&'static str>,
    pub(crate) small_outboxes: bool,
    /// Makes the data of every event unique.
    events: u64,
}

/// What is known of a client besides what it ought to receive.
pub(crate) struct Conduct {
    answers_pings: bool,
    pings_answered: usize,
    last_seen: Instant,
    pub(crate) ended: Option<Ended>,
    /// The application has ended the connections of the user that it is signed in as.
    pub(crate) has_to_go: bool,
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    Vanished,
    /// The server closed it while it handled something of that kind.
    Closed(Cause),
}

/// What waits in the inbox for a client: messages per channel, and changes of users that it watches.
struct Waiting {
    messages: Vec<(Name, usize)>,
    changes: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    Delivery,
    Timeout,
    Message,
}

impl Run {
    /// Does the course from beginning to end and checks it.
    pub(crate) fn course(course: &Course) {
        let mut run = Self::new(course);
        for operation in &course.operations {
            run.apply(operation);
        }
        run.finish();
    }

    fn new(course: &Course) -> Self {
        let make = |number: u32| {
            let mut app = app(number);
            app.limits.presence_members = MOST_MEMBERS;
            app.limits.channels_per_connection = MOST_SUBSCRIPTIONS;
            if course.small_outboxes {
                app.limits.outbox_size = SMALL_OUTBOX;
            }
            if number == 1 {
                app.subscription_counts = true;
                app.client_events = ClientEvents::All;
            }
            Arc::new(app)
        };
        Self {
            world: World::new(course.shards, course.stripes),
            model: Model::default(),
            conduct: Vec::new(),
            apps: course.apps.iter().map(|&number| make(number)).collect(),
            channels: course.channels.clone(),
            small_outboxes: course.small_outboxes,
            events: 0,
        }
    }

    fn apply(&mut self, operation: &Operation) {
        match *operation {
            Operation::Connect { app, shard, answers_pings } => self.connect(app, shard, answers_pings),
            Operation::Pass { seconds } => self.pass(Duration::from_secs(seconds.into())),
            Operation::Settle => self.settle(),
            Operation::Publish { app, channel, except } => {
                let app = Arc::clone(&self.apps[usize::from(app) % self.apps.len()]);
                self.publish(&app, pick(&self.channels, channel), except);
            }
            Operation::Terminate { app, user } => self.terminate(app, user),
            Operation::Deliver { shard, most } => {
                let shard = usize::from(shard) % self.world.shards.len();
                for _ in 0..most {
                    self.deliver_one(shard);
                }
            }
            Operation::Read { client, bytes } => {
                let reading = |id: &ClientId| self.world.clients[*id].phase != Phase::Gone;
                let clients: Vec<ClientId> = (0..self.world.clients.len()).filter(reading).collect();
                if !clients.is_empty() {
                    self.world.read(pick(&clients, client), bytes.into());
                }
            }
            Operation::Vanish { client }
            | Operation::Subscribe { client, .. }
            | Operation::Unsubscribe { client, .. }
            | Operation::ClientEvent { client, .. }
            | Operation::SignIn { client, .. }
            | Operation::Ping { client }
            | Operation::Control { client }
            | Operation::Binary { client } => {
                let clients = self.open_clients();
                if !clients.is_empty() {
                    self.apply_to(pick(&clients, client), operation);
                }
            }
        }
    }

    fn apply_to(&mut self, client: ClientId, operation: &Operation) {
        self.finish_turn(self.world.clients[client].shard);
        if self.world.clients[client].phase != Phase::Open {
            return;
        }
        match *operation {
            Operation::Vanish { .. } => self.vanish(client),
            Operation::Subscribe { channel, identity, .. } => {
                self.subscribe(client, pick(&self.channels, channel), identity);
            }
            Operation::Unsubscribe { channel, .. } => self.unsubscribe(client, pick(&self.channels, channel)),
            Operation::ClientEvent { channel, .. } => {
                self.client_event(client, pick(&self.channels, channel));
            }
            Operation::SignIn { user, watches, .. } => self.sign_in(client, user % USERS, watches),
            Operation::Ping { .. } => {
                self.send(client, r#"{"event":"pusher:ping"}"#);
                self.expect(client, &[r#"{"event":"pusher:pong","data":"{}"}"#]);
            }
            Operation::Control { .. } => {
                self.world.control(client, true);
                self.conduct[client].last_seen = self.world.now;
            }
            Operation::Binary { .. } => {
                self.world.binary(client);
                self.conduct[client].last_seen = self.world.now;
                self.expect(client, &["error 4200"]);
            }
            _ => unreachable!("only what a client does comes here"),
        }
        self.forget_closed(self.world.clients[client].shard, Cause::Message);
    }

    // === connections ===

    fn connect(&mut self, app: u8, shard: u8, answers_pings: bool) {
        if self.open_clients().len() >= MOST_CLIENTS {
            return;
        }
        let shard = usize::from(shard) % self.world.shards.len();
        self.finish_turn(shard);
        let app = &self.apps[usize::from(app) % self.apps.len()];
        let client = self.world.connect(app, shard);
        let data =
            format!(r#"{{"socket_id":"{}","activity_timeout":120}}"#, self.world.clients[client].socket_id);
        let greeting = format!(r#"{{"event":"pusher:connection_established","data":{}}}"#, quoted(&data));
        self.model.clients.push(Expected {
            app: app.number.0,
            counts: app.subscription_counts,
            answers: vec![greeting],
            ..Expected::default()
        });
        let last_seen = self.world.now;
        self.conduct.push(Conduct {
            answers_pings,
            pings_answered: 0,
            last_seen,
            ended: None,
            has_to_go: false,
        });
    }

    fn vanish(&mut self, client: ClientId) {
        let waiting = self.waiting(client);
        self.world.vanish(client);
        self.leave_all(client, waiting);
        self.conduct[client].ended = Some(Ended::Vanished);
    }

    pub(crate) fn open_clients(&self) -> Vec<ClientId> {
        let clients = self.world.clients.iter().enumerate();
        clients.filter(|(_, client)| client.phase == Phase::Open).map(|(id, _)| id).collect()
    }

    /// What waits in the inbox for a client.
    fn waiting(&self, client: ClientId) -> Waiting {
        let names = self.model.subscriptions(client).into_iter();
        let messages = names.map(|name| (name.clone(), self.waiting_for(client, &name))).collect();
        let watchlist: Vec<String> = self.model.clients[client].watchlist.iter().cloned().collect();
        let Client { app, shard, .. } = &self.world.clients[client];
        let changes = self.world.directory.waiting_changes(*shard, app.number, &watchlist).len();
        Waiting { messages, changes }
    }

    pub(crate) fn waiting_for(&self, client: ClientId, name: &Name) -> usize {
        let key = ChannelKey { app: AppNumber(name.0), name: name.1.parse().unwrap() };
        let client = &self.world.clients[client];
        self.world.directory.waiting_for(client.shard, &key, client.socket_id)
    }

    fn leave_all(&mut self, client: ClientId, waiting: Waiting) {
        for (name, waiting) in waiting.messages {
            self.model.leave(client, &name, waiting);
        }
        self.model.sign_out(client, waiting.changes);
    }

    // === shards ===

    fn deliver_one(&mut self, shard: usize) {
        self.world.deliver_one(shard);
        self.forget_closed(shard, Cause::Delivery);
    }

    /// A shard handles its inbox to the end of the turn before it does anything else.
    fn finish_turn(&mut self, shard: usize) {
        while self.world.is_in_turn(shard) {
            self.deliver_one(shard);
        }
    }

    fn forget_closed(&mut self, shard: usize, cause: Cause) {
        while let Some(client) = self.world.poll_closed(shard) {
            let waiting = self.waiting(client);
            self.world.forget(client);
            self.leave_all(client, waiting);
            let silent = self.world.now - self.conduct[client].last_seen;
            let in_time = cause != Cause::Timeout || self.small_outboxes || silent >= Duration::from_secs(40);
            assert!(in_time, "client {client} was closed after {silent:?} of silence");
            self.conduct[client].ended = Some(Ended::Closed(cause));
        }
    }

    // === messages ===

    pub(crate) fn send(&mut self, client: ClientId, text: &str) {
        self.world.text(client, text);
        self.conduct[client].last_seen = self.world.now;
    }

    pub(crate) fn expect(&mut self, client: ClientId, answers: &[&str]) {
        self.model.clients[client].answers.extend(answers.iter().map(|&answer| answer.to_owned()));
    }

    fn unsubscribe(&mut self, client: ClientId, channel: &str) {
        let name = (self.model.clients[client].app, channel.to_owned());
        if self.model.is_subscribed(client, &name) {
            let waiting = self.waiting_for(client, &name);
            self.send(client, &unsubscribe(channel));
            self.model.leave(client, &name, waiting);
        } else {
            self.send(client, &unsubscribe(channel));
            self.expect(client, &["error 4200"]);
        }
    }

    fn publish(&mut self, app: &Arc<App>, channel: &str, except: Option<u8>) {
        if channel == "not a channel" {
            return;
        }
        let except = except.filter(|_| !self.world.clients.is_empty());
        let except = except.map(|except| usize::from(except) % self.world.clients.len());
        let data = self.next_event();
        self.world.publish(app, channel, &data, except);
        let text = format!(r#"{{"event":"e","channel":{},"data":"{data}"}}"#, quoted(channel));
        let name = (app.number.0, channel.to_owned());
        if channel.contains("cache-") {
            let expires_at = self.world.now + app.cache_ttl;
            self.model.channels.entry(name.clone()).or_default().cached = Some((text.clone(), expires_at));
        }
        self.model.tell(&name, &text, except);
    }

    pub(crate) fn next_event(&mut self) -> String {
        self.events += 1;
        self.events.to_string()
    }

    fn terminate(&mut self, app: u8, user: u8) {
        let app = self.apps[usize::from(app) % self.apps.len()].number.0;
        let id = (user % USERS).to_string();
        self.world.directory.terminate(&UserKey { app: AppNumber(app), id: id.parse().unwrap() });
        for &client in self.model.users.get(&(app, id)).into_iter().flatten() {
            self.conduct[client].has_to_go = true;
        }
    }

    // === time ===

    fn pass(&mut self, time: Duration) {
        let end = self.world.now + time;
        while self.world.now < end {
            let due = self.world.shards.iter().filter_map(|shard| shard.hub.poll_timeout()).min();
            let soon = self.world.now + Duration::from_millis(1);
            self.world.now = due.map_or(end, |due| due.clamp(soon, end));
            for shard in 0..self.world.shards.len() {
                self.finish_turn(shard);
                self.world.handle_timeout(shard);
                self.forget_closed(shard, Cause::Timeout);
            }
            self.answer_pings();
        }
        self.world.directory.handle_timeout(self.world.now);
        for client in self.open_clients() {
            let silent = self.world.now - self.conduct[client].last_seen;
            assert!(
                silent < Duration::from_secs(41),
                "client {client} is silent for {silent:?} and not closed"
            );
        }
    }

    fn answer_pings(&mut self) {
        for client in self.open_clients() {
            if !self.conduct[client].answers_pings {
                continue;
            }
            self.world.read(client, usize::MAX);
            let received = &self.world.clients[client].incoming.received;
            let pings = received.iter().filter(|received| **received == Received::Ping).count();
            if pings > self.conduct[client].pings_answered {
                self.conduct[client].pings_answered = pings;
                self.send(client, r#"{"event":"pusher:pong","data":{}}"#);
            }
        }
    }

    // === the end ===

    /// Lets everything arrive, and looks whether it is what it ought to be.
    fn settle(&mut self) {
        while let Some(shard) =
            (0..self.world.shards.len()).find(|&shard| self.world.directory.waiting(shard) > 0)
        {
            self.deliver_one(shard);
        }
        for client in 0..self.world.clients.len() {
            if self.world.clients[client].phase != Phase::Gone {
                self.world.read(client, usize::MAX);
            }
        }
        self.check();
    }

    fn finish(&mut self) {
        self.settle();
        for client in self.open_clients() {
            self.finish_turn(self.world.clients[client].shard);
            self.vanish(client);
        }
        self.settle();
        for _ in 0..3 {
            self.world.now += Duration::from_secs(61);
            self.world.directory.handle_timeout(self.world.now);
        }
        assert!(self.world.is_empty(), "something is left");
    }
}

fn pick<T: Copy>(from: &[T], index: u8) -> T {
    from[usize::from(index) % from.len()]
}
