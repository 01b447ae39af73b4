//! Public, private and encrypted subscriptions.

use std::sync::Arc;

use gema_hub::App;
use gema_protocol::{
    names::SocketId,
    signature::{sign, sign_channel},
};

use crate::{
    app::{app, app_with, subscribe_with, unsubscribe},
    line::{AUTH, LIMIT, NAME, error, event, refused, succeeded},
    world::World,
};

fn world() -> (World, Arc<App>) {
    (World::new(2, 2), Arc::new(app(1)))
}

#[test]
fn a_public_subscription_needs_no_signature_in_whatever_form_it_comes() {
    for data in [
        r#"{"auth":"","channel":"news"}"#,
        r#"{"channel":"news"}"#,
        r#"{"auth":null,"channel":"news"}"#,
        r#"{"auth":null,"channel_data":null,"channel":"news"}"#,
        r#""{\"channel\":\"news\"}""#,
    ] {
        let (mut world, app) = world();
        let client = world.join(&app, 0);
        world.text(client, &format!(r#"{{"event":"pusher:subscribe","data":{data}}}"#));
        assert_eq!(world.lines(client), [succeeded("news", "{}")], "{data}");
        world.publish(&app, "news", "1", None);
        assert_eq!(world.lines(client), [event("news", "1")], "{data}");
    }
}

/// Subscribes with an auth text that is made from the app and the socket id; it is refused for what `reason` says.
fn check_refused(
    channel: &str,
    auth: impl Fn(&App, SocketId) -> String,
    reason: impl Fn(SocketId, &str) -> String,
) {
    let (mut world, app) = world();
    let client = world.join(&app, 0);
    let socket_id = world.clients[client].socket_id;
    let auth = auth(&app, socket_id);
    world.text(client, &subscribe_with(channel, &auth, None));
    let signature = auth.split_once(':').map_or("", |(_, signature)| signature);
    let [error, refusal] = refused(channel, 4009, AUTH, &reason(socket_id, signature));
    if channel.starts_with("private-encrypted-") {
        assert_eq!(world.lines(client), [error], "{channel}, {auth}");
    } else {
        assert_eq!(world.lines(client), [error, refusal], "{channel}, {auth}");
    }
    world.publish(&app, channel, "1", None);
    assert!(world.lines(client).is_empty(), "a refused client is not subscribed");
    world.subscribe(client, channel, None);
    assert_eq!(world.lines(client)[0], succeeded(channel, "{}"), "the connection is open, and may try again");
}

#[test]
fn a_private_subscription_without_its_signature_is_refused() {
    for channel in ["private-x", "private-cache-x", "private-encrypted-x", "private-encrypted-cache-x"] {
        let wrong = |socket_id: SocketId, given: &str| {
            format!(
                "Invalid signature: Expected HMAC SHA256 hex digest of {socket_id}:{channel}, but got {given}"
            )
        };
        let valid =
            |app: &App, socket_id| sign_channel(&app.key, app.secrets.oldest(), &socket_id, channel, None);
        let flipped = |app: &App, socket_id| {
            let auth = valid(app, socket_id);
            let last = if auth.ends_with('0') { "1" } else { "0" };
            format!("{}{last}", &auth[..auth.len() - 1])
        };
        check_refused(channel, flipped, wrong);
        let upper_case = |app: &App, socket_id: SocketId| {
            let text = format!("{socket_id}:{channel}");
            format!("{}:{}", app.key, sign(app.secrets.oldest(), text.as_bytes()).to_uppercase())
        };
        check_refused(channel, upper_case, wrong);
        let of_another_socket = |app: &App, _| valid(app, SocketId { random: 1, place: 2 });
        check_refused(channel, of_another_socket, wrong);
        let of_another_channel = |app: &App, socket_id| {
            sign_channel(&app.key, app.secrets.oldest(), &socket_id, "private-y", None)
        };
        check_refused(channel, of_another_channel, wrong);

        let expected = "expected <app key>:<HMAC SHA256 hex digest>";
        check_refused(channel, |_, _| String::new(), |_, _| format!("Missing auth data: {expected}"));
        let malformed = format!("Malformed auth data: {expected}, but got 'abc'");
        check_refused(channel, |_, _| "abc".to_owned(), |_, _| malformed.clone());
        let of_another_key = |app: &App, socket_id| valid(app, socket_id).replace("key-1", "key-2");
        check_refused(channel, of_another_key, |_, _| {
            "Invalid key in subscription auth data: 'key-2'".to_owned()
        });
    }
}

#[test]
fn channel_data_belongs_to_what_is_signed_on_private_channels_too() {
    let (mut world, app) = world();
    let client = world.join(&app, 0);
    let (socket_id, data) = (world.clients[client].socket_id, r#"{"any": "thing"}"#);
    let without = sign_channel(&app.key, app.secrets.oldest(), &socket_id, "private-x", None);
    world.text(client, &subscribe_with("private-x", &without, Some(data)));
    assert!(world.lines(client)[0].contains("Invalid signature"));
    world.subscribe(client, "private-x", Some(data));
    assert_eq!(world.lines(client), [succeeded("private-x", "{}")]);
}

#[test]
fn a_name_that_is_none_is_refused() {
    let long = "a".repeat(201);
    for (channel, reason) in [
        ("a b", "channel name `a b` has ' '; allowed are A-Z a-z 0-9 _ - = @ , . ;"),
        ("#x", "channel name `#x` has '#'; allowed are A-Z a-z 0-9 _ - = @ , . ;"),
        (long.as_str(), "a channel name has at most 200 bytes, this one has 201"),
    ] {
        let (mut world, app) = world();
        let client = world.join(&app, 0);
        world.subscribe(client, channel, None);
        assert_eq!(world.lines(client), refused(channel, 4200, NAME, reason));
    }
    let (mut world, app) = world();
    let client = world.join(&app, 0);
    world.subscribe(client, "", None);
    assert_eq!(world.lines(client), [error(4200, "a channel name must not be empty")]);
    world.subscribe(client, "private-encrypted-x y", None);
    let reason = "channel name `private-encrypted-x y` has ' '; allowed are A-Z a-z 0-9 _ - = @ , . ;";
    assert_eq!(world.lines(client), [error(4200, reason)]);
    world.subscribe(client, &"a".repeat(200), None);
    assert_eq!(world.lines(client), [succeeded(&"a".repeat(200), "{}")]);
}

#[test]
fn a_second_subscription_to_a_channel_changes_nothing() {
    for channel in ["news", "private-x", "private-encrypted-x", "cache-x"] {
        let (mut world, app) = world();
        let client = world.join(&app, 0);
        world.subscribe(client, channel, None);
        world.lines(client);
        world.subscribe(client, channel, None);
        let message = format!("Existing subscription to channel {channel}");
        assert_eq!(world.lines(client), [error(4200, &message)]);
        world.publish(&app, channel, "1", None);
        assert_eq!(world.lines(client), [event(channel, "1")]);
    }
}

#[test]
fn a_connection_has_only_so_many_subscriptions() {
    let app = app_with(|app| app.limits.channels_per_connection = 2);
    let mut world = World::new(1, 1);
    let client = world.join(&app, 0);
    world.subscribe(client, "a", None);
    world.subscribe(client, "b", None);
    world.lines(client);
    let reason = "A connection has at most 2 subscriptions (GEMA_APP_MAX_CHANNELS_PER_CONNECTION)";
    world.subscribe(client, "c", None);
    assert_eq!(world.lines(client), refused("c", 4004, LIMIT, reason));
    world.subscribe(client, "private-encrypted-c", None);
    assert_eq!(world.lines(client), [error(4004, reason)]);
    world.text(client, &unsubscribe("a"));
    world.subscribe(client, "c", None);
    assert_eq!(world.lines(client), [succeeded("c", "{}")]);
}

#[test]
fn an_unsubscription_has_no_answer_and_ends_the_events() {
    let (mut world, app) = world();
    let client = world.join(&app, 0);
    world.subscribe(client, "news", None);
    world.lines(client);
    world.publish(&app, "news", "under way", None);
    world.text(client, &unsubscribe("news"));
    world.publish(&app, "news", "after", None);
    assert!(world.lines(client).is_empty());
    for name in ["news", "never", ""] {
        world.text(client, &unsubscribe(name));
        let message = format!("No current subscription to channel {name}, or subscription in progress");
        assert_eq!(world.lines(client), [error(4200, &message)]);
    }
    world.text(client, &unsubscribe(&"é".repeat(300)));
    assert!(world.lines(client)[0].len() < 600, "what came from outside is repeated only in part");
}

#[test]
fn subscribe_unsubscribe_subscribe_ends_in_subscribed() {
    let (mut world, app) = world();
    let client = world.join(&app, 0);
    world.subscribe(client, "news", None);
    world.publish(&app, "news", "too late", None);
    world.text(client, &unsubscribe("news"));
    world.subscribe(client, "news", None);
    world.publish(&app, "news", "in time", None);
    let success = succeeded("news", "{}");
    assert_eq!(world.lines(client), [success.clone(), success, event("news", "in time")]);
}

#[test]
fn names_that_only_look_like_a_kind_are_public_and_case_matters() {
    let (mut world, app) = world();
    let client = world.join(&app, 0);
    for channel in ["privatefoo", "Private-x", "presencex", "Presence-x", "cached-x", "news"] {
        world.text(client, &subscribe_with(channel, "", None));
        assert_eq!(world.lines(client), [succeeded(channel, "{}")]);
    }
    world.publish(&app, "News", "1", None);
    assert!(world.lines(client).is_empty());
}

#[test]
fn one_connection_can_hold_a_thousand_subscriptions_and_leaves_nothing_behind() {
    let app = app_with(|app| app.limits.channels_per_connection = 1000);
    let mut world = World::new(1, 3);
    let clients = [world.join(&app, 0), world.join(&app, 0)];
    for number in 0..1000 {
        world.subscribe(clients[number % 2], &format!("c{number}"), None);
        world.subscribe(clients[(number + 1) % 2], &format!("c{number}"), None);
    }
    assert_eq!(world.lines(clients[0]).len(), 1000);
    for number in (0..1000).step_by(3) {
        world.text(clients[0], &unsubscribe(&format!("c{number}")));
    }
    for number in 0..1000 {
        world.publish(&app, &format!("c{number}"), "1", None);
    }
    assert_eq!(world.lines(clients[0]).len(), 666);
    assert_eq!(world.lines(clients[1]).len(), 2000);
    world.vanish(clients[1]);
    world.vanish(clients[0]);
    assert!(world.is_empty());
}

#[test]
fn a_message_that_was_sent_before_the_subscription_does_not_arrive() {
    let (mut world, app) = world();
    let (client, early) = (world.join(&app, 0), world.join(&app, 0));
    world.subscribe(early, "news", None);
    world.lines(early);
    world.publish(&app, "news", "before", None);
    world.subscribe(client, "news", None);
    world.publish(&app, "news", "after", None);
    assert_eq!(world.lines(client), [succeeded("news", "{}"), event("news", "after")]);
    assert_eq!(world.lines(early), [event("news", "before"), event("news", "after")]);
}

#[test]
fn a_new_connection_in_an_old_place_begins_with_nothing() {
    let (mut world, app) = world();
    let old = world.join(&app, 0);
    world.subscribe(old, "news", None);
    world.vanish(old);
    let new = world.join(&app, 0);
    world.publish(&app, "news", "1", None);
    assert!(world.lines(new).is_empty());
    world.subscribe(new, "news", None);
    world.lines(new);
    world.publish(&app, "news", "2", Some(old));
    assert_eq!(world.lines(new), [event("news", "2")], "whom the id of the old one excludes is gone");
    world.publish(&app, "news", "3", Some(new));
    assert!(world.lines(new).is_empty());
}

#[test]
fn applications_do_not_see_each_other() {
    let mut world = World::new(1, 1);
    let (one, other) = (Arc::new(app(1)), Arc::new(app(2)));
    let (a, b) = (world.join(&one, 0), world.join(&other, 0));
    world.subscribe(a, "news", None);
    world.subscribe(b, "news", None);
    world.lines(b);
    world.publish(&one, "news", "1", None);
    assert!(world.lines(b).is_empty());
    assert_eq!(world.lines(a), [succeeded("news", "{}"), event("news", "1")]);
}
