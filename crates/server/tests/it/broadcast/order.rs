//! One order of messages per channel, for everybody.

use gema_testkit::{PusherClient, TestServer, eventually};
use serde_json::json;

const CLIENTS: usize = 40;
const CHANNELS: [&str; 2] = ["a", "private-b"];
const PUBLISHERS: usize = 4;
const EVENTS: usize = 50;

/// Clients that are spread over the shards and subscribed to both channels.
async fn subscribers(server: &TestServer) -> Vec<PusherClient> {
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        let mut client = server.connect().await;
        for channel in CHANNELS {
            client.subscribe(channel).await;
        }
        clients.push(client);
    }
    clients
}

/// What a client receives on each of the channels, up to the marker on both.
async fn collect(mut client: PusherClient) -> [Vec<String>; 2] {
    let mut received = [Vec::new(), Vec::new()];
    let mut markers = 0;
    while markers < 2 {
        let event = client.next_event().await;
        let channel = CHANNELS.iter().position(|name| event.channel.as_deref() == Some(*name)).unwrap();
        match &*event.name {
            "marker" => markers += 1,
            _ => received[channel].push(event.text().to_owned()),
        }
    }
    received
}

/// The events of each publisher, in the order in which they were sent.
fn assert_complete(received: &[String]) {
    assert_eq!(received.len(), PUBLISHERS * EVENTS);
    for publisher in 0..PUBLISHERS {
        let mine = received.iter().filter(|data| data.starts_with(&format!("{publisher}-")));
        let expected = (0..EVENTS).map(|at| format!("{publisher}-{at}"));
        assert!(mine.cloned().eq(expected), "publisher {publisher}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_subscribers_of_all_shards_see_one_order_per_channel() {
    let server = TestServer::start(|server| server.set("GEMA_SHARDS", 4));
    let clients = subscribers(&server).await;
    assert_eq!(server.api().subscriptions("a").await, CLIENTS as u64);
    let readers: Vec<_> = clients.into_iter().map(|client| tokio::spawn(collect(client))).collect();
    let publishers = (0..PUBLISHERS).map(|publisher| {
        let api = server.api();
        tokio::spawn(async move {
            let mut http = api.connect().await;
            for at in 0..EVENTS {
                let request = api.trigger_request(&CHANNELS, "e", &format!("{publisher}-{at}"));
                assert_eq!(http.request(&request).await.success(), json!({}));
            }
        })
    });
    for publisher in publishers.collect::<Vec<_>>() {
        publisher.await.unwrap();
    }
    for channel in CHANNELS {
        server.api().trigger(channel, "marker", "").await;
    }
    let mut all = Vec::new();
    for reader in readers {
        all.push(reader.await.unwrap());
    }
    for received in &all[0] {
        assert_complete(received);
    }
    for received in &all[1..] {
        assert_eq!(received, &all[0]);
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn client_events_of_many_senders_reach_everybody_else_in_one_order() {
    let server = TestServer::start(|server| server.set("GEMA_SHARDS", 4));
    let mut clients = subscribers(&server).await;
    for at in 0..20 {
        for (sender, client) in clients.iter_mut().enumerate().take(PUBLISHERS) {
            client.whisper("private-b", "client-e", json!(format!("{sender}-{at}"))).await;
        }
    }
    for client in &mut clients[..PUBLISHERS] {
        // What a client has sent is handled before its ping, so that the marker comes last.
        client.send("pusher:ping", json!({})).await;
        while client.next_event().await.name != "pusher:pong" {}
    }
    server.api().trigger("private-b", "marker", "").await;
    server.api().trigger("a", "marker", "").await;
    let others = clients.split_off(PUBLISHERS);
    let mut all = Vec::new();
    for client in others {
        let [_, received] = collect(client).await;
        all.push(received);
    }
    assert_eq!(all[0].len(), PUBLISHERS * 20);
    assert!(all.iter().all(|received| *received == all[0]));
    server.stop().await;
}

#[tokio::test]
async fn a_publisher_leaves_its_own_connection_out_wherever_it_lives() {
    let server = TestServer::start(|server| server.set("GEMA_SHARDS", 4));
    let mut clients = Vec::new();
    for _ in 0..8 {
        let mut client = server.connect().await;
        client.subscribe("a").await;
        clients.push(client);
    }
    for excluded in &clients {
        let socket_id = excluded.socket_id.to_string();
        let event = json!({ "name": "e", "data": socket_id, "channel": "a", "socket_id": socket_id });
        server.api().post("/events", &event).await.success();
    }
    server.api().trigger("a", "marker", "").await;
    let ids: Vec<_> = clients.iter().map(|client| client.socket_id.to_string()).collect();
    for client in &mut clients {
        let own = client.socket_id.to_string();
        for id in ids.iter().filter(|id| **id != own) {
            assert_eq!(client.expect_event("e").await.text(), id);
        }
        client.expect_event("marker").await;
    }
    server.stop().await;
}

#[tokio::test]
async fn socket_ids_are_unique_and_counts_follow_the_connections() {
    let server = TestServer::start(|server| server.set("GEMA_SHARDS", 4));
    let mut clients = subscribers(&server).await;
    let api = server.api();
    let mut ids: Vec<_> = clients.iter().map(|client| client.socket_id.to_string()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), CLIENTS);
    assert_eq!((api.connections().await, api.subscriptions("a").await), (40, 40));
    for client in &mut clients[..10] {
        client.unsubscribe("a").await;
        client.expect_nothing_before_pong().await;
    }
    assert_eq!((api.connections().await, api.subscriptions("a").await), (40, 30));
    clients.truncate(5);
    eventually((5, 0, 5), async || {
        (api.connections().await, api.subscriptions("a").await, api.subscriptions("private-b").await)
    })
    .await;
    drop(clients);
    eventually((0, Vec::new()), async || (api.connections().await, api.channels().await)).await;
    server.stop().await;
}

#[tokio::test]
async fn connections_are_spread_over_the_shards() {
    let server = TestServer::start(|server| server.set("GEMA_SHARDS", 4));
    let mut places = [0; 4];
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        let client = server.connect().await;
        // The last byte of a socket id's second number tells the shard.
        places[usize::try_from(client.socket_id.place & 0xff).unwrap()] += 1;
        clients.push(client);
    }
    assert_eq!(places, [10; 4]);
    server.stop().await;
}

#[tokio::test]
async fn subscribers_are_told_how_many_they_are_when_they_want_to_know() {
    let server =
        TestServer::start(|server| server.set("GEMA_SHARDS", 4).set("GEMA_APP_SUBSCRIPTION_COUNTS", true));
    let mut clients = Vec::new();
    for at in 1..=8 {
        let mut client = server.connect().await;
        client.subscribe("a").await;
        clients.push(client);
        for client in &mut clients {
            let count = client.expect_event("pusher_internal:subscription_count").await;
            assert_eq!(count.json(), json!({ "subscription_count": at }));
        }
    }
    clients.pop();
    for client in &mut clients {
        let count = client.expect_event("pusher_internal:subscription_count").await;
        assert_eq!(count.json(), json!({ "subscription_count": 7 }));
    }
    server.stop().await;
}
