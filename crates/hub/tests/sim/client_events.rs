//! Events that clients send to each other.

use std::time::Duration;

use gema_hub::{ClientEventCounts, ClientEvents};

use crate::{
    app::{app_with, quoted},
    line::error,
    world::{ClientId, World},
};

const KIND: (u16, &str) =
    (4301, "Client events are refused on this channel: they are for private and presence channels");
const DISABLED: (u16, &str) = (4301, "The app does not have client messaging enabled.");

/// What becomes of an event of a client.
#[derive(Debug, Clone, Copy)]
enum Fate {
    /// The other subscribers get it.
    Sent,
    Refused((u16, &'static str)),
    /// Refused because the client is not subscribed.
    NotSubscribed,
}

/// Two others on two shards are subscribed; the sender is, if it is said to be.
fn check(mode: ClientEvents, channel: &str, is_subscribed: bool, fate: Fate) {
    let what = format!("{mode:?}, {channel}, {is_subscribed}");
    let app = app_with(|app| app.client_events = mode);
    let mut world = World::new(2, 1);
    let clients = [world.join(&app, 0), world.join(&app, 0), world.join(&app, 1)];
    let [sender, others @ ..] = clients;
    for client in clients {
        if client == sender && !is_subscribed {
            continue;
        }
        let user = format!(r#"{{"user_id":"{client}"}}"#);
        if channel.starts_with('#') {
            world.sign_in(client, r#"{"id":"u"}"#);
        }
        let user = channel.starts_with("presence-").then_some(user.as_str());
        world.subscribe(client, channel, user);
    }
    for client in clients {
        world.lines(client);
    }
    let name = quoted(channel);
    world.text(
        sender,
        &format!(r#"{{"event":"client-a","channel":{name},"data":{{"a": 1}},"user_id":"forged"}}"#),
    );
    let user = if channel.starts_with("presence-") && is_subscribed { r#","user_id":"0""# } else { "" };
    let expected = format!(r#"{{"event":"client-a","channel":{name},"data":"{{\"a\":1}}"{user}}}"#);
    let not_subscribed = format!(
        "The client is not a member of the specified channel. (connection not subscribed to channel {channel})"
    );
    let answer = match fate {
        Fate::Sent => None,
        Fate::Refused((code, message)) => Some(error(code, message)),
        Fate::NotSubscribed => Some(error(4009, &not_subscribed)),
    };
    assert_eq!(world.lines(sender), answer.clone().into_iter().collect::<Vec<_>>(), "{what}");
    for other in others {
        let expected = if answer.is_none() { vec![expected.clone()] } else { Vec::new() };
        assert_eq!(world.lines(other), expected, "{what}");
    }
}

#[test]
fn the_application_says_who_may_send_and_the_channel_where() {
    use ClientEvents::{All, Members, None};
    for channel in ["private-x", "private-cache-x", "presence-x", "presence-cache-x"] {
        check(Members, channel, true, Fate::Sent);
        check(Members, channel, false, Fate::NotSubscribed);
        check(All, channel, true, Fate::Sent);
        check(All, channel, false, Fate::Sent);
        check(None, channel, true, Fate::Refused(DISABLED));
        check(None, channel, false, Fate::Refused(DISABLED));
    }
    for channel in ["news", "cache-x"] {
        for is_subscribed in [false, true] {
            check(Members, channel, is_subscribed, Fate::Refused(KIND));
            check(All, channel, is_subscribed, Fate::Sent);
            check(None, channel, is_subscribed, Fate::Refused(DISABLED));
        }
    }
    for channel in ["private-encrypted-x", "private-encrypted-cache-x", "#server-to-user-u"] {
        for is_subscribed in [false, true] {
            check(Members, channel, is_subscribed, Fate::Refused(KIND));
            check(All, channel, is_subscribed, Fate::Refused(KIND));
            check(None, channel, is_subscribed, Fate::Refused(DISABLED));
        }
    }
}

/// A subscriber and a sender on `private-x`, who sends an event with this name and JSON data.
fn send(name: &str, data: &str) -> (World, ClientId, ClientId) {
    let app = app_with(|app| app.limits.event_size = 20);
    let mut world = World::new(1, 1);
    let (sender, other) = (world.join(&app, 0), world.join(&app, 0));
    world.subscribe(sender, "private-x", None);
    world.subscribe(other, "private-x", None);
    world.lines(sender);
    world.lines(other);
    world.text(sender, &format!(r#"{{"event":{},"channel":"private-x","data":{data}}}"#, quoted(name)));
    (world, sender, other)
}

#[test]
fn data_arrives_as_text() {
    for (data, expected) in [
        (r#"{ "a": [1, 2] }"#, r#"{"a":[1,2]}"#),
        (r#""text""#, "text"),
        (r#""123""#, "123"),
        ("12345678901234567890", "12345678901234567890"),
        ("null", "null"),
        ("true", "true"),
    ] {
        let (mut world, sender, other) = send("client-a", data);
        let line = format!(r#"{{"event":"client-a","channel":"private-x","data":{}}}"#, quoted(expected));
        assert_eq!(world.lines(other), [line]);
        assert!(world.lines(sender).is_empty());
    }
}

#[test]
fn what_is_too_large_is_refused_and_the_connection_stays() {
    let text = |size: usize| format!(r#""{}""#, "x".repeat(size));
    let (mut world, sender, other) = send("client-a", &text(21));
    let message =
        "The data of a client event has at most 20 bytes, this one has 21 (GEMA_APP_MAX_EVENT_SIZE)";
    assert_eq!(world.lines(sender), [error(4301, message)]);
    assert!(world.lines(other).is_empty());
    let (mut world, sender, other) = send("client-a", &text(20));
    assert!(world.lines(sender).is_empty());
    assert_eq!(world.lines(other).len(), 1);

    let name = |size: usize| format!("client-{}", "é".repeat(size - 7));
    let (mut world, sender, other) = send(&name(201), "1");
    assert_eq!(
        world.lines(sender),
        [error(4301, "The name of an event has at most 200 characters, this one has 201")]
    );
    assert!(world.lines(other).is_empty());
    let (mut world, _, other) = send(&name(200), "1");
    assert_eq!(world.lines(other).len(), 1);
}

#[test]
fn only_client_events_are_forwarded() {
    for (name, message) in [
        ("pusher:x", "Unknown event pusher:x"),
        ("pusher_internal:member_added", "pusher_internal:member_added"),
        ("message", "message"),
        ("Client-a", "Client-a"),
        ("", "the event is missing"),
    ] {
        let (mut world, sender, other) = send(name, "1");
        let lines = world.lines(sender);
        assert!(lines.len() == 1 && lines[0].contains("4200"), "{name}: {lines:?}");
        assert!(lines[0].contains(message.trim_start_matches("Unknown event ")), "{name}: {lines:?}");
        assert!(world.lines(other).is_empty(), "{name}");
    }
}

#[test]
fn a_name_that_is_no_channel_is_an_invalid_message() {
    let app = app_with(|_| {});
    let mut world = World::new(1, 1);
    let sender = world.join(&app, 0);
    world.text(sender, r#"{"event":"client-a","channel":"a b","data":1}"#);
    let message = "channel name `a b` has ' '; allowed are A-Z a-z 0-9 _ - = @ , . ;";
    assert_eq!(world.lines(sender), [error(4200, message)]);
    world.text(sender, r#"{"event":"client-a","data":1}"#);
    assert!(world.lines(sender)[0].contains("4200"));
}

#[test]
fn an_event_is_not_sent_when_a_shard_has_no_room_and_the_sender_is_told() {
    let app = app_with(|_| {});
    let mut world = World::new(2, 1);
    let (sender, other) = (world.join(&app, 0), world.join(&app, 1));
    world.subscribe(sender, "private-x", None);
    world.subscribe(other, "private-x", None);
    world.lines(sender);
    world.lines(other);
    world.directory.room = 0;
    world.text(sender, r#"{"event":"client-a","channel":"private-x","data":1}"#);
    let message = "The server is over capacity, the client event was not sent (GEMA_INBOX_SIZE)";
    assert_eq!(world.lines(sender), [error(4301, message)]);
    assert!(world.lines(other).is_empty());
    world.directory.room = usize::MAX;
    world.text(sender, r#"{"event":"client-a","channel":"private-x","data":1}"#);
    assert_eq!(world.lines(other).len(), 1);
    let counts = world.shards[0].hub.counts_mut();
    let events: Vec<_> = counts.take_client_events().map(|(_, events)| events).collect();
    assert_eq!(events, [ClientEventCounts { sent: 1, refused: 0, busy: 1 }]);
}

#[test]
fn a_connection_sends_so_many_in_a_second_and_neither_its_messages_nor_others_are_concerned() {
    let app = app_with(|app| app.limits.client_events_per_second = Some(10));
    let mut world = World::new(1, 1);
    let clients = [world.join(&app, 0), world.join(&app, 0), world.join(&app, 0)];
    let [flooding, other, hearing] = clients;
    for client in clients {
        world.subscribe(client, "private-a", None);
        world.lines(client);
    }
    let event = r#"{"event":"client-a","channel":"private-a","data":"d"}"#;
    let message =
        "A connection sends at most 10 client events in a second (GEMA_APP_MAX_CLIENT_EVENTS_PER_SECOND)";
    for _ in 0..3 {
        for _ in 0..12 {
            world.text(flooding, event);
        }
        assert_eq!(world.lines(flooding), [error(4301, message), error(4301, message)]);
        assert_eq!(world.lines(hearing).len(), 10);
        world.text(flooding, r#"{"event":"pusher:ping"}"#);
        assert_eq!(world.lines(flooding), [crate::line::pong()]);
        world.text(other, event);
        assert_eq!((world.lines(other).len(), world.lines(hearing).len()), (10, 1));
        world.lines(flooding);
        world.now += Duration::from_secs(1);
    }
}
