//! What one application, and each of its connections, may do in a time.

use std::time::Instant;

use gema_testkit::{Credentials, PusherClient, TestServer};
use serde_json::{Value, json};

const SECOND: &str = "
    [[apps]]
    id = '2'
    key = 'second'
    secret = 'second-secret'
    max_publishes_per_second = 1000
";

fn second() -> Credentials {
    Credentials::new("2", "second", "second-secret")
}

fn batch(events: usize) -> Value {
    let event = json!({ "name": "e", "channel": "x", "data": "d" });
    json!({ "batch": vec![event; events] })
}

#[tokio::test]
async fn an_application_over_its_rate_is_told_when_to_come_back_and_others_are_not_concerned() {
    let server = TestServer::start(|server| server.set("GEMA_APP_MAX_PUBLISHES_PER_SECOND", 1).file(SECOND));
    let (api, other) = (server.api(), server.api_of(second()));
    let mut client = server.connect().await;
    client.subscribe("x").await;
    let started = Instant::now();
    // A batch fits, however low the rate.
    api.post("/batch_events", &batch(10)).await.success();
    for _ in 0..10 {
        client.expect_event("e").await;
    }
    let refused = api.post("/batch_events", &batch(10)).await;
    let message = refused.refusal(429, "app_id");
    assert!(message.contains("1 events in a second (GEMA_APP_MAX_PUBLISHES_PER_SECOND)"), "{message}");
    let seconds: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    let passed = started.elapsed().as_secs() + 1;
    assert!((10_u64.saturating_sub(passed)..=10).contains(&seconds), "{seconds}, {passed} have passed");
    server.expect_limit_hits("publishes", 1).await;
    // Queries are no publishes; nothing that was refused was delivered.
    assert_eq!(api.channels().await, ["x"]);
    client.expect_nothing_before_pong().await;
    for _ in 0..20 {
        other.post("/batch_events", &batch(10)).await.success();
    }
    server.stop().await;
}

#[tokio::test]
async fn a_new_limit_holds_after_a_reload_and_an_old_one_keeps_its_count() {
    let server = TestServer::start(|server| server.set("GEMA_APP_MAX_PUBLISHES_PER_SECOND", 1));
    let api = server.api();
    api.post("/batch_events", &batch(10)).await.success();
    server.reload(|server| server.set("GEMA_APP_MAX_PUBLISHES_PER_SECOND", 1)).await.unwrap();
    api.post("/batch_events", &batch(10)).await.refusal(429, "app_id");
    server.reload(|server| server.set("GEMA_APP_MAX_PUBLISHES_PER_SECOND", 1000)).await.unwrap();
    for _ in 0..10 {
        api.post("/batch_events", &batch(10)).await.success();
    }
    server.stop().await;
}

#[tokio::test]
async fn client_events_over_the_rate_are_refused_and_neither_the_connection_nor_others_are_concerned() {
    let server =
        TestServer::start(|server| server.set("GEMA_APP_MAX_CLIENT_EVENTS_PER_SECOND", 10).file(SECOND));
    let (mut flooding, mut other, mut hearing) =
        (server.connect().await, server.connect().await, server.connect().await);
    for client in [&mut flooding, &mut other, &mut hearing] {
        client.subscribe("private-x").await;
    }
    // In one segment, so that they come within a second.
    let event = br#"{"event":"client-a","channel":"private-x","data":"d"}"#;
    let frame = gema_protocol::ws::masked(gema_protocol::ws::OpCode::Text, true, event, [1, 2, 3, 4]);
    flooding.socket.write(&frame.repeat(50)).await;
    for _ in 0..40 {
        let refusal = flooding.expect_error(4301).await;
        assert!(refusal.message().contains("GEMA_APP_MAX_CLIENT_EVENTS_PER_SECOND"), "{refusal:?}");
    }
    for _ in 0..10 {
        hearing.expect_event("client-a").await;
        other.expect_event("client-a").await;
    }
    server.expect_limit_hits("client_event_rate", 40).await;
    flooding.expect_nothing_before_pong().await;
    other.whisper("private-x", "client-b", json!(1)).await;
    hearing.expect_event("client-b").await;
    let unlimited = server.websocket("/app/second?protocol=7").await;
    let mut unlimited = PusherClient::greet(unlimited, second()).await;
    unlimited.subscribe("private-x").await;
    unlimited.socket.write(&frame.repeat(50)).await;
    unlimited.expect_nothing_before_pong().await;
    server.stop().await;
}
