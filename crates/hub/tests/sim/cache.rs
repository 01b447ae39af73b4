//! Cache channels.

use std::{sync::Arc, time::Duration};

use gema_hub::App;

use crate::{
    app::app,
    line::{added, cache_miss, event, succeeded},
    world::World,
};

const CHANNELS: [&str; 3] = ["cache-x", "private-cache-x", "private-encrypted-cache-x"];

fn world() -> (World, Arc<App>) {
    (World::new(2, 2), Arc::new(app(1)))
}

#[test]
fn an_empty_cache_channel_says_so_after_the_success() {
    for channel in CHANNELS {
        let (mut world, app) = world();
        let client = world.join(&app, 0);
        world.subscribe(client, channel, None);
        assert_eq!(world.lines(client), [succeeded(channel, "{}"), cache_miss(channel)]);
    }
}

#[test]
fn a_newcomer_gets_the_last_event_and_only_that() {
    for channel in CHANNELS {
        let (mut world, app) = world();
        world.publish(&app, channel, "1", None);
        world.publish(&app, channel, "2", None);
        let client = world.join(&app, 0);
        world.subscribe(client, channel, None);
        world.publish(&app, channel, "3", None);
        let expected = [succeeded(channel, "{}"), event(channel, "2"), event(channel, "3")];
        assert_eq!(world.lines(client), expected);
    }
}

#[test]
fn an_event_that_is_under_way_comes_once_though_it_is_the_last_one() {
    let (mut world, app) = world();
    let (early, late) = (world.join(&app, 0), world.join(&app, 0));
    world.subscribe(early, "cache-x", None);
    world.lines(early);
    world.publish(&app, "cache-x", "1", None);
    world.subscribe(late, "cache-x", None);
    assert_eq!(world.lines(late), [succeeded("cache-x", "{}"), event("cache-x", "1")]);
    assert_eq!(world.lines(early), [event("cache-x", "1")]);
}

#[test]
fn other_channels_remember_nothing() {
    for channel in ["news", "private-x", "private-encrypted-x", "cached-x", "x-cache-"] {
        let (mut world, app) = world();
        world.publish(&app, channel, "1", None);
        assert!(world.directory.is_empty(), "{channel}");
        let client = world.join(&app, 0);
        world.subscribe(client, channel, None);
        assert_eq!(world.lines(client), [succeeded(channel, "{}")]);
    }
}

#[test]
fn events_of_clients_are_not_remembered() {
    let (mut world, app) = world();
    let sender = world.join(&app, 0);
    world.subscribe(sender, "private-cache-x", None);
    world.text(sender, r#"{"event":"client-a","channel":"private-cache-x","data":"1"}"#);
    let client = world.join(&app, 1);
    world.subscribe(client, "private-cache-x", None);
    let miss = [succeeded("private-cache-x", "{}"), cache_miss("private-cache-x")];
    assert_eq!(world.lines(client), miss);
}

#[test]
fn an_event_is_forgotten_after_its_time_and_not_before() {
    let (mut world, app) = world();
    world.publish(&app, "cache-x", "1", None);
    for (passes, expected) in [
        (Duration::from_millis(59_900), event("cache-x", "1")),
        (Duration::from_millis(100), cache_miss("cache-x")),
    ] {
        world.now += passes;
        let client = world.join(&app, 0);
        world.subscribe(client, "cache-x", None);
        assert_eq!(world.lines(client), [succeeded("cache-x", "{}"), expected]);
        world.vanish(client);
    }
    world.settle();
    assert!(world.is_empty());
}

#[test]
fn a_vacant_channel_keeps_its_event_until_its_time_is_over() {
    let (mut world, app) = world();
    let client = world.join(&app, 0);
    world.subscribe(client, "cache-x", None);
    world.publish(&app, "cache-x", "1", None);
    world.vanish(client);
    world.settle();
    world.pass(Duration::from_secs(59));
    let client = world.join(&app, 1);
    world.subscribe(client, "cache-x", None);
    assert_eq!(world.lines(client), [succeeded("cache-x", "{}"), event("cache-x", "1")]);
    world.vanish(client);
    world.pass(Duration::from_secs(62));
    assert!(world.is_empty(), "nobody has to come for it to be forgotten");
}

#[test]
fn whom_a_publisher_excludes_gets_the_event_when_it_subscribes_later() {
    let (mut world, app) = world();
    let client = world.join(&app, 0);
    world.subscribe(client, "cache-x", None);
    world.lines(client);
    world.publish(&app, "cache-x", "1", Some(client));
    assert!(world.lines(client).is_empty());
    world.text(client, &crate::app::unsubscribe("cache-x"));
    world.subscribe(client, "cache-x", None);
    assert_eq!(world.lines(client), [succeeded("cache-x", "{}"), event("cache-x", "1")]);
}

#[test]
fn a_presence_cache_channel_has_members_and_a_last_event() {
    let (mut world, app) = world();
    let channel = "presence-cache-x";
    let first = world.join(&app, 0);
    world.subscribe(first, channel, Some(r#"{"user_id":"1"}"#));
    let presence = |count: usize, ids: &str, hash: &str| {
        let data = format!(r#"{{"presence":{{"count":{count},"ids":[{ids}],"hash":{{{hash}}}}}}}"#);
        succeeded(channel, &data)
    };
    assert_eq!(world.lines(first), [presence(1, r#""1""#, r#""1":null"#), cache_miss(channel)]);
    world.publish(&app, channel, "1", None);
    let second = world.join(&app, 1);
    world.subscribe(second, channel, Some(r#"{"user_id":"2"}"#));
    let expected = [presence(2, r#""1","2""#, r#""1":null,"2":null"#), event(channel, "1")];
    assert_eq!(world.lines(second), expected);
    assert_eq!(world.lines(first), [event(channel, "1"), added(channel, r#"{"user_id":"2"}"#)]);
}
