//! What one address may do in a time.

use gema_testkit::{
    ApiClient, Credentials, HttpConnection, HttpResponse, PusherClient, TestServer, WebSocket, eventually,
};

const NEIGHBOUR: &str = "127.0.0.2";

async fn socket_from(server: &TestServer, source: &str) -> WebSocket {
    WebSocket::open(server.tcp_from(source).await, &server.app_path(), &[]).await
}

async fn client_from(server: &TestServer, source: &str) -> PusherClient {
    PusherClient::greet(socket_from(server, source).await, Credentials::of_tests()).await
}

#[tokio::test]
async fn an_address_that_opens_too_many_websockets_is_told_to_come_back_and_others_are_not_concerned() {
    let server = TestServer::start(|server| server.set("GEMA_MAX_CONNECTS_PER_ADDRESS", 3));
    let mut clients = vec![server.connect().await, server.connect().await];
    drop(server.connect().await);
    for _ in 0..3 {
        let reason = server.websocket(&server.app_path()).await.expect_refusal(4100).await;
        assert!(reason.contains("GEMA_MAX_CONNECTS_PER_ADDRESS"), "{reason}");
    }
    server.expect_limit_hits("address_connects", 3).await;
    server.expect_count("gema_connections_refused_total", &[("code", "4100")], 3).await;
    clients.push(client_from(&server, NEIGHBOUR).await);
    for client in &mut clients {
        client.expect_nothing_before_pong().await;
    }
    server.stop().await;
}

#[tokio::test]
async fn who_goes_on_all_the_same_is_not_listened_to_before_a_byte_is_read() {
    // One per minute, so that none is allowed again while the test runs.
    let server = TestServer::start(|server| server.set("GEMA_MAX_CONNECTS_PER_ADDRESS", 1));
    let mut client = server.connect().await;
    for _ in 0..2 {
        server.websocket(&server.app_path()).await.expect_refusal(4100).await;
    }
    for _ in 0..3 {
        assert!(server.http().await.drain().await.is_empty());
    }
    server.expect_limit_hits("address_connects", 5).await;
    client.expect_nothing_before_pong().await;
    client_from(&server, NEIGHBOUR).await.expect_nothing_before_pong().await;
    server.stop().await;
}

#[tokio::test]
async fn requests_of_applications_are_no_connects() {
    let server = TestServer::start(|server| server.set("GEMA_MAX_CONNECTS_PER_ADDRESS", 1));
    let mut client = server.connect().await;
    client.subscribe("x").await;
    for _ in 0..10 {
        server.api().trigger("x", "e", "d").await;
        client.expect_event("e").await;
    }
    server.stop().await;
}

#[tokio::test]
async fn an_address_with_too_many_open_websockets_is_told_to_come_back_and_gets_its_places_back() {
    let server =
        TestServer::start(|server| server.set("GEMA_MAX_CONNECTIONS_PER_ADDRESS", 2).set("GEMA_SHARDS", 1));
    let (mut first, second) = (server.connect().await, server.connect().await);
    let reason = server.websocket(&server.app_path()).await.expect_refusal(4100).await;
    assert!(reason.contains("GEMA_MAX_CONNECTIONS_PER_ADDRESS"), "{reason}");
    server.expect_limit_hits("address_connections", 1).await;
    let _neighbour = client_from(&server, NEIGHBOUR).await;

    drop(second);
    eventually(2, async || server.api().connections().await).await;
    // The only shard, which answers this, has done with the other one by then: the place is free.
    first.expect_nothing_before_pong().await;
    server.connect().await.expect_nothing_before_pong().await;
    first.expect_nothing_before_pong().await;
    server.stop().await;
}

#[tokio::test]
async fn a_connection_that_is_refused_for_something_else_gives_its_place_back() {
    let server = TestServer::start(|server| server.set("GEMA_MAX_CONNECTIONS_PER_ADDRESS", 1));
    for _ in 0..3 {
        server.websocket("/app/nobody?protocol=7").await.expect_refusal(4001).await;
    }
    server.connect().await.expect_nothing_before_pong().await;
    server.stop().await;
}

/// Sends a request with the signature of somebody who does not know the secret.
async fn guess(server: &TestServer, source: &str) -> HttpResponse {
    let forger = ApiClient::new(server.address(), "", Credentials::new("4711", "test-key", "guess"));
    let request = forger.trigger_request(&["x"], "e", "forged");
    HttpConnection::new(server.tcp_from(source).await).request(&request).await
}

#[tokio::test]
async fn an_address_with_too_many_wrong_signatures_is_told_to_wait_and_right_ones_pass() {
    let server = TestServer::start(|server| server.set("GEMA_MAX_FAILED_SIGNATURES_PER_ADDRESS", 3));
    let mut client = server.connect().await;
    client.subscribe("x").await;
    for _ in 0..3 {
        guess(&server, "127.0.0.1").await.refusal(401, "auth_signature");
    }
    for _ in 0..5 {
        let answer = guess(&server, "127.0.0.1").await;
        let message = answer.refusal(429, "auth_signature");
        assert!(message.contains("GEMA_MAX_FAILED_SIGNATURES_PER_ADDRESS"), "{message}");
        // Three in a minute are one in twenty seconds.
        let seconds: u64 = answer.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=20).contains(&seconds), "{seconds}");
        assert_eq!(answer.header("connection"), Some("close"));
    }
    server.expect_limit_hits("failed_signatures", 5).await;
    // An application behind the same address is not locked out by who guesses there.
    for _ in 0..5 {
        server.api().trigger("x", "e", "right").await;
        assert_eq!(client.expect_event("e").await.text(), "right");
    }
    guess(&server, NEIGHBOUR).await.refusal(401, "auth_signature");
    server.stop().await;
}

#[tokio::test]
async fn wrong_signatures_are_not_limited_where_that_is_switched_off() {
    let server = TestServer::start(|server| server.set("GEMA_MAX_FAILED_SIGNATURES_PER_ADDRESS", 0));
    for _ in 0..100 {
        guess(&server, "127.0.0.1").await.refusal(401, "auth_signature");
    }
    server.stop().await;
}

#[tokio::test]
async fn nobody_waits_for_the_body_of_a_request_with_a_wrong_signature() {
    let server = TestServer::start(|server| server);
    let forger = ApiClient::new(server.address(), "", Credentials::new("4711", "test-key", "guess"));
    let request = forger.trigger_request(&["x"], "e", &"x".repeat(5000));
    let head = request.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
    for sent in [head, head + 1, request.len() - 1] {
        let answer = server.http().await.request(&request[..sent]).await;
        answer.refusal(401, "auth_signature");
    }
    server.stop().await;
}
