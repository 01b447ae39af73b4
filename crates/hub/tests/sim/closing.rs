//! What is refused without a close, and what is closed.

use std::{sync::Arc, time::Duration};

use gema_hub::{App, Delivery, RateLimit};

use crate::{
    app::{app, app_with, subscribe},
    line::{error, event, pong, rejected, succeeded},
    world::{Phase, World},
};

const PING: &str = r#"{"event":"pusher:ping"}"#;

fn limited(terminate: bool) -> Arc<App> {
    let limit = RateLimit { max_attempts: 3, decay: Duration::from_secs(1), terminate };
    app_with(|app| app.rate_limit = Some(limit))
}

#[test]
fn a_connection_begins_with_its_id_and_ends_with_a_reason() {
    let (mut world, app) = (World::new(2, 1), Arc::new(app(1)));
    for shard in [0, 1] {
        let client = world.connect(&app, shard);
        let socket_id = world.clients[client].socket_id;
        let greeting = format!(
            r#"{{"event":"pusher:connection_established","data":"{{\"socket_id\":\"{socket_id}\",\"activity_timeout\":120}}"}}"#
        );
        assert_eq!(world.lines(client), [greeting]);
        let crate::world::Shard { hub, out, .. } = &mut world.shards[shard];
        hub.handle_shutdown(out);
        let close = "<close 4200 Server is shutting down, please reconnect>";
        assert_eq!(world.lines(client), [close]);
    }
    assert!(world.is_empty());
}

#[test]
fn messages_that_are_none_are_answered_and_the_connection_stays() {
    for text in ["", "hi", "[]", "1", "null", "{", "{}", r#"{"event":1}"#, r#"{"event":"pusher:x"}"#] {
        let mut world = World::new(1, 1);
        let client = world.join(&Arc::new(app(1)), 0);
        world.text(client, text);
        let lines = world.lines(client);
        assert!(lines.len() == 1 && lines[0].contains(r#""code":4200"#), "{text}: {lines:?}");
        world.text(client, PING);
        assert_eq!(world.lines(client), [pong()]);
    }
}

#[test]
fn binary_and_oversized_messages_are_answered_and_the_connection_stays() {
    let mut world = World::new(1, 1);
    let client = world.join(&Arc::new(app(1)), 0);
    world.binary(client);
    let message = "Invalid message format: binary messages are not part of the protocol";
    assert_eq!(world.lines(client), [error(4200, message)]);
    world.oversized(client, 20_000);
    let message = "The message exceeds the maximum message size (10000 bytes): it has 20000 bytes \
                   (REVERB_APP_MAX_MESSAGE_SIZE)";
    assert_eq!(world.lines(client), [error(4301, message)]);
    world.text(client, PING);
    assert_eq!(world.lines(client), [pong()]);
}

#[test]
fn messages_over_the_rate_are_refused_until_the_window_is_over() {
    let (mut world, app) = (World::new(1, 1), limited(false));
    let client = world.join(&app, 0);
    let over = error(4301, "Rate limit exceeded");
    for _ in 0..3 {
        for _ in 0..3 {
            world.text(client, PING);
        }
        assert_eq!(world.lines(client), [pong(), pong(), pong()]);
        world.now += Duration::from_millis(999);
        world.text(client, PING);
        world.subscribe(client, "news", None);
        assert_eq!(world.lines(client), [over.clone(), over.clone()]);
        world.now += Duration::from_millis(1);
    }
    for _ in 0..100 {
        world.control(client, true);
    }
    world.text(client, PING);
    assert_eq!(world.lines(client), [pong()], "control frames do not count");
    world.publish(&app, "news", "1", None);
    assert!(world.lines(client).is_empty(), "what was refused has not happened");
}

#[test]
fn whatever_is_a_message_counts_for_the_rate() {
    let mut world = World::new(1, 1);
    let client = world.join(&limited(false), 0);
    world.binary(client);
    world.oversized(client, 20_000);
    world.text(client, "nonsense");
    assert_eq!(world.lines(client).len(), 3);
    let over = error(4301, "Rate limit exceeded");
    world.binary(client);
    world.oversized(client, 20_000);
    world.text(client, PING);
    assert_eq!(world.lines(client), [over.clone(), over.clone(), over]);
}

#[test]
fn a_connection_over_the_rate_is_closed_where_the_application_wants_it() {
    let (mut world, app) = (World::new(1, 1), limited(true));
    let client = world.join(&app, 0);
    for _ in 0..4 {
        world.text(client, PING);
    }
    let [over, close] = rejected(4100, "Rate limit exceeded");
    let expected = [pong(), pong(), pong(), error(4301, "Rate limit exceeded"), over, close];
    assert_eq!(world.lines(client), expected);
    assert_eq!(world.clients[client].phase, Phase::Gone);
    assert!(world.is_empty());
}

#[test]
fn a_connection_that_does_not_read_is_closed_and_the_others_are_not_held_up() {
    let app = app_with(|app| app.limits.outbox_size = 1_000);
    let mut world = World::new(1, 1);
    let (slow, fast) = (world.join(&app, 0), world.join(&app, 0));
    world.subscribe(slow, "news", None);
    world.subscribe(fast, "news", None);
    world.read(slow, usize::MAX);
    for number in 0..100 {
        world.publish(&app, "news", &number.to_string(), None);
        world.settle();
        world.read(fast, usize::MAX);
        if number == 0 {
            world.read(slow, 10);
        }
    }
    let message =
        "The connection reads too slowly: 1000 bytes or more wait for it (GEMA_APP_MAX_OUTBOX_SIZE)";
    let [error, close] = rejected(4100, message);
    assert_eq!(world.lines(slow), [succeeded("news", "{}"), event("news", "0"), error, close]);
    assert_eq!(world.lines(fast).len(), 101);
    world.vanish(fast);
    assert!(world.is_empty());
}

#[test]
fn after_a_close_frame_nothing_follows() {
    let (mut world, app) = (World::new(1, 1), Arc::new(app(1)));
    let client = world.join(&app, 0);
    world.subscribe(client, "news", None);
    world.sign_in(client, r#"{"id":"u"}"#);
    world.lines(client);
    world.publish(&app, "news", "before", None);
    world.terminate(&app, "u");
    world.publish(&app, "news", "after", None);
    world.terminate(&app, "u");
    let [error, close] = rejected(4009, "The application has ended the connections of this user");
    assert_eq!(world.lines(client), [event("news", "before"), error, close]);
    assert!(world.is_empty());
}

#[test]
fn a_connection_that_was_admitted_before_its_application_went_is_refused() {
    let (mut world, kept, gone) = (World::new(1, 1), Arc::new(app(0)), Arc::new(app(1)));
    let [client, leaving] = [world.join(&kept, 0), world.join(&gone, 0)];
    let changed = app_with(|app| (app.number, app.limits.channels_per_connection) = (kept.number, 0));
    let apps = Delivery::Apps([Some(Arc::clone(&changed)), None].into());
    let crate::world::Shard { hub, out, .. } = &mut world.shards[0];
    hub.handle_delivery(&apps, out);

    let reason = "Application does not exist";
    assert_eq!(world.lines(leaving), rejected(4001, reason));
    let late = world.connect(&gone, 0);
    assert_eq!(world.lines(late), rejected(4001, reason));
    world.text(client, &subscribe(&kept, world.clients[client].socket_id, "room", None));
    let lines = world.lines(client);
    assert!(lines[0].contains("GEMA_APP_MAX_CHANNELS_PER_CONNECTION"), "{lines:?}");
}
