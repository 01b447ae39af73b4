//! How the bytes around the upgrade are cut does not matter.

use gema_protocol::ws::{self, OpCode};
use gema_testkit::{HttpConnection, TestServer, WebSocket, opening_request};

fn text(message: &str) -> Vec<u8> {
    ws::masked(OpCode::Text, true, message.as_bytes(), [9, 8, 7, 6])
}

#[tokio::test]
async fn messages_behind_the_upgrade_in_the_same_segment_are_answered_in_order() {
    let server = TestServer::start(|server| server);
    let mut bytes = opening_request(&server.app_path(), &[]).into_bytes();
    for channel in ["a", "b", "c"] {
        bytes.extend(text(&format!(r#"{{"event":"pusher:subscribe","data":{{"channel":"{channel}"}}}}"#)));
    }
    bytes.extend(text(r#"{"event":"pusher:ping"}"#));
    let mut http = server.http().await;
    http.write(&bytes).await;
    let mut socket = WebSocket::upgraded(http).await;
    socket.expect_event("pusher:connection_established").await;
    for channel in ["a", "b", "c"] {
        let answer = socket.expect_event("pusher_internal:subscription_succeeded").await;
        assert_eq!(answer.channel.as_deref(), Some(channel));
    }
    socket.expect_event("pusher:pong").await;
    server.stop().await;
}

#[tokio::test]
async fn a_message_may_be_cut_by_the_end_of_the_first_segment() {
    let server = TestServer::start(|server| server);
    let message = text(r#"{"event":"pusher:ping"}"#);
    for cut in [1, 2, 5, 6, message.len() - 1] {
        let mut bytes = opening_request(&server.app_path(), &[]).into_bytes();
        bytes.extend(&message[..cut]);
        let mut http = server.http().await;
        http.write(&bytes).await;
        let mut socket = WebSocket::upgraded(http).await;
        socket.expect_event("pusher:connection_established").await;
        socket.write(&message[cut..]).await;
        socket.expect_event("pusher:pong").await;
    }
    server.stop().await;
}

#[tokio::test]
async fn a_request_may_arrive_byte_by_byte() {
    let server = TestServer::start(|server| server);
    let mut http = server.http().await;
    for byte in opening_request(&server.app_path(), &[]).bytes() {
        http.write(&[byte]).await;
        tokio::task::yield_now().await;
    }
    WebSocket::upgraded(http).await.expect_event("pusher:connection_established").await;
    server.stop().await;
}

#[tokio::test]
async fn subscribing_unsubscribing_and_subscribing_in_one_segment_ends_subscribed() {
    let server = TestServer::start(|server| server);
    let mut client = server.connect().await;
    let message = |event| text(&format!(r#"{{"event":"pusher:{event}","data":{{"channel":"news"}}}}"#));
    client.socket.write(&["subscribe", "unsubscribe", "subscribe"].map(message).concat()).await;
    for _ in 0..2 {
        client.expect_event("pusher_internal:subscription_succeeded").await;
    }
    assert_eq!(server.api().subscriptions("news").await, 1);
    server.api().trigger("news", "added", "1").await;
    client.expect_event("added").await;
    client.expect_nothing_before_pong().await;
    server.stop().await;
}

#[tokio::test]
async fn an_upgrade_may_follow_other_requests_on_the_same_connection() {
    let server = TestServer::start(|server| server);
    let mut http: HttpConnection = server.http().await;
    for _ in 0..3 {
        http.request(b"GET /up HTTP/1.1\r\nHost: x\r\n\r\n").await.success();
        http.request(b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n").await.refusal(404, "path");
    }
    http.write(opening_request(&server.app_path(), &[]).as_bytes()).await;
    WebSocket::upgraded(http).await.expect_event("pusher:connection_established").await;
    server.stop().await;
}
