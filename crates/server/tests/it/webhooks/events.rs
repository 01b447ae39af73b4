//! Which events there are, and when.

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use super::{IN_TIME, Receiver, start};

/// A departure is told after so long.
const DEBOUNCE: Duration = Duration::from_secs(3);

#[tokio::test]
async fn the_first_subscriber_occupies_a_channel_and_the_last_one_vacates_it_three_seconds_later() {
    let mut receiver = Receiver::start().await;
    let (server, _spool) = start(&receiver, &[]);
    let (mut first, mut second) = (server.connect().await, server.connect().await);
    first.subscribe("news").await;
    second.subscribe("news").await;
    assert_eq!(receiver.lines(1).await, ["channel_occupied news"]);
    drop(first);
    let left = Instant::now();
    second.unsubscribe("news").await;
    let vacated = receiver.next().await;
    assert_eq!(super::receiver::line(&vacated.events()[0]), "channel_vacated news");
    let after = vacated.at - left;
    assert!(after >= DEBOUNCE, "{after:?}");
    server.stop().await;
    assert!(receiver.so_far().is_empty());
}

#[tokio::test]
async fn whoever_comes_back_within_three_seconds_is_not_told() {
    while !comes_back_within_three_seconds().await {}
}

/// Shows that it is not told, unless the machine is so busy that it takes too long to come back.
async fn comes_back_within_three_seconds() -> bool {
    let mut receiver = Receiver::start().await;
    let (server, _spool) = start(&receiver, &[]);
    let mut client = server.connect().await;
    client.subscribe("news").await;
    client.join("presence-room", "u1").await;
    let expected =
        ["channel_occupied news", "channel_occupied presence-room", "member_added presence-room u1"];
    assert_eq!(receiver.lines(3).await, expected);
    // A page that is loaded again: its only connection goes and another one comes.
    let left = Instant::now();
    drop(client);
    let api = server.api();
    gema_testkit::eventually(Vec::<String>::new(), async || api.channels().await).await;
    let mut client = server.connect().await;
    client.subscribe("news").await;
    client.join("presence-room", "u1").await;
    let in_time = left.elapsed() < IN_TIME;
    if in_time {
        // Whatever was to be told of it would come before this is vacated.
        client.subscribe("later").await;
        client.unsubscribe("later").await;
        assert_eq!(receiver.lines(2).await, ["channel_occupied later", "channel_vacated later"]);
    }
    server.stop().await;
    assert!(!in_time || receiver.so_far().is_empty());
    in_time
}

#[tokio::test]
async fn a_user_is_told_once_however_many_connections_there_are() {
    let mut receiver = Receiver::start().await;
    let (server, _spool) = start(&receiver, &[]);
    let (mut first, mut second) = (server.connect().await, server.connect().await);
    // Ids of users may be numbers; they are told as texts.
    for client in [&mut first, &mut second] {
        let data = client.subscription("presence-room", Some(r#"{"user_id":7}"#));
        client.send("pusher:subscribe", data).await;
        client.expect_event("pusher_internal:subscription_succeeded").await;
    }
    assert_eq!(receiver.lines(2).await, ["channel_occupied presence-room", "member_added presence-room 7"]);
    drop(first);
    drop(second);
    assert_eq!(receiver.lines(2).await, ["member_removed presence-room 7", "channel_vacated presence-room"]);
    server.stop().await;
    assert!(receiver.so_far().is_empty());
}

#[tokio::test]
async fn a_client_event_is_told_with_its_data_as_text_and_a_user_on_presence_channels_only() {
    let mut receiver = Receiver::start().await;
    let (server, _spool) = start(&receiver, &[("GEMA_APP_WEBHOOK_EVENTS", "client_event")]);
    let mut client = server.connect().await;
    client.join("presence-room", "u1").await;
    client.subscribe("private-room").await;
    client.whisper("presence-room", "client-moved", json!({"x": 1})).await;
    client.whisper("private-room", "client-moved", json!("text")).await;
    let mut events = receiver.events(2).await;
    for event in &mut events {
        assert!(event.as_object_mut().unwrap().remove("id").unwrap().is_string());
    }
    let socket_id = client.socket_id.to_string();
    let event = |channel: &str, data: &str| {
        json!({
            "name": "client_event", "channel": channel, "event": "client-moved", "data": data,
            "socket_id": socket_id,
        })
    };
    let mut of_user = event("presence-room", r#"{"x":1}"#);
    of_user["user_id"] = "u1".into();
    assert_eq!(events, [of_user, event("private-room", "text")]);
    server.stop().await;
}

#[tokio::test]
async fn subscribers_of_an_empty_cache_channel_within_a_second_are_one_miss() {
    while !subscribe_to_an_empty_cache_channel_within_a_second().await {}
}

/// Shows that they are, unless the machine is so busy that it takes them longer.
async fn subscribe_to_an_empty_cache_channel_within_a_second() -> bool {
    let mut receiver = Receiver::start().await;
    let (server, _spool) = start(&receiver, &[("GEMA_APP_WEBHOOK_EVENTS", "cache_miss,channel_vacated")]);
    let mut clients = [server.connect().await, server.connect().await, server.connect().await];
    let began = Instant::now();
    for client in &mut clients {
        let data = client.subscription("cache-news", None);
        client.send("pusher:subscribe", data).await;
    }
    for client in &mut clients {
        client.expect_event("pusher_internal:subscription_succeeded").await;
        client.expect_event("pusher:cache_miss").await;
    }
    let in_time = began.elapsed() < Duration::from_millis(900);
    drop(clients);
    if in_time {
        assert_eq!(receiver.lines(2).await, ["cache_miss cache-news", "channel_vacated cache-news"]);
    }
    server.stop().await;
    in_time
}

#[tokio::test]
async fn a_number_of_subscribers_is_a_number() {
    let mut receiver = Receiver::start().await;
    let settings =
        [("GEMA_APP_SUBSCRIPTION_COUNTS", "true"), ("GEMA_APP_WEBHOOK_EVENTS", "subscription_count")];
    let (server, _spool) = start(&receiver, &settings);
    let (mut first, mut second) = (server.connect().await, server.connect().await);
    first.subscribe("news").await;
    second.subscribe("news").await;
    let events = receiver.events(2).await;
    assert_eq!(events[0]["subscription_count"], json!(1));
    assert_eq!(events[1]["subscription_count"], json!(2));
    server.stop().await;
}

#[tokio::test]
async fn only_what_the_filters_let_pass_is_told() {
    let mut receiver = Receiver::start().await;
    let settings = [
        ("GEMA_APP_WEBHOOK_EVENTS", "channel_occupied, member_added"),
        ("GEMA_APP_WEBHOOK_CHANNELS", "presence-*,private-user.*"),
    ];
    let (server, _spool) = start(&receiver, &settings);
    let mut client = server.connect().await;
    for channel in ["news", "private-orders.1", "private-user.1"] {
        client.subscribe(channel).await;
    }
    client.join("presence-room", "u1").await;
    let expected = [
        "channel_occupied private-user.1",
        "channel_occupied presence-room",
        "member_added presence-room u1",
    ];
    assert_eq!(receiver.lines(3).await, expected);
    server.stop().await;
    assert!(receiver.so_far().is_empty());
}

#[tokio::test]
async fn the_channel_of_a_signed_in_user_is_not_told() {
    let mut receiver = Receiver::start().await;
    let (server, _spool) = start(&receiver, &[]);
    let mut client = server.connect().await;
    client.sign_in("u1").await;
    client.subscribe("#server-to-user-u1").await;
    client.subscribe("news").await;
    assert_eq!(receiver.lines(1).await, ["channel_occupied news"]);
    server.stop().await;
}
