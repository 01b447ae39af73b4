//! Pings, and clients that do not answer.

use std::{sync::Arc, time::Duration};

use gema_hub::App;

use crate::{
    app::{app, app_with},
    line::{pong, rejected},
    world::{ClientId, World},
};

const PUSHER_PING: &str = r#"{"event":"pusher:ping","data":"{}"}"#;
const PONG: &str = r#"{"event":"pusher:pong","data":{}}"#;

/// Something that a client does.
type Sign = fn(&mut World, ClientId);

fn world() -> (World, Arc<App>, ClientId) {
    let mut world = World::new(1, 1);
    let app = Arc::new(app(1));
    let client = world.join(&app, 0);
    (world, app, client)
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn a_silent_client_is_pinged_then_closed() {
    let (mut world, _, client) = world();
    world.subscribe(client, "presence-x", Some(r#"{"user_id":"1"}"#));
    world.lines(client);
    world.pass(Duration::from_millis(29_900));
    assert!(world.lines(client).is_empty());
    world.pass(Duration::from_millis(600));
    assert_eq!(world.lines(client), ["<ping>", PUSHER_PING]);
    world.pass(Duration::from_millis(9_000));
    assert!(world.lines(client).is_empty());
    world.pass(seconds(2));
    assert_eq!(world.lines(client), rejected(4201, "Pong reply not received in time"));
    assert!(world.is_empty());
}

#[test]
fn whatever_a_client_sends_is_a_sign_of_life() {
    let signs: [(&str, Sign); 8] = [
        ("protocol pong", |world, client| world.control(client, false)),
        ("protocol ping", |world, client| world.control(client, true)),
        ("pusher:pong", |world, client| world.text(client, PONG)),
        ("pusher:ping", |world, client| world.text(client, r#"{"event":"pusher:ping"}"#)),
        ("a subscription", |world, client| world.subscribe(client, "news", None)),
        ("nonsense", |world, client| world.text(client, "nonsense")),
        ("a binary message", |world, client| world.binary(client)),
        ("a message that is too large", |world, client| world.oversized(client, 1 << 20)),
    ];
    for (what, sign) in signs {
        let (mut world, _, client) = world();
        for _ in 0..20 {
            world.pass(seconds(29));
            assert!(!world.lines(client).contains(&"<ping>".to_owned()), "{what} is heard before a ping");
            sign(&mut world, client);
        }
        for _ in 0..20 {
            world.lines(client);
            world.pass(seconds(31));
            let lines = world.lines(client);
            assert!(lines.contains(&"<ping>".to_owned()), "{what}: {lines:?}");
            world.pass(seconds(8));
            sign(&mut world, client);
        }
        assert!(!world.clients[client].incoming.is_closed(), "{what} is an answer to a ping");
    }
}

#[test]
fn what_a_client_receives_is_no_sign_of_life() {
    let (mut world, app, client) = world();
    world.subscribe(client, "news", None);
    for number in 0..41 {
        world.pass(seconds(1));
        world.publish(&app, "news", &number.to_string(), None);
        world.settle();
    }
    assert!(world.lines(client).last().unwrap().starts_with("<close 4201"));
}

#[test]
fn a_client_of_control_frames_gets_only_the_protocol_ping() {
    let (mut world, _, client) = world();
    world.control(client, false);
    world.pass(seconds(31));
    assert_eq!(world.lines(client), ["<ping>", PUSHER_PING], "an answer is no sign of preference");
    world.control(client, true);
    for _ in 0..3 {
        world.pass(seconds(31));
        assert_eq!(world.lines(client), ["<ping>"]);
        world.control(client, false);
    }
}

#[test]
fn a_ping_of_the_client_is_answered_and_a_pong_is_not() {
    let (mut world, _, client) = world();
    for text in [
        r#"{"event":"pusher:ping","data":{}}"#,
        r#"{"event":"pusher:ping"}"#,
        r#" { "event" : "pusher:ping" } "#,
    ] {
        world.text(client, text);
        assert_eq!(world.lines(client), [pong()]);
    }
    world.text(client, PONG);
    assert!(world.lines(client).is_empty());
}

#[test]
fn the_next_ping_comes_in_time_though_the_pong_may_take_longer() {
    let app = app_with(|app| {
        app.ping_interval = seconds(5);
        app.pong_timeout = seconds(30);
    });
    let mut world = World::new(1, 1);
    let client = world.join(&app, 0);
    for _ in 0..5 {
        world.pass(Duration::from_millis(5_500));
        assert_eq!(world.lines(client), ["<ping>", PUSHER_PING]);
        world.text(client, PONG);
    }
}

#[test]
fn a_new_connection_in_an_old_place_has_its_own_time() {
    let (mut world, app, old) = world();
    world.pass(seconds(20));
    world.vanish(old);
    let new = world.join(&app, 0);
    world.pass(seconds(29));
    assert!(world.lines(new).is_empty());
    world.pass(seconds(2));
    assert_eq!(world.lines(new), ["<ping>", PUSHER_PING]);
    world.pass(seconds(8));
    assert!(world.lines(new).is_empty());
}

#[test]
fn an_interval_beyond_the_horizon_of_the_wheel_is_kept() {
    let app = app_with(|app| {
        app.ping_interval = seconds(600);
        app.pong_timeout = seconds(300);
    });
    let mut world = World::new(1, 1);
    let client = world.join(&app, 0);
    world.pass(seconds(599));
    assert!(world.lines(client).is_empty());
    world.pass(seconds(2));
    assert_eq!(world.lines(client).len(), 2);
    world.pass(seconds(297));
    assert!(world.lines(client).is_empty());
    world.pass(seconds(4));
    assert_eq!(world.lines(client), rejected(4201, "Pong reply not received in time"));
}

#[test]
fn a_hub_that_slept_too_long_still_pings_before_it_closes() {
    let (mut world, _, client) = world();
    world.now += seconds(3600);
    world.handle_timeout(0);
    assert_eq!(world.lines(client), ["<ping>", PUSHER_PING]);
    world.text(client, PONG);
    world.pass(seconds(25));
    assert!(world.lines(client).is_empty());
}

#[test]
fn who_has_sent_something_that_is_not_read_yet_is_not_silent() {
    let (mut world, _, client) = world();
    world.pass(seconds(31));
    assert_eq!(world.lines(client), ["<ping>", PUSHER_PING]);
    for _ in 0..10 {
        world.now += seconds(9);
        world.handle_timeout_unread(0);
        assert!(world.lines(client).is_empty());
    }
    world.now += seconds(31);
    world.handle_timeout(0);
    assert_eq!(world.lines(client), ["<ping>", PUSHER_PING], "it was seen when it was unread");
}
