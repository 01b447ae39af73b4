//! Members of presence channels whose connections live on different shards.

use std::collections::BTreeSet;

use gema_testkit::{PusherClient, TestServer, eventually};
use serde_json::{Value, json};

const CHANNEL: &str = "presence-x";

fn member(id: usize) -> String {
    json!({ "user_id": id, "user_info": { "name": format!("user {id}") } }).to_string()
}

/// A connection of the user, and the data of its subscription.
async fn join(server: &TestServer, id: usize) -> (PusherClient, Value) {
    let mut client = server.connect().await;
    let subscription = client.subscription(CHANNEL, Some(&member(id)));
    client.send("pusher:subscribe", subscription).await;
    let data = client.expect_event("pusher_internal:subscription_succeeded").await.json();
    (client, data)
}

/// Reads changes until the marker; answers the users that came and those that went, in order.
async fn changes(client: &mut PusherClient) -> (Vec<String>, Vec<String>) {
    let (mut added, mut removed) = (Vec::new(), Vec::new());
    loop {
        let event = client.next_event().await;
        let user = || event.json()["user_id"].as_str().expect("ids are texts").to_owned();
        match &*event.name {
            "pusher_internal:member_added" => added.push(user()),
            "pusher_internal:member_removed" => removed.push(user()),
            "marker" => return (added, removed),
            other => panic!("{other}"),
        }
    }
}

#[tokio::test]
async fn a_member_comes_with_its_first_connection_and_goes_with_its_last() {
    let server = TestServer::start(|server| server.set("GEMA_SHARDS", 4));
    let api = server.api();
    let (mut observer, _) = join(&server, 0).await;
    let mut connections = Vec::new();
    for round in 0..3 {
        for id in 1..=6 {
            let (client, data) = join(&server, id).await;
            let count = if round == 0 { id + 1 } else { 7 };
            assert_eq!(data["presence"]["count"], json!(count));
            assert_eq!(data["presence"]["hash"][id.to_string()], json!({ "name": format!("user {id}") }));
            connections.push(client);
        }
    }
    api.trigger(CHANNEL, "marker", "").await;
    let expected: Vec<_> = (1..=6).map(|id| id.to_string()).collect();
    assert_eq!(changes(&mut observer).await, (expected.clone(), Vec::new()));
    let info = [("info", "user_count,subscription_count")];
    let shown = api.get("/channels/presence-x", &info).await.success();
    assert_eq!(shown, json!({ "occupied": true, "user_count": 7, "subscription_count": 19 }));

    // All but one connection of each go, in different ways.
    for (at, mut client) in connections.drain(..12).enumerate() {
        match at % 3 {
            0 => drop(client),
            1 => client.socket.reset(),
            _ => client.unsubscribe(CHANNEL).await,
        }
    }
    eventually(7, async || api.subscriptions(CHANNEL).await).await;
    api.trigger(CHANNEL, "marker", "").await;
    assert_eq!(changes(&mut observer).await, (Vec::new(), Vec::new()));

    for client in connections {
        client.socket.reset();
    }
    eventually(1, async || api.subscriptions(CHANNEL).await).await;
    api.trigger(CHANNEL, "marker", "").await;
    let (added, mut removed) = changes(&mut observer).await;
    removed.sort();
    assert_eq!((added, removed), (Vec::new(), expected));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_newcomer_is_told_and_what_follows_fit_together() {
    let server = TestServer::start(|server| server.set("GEMA_SHARDS", 4));
    let mut others = Vec::new();
    for seed in 0..4_usize {
        let (address, path) = (server.address(), server.app_path());
        others.push(tokio::spawn(async move {
            for round in 0..15 {
                let id = 1 + (seed + round) % 6;
                let stream = tokio::net::TcpStream::connect(address).await.unwrap();
                let socket = gema_testkit::WebSocket::open(stream, &path, &[]).await;
                let mut client = PusherClient::greet(socket, gema_testkit::Credentials::of_tests()).await;
                let subscription = client.subscription(CHANNEL, Some(&member(id)));
                client.send("pusher:subscribe", subscription).await;
                client.expect_event("pusher_internal:subscription_succeeded").await;
                if round % 2 == 0 {
                    client.socket.reset();
                }
            }
        }));
    }
    let mut observers = Vec::new();
    for id in 100..110 {
        observers.push(join(&server, id).await);
    }
    for other in others {
        other.await.unwrap();
    }
    let observed = observers.len() as u64;
    eventually(observed, async || server.api().subscriptions(CHANNEL).await).await;
    server.api().trigger(CHANNEL, "marker", "").await;
    for (mut observer, data) in observers {
        let ids = data["presence"]["ids"].as_array().unwrap().iter();
        let mut present: BTreeSet<String> = ids.map(|id| id.as_str().unwrap().to_owned()).collect();
        assert_eq!(data["presence"]["count"], json!(present.len()));
        loop {
            let event = observer.next_event().await;
            let user = || event.json()["user_id"].as_str().unwrap().to_owned();
            match &*event.name {
                "pusher_internal:member_added" => {
                    assert!(present.insert(user()), "{event:?} is known already");
                }
                "pusher_internal:member_removed" => {
                    assert!(present.remove(&user()), "{event:?} is not known");
                }
                _ => break,
            }
        }
        let expected: BTreeSet<_> = (100..110).map(|id| id.to_string()).collect();
        assert_eq!(present, expected);
    }
    server.stop().await;
}

#[tokio::test]
async fn a_connection_that_is_reset_leaves_nothing_behind() {
    let server = TestServer::start(|server| server.set("GEMA_SHARDS", 4));
    let api = server.api();
    let mut clients = Vec::new();
    for id in 0..20 {
        let mut client = server.connect().await;
        client.sign_in(&id.to_string()).await;
        client.subscribe(&format!("#server-to-user-{id}")).await;
        client.subscribe("a").await;
        client.join(CHANNEL, &id.to_string()).await;
        clients.push(client);
    }
    assert_eq!(api.channels().await, ["a", CHANNEL]);
    for client in clients {
        client.socket.reset();
    }
    eventually((0, Vec::new()), async || (api.connections().await, api.channels().await)).await;
    let users = api.get("/channels/presence-x/users", &[]).await.success();
    assert_eq!(users, json!({ "users": [] }));
    server.stop().await;
}
