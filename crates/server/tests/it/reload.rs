//! A running server takes a new configuration.

use gema::ReloadError;
use gema_testkit::{Credentials, PusherClient, ServerBuilder, TestServer, WebSocket, eventually};
use serde_json::json;

const SECOND: &str = "[[apps]]\nid = '2'\nkey = 'second'\nsecret = 'second-secret'\n";
const THIRD: &str = "[[apps]]\nid = '3'\nkey = 'third'\nsecret = 'third-secret'\n";

fn second() -> Credentials {
    Credentials::new("2", "second", "second-secret")
}

fn third() -> Credentials {
    Credentials::new("3", "third", "third-secret")
}

async fn connect(server: &TestServer, app: Credentials) -> PusherClient {
    let socket = server.websocket(&format!("/app/{}?protocol=7", app.key)).await;
    PusherClient::greet(socket, app).await
}

#[tokio::test]
async fn applications_come_and_go_and_nobody_else_notices() {
    let server = TestServer::start(|server| server.file(SECOND));
    let mut first = server.connect().await;
    first.subscribe("room").await;
    let mut leaving = connect(&server, second()).await;
    leaving.subscribe("room").await;
    server.websocket("/app/third?protocol=7").await.expect_refusal(4001).await;

    server.reload(|server| server.file(THIRD)).await.unwrap();

    leaving.socket.expect_refusal(4001).await;
    server.websocket("/app/second?protocol=7").await.expect_refusal(4001).await;
    assert_eq!(server.api_of(second()).get("/channels", &[]).await.status, 404);
    let mut came = connect(&server, third()).await;
    came.subscribe("room").await;
    let event = json!({ "name": "e", "channel": "room", "data": "1" });
    assert_eq!(server.api_of(third()).post("/events", &event).await.status, 200);
    came.expect_event("e").await;
    first.expect_nothing_before_pong().await;
    assert_eq!(server.api().connections().await, 1);

    server.reload(|server| server.file(SECOND)).await.unwrap();
    came.socket.expect_refusal(4001).await;
    let mut back = connect(&server, second()).await;
    back.subscribe("room").await;
    assert_eq!(server.api_of(second()).connections().await, 1);
    first.expect_nothing_before_pong().await;
    server.stop().await;
}

#[tokio::test]
async fn a_secret_is_replaced_without_a_break() {
    let old = Credentials::of_tests();
    let new = Credentials::new(&old.id, &old.key, "new-secret");
    let server = TestServer::start(|server| server);
    let mut client = server.connect().await;
    client.subscribe("private-before").await;

    let both = |server: &mut ServerBuilder| {
        server.set("REVERB_APP_SECRET", "new-secret").set("GEMA_APP_PREVIOUS_SECRET", "test-secret");
    };
    server
        .reload(|server| {
            both(server);
            server
        })
        .await
        .unwrap();
    client.subscribe("private-old-secret").await;
    client.app = new.clone();
    client.subscribe("private-new-secret").await;
    for app in [&old, &new] {
        assert_eq!(server.api_of(app.clone()).get("/channels", &[]).await.status, 200);
    }

    server.reload(|server| server.set("REVERB_APP_SECRET", "new-secret")).await.unwrap();
    client.subscribe("private-newer").await;
    client.app = old.clone();
    client.send("pusher:subscribe", client.subscription("private-older", None)).await;
    client.expect_error(4009).await;
    client.expect_event("pusher:subscription_error").await;
    assert_eq!(server.api_of(old).get("/channels", &[]).await.status, 401);
    assert_eq!(server.api_of(new).get("/channels", &[]).await.status, 200);
    server.stop().await;
}

#[tokio::test]
async fn new_limits_and_origins_hold_for_connections_that_are_there_and_for_those_to_come() {
    let server = TestServer::start(|server| server);
    let mut client = server.connect().await;
    client.subscribe("one").await;
    server
        .reload(|server| {
            server
                .set("REVERB_APP_MAX_CONNECTIONS", 2)
                .set("GEMA_APP_MAX_CHANNELS_PER_CONNECTION", 1)
                .set("REVERB_APP_ALLOWED_ORIGINS", "example.com")
        })
        .await
        .unwrap();
    client.send("pusher:subscribe", json!({ "channel": "two" })).await;
    let error = client.next_event().await;
    assert!(error.message().contains("GEMA_APP_MAX_CHANNELS_PER_CONNECTION"), "{error:?}");
    client.expect_event("pusher:subscription_error").await;

    let from = async |origin: &str| {
        WebSocket::open(server.tcp().await, &server.app_path(), &[("Origin", origin)]).await
    };
    from("https://evil.test").await.expect_refusal(4009).await;
    let mut second = from("https://example.com").await;
    second.expect_event("pusher:connection_established").await;
    from("https://example.com").await.expect_refusal(4004).await;
    drop(second);
    eventually(1, async || server.api().connections().await).await;
    server.stop().await;
}

#[tokio::test]
async fn credentials_that_everybody_knows_do_not_come_by_a_reload() {
    let server = TestServer::start(|server| server);
    let reloaded = server
        .reload(|server| {
            server
                .set("REVERB_APP_ID", "1")
                .set("REVERB_APP_KEY", "gema-dev-key")
                .set("REVERB_APP_SECRET", "gema-dev-secret")
        })
        .await;
    assert!(matches!(reloaded, Err(ReloadError::Development)));
    server.websocket("/app/gema-dev-key?protocol=7").await.expect_refusal(4001).await;
    server.connect().await.subscribe("private-as-before").await;
    server.stop().await;
}

#[tokio::test]
async fn limits_of_addresses_and_of_the_process_hold_at_once_and_what_was_counted_stays() {
    let refusal =
        async |server: &TestServer| server.websocket(&server.app_path()).await.expect_refusal(4100).await;
    let server = TestServer::start(|server| server.set("GEMA_MAX_CONNECTIONS_PER_ADDRESS", 1));
    let mut clients = vec![server.connect().await];
    refusal(&server).await;
    server.reload(|server| server.set("GEMA_MAX_CONNECTIONS_PER_ADDRESS", 2)).await.unwrap();
    clients.push(server.connect().await);
    let reason = refusal(&server).await;
    assert!(reason.contains("GEMA_MAX_CONNECTIONS_PER_ADDRESS"), "{reason}");

    // Both are counted still, and neither has to leave.
    server.reload(|server| server.set("GEMA_MAX_CONNECTIONS", 3)).await.unwrap();
    clients.push(server.connect().await);
    refusal(&server).await;
    server.reload(|server| server.set("GEMA_MAX_CONNECTIONS", 1)).await.unwrap();
    refusal(&server).await;

    server.reload(|server| server.set("GEMA_MAX_CONNECTS_PER_ADDRESS", 1)).await.unwrap();
    clients.push(server.connect().await);
    let reason = refusal(&server).await;
    assert!(reason.contains("GEMA_MAX_CONNECTS_PER_ADDRESS"), "{reason}");
    // The proxy that has just become one tells who its clients are.
    server
        .reload(|server| {
            server.set("GEMA_MAX_CONNECTS_PER_ADDRESS", 1).set("GEMA_TRUSTED_PROXIES", "127.0.0.1")
        })
        .await
        .unwrap();
    refusal(&server).await;
    let forwarded = [("X-Forwarded-For", "192.0.2.1")];
    let socket = WebSocket::open(server.tcp().await, &server.app_path(), &forwarded).await;
    clients.push(PusherClient::greet(socket, Credentials::of_tests()).await);
    for client in &mut clients {
        client.expect_nothing_before_pong().await;
    }
    server.stop().await;
}

#[tokio::test]
async fn the_limit_of_wrong_signatures_holds_at_once() {
    let server = TestServer::start(|server| server.set("GEMA_MAX_FAILED_SIGNATURES_PER_ADDRESS", 0));
    let forger = server.api_of(Credentials::new("4711", "test-key", "guess"));
    let statuses = async || {
        let mut statuses = Vec::new();
        for _ in 0..3 {
            statuses.push(forger.get("/channels", &[]).await.status);
        }
        statuses
    };
    assert_eq!(statuses().await, [401, 401, 401]);
    let limited = |server: &mut ServerBuilder| {
        server.set("GEMA_MAX_FAILED_SIGNATURES_PER_ADDRESS", 2);
    };
    for expected in [[401, 401, 429], [429, 429, 429]] {
        server
            .reload(|server| {
                limited(server);
                server
            })
            .await
            .unwrap();
        assert_eq!(statuses().await, expected);
    }
    server.stop().await;
}
