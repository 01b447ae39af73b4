//! Clients that do not read what they are sent.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use gema_protocol::ws::{self, OpCode};
use gema_testkit::{ApiClient, Close, Event, PusherClient, TestServer, eventually};
use serde_json::json;
use tokio::{io::AsyncWriteExt as _, task::JoinHandle};

const EVENT: usize = 10_000;

/// Somebody who reads numbered events until the marker comes.
struct Reader {
    /// How many there were so far, all in order.
    events: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Reader {
    fn start(mut client: PusherClient) -> Self {
        let events = Arc::<AtomicUsize>::default();
        let read = Arc::clone(&events);
        let task = tokio::spawn(async move {
            loop {
                let event = client.next_event().await;
                if event.name == "marker" {
                    break;
                }
                assert_eq!(number_of(&event), read.fetch_add(1, Ordering::Relaxed));
            }
        });
        Self { events, task }
    }

    async fn end(self) -> usize {
        self.task.await.unwrap();
        self.events.load(Ordering::Relaxed)
    }
}

/// Publishes numbered events to channel `x`, until only these readers are left; answers how many events that took. They
/// never have more than a few to read, however slow they are.
async fn publish_until_only(readers: &[Reader], api: &ApiClient) -> usize {
    let mut http = api.connect().await;
    let mut published = 0;
    while api.connections().await > readers.len() as u64 {
        assert!(published < 10_000, "all connections take {} MB", published * EVENT / 1_000_000);
        let slowest = || readers.iter().map(|reader| reader.events.load(Ordering::Relaxed)).min();
        eventually(Some(published), async || slowest()).await;
        for _ in 0..20 {
            let data = format!("{published} {}", "x".repeat(EVENT));
            http.request(&api.trigger_request(&["x"], "e", &data)).await.success();
            published += 1;
        }
    }
    published
}

fn number_of(event: &Event) -> usize {
    event.text().split_once(' ').and_then(|(number, _)| number.parse().ok()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_stops_reading_is_closed_while_others_get_every_message_in_order() {
    check_who_stops_reading(TestServer::start(|server| server.set("GEMA_APP_MAX_OUTBOX_SIZE", 500_000)))
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_stops_reading_is_closed_over_tls_as_well() {
    let server = TestServer::start(|server| server.encrypted().set("GEMA_APP_MAX_OUTBOX_SIZE", 500_000));
    check_who_stops_reading(server).await;
}

async fn check_who_stops_reading(server: TestServer) {
    let mut clients = Vec::new();
    for _ in 0..6 {
        let mut client = server.connect().await;
        client.subscribe("x").await;
        clients.push(client);
    }
    let mut stuck = clients.remove(2);
    let readers: Vec<_> = clients.into_iter().map(Reader::start).collect();
    let published = publish_until_only(&readers, &server.api()).await;
    // What the system had taken from the server still comes; it is whole and without a gap. At once, because the server
    // waits for some seconds only until it has all been taken.
    let (texts, close) = stuck.socket.drain().await;
    let (error, events) = texts.split_last().unwrap();
    for (expected, text) in events.iter().enumerate() {
        assert_eq!(number_of(&Event::parse(text)), expected);
    }
    assert!(events.len() < published, "{} of {published}", events.len());
    let error = Event::parse(error);
    assert_eq!(error.code(), Some(4100));
    assert!(error.message().contains("500000 bytes") && error.message().contains("GEMA_APP_MAX_OUTBOX_SIZE"));
    assert_eq!(close, Some(Close { code: Some(4100), reason: error.message().to_owned() }));
    assert_eq!(server.api().subscriptions("x").await, 5);

    server.api().trigger("x", "marker", "").await;
    for reader in readers {
        assert_eq!(reader.end().await, published);
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_stops_reading_its_answers_is_closed_as_well() {
    let server = TestServer::start(|server| server.set("GEMA_APP_MAX_OUTBOX_SIZE", 100_000));
    let client = server.connect().await;
    let (_reading, mut writing) = tokio::io::split(client.socket.into_stream());
    let pings = ws::masked(OpCode::Ping, true, &[b'x'; 125], [1, 2, 3, 4]).repeat(2000);
    // Once the server has closed it reads nothing more, and there may be no room.
    let asking = tokio::spawn(async move { while writing.write_all(&pings).await.is_ok() {} });
    eventually(0, async || server.api().connections().await).await;
    server.expect_count("gema_connections_closed_total", &[("reason", "over_capacity")], 1).await;
    asking.abort();
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_burst_of_events_closes_nobody_who_reads() {
    let server = TestServer::start(|server| server.set("GEMA_SHARDS", 1));
    let mut readers = Vec::new();
    for _ in 0..5 {
        let mut client = server.connect().await;
        client.subscribe("x").await;
        readers.push(tokio::spawn(async move {
            let mut events = 0;
            while client.next_event().await.name != "marker" {
                events += 1;
            }
            events
        }));
    }
    let publishers = (0..8).map(|_| {
        let api = server.api();
        tokio::spawn(async move {
            let mut http = api.connect().await;
            let entry = json!({ "name": "e", "channel": "x", "data": "x".repeat(EVENT) });
            let batch = json!({ "batch": vec![entry; 10] }).to_string();
            for _ in 0..3 {
                http.request(&api.post_request("/batch_events", batch.as_bytes())).await.success();
            }
        })
    });
    for publisher in publishers.collect::<Vec<_>>() {
        publisher.await.unwrap();
    }
    server.api().trigger("x", "marker", "").await;
    for reader in readers {
        assert_eq!(reader.await.unwrap(), 240);
    }
    server.stop().await;
}

#[tokio::test]
async fn a_message_that_is_larger_than_the_outbox_is_sent_to_who_reads() {
    let server = TestServer::start(|server| {
        server.set("GEMA_APP_MAX_EVENT_SIZE", 1000).set("GEMA_APP_MAX_OUTBOX_SIZE", 1000)
    });
    let mut client = server.connect().await;
    client.subscribe("x").await;
    for _ in 0..3 {
        server.api().trigger("x", "e", &"x".repeat(1000)).await;
        assert_eq!(client.next_event().await.name, "e");
    }
    server.stop().await;
}
