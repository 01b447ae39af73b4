//! Clients that say too much.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use gema_protocol::ws::{self, OpCode};
use gema_testkit::{TestServer, eventually};
use serde_json::json;

fn pong() -> Vec<u8> {
    ws::masked(OpCode::Text, true, br#"{"event":"pusher:pong","data":{}}"#, [1, 2, 3, 4])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_on_one_connection_leaves_others_served() {
    let server = TestServer::start(|server| server.set("GEMA_SHARDS", 1));
    let mut flooding = server.connect().await;
    let done = Arc::new(AtomicBool::new(false));
    let flood = tokio::spawn({
        let (done, bytes) = (Arc::clone(&done), pong().repeat(20_000));
        async move {
            let mut written = 0;
            while !done.load(Ordering::Relaxed) {
                flooding.socket.write(&bytes).await;
                written += bytes.len();
            }
            (flooding, written)
        }
    });
    let mut client = server.connect().await;
    client.subscribe("x").await;
    for at in 0..100 {
        client.expect_nothing_before_pong().await;
        server.api().trigger("x", "e", &at.to_string()).await;
        assert_eq!(client.expect_event("e").await.text(), at.to_string());
    }
    done.store(true, Ordering::Relaxed);
    let (mut flooding, written) = flood.await.unwrap();
    assert!(written > 1_000_000, "{written} bytes are no flood");
    flooding.expect_nothing_before_pong().await;
    server.stop().await;
}

#[tokio::test]
async fn messages_over_the_rate_are_refused_and_the_connection_stays() {
    let server = TestServer::start(|server| {
        server.set("REVERB_APP_RATE_LIMITING_ENABLED", true).set("REVERB_APP_RATE_LIMIT_MAX_ATTEMPTS", 3)
    });
    let (mut client, mut other) = (server.connect().await, server.connect().await);
    for _ in 0..3 {
        client.expect_nothing_before_pong().await;
    }
    for _ in 0..3 {
        client.send("pusher:ping", json!({})).await;
        client.expect_error(4301).await;
    }
    for _ in 0..10 {
        // Control frames are not counted: .NET sends one each second.
        client.socket.send_frame(OpCode::Ping, true, b"").await;
        assert!(client.socket.receive().await.unwrap().is_pong());
    }
    other.expect_nothing_before_pong().await;
    server.stop().await;
}

#[tokio::test]
async fn a_connection_over_the_rate_may_be_ended() {
    let server = TestServer::start(|server| {
        server
            .set("REVERB_APP_RATE_LIMITING_ENABLED", true)
            .set("REVERB_APP_RATE_LIMIT_MAX_ATTEMPTS", 1)
            .set("REVERB_APP_RATE_LIMIT_TERMINATE", true)
    });
    let mut client = server.connect().await;
    client.socket.write(&pong().repeat(5)).await;
    client.expect_error(4301).await;
    client.socket.expect_refusal(4100).await;
    eventually(0, async || server.api().connections().await).await;
    server.stop().await;
}
