//! Signing in, channels of users, watchlists.

use std::sync::Arc;

use gema_hub::App;
use gema_protocol::{names::SocketId, signature::sign_user};

use crate::{
    app::{app, app_with},
    line::{AUTH, error, event, refused, rejected, signed_in, succeeded, watched},
    world::World,
};

const OTHER_CONNECTIONS: &str = "The application has ended the connections of this user";

fn world() -> (World, Arc<App>) {
    (World::new(2, 2), Arc::new(app(1)))
}

#[test]
fn the_user_data_comes_back_byte_for_byte() {
    for data in [
        r#"{"id":"u1"}"#,
        r#"{ "id" : "u1", "user_info": {"name": "Béa", "n": 12345678901234567890123}, "more": [1] }"#,
        r#"{"watchlist":null,"user_info":null,"id":"u1"}"#,
    ] {
        let (mut world, app) = world();
        let client = world.join(&app, 0);
        world.sign_in(client, data);
        assert_eq!(world.lines(client), [signed_in(data)]);
    }
}

#[test]
fn a_user_may_have_an_id_that_no_other_channel_could_be_named_with() {
    for id in ["a b", "a+b@example.com", "ünï", "#"] {
        let (mut world, app) = world();
        let client = world.join(&app, 0);
        let data = format!(r#"{{"id":"{id}"}}"#);
        world.sign_in(client, &data);
        let channel = format!("#server-to-user-{id}");
        world.subscribe(client, &channel, None);
        assert_eq!(world.lines(client), [signed_in(&data), succeeded(&channel, "{}")]);
    }
}

#[test]
fn a_sign_in_without_its_signature_is_refused() {
    let data = r#"{"id":"u1"}"#;
    let check = |auth: &dyn Fn(&App, SocketId) -> String, reason: &dyn Fn(SocketId) -> String| {
        let (mut world, app) = world();
        let client = world.join(&app, 0);
        let socket_id = world.clients[client].socket_id;
        let auth = auth(&app, socket_id);
        let data = serde_json::json!({ "auth": auth, "user_data": data });
        world.text(client, &serde_json::json!({ "event": "pusher:signin", "data": data }).to_string());
        assert_eq!(world.lines(client), [error(4009, &reason(socket_id))], "{auth}");
        world.subscribe(client, "#server-to-user-u1", None);
        assert!(world.lines(client)[0].contains("not signed in"));
    };
    let expected = "expected <app key>:<HMAC SHA256 hex digest>";
    check(&|_, _| String::new(), &|_| format!("Missing auth data: {expected}"));
    check(&|_, _| "x".to_owned(), &|_| format!("Malformed auth data: {expected}, but got 'x'"));
    check(&|app, _| format!("{}:0", app.key), &|socket_id| {
        format!("Invalid signature: Expected HMAC SHA256 hex digest of {socket_id}::user::{data}, but got 0")
    });
    check(&|app, socket_id| sign_user("other", app.secrets.oldest(), &socket_id, data), &|_| {
        "Invalid key in subscription auth data: 'other'".to_owned()
    });
}

#[test]
fn user_data_that_names_no_user_is_refused() {
    let long = format!(r#"{{"id":"{}"}}"#, "x".repeat(129));
    for (data, reason) in [
        ("{}", "`id` is missing"),
        (r#"{"id":null}"#, "`id` is missing"),
        (r#"{"id":""}"#, "a user id must not be empty"),
        (long.as_str(), "a user id has at most 128 characters, this one has 129"),
        (r#"["u1"]"#, "not a JSON object with the expected fields: not a JSON object"),
        ("u1", "not a JSON object with the expected fields: not a JSON object"),
    ] {
        let (mut world, app) = world();
        let client = world.join(&app, 0);
        world.sign_in(client, data);
        assert_eq!(world.lines(client), [error(4009, &format!("Invalid user_data: {reason}"))], "{data}");
    }
    for data in [
        r#"{"id":7}"#,
        r#"{"id":["u1"]}"#,
        r#"{"id":"u1","watchlist":"u2"}"#,
        r#"{"id":"u1","watchlist":[true]}"#,
    ] {
        let (mut world, app) = world();
        let client = world.join(&app, 0);
        world.sign_in(client, data);
        let lines = world.lines(client);
        assert!(lines.len() == 1 && lines[0].contains("4009"), "{data}: {lines:?}");
        assert!(world.shards[0].hub.session(gema_hub::Slot(0)).is_some());
        world.vanish(client);
        assert!(world.is_empty());
    }
}

#[test]
fn one_connection_is_one_user() {
    let (mut world, app) = world();
    let client = world.join(&app, 0);
    world.sign_in(client, r#"{"id":"u1"}"#);
    world.lines(client);
    world.sign_in(client, r#"{"id":"u1","watchlist":["u2"]}"#);
    assert_eq!(world.lines(client), [signed_in(r#"{"id":"u1","watchlist":["u2"]}"#)]);
    world.sign_in(client, r#"{"id":"u2"}"#);
    assert_eq!(world.lines(client), [error(4009, "The connection is already signed in as another user")]);
    world.vanish(client);
    assert!(world.is_empty());
}

#[test]
fn the_channel_of_a_user_is_for_the_connections_of_that_user() {
    let (mut world, app) = world();
    let clients = [world.join(&app, 0), world.join(&app, 1), world.join(&app, 0), world.join(&app, 0)];
    let [first, second, other, nobody] = clients;
    for (client, user) in [(first, "u1"), (second, "u1"), (other, "u2")] {
        world.sign_in(client, &format!(r#"{{"id":"{user}"}}"#));
        world.lines(client);
    }
    let channel = "#server-to-user-u1";
    for client in clients {
        world.subscribe(client, channel, None);
    }
    let reason = "The connection is not signed in as the user of this channel";
    for client in [other, nobody] {
        assert_eq!(world.lines(client), refused(channel, 4009, AUTH, reason));
    }
    world.publish(&app, channel, "1", None);
    for client in [first, second] {
        assert_eq!(world.lines(client), [succeeded(channel, "{}"), event(channel, "1")]);
    }
    assert!(world.lines(other).is_empty() && world.lines(nobody).is_empty());
    assert!(world.directory.channels(world.now, app.number).is_empty(), "such channels are not listed");
    world.vanish(first);
    let again = world.join(&app, 0);
    world.subscribe(again, channel, None);
    assert_eq!(world.lines(again), refused(channel, 4009, AUTH, reason), "a new connection is nobody");
}

#[test]
fn a_watcher_learns_who_is_online_and_then_each_change() {
    let (mut world, app) = world();
    let watcher = world.join(&app, 0);
    let early = world.join(&app, 1);
    world.sign_in(early, r#"{"id":"a"}"#);
    world.lines(early);
    let data = r#"{"id":"w","watchlist":["b","a","a",7,"7"]}"#;
    world.sign_in(watcher, data);
    let state = watched(r#"{"name":"online","user_ids":["a"]},{"name":"offline","user_ids":["b","7"]}"#);
    assert_eq!(world.lines(watcher), [signed_in(data), state]);
    let (online, offline) =
        (watched(r#"{"name":"online","user_ids":["b"]}"#), watched(r#"{"name":"offline","user_ids":["b"]}"#));

    let tabs = [world.join(&app, 0), world.join(&app, 1)];
    world.sign_in(tabs[0], r#"{"id":"b"}"#);
    assert_eq!(world.lines(watcher), [online]);
    world.sign_in(tabs[1], r#"{"id":"b"}"#);
    world.vanish(tabs[0]);
    assert!(world.lines(watcher).is_empty(), "the user is online all the time");
    world.vanish(tabs[1]);
    assert_eq!(world.lines(watcher), [offline]);
    assert!(world.lines(early).is_empty(), "who watches nobody is told nothing");
    world.vanish(watcher);
    world.vanish(early);
    world.settle();
    assert!(world.is_empty());
}

#[test]
fn a_hundred_users_can_be_watched_and_of_more_the_first_hundred() {
    let limit = error(4302, "Watchlist limit exceeded: the first 100 are watched");
    for (ids, over) in [(100, false), (101, true), (500, true)] {
        let (mut world, app) = world();
        let client = world.join(&app, 0);
        let list: Vec<String> = (0..ids).map(|id| format!(r#""{id}""#)).collect();
        let data = format!(r#"{{"id":"w","watchlist":[{}]}}"#, list.join(","));
        world.sign_in(client, &data);
        let state = watched(&format!(r#"{{"name":"offline","user_ids":[{}]}}"#, list[..100].join(",")));
        let lines = world.lines(client);
        if over {
            assert_eq!(lines, [signed_in(&data), limit.clone(), state]);
        } else {
            assert_eq!(lines, [signed_in(&data), state]);
        }
        let last = world.join(&app, 1);
        world.sign_in(last, r#"{"id":"100"}"#);
        assert!(world.lines(client).is_empty(), "the 101st is not watched");
    }
}

#[test]
fn without_watchlists_nobody_is_watched_and_no_list_is_too_long() {
    let app = app_with(|app| app.watchlists = false);
    let mut world = World::new(1, 1);
    let client = world.join(&app, 0);
    let list: Vec<String> = (0..101).map(|id| format!(r#""{id}""#)).collect();
    let data = format!(r#"{{"id":"w","watchlist":[{}]}}"#, list.join(","));
    world.sign_in(client, &data);
    assert_eq!(world.lines(client), [signed_in(&data)]);
}

#[test]
fn the_connections_of_a_user_end_on_all_shards_when_the_application_says_so() {
    let (mut world, app) = world();
    let other_app = Arc::new(crate::app::app(2));
    let clients = [world.join(&app, 0), world.join(&app, 1), world.join(&app, 0)];
    let stranger = world.join(&other_app, 0);
    for client in [clients[0], clients[1], stranger] {
        world.sign_in(client, r#"{"id":"u1"}"#);
        world.lines(client);
    }
    world.subscribe(clients[2], "presence-x", Some(r#"{"user_id":"u1"}"#));
    world.lines(clients[2]);
    world.terminate(&app, "u1");
    world.terminate(&app, "u2");
    for client in &clients[..2] {
        assert_eq!(world.lines(*client), rejected(4009, OTHER_CONNECTIONS));
    }
    assert!(world.lines(clients[2]).is_empty(), "who is only a member of that id stays");
    assert!(world.lines(stranger).is_empty(), "and so does the user of another application");
}
