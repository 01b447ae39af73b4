//! Clients that say too much.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use gema_protocol::ws::{self, OpCode};
use gema_testkit::{PusherClient, TestServer, eventually};
use serde_json::json;
use tokio::task::JoinHandle;

/// Bytes that are a flood at least.
const FLOOD: usize = 1_000_000;

fn text(message: &[u8]) -> Vec<u8> {
    ws::masked(OpCode::Text, true, message, [1, 2, 3, 4])
}

fn pong() -> Vec<u8> {
    text(br#"{"event":"pusher:pong","data":{}}"#)
}

/// Floods the server with the same bytes until it is told to stop.
struct Flood {
    done: Arc<AtomicBool>,
    task: JoinHandle<PusherClient>,
}

impl Flood {
    fn start(mut client: PusherClient, mut bytes: Vec<u8>) -> Self {
        // The answer tells how far the server is: the next bytes are always on their way then, but never so many that
        // one would have to wait too long for it.
        bytes.extend(text(br#"{"event":"pusher:ping"}"#));
        let done = Arc::new(AtomicBool::new(false));
        let is_done = Arc::clone(&done);
        let task = tokio::spawn(async move {
            client.socket.write(&bytes).await;
            let mut written = bytes.len();
            while written < FLOOD || !is_done.load(Ordering::Relaxed) {
                client.socket.write(&bytes).await;
                written += bytes.len();
                client.expect_event("pusher:pong").await;
            }
            client.expect_event("pusher:pong").await;
            client
        });
        Self { done, task }
    }

    async fn stop(self) {
        self.done.store(true, Ordering::Relaxed);
        let mut client = self.task.await.unwrap();
        client.expect_nothing_before_pong().await;
    }
}

async fn expect_service(server: &TestServer) {
    let mut client = server.connect().await;
    client.subscribe("x").await;
    for at in 0..100 {
        client.expect_nothing_before_pong().await;
        server.api().trigger("x", "e", &at.to_string()).await;
        assert_eq!(client.expect_event("e").await.text(), at.to_string());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_on_one_connection_leaves_others_served() {
    let server = TestServer::start(|server| server.set("GEMA_SHARDS", 1));
    let flood = Flood::start(server.connect().await, pong().repeat(20_000));
    expect_service(&server).await;
    flood.stop().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_client_events_leaves_others_served() {
    for shards in [1, 2] {
        let server = TestServer::start(|server| server.set("GEMA_SHARDS", shards));
        let (mut flooding, mut hearing) = (server.connect().await, server.connect().await);
        flooding.subscribe("private-x").await;
        hearing.subscribe("private-x").await;
        let hearing = tokio::spawn(async move { hearing.socket.drain().await });
        let event = text(br#"{"event":"client-a","channel":"private-x","data":"xxxxxxxxxx"}"#);
        let flood = Flood::start(flooding, event.repeat(2000));
        expect_service(&server).await;
        flood.stop().await;
        server.stop().await;
        let (events, _) = hearing.await.unwrap();
        assert!(events.len() > 1000, "{} events are no flood", events.len());
    }
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
    server.expect_limit_hits("message_rate", 3).await;
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
