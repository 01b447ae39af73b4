//! What webhooks are told.

use std::{sync::Arc, time::Duration};

use gema_hub::{App, ClientEvents, FactKinds, Webhook, Webhooks};
use serde_json::{Value, json};

use crate::{
    app::{app, app_with, quoted, unsubscribe},
    world::World,
};

fn told(change: impl FnOnce(&mut App)) -> Arc<App> {
    app_with(|app| {
        let endpoint = Webhook {
            url: "http://127.0.0.1/".to_owned(),
            events: FactKinds::ALL,
            channels: Vec::new(),
            batching: true,
            headers: Vec::new(),
            timeout: Duration::from_secs(4),
            retry_for: Duration::from_secs(60),
        };
        app.webhooks = Some(Arc::new(Webhooks { app_id: app.id.clone(), endpoints: vec![endpoint] }));
        change(app);
    })
}

fn occupied(channel: &str) -> Value {
    json!({ "name": "channel_occupied", "channel": channel })
}

fn vacated(channel: &str) -> Value {
    json!({ "name": "channel_vacated", "channel": channel })
}

fn member(name: &str, channel: &str, user_id: &str) -> Value {
    json!({ "name": name, "channel": channel, "user_id": user_id })
}

fn client_event(channel: &str, data: &Value) -> String {
    json!({ "event": "client-e", "channel": channel, "data": data }).to_string()
}

#[test]
fn the_first_subscriber_occupies_a_channel_and_the_last_one_vacates_it() {
    let (mut world, app) = (World::new(2, 1), told(|_| {}));
    for channel in ["news", "private-x", "private-encrypted-x"] {
        let (first, second) = (world.join(&app, 0), world.join(&app, 1));
        world.subscribe(first, channel, None);
        assert_eq!(world.directory.take_facts(), [occupied(channel)]);
        world.subscribe(second, channel, None);
        world.text(first, &unsubscribe(channel));
        assert!(world.directory.take_facts().is_empty());
        world.vanish(second);
        assert_eq!(world.directory.take_facts(), [vacated(channel)]);
        world.vanish(first);
    }
}

#[test]
fn a_user_is_added_with_the_first_connection_and_removed_with_the_last() {
    let (mut world, app) = (World::new(2, 1), told(|_| {}));
    let (first, second) = (world.join(&app, 0), world.join(&app, 1));
    let data = Some(r#"{"user_id":7}"#);
    world.subscribe(first, "presence-x", data);
    assert_eq!(
        world.directory.take_facts(),
        [occupied("presence-x"), member("member_added", "presence-x", "7")]
    );
    world.subscribe(second, "presence-x", data);
    world.vanish(first);
    assert!(world.directory.take_facts().is_empty());
    world.vanish(second);
    assert_eq!(
        world.directory.take_facts(),
        [member("member_removed", "presence-x", "7"), vacated("presence-x")]
    );
}

#[test]
fn a_client_event_is_told_with_its_data_as_text_and_its_user_on_presence_channels_only() {
    let (mut world, app) = (World::new(1, 1), told(|_| {}));
    let client = world.join(&app, 0);
    world.subscribe(client, "presence-x", Some(r#"{"user_id":"u1"}"#));
    world.subscribe(client, "private-x", None);
    world.directory.take_facts();
    world.text(client, &client_event("presence-x", &json!({"a": 1})));
    world.text(client, &client_event("private-x", &json!("text")));
    let socket_id = world.clients[client].socket_id.to_string();
    let expected = |channel: &str, data: &str| {
        json!({
            "name": "client_event", "channel": channel, "event": "client-e", "data": data, "socket_id": socket_id,
        })
    };
    let mut of_user = expected("presence-x", r#"{"a":1}"#);
    of_user["user_id"] = "u1".into();
    assert_eq!(world.directory.take_facts(), [of_user, expected("private-x", "text")]);
}

#[test]
fn a_client_event_that_is_refused_is_not_told() {
    let (mut world, app) = (World::new(2, 1), told(|_| {}));
    let (client, other) = (world.join(&app, 0), world.join(&app, 1));
    for client in [client, other] {
        world.subscribe(client, "private-x", None);
    }
    world.settle();
    world.directory.take_facts();
    world.text(client, &client_event("private-other", &json!({})));
    world.directory.room = 0;
    world.text(client, &client_event("private-x", &json!({})));
    assert!(world.directory.take_facts().is_empty());
}

#[test]
fn a_subscriber_of_a_cache_channel_without_an_event_is_a_miss() {
    let (mut world, app) = (World::new(1, 1), told(|_| {}));
    let client = world.join(&app, 0);
    world.subscribe(client, "cache-x", None);
    let miss = json!({ "name": "cache_miss", "channel": "cache-x" });
    assert_eq!(world.directory.take_facts(), [occupied("cache-x"), miss]);
    world.directory.publish_event(world.now, &app, ("cache-x", "{}"), None);
    world.text(client, &unsubscribe("cache-x"));
    // The channel stays, because of its event, but nobody is there.
    assert_eq!(world.directory.take_facts(), [vacated("cache-x")]);
    world.subscribe(client, "cache-x", None);
    assert_eq!(world.directory.take_facts(), [occupied("cache-x")]);
}

#[test]
fn numbers_are_told_when_subscribers_are_told() {
    let (mut world, app) = (World::new(1, 1), told(|app| app.subscription_counts = true));
    let client = world.join(&app, 0);
    world.subscribe(client, "news", None);
    let count =
        |count: u64| json!({ "name": "subscription_count", "channel": "news", "subscription_count": count });
    assert_eq!(world.directory.take_facts(), [occupied("news"), count(1)]);
    for _ in 1..=101 {
        let client = world.join(&app, 0);
        world.subscribe(client, "news", None);
    }
    let told: Vec<Value> = (2..=100).map(count).collect();
    assert_eq!(world.directory.take_facts(), told);
    world.pass(Duration::from_secs(6));
    assert_eq!(world.directory.take_facts(), [count(102)]);
}

#[test]
fn the_channel_of_a_user_is_not_told() {
    let (mut world, app) = (World::new(1, 1), told(|_| {}));
    let client = world.join(&app, 0);
    let user = format!(r#"{{"id":{}}}"#, quoted("u1"));
    let sign_in = crate::app::sign_in(&app, world.clients[client].socket_id, &user);
    world.text(client, &sign_in);
    world.subscribe(client, "#server-to-user-u1", None);
    world.vanish(client);
    assert!(world.directory.take_facts().is_empty());
}

#[test]
fn nothing_is_told_without_webhooks() {
    let (mut world, app) = (World::new(1, 1), Arc::new(App { client_events: ClientEvents::All, ..app(1) }));
    let client = world.join(&app, 0);
    world.subscribe(client, "cache-x", None);
    world.text(client, &client_event("cache-x", &json!({})));
    world.vanish(client);
    assert!(world.directory.take_facts().is_empty());
}
