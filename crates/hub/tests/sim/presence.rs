//! Presence channels.

use std::sync::Arc;

use gema_hub::App;

use crate::{
    app::{app, app_with, unsubscribe},
    line::{AUTH, LIMIT, added, event, refused, removed, succeeded},
    world::{ClientId, World, key},
};

const ROOM: &str = "presence-room";

fn world() -> (World, Arc<App>) {
    (World::new(2, 1), Arc::new(app(1)))
}

/// A client in the room, on the shard of its number.
fn enter(world: &mut World, app: &Arc<App>, shard: usize, channel_data: &str) -> ClientId {
    let client = world.join(app, shard);
    world.subscribe(client, ROOM, Some(channel_data));
    client
}

fn presence(count: usize, ids: &str, hash: &str) -> String {
    let data = format!(r#"{{"presence":{{"count":{count},"ids":[{ids}],"hash":{{{hash}}}}}}}"#);
    succeeded(ROOM, &data)
}

#[test]
fn a_newcomer_learns_who_is_there_itself_included_and_the_others_learn_of_it() {
    let (mut world, app) = world();
    let first = enter(&mut world, &app, 0, r#"{"user_id":"b","user_info":{"name":"Béa"}}"#);
    assert_eq!(world.lines(first), [presence(1, r#""b""#, r#""b":{"name":"Béa"}"#)]);
    let second = enter(&mut world, &app, 1, r#"{"user_id": 10}"#);
    assert_eq!(world.lines(second), [presence(2, r#""b","10""#, r#""b":{"name":"Béa"},"10":null"#)]);
    assert_eq!(world.lines(first), [added(ROOM, r#"{"user_id":"10"}"#)]);
    let third = enter(&mut world, &app, 0, r#"{"user_id":"9","user_info":null}"#);
    let hash = r#""b":{"name":"Béa"},"10":null,"9":null"#;
    assert_eq!(world.lines(third), [presence(3, r#""b","10","9""#, hash)]);
    world.publish(&app, ROOM, "1", None);
    for client in [first, second] {
        let lines = world.lines(client);
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[1], event(ROOM, "1"));
    }
}

#[test]
fn what_is_known_of_a_user_stays_as_it_was_signed() {
    for info in [
        r#"{"n":12345678901234567890123,"f":1.10,"e":1e5}"#,
        r#"[1,[2,{"x":null}],"日本"]"#,
        r#""text""#,
        "0",
        r#"{"b":1,"a":2}"#,
    ] {
        let (mut world, app) = world();
        let first = enter(&mut world, &app, 0, r#"{"user_id":"0"}"#);
        world.lines(first);
        let data = format!(r#"{{"user_info":{info},"user_id":"1","more":[]}}"#);
        let second = enter(&mut world, &app, 0, &data);
        assert_eq!(world.lines(second), [presence(2, r#""0","1""#, &format!(r#""0":null,"1":{info}"#))]);
        assert_eq!(world.lines(first), [added(ROOM, &format!(r#"{{"user_id":"1","user_info":{info}}}"#))]);
    }
}

#[test]
fn a_user_with_several_connections_comes_once_and_goes_once() {
    let (mut world, app) = world();
    let observer = enter(&mut world, &app, 0, r#"{"user_id":"0"}"#);
    world.lines(observer);
    let first = enter(&mut world, &app, 0, r#"{"user_id":"7","user_info":1}"#);
    assert_eq!(world.lines(observer), [added(ROOM, r#"{"user_id":"7","user_info":1}"#)]);
    let second = enter(&mut world, &app, 1, r#"{"user_id":7,"user_info":2}"#);
    let all = presence(2, r#""0","7""#, r#""0":null,"7":1"#);
    assert_eq!(world.lines(second), [all], "the number is the same user, and the first information stays");
    assert!(world.lines(observer).is_empty());
    world.vanish(first);
    assert!(world.lines(observer).is_empty());
    world.text(second, &unsubscribe(ROOM));
    assert_eq!(world.lines(observer), [removed(ROOM, "7")]);
    assert!(world.lines(second).is_empty());
    let snapshot = world.directory.channel(world.now, &key(&app, ROOM));
    assert_eq!((snapshot.subscriptions, snapshot.users), (1, 1));
}

#[test]
fn the_last_connection_of_a_user_may_also_just_vanish() {
    let (mut world, app) = world();
    let observer = enter(&mut world, &app, 0, r#"{"user_id":"0"}"#);
    let other = enter(&mut world, &app, 1, r#"{"user_id":"1"}"#);
    world.lines(observer);
    world.vanish(other);
    assert_eq!(world.lines(observer), [removed(ROOM, "1")]);
    world.vanish(observer);
    world.settle();
    assert!(world.is_empty());
}

#[test]
fn channel_data_that_names_no_user_is_refused() {
    let long = "é".repeat(129);
    let cases = [
        (r#"{"user_info":{}}"#.to_owned(), "`user_id` is missing"),
        (r#"{"user_id":null}"#.to_owned(), "`user_id` is missing"),
        (r#"{"user_id":true}"#.to_owned(), "`user_id` must be a text or a number"),
        (r#"{"user_id":[]}"#.to_owned(), "`user_id` must be a text or a number"),
        (r#"{"user_id":{}}"#.to_owned(), "`user_id` must be a text or a number"),
        (r#"{"user_id":""}"#.to_owned(), "a user id must not be empty"),
        (format!(r#"{{"user_id":"{long}"}}"#), "a user id has at most 128 characters, this one has 129"),
        ("7".to_owned(), "not a JSON object with the expected fields: not a JSON object"),
        (r#"["7"]"#.to_owned(), "not a JSON object with the expected fields: not a JSON object"),
    ];
    for (channel_data, reason) in cases {
        let (mut world, app) = world();
        let client = enter(&mut world, &app, 0, &channel_data);
        let reason = format!("Invalid channel_data: {reason}");
        assert_eq!(world.lines(client), refused(ROOM, 4009, AUTH, &reason), "{channel_data}");
        assert!(world.directory.is_empty());
    }
    let (mut world, app) = world();
    let client = enter(&mut world, &app, 0, "{");
    assert!(world.lines(client)[0].contains("Invalid channel_data: not a JSON object"));
}

#[test]
fn channel_data_may_not_be_larger_than_the_limit() {
    let (mut world, app) = world();
    let data = |size: usize| {
        let frame = r#"{"user_id":"1","user_info":""}"#;
        frame.replace(r#""""#, &format!(r#""{}""#, "x".repeat(size - frame.len())))
    };
    let client = enter(&mut world, &app, 0, &data(1025));
    let reason = "channel_data has at most 1024 bytes, this one has 1025 (GEMA_APP_MAX_PRESENCE_MEMBER_SIZE)";
    assert_eq!(world.lines(client), refused(ROOM, 4004, LIMIT, reason));
    world.subscribe(client, ROOM, Some(&data(1024)));
    assert_eq!(world.lines(client).len(), 1);
}

#[test]
fn without_channel_data_the_signed_in_user_is_the_member() {
    let (mut world, app) = world();
    let client = world.join(&app, 0);
    world.subscribe(client, ROOM, None);
    let reason = "A presence channel needs channel_data with a user_id, or a signed-in user";
    assert_eq!(world.lines(client), refused(ROOM, 4009, AUTH, reason));
    world.sign_in(client, r#"{"id":"u1","user_info":{"n":1}}"#);
    world.subscribe(client, ROOM, None);
    assert_eq!(world.lines(client)[1..], [presence(1, r#""u1""#, r#""u1":{"n":1}"#)]);
}

#[test]
fn a_signed_in_user_may_not_be_a_larger_member_than_channel_data_could_make_it() {
    let (mut world, app) = world();
    for (more, answer) in [(0, None), (1, Some("1025"))] {
        let client = world.join(&app, 0);
        let info = "x".repeat(1024 - r#"{"user_id":"u","user_info":""}"#.len() + more);
        world.sign_in(client, &format!(r#"{{"id":"u","user_info":"{info}"}}"#));
        world.lines(client);
        world.subscribe(client, ROOM, None);
        let lines = world.lines(client);
        match answer {
            None => assert_eq!(lines.len(), 1),
            Some(size) => {
                let reason = format!(
                    "channel_data has at most 1024 bytes, this one has {size} (GEMA_APP_MAX_PRESENCE_MEMBER_SIZE)"
                );
                assert_eq!(lines, refused(ROOM, 4004, LIMIT, &reason));
            }
        }
    }
}

#[test]
fn the_member_over_the_limit_is_refused_and_nobody_else_is_concerned() {
    let app = app_with(|app| app.limits.presence_members = 100);
    let mut world = World::new(2, 1);
    let clients: Vec<ClientId> =
        (0..100).map(|user| enter(&mut world, &app, user % 2, &format!(r#"{{"user_id":{user}}}"#))).collect();
    world.lines(clients[0]);
    let newcomer = enter(&mut world, &app, 0, r#"{"user_id":"one too many"}"#);
    let reason = "the channel has reached the limit of 100 members (GEMA_APP_MAX_PRESENCE_MEMBERS)";
    assert_eq!(world.lines(newcomer), refused(ROOM, 4004, LIMIT, reason));
    assert!(world.lines(clients[0]).is_empty());
    let second = enter(&mut world, &app, 1, r#"{"user_id":"5"}"#);
    assert!(world.lines(second)[0].contains("subscription_succeeded"), "a member may come again");
    world.vanish(clients[99]);
    world.subscribe(newcomer, ROOM, Some(r#"{"user_id":"in place of 99"}"#));
    assert!(world.lines(newcomer)[0].contains("subscription_succeeded"));
}

#[test]
fn a_channel_that_takes_nobody_does_not_come_into_being() {
    let app = app_with(|app| app.limits.presence_members = 0);
    let mut world = World::new(1, 1);
    let client = enter(&mut world, &app, 0, r#"{"user_id":"1"}"#);
    assert!(world.lines(client)[0].contains("4004"));
    assert!(world.directory.is_empty());
}

#[test]
fn who_joins_while_another_leaves_never_sees_an_unknown_user_removed() {
    let (mut world, app) = world();
    let leaver = enter(&mut world, &app, 0, r#"{"user_id":"1"}"#);
    let observer = enter(&mut world, &app, 1, r#"{"user_id":"0"}"#);
    world.lines(observer);
    world.vanish(leaver);
    let newcomer = enter_without_settling(&mut world, &app, r#"{"user_id":"2"}"#);
    let again = enter_without_settling(&mut world, &app, r#"{"user_id":"1"}"#);
    let lines = world.lines(newcomer);
    assert_eq!(
        lines[1..],
        [presence(2, r#""0","2""#, r#""0":null,"2":null"#), added(ROOM, r#"{"user_id":"1"}"#)]
    );
    assert_eq!(world.lines(again)[1..], [presence(3, r#""0","2","1""#, r#""0":null,"2":null,"1":null"#)]);
    let seen = [removed(ROOM, "1"), added(ROOM, r#"{"user_id":"2"}"#), added(ROOM, r#"{"user_id":"1"}"#)];
    assert_eq!(world.lines(observer), seen);
}

/// Enters on shard 1 while messages wait in its inbox.
fn enter_without_settling(world: &mut World, app: &Arc<App>, channel_data: &str) -> ClientId {
    let client = world.connect(app, 1);
    world.subscribe(client, ROOM, Some(channel_data));
    client
}
