//! How many subscribers there are.

use std::{sync::Arc, time::Duration};

use gema_hub::App;

use crate::{
    app::{app, app_with, unsubscribe},
    line::{cache_miss, count, event, succeeded},
    world::{ClientId, World},
};

fn counting() -> Arc<App> {
    app_with(|app| app.subscription_counts = true)
}

/// What a client has received of a channel's numbers.
fn counts(world: &mut World, client: ClientId) -> Vec<u64> {
    let number = |line: String| {
        let (_, rest) = line.split_once(r#"{\"subscription_count\":"#)?;
        rest.split_once('}')?.0.parse().ok()
    };
    world.lines(client).into_iter().filter_map(number).collect()
}

#[test]
fn nobody_is_told_unless_the_application_wants_it() {
    let mut world = World::new(1, 1);
    let app = Arc::new(app(1));
    let clients = [world.join(&app, 0), world.join(&app, 0)];
    for client in clients {
        world.subscribe(client, "news", None);
    }
    for client in clients {
        assert_eq!(world.lines(client), [succeeded("news", "{}")]);
    }
}

#[test]
fn all_subscribers_are_told_the_number_of_connections_the_newcomer_included() {
    let (mut world, app) = (World::new(2, 1), counting());
    for channel in ["news", "private-x"] {
        let (first, second) = (world.join(&app, 0), world.join(&app, 1));
        world.subscribe(first, channel, None);
        assert_eq!(world.lines(first), [succeeded(channel, "{}"), count(channel, 1)]);
        world.subscribe(second, channel, None);
        assert_eq!(world.lines(second), [succeeded(channel, "{}"), count(channel, 2)]);
        assert_eq!(world.lines(first), [count(channel, 2)]);
        world.text(second, &unsubscribe(channel));
        assert_eq!(world.lines(first), [count(channel, 1)]);
        assert!(world.lines(second).is_empty());
        world.vanish(first);
        world.vanish(second);
    }
    let client = world.join(&app, 0);
    world.subscribe(client, "cache-x", None);
    assert_eq!(world.lines(client), [succeeded("cache-x", "{}"), cache_miss("cache-x"), count("cache-x", 1)]);
}

#[test]
fn presence_channels_encrypted_ones_and_those_of_users_have_no_count() {
    let (mut world, app) = (World::new(1, 1), counting());
    let client = world.join(&app, 0);
    world.sign_in(client, r#"{"id":"u"}"#);
    world.lines(client);
    world.subscribe(client, "presence-x", None);
    world.subscribe(client, "#server-to-user-u", None);
    world.subscribe(client, "private-encrypted-x", None);
    assert_eq!(world.lines(client).len(), 3, "three successes");
}

#[test]
fn up_to_a_hundred_subscribers_are_told_each_time() {
    let (mut world, app) = (World::new(2, 1), counting());
    let clients: Vec<ClientId> = (0..100).map(|number| world.join(&app, number % 2)).collect();
    for &client in &clients {
        world.subscribe(client, "news", None);
    }
    assert_eq!(counts(&mut world, clients[0]), (1..=100).collect::<Vec<_>>());
    for &client in &clients[90..] {
        world.vanish(client);
    }
    assert_eq!(counts(&mut world, clients[0]), (90..100).rev().collect::<Vec<_>>());
}

#[test]
fn above_a_hundred_they_are_told_every_five_seconds_and_the_last_number_always() {
    let (mut world, app) = (World::new(2, 1), counting());
    let clients: Vec<ClientId> = (0..120).map(|number| world.join(&app, number % 2)).collect();
    for &client in &clients[..100] {
        world.subscribe(client, "news", None);
    }
    counts(&mut world, clients[0]);
    for &client in &clients[100..110] {
        world.subscribe(client, "news", None);
    }
    assert!(counts(&mut world, clients[0]).is_empty(), "the 100th was told a moment ago");
    world.pass(Duration::from_millis(4_900));
    assert!(counts(&mut world, clients[0]).is_empty());
    world.publish(&app, "news", "1", None);
    assert_eq!(world.lines(clients[0]), [event("news", "1")], "events are not held up");
    world.pass(Duration::from_millis(100));
    assert_eq!(counts(&mut world, clients[0]), [110]);
    assert_eq!(counts(&mut world, clients[109]), [110]);
    world.pass(Duration::from_secs(15));
    assert!(counts(&mut world, clients[0]).is_empty(), "nothing has changed");

    world.subscribe(clients[110], "news", None);
    assert_eq!(counts(&mut world, clients[0]), [111], "the last time is long ago");
    for &client in &clients[111..] {
        world.subscribe(client, "news", None);
    }
    for &client in &clients[102..120] {
        world.vanish(client);
    }
    assert!(counts(&mut world, clients[0]).is_empty());
    world.vanish(clients[101]);
    world.vanish(clients[100]);
    assert_eq!(counts(&mut world, clients[0]), [100], "few are told at once again");
    world.pass(Duration::from_secs(6));
    let late = counts(&mut world, clients[0]);
    assert!(late.iter().all(|&number| number == 100), "{late:?}");
}

#[test]
fn the_number_that_waited_does_not_come_when_everybody_has_gone() {
    let (mut world, app) = (World::new(1, 1), counting());
    let clients: Vec<ClientId> = (0..105).map(|_| world.join(&app, 0)).collect();
    for &client in &clients {
        world.subscribe(client, "news", None);
    }
    for client in clients {
        world.vanish(client);
    }
    world.pass(Duration::from_secs(6));
    assert!(world.is_empty());
}
