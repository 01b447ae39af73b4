//! Numbers of things and lengths of names.

use gema_testkit::{PusherClient, TestServer};
use serde_json::{Value, json};

/// Subscribes and expects to be refused: an error with this code, then the channel's own error.
async fn expect_refused(client: &mut PusherClient, subscription: Value, code: u16) -> String {
    client.send("pusher:subscribe", subscription).await;
    let error = client.expect_error(code).await;
    client.expect_event("pusher:subscription_error").await;
    error.message().to_owned()
}

#[tokio::test]
async fn a_connection_has_so_many_channels_and_a_place_is_given_back() {
    let server = TestServer::start(|server| server.set("GEMA_APP_MAX_CHANNELS_PER_CONNECTION", 3));
    let mut client = server.connect().await;
    for channel in ["a", "private-b", "c"] {
        client.subscribe(channel).await;
    }
    let message = expect_refused(&mut client, json!({ "channel": "d" }), 4004).await;
    assert!(message.contains("GEMA_APP_MAX_CHANNELS_PER_CONNECTION"), "{message}");
    server.expect_limit_hits("channels_per_connection", 1).await;
    client.unsubscribe("a").await;
    client.subscribe("d").await;
    assert_eq!(server.api().channels().await, ["c", "d", "private-b"]);
    server.stop().await;
}

#[tokio::test]
async fn a_thousand_channels_are_no_trouble() {
    let server = TestServer::start(|server| server);
    let mut client = server.connect().await;
    for at in 0..1000 {
        client.subscribe(&format!("channel-{at}")).await;
    }
    let message = expect_refused(&mut client, json!({ "channel": "one-more" }), 4004).await;
    assert!(message.contains("1000"), "{message}");
    server.api().trigger("channel-999", "e", "").await;
    client.expect_event("e").await;
    assert_eq!(server.api().channels().await.len(), 1000);
    server.stop().await;
}

#[tokio::test]
async fn a_presence_channel_has_so_many_members_and_a_place_is_given_back() {
    let server = TestServer::start(|server| server.set("GEMA_APP_MAX_PRESENCE_MEMBERS", 2));
    let mut clients = Vec::new();
    for user in ["1", "2", "2"] {
        let mut client = server.connect().await;
        client.join("presence-x", user).await;
        clients.push(client);
    }
    clients[0].expect_event("pusher_internal:member_added").await;
    let mut third = server.connect().await;
    let subscription = third.subscription("presence-x", Some(r#"{"user_id":"3"}"#));
    let message = expect_refused(&mut third, subscription, 4004).await;
    assert!(message.contains("GEMA_APP_MAX_PRESENCE_MEMBERS"), "{message}");
    server.expect_limit_hits("presence_members", 1).await;
    clients[0].expect_nothing_before_pong().await;
    for client in &mut clients[1..] {
        client.unsubscribe("presence-x").await;
        client.expect_nothing_before_pong().await;
    }
    clients[0].expect_event("pusher_internal:member_removed").await;
    let data = third.join("presence-x", "3").await;
    assert_eq!(data["presence"]["ids"], json!(["1", "3"]));
    server.stop().await;
}

#[tokio::test]
async fn names_and_members_have_a_greatest_length() {
    let server = TestServer::start(|server| server.set("GEMA_APP_MAX_PRESENCE_MEMBER_SIZE", 1000));
    let mut client = server.connect().await;
    client.subscribe(&"c".repeat(200)).await;
    expect_refused(&mut client, json!({ "channel": "c".repeat(201) }), 4200).await;

    client.join("presence-x", &"u".repeat(128)).await;
    let member =
        |user_id: &str, user_info: &str| json!({ "user_id": user_id, "user_info": user_info }).to_string();
    for (member, code) in [(member(&"u".repeat(129), ""), 4009), (member("7", &"i".repeat(1000)), 4004)] {
        let subscription = client.subscription("presence-y", Some(&member));
        expect_refused(&mut client, subscription, code).await;
    }
    server.expect_limit_hits("presence_member_size", 1).await;
    let fits = member("7", &"i".repeat(1000 - member("7", "").len()));
    let subscription = client.subscription("presence-y", Some(&fits));
    client.send("pusher:subscribe", subscription).await;
    client.expect_event("pusher_internal:subscription_succeeded").await;
    server.stop().await;
}

#[tokio::test]
async fn a_client_event_has_a_greatest_size() {
    let server = TestServer::start(|server| server.set("GEMA_APP_MAX_EVENT_SIZE", 100));
    let (mut sender, mut receiver) = (server.connect().await, server.connect().await);
    sender.subscribe("private-x").await;
    receiver.subscribe("private-x").await;
    sender.whisper("private-x", "client-fits", json!("x".repeat(100))).await;
    sender.whisper("private-x", "client-does-not", json!("x".repeat(101))).await;
    sender.whisper("private-x", &format!("client-{}", "n".repeat(193)), json!(1)).await;
    sender.whisper("private-x", &format!("client-{}", "n".repeat(194)), json!(1)).await;
    let error = sender.expect_error(4301).await;
    assert!(
        error.message().contains("101") && error.message().contains("GEMA_APP_MAX_EVENT_SIZE"),
        "{error:?}"
    );
    sender.expect_error(4301).await;
    // The name that is too long is no limit that anybody could raise.
    server.expect_limit_hits("event_size", 1).await;
    sender.whisper("private-x", "client-marker", json!(1)).await;
    receiver.expect_event("client-fits").await;
    receiver.expect_event(&format!("client-{}", "n".repeat(193))).await;
    receiver.expect_event("client-marker").await;
    server.stop().await;
}
