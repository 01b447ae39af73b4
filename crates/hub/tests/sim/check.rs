//! Whether the world is what it ought to be.

use std::collections::BTreeMap;

use crate::{
    incoming::Received,
    model::{Channel, Name},
    run::{Cause, Ended, Run},
    world::{ClientId, key},
};

/// What a client has received, sorted by what it belongs to.
#[derive(Debug, Default)]
struct Sorted {
    channels: BTreeMap<String, Vec<Vec<String>>>,
    answers: Vec<String>,
    watched: Vec<String>,
    closed: Option<u16>,
}

impl Run {
    /// Everything has arrived: looks at each client, then at what the directory says.
    pub(crate) fn check(&self) {
        for client in 0..self.world.clients.len() {
            self.check_client(client);
        }
        self.check_directory();
        let mut open = vec![0; self.world.shards.len()];
        for client in self.open_clients() {
            assert!(!self.conduct[client].has_to_go, "client {client} was to be ended and is not");
            open[self.world.clients[client].shard] += 1;
        }
        let connections: Vec<usize> = self.world.shards.iter().map(|shard| shard.hub.connections()).collect();
        assert_eq!(connections, open, "connections per shard");
    }

    fn check_client(&self, client: ClientId) {
        let sorted = sort(&self.world.clients[client].incoming.received);
        let mut answers = self.model.clients[client].answers.clone();
        let whole = match (self.conduct[client].ended, sorted.closed) {
            (None, None) => true,
            (Some(Ended::Vanished), None) => false,
            (Some(Ended::Closed(_)), Some(4100)) if self.small_outboxes => {
                answers.truncate(sorted.answers.len() - 2);
                answers.extend(["error 4100".to_owned(), "close 4100".to_owned()]);
                false
            }
            (Some(Ended::Closed(Cause::Delivery)), Some(4009)) => {
                assert!(self.conduct[client].has_to_go, "client {client} was ended without a reason");
                answers.extend(["error 4009".to_owned(), "close 4009".to_owned()]);
                true
            }
            (Some(Ended::Closed(Cause::Timeout)), Some(4201)) => {
                answers.extend(["error 4201".to_owned(), "close 4201".to_owned()]);
                true
            }
            other => panic!("client {client} ended as {other:?}"),
        };
        let check = |what: &str, received: &[String], expected: &[String]| {
            let expected = if whole { expected } else { &expected[..received.len().min(expected.len())] };
            assert!(
                received == expected,
                "client {client}, {what}:\nreceived {received:#?}\nexpected {expected:#?}"
            );
        };
        check("answers", &sorted.answers, &answers);
        check("watched", &sorted.watched, &self.model.clients[client].watched);
        let expected = &self.model.clients[client].channels;
        for (channel, segments) in &sorted.channels {
            let known = expected.get(channel).map_or(0, Vec::len);
            assert!(segments.len() <= known, "client {client} was subscribed to {channel} too often");
        }
        for (channel, segments) in expected {
            for (index, segment) in segments.iter().enumerate() {
                let received = sorted.channels.get(channel).and_then(|segments| segments.get(index));
                check(channel, received.map_or(&[], Vec::as_slice), &segment.texts);
            }
        }
    }

    fn check_directory(&self) {
        let directory = &self.world.directory;
        for ((app, name), channel) in &self.model.channels {
            let app = self.apps.iter().find(|known| known.number.0 == *app).unwrap();
            let snapshot = directory.channel(self.world.now, &key(app, name));
            assert_eq!(snapshot.subscriptions, channel.subscribers.len() as u64, "subscriptions of {name}");
            assert_eq!(snapshot.users, channel.members.len() as u64, "users of {name}");
            let users = directory.users(&key(app, name));
            let ids = channel.members.iter().map(|member| member.id.as_str());
            assert!(users.iter().map(|user| user.as_str()).eq(ids), "users of {name}: {users:?}");
            let cached = channel.cached.as_ref().filter(|(_, expires_at)| self.world.now < *expires_at);
            let payload = snapshot.cached.as_ref().map(|cached| cached.frame.payload());
            assert_eq!(payload, cached.map(|(text, _)| text.as_bytes()), "last event of {name}");
        }
        for app in &self.apps {
            let occupied = |(name, channel): (&Name, &Channel)| {
                let listed =
                    name.0 == app.number.0 && !name.1.starts_with('#') && !channel.subscribers.is_empty();
                listed.then(|| name.1.clone())
            };
            let expected: Vec<String> = self.model.channels.iter().filter_map(occupied).collect();
            assert_eq!(directory.channels(self.world.now, app.number), expected, "channels of {}", app.id);
        }
    }
}

/// Sorts what a client has received; it must be well-formed and in a possible order.
fn sort(received: &[Received]) -> Sorted {
    let mut sorted = Sorted::default();
    for received in received {
        match received {
            Received::Ping => {}
            Received::Close(code, _) => {
                sorted.answers.push(format!("close {code}"));
                sorted.closed = Some(*code);
            }
            Received::Text(text) => sort_text(&mut sorted, text),
        }
    }
    sorted
}

fn sort_text(sorted: &mut Sorted, text: &str) {
    let message: serde_json::Value = serde_json::from_str(text).unwrap();
    let channel = message["channel"].as_str().unwrap_or_default();
    match message["event"].as_str().unwrap() {
        "pusher:ping" => {}
        "pusher:error" => sorted.answers.push(format!("error {}", message["data"]["code"])),
        "pusher:subscription_error" => {
            let data: serde_json::Value = serde_json::from_str(message["data"].as_str().unwrap()).unwrap();
            sorted.answers.push(format!("refused {channel} {}", data["status"]));
        }
        "pusher_internal:watchlist_events" => sorted.watched.push(text.to_owned()),
        "pusher_internal:subscription_succeeded" => {
            sorted.channels.entry(channel.to_owned()).or_default().push(vec![text.to_owned()]);
        }
        _ if channel.is_empty() => sorted.answers.push(text.to_owned()),
        _ => {
            let segments = sorted.channels.get_mut(channel);
            let segment = segments.and_then(|segments| segments.last_mut());
            segment.expect("nothing of a channel comes before its subscription").push(text.to_owned());
        }
    }
}
