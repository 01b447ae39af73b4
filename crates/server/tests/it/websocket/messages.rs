//! Messages in and out, in all forms that RFC 6455 allows.

use gema_protocol::ws::{self, OpCode};
use gema_testkit::{Message, PusherClient, TestServer};
use serde_json::json;

const PING: &[u8] = br#"{"event":"pusher:ping","data":{}}"#;

/// A message that the server answers with an error, of so many bytes.
fn message_of(length: usize) -> String {
    let message = r#"{"event":"client-x","channel":"private-x","data":""}"#;
    let filling = "x".repeat(length - message.len());
    message.replacen(r#""data":"""#, &format!(r#""data":"{filling}""#), 1)
}

#[tokio::test]
async fn a_fragmented_message_is_put_together_around_control_frames() {
    let server = TestServer::start(|server| server);
    let mut socket = server.connect().await.socket;
    let (start, rest) = PING.split_at(7);
    let (middle, end) = rest.split_at(9);
    socket.send_frame(OpCode::Text, false, start).await;
    socket.send_frame(OpCode::Ping, true, b"one").await;
    socket.send_frame(OpCode::Continuation, false, middle).await;
    socket.send_frame(OpCode::Continuation, false, b"").await;
    socket.send_frame(OpCode::Pong, true, b"").await;
    socket.send_frame(OpCode::Ping, true, b"two").await;
    socket.send_frame(OpCode::Continuation, true, end).await;
    assert_eq!(socket.receive().await, Some(Message::Pong("one".into())));
    assert_eq!(socket.receive().await, Some(Message::Pong("two".into())));
    socket.expect_event("pusher:pong").await;
    server.stop().await;
}

#[tokio::test]
async fn every_byte_may_come_in_a_segment_of_its_own() {
    let server = TestServer::start(|server| server);
    let mut client = server.connect().await;
    let subscribe = json!({ "event": "pusher:subscribe", "data": client.subscription("private-x", None) });
    let frames = [
        ws::masked(OpCode::Ping, true, b"payload", [1, 2, 3, 4]),
        ws::masked(OpCode::Text, true, subscribe.to_string().as_bytes(), [5, 6, 7, 8]),
        ws::masked(OpCode::Text, false, &PING[..10], [0; 4]),
        ws::masked(OpCode::Continuation, true, &PING[10..], [255; 4]),
    ];
    for byte in frames.concat() {
        client.socket.write(&[byte]).await;
        tokio::task::yield_now().await;
    }
    assert_eq!(client.socket.receive().await, Some(Message::Pong("payload".into())));
    client.expect_event("pusher_internal:subscription_succeeded").await;
    client.expect_event("pusher:pong").await;
    server.stop().await;
}

#[tokio::test]
async fn a_ping_is_answered_with_its_payload() {
    let server = TestServer::start(|server| server);
    let mut socket = server.connect().await.socket;
    for payload in [&b""[..], b"x", &[0xff; 125]] {
        socket.send_frame(OpCode::Ping, true, payload).await;
        assert_eq!(socket.receive().await, Some(Message::Pong(payload.to_vec().into())));
    }
    server.stop().await;
}

#[tokio::test]
async fn what_is_no_message_of_the_protocol_is_answered_with_an_error_and_nothing_else() {
    let server = TestServer::start(|server| server);
    let mut client = server.connect().await;
    let texts = [
        "",
        " ",
        "x",
        "[]",
        "1",
        "null",
        "{}",
        r#"{"event":7}"#,
        r#"{"event":"pusher:unheard"}"#,
        "{\"event\":",
    ];
    for text in texts {
        client.socket.send_text(text).await;
        client.expect_error(4200).await;
    }
    client.socket.send_frame(OpCode::Binary, true, PING).await;
    client.expect_error(4200).await;
    client.socket.send_frame(OpCode::Pong, true, b"unsolicited").await;
    client.send("pusher:pong", json!({})).await;
    client.expect_nothing_before_pong().await;
    server.stop().await;
}

#[tokio::test]
async fn a_message_over_the_limit_is_refused_and_the_connection_stays() {
    let server = TestServer::start(|server| server.set("REVERB_APP_MAX_MESSAGE_SIZE", 1000));
    let mut client = server.connect().await;
    let refused = async |client: &mut PusherClient, size: &str| {
        let error = client.expect_error(4301).await;
        for part in ["1000 bytes", size, "REVERB_APP_MAX_MESSAGE_SIZE"] {
            assert!(error.message().contains(part), "{error:?}");
        }
    };
    client.socket.send_text(message_of(1000)).await;
    client.expect_error(4009).await;
    client.socket.send_text(message_of(1001)).await;
    refused(&mut client, "1001 bytes").await;
    client.socket.send_text(message_of(16_000)).await;
    refused(&mut client, "16000 bytes").await;

    client.socket.send_frame(OpCode::Binary, false, &[0; 600]).await;
    client.socket.send_frame(OpCode::Continuation, true, &[0; 600]).await;
    refused(&mut client, "1200 bytes").await;
    client.expect_nothing_before_pong().await;
    server.stop().await;
}

#[tokio::test]
async fn a_message_far_over_the_limit_ends_the_connection() {
    let server = TestServer::start(|server| server.set("REVERB_APP_MAX_MESSAGE_SIZE", 1000));
    let whole: &[(OpCode, bool, usize)] = &[(OpCode::Text, true, 16_001)];
    let fragments: &[(OpCode, bool, usize)] = &[
        (OpCode::Text, false, 900),
        (OpCode::Continuation, false, 15_000),
        (OpCode::Continuation, true, 101),
    ];
    for frames in [whole, fragments] {
        let mut client = server.connect().await;
        for &(opcode, fin, length) in frames {
            client.socket.send_frame(opcode, fin, &vec![b'x'; length]).await;
        }
        let close = client.socket.expect_close().await;
        assert_eq!((close.code, &*close.reason), (Some(1009), "Maximum message size exceeded"));
    }
    server.connect().await.expect_nothing_before_pong().await;
    server.stop().await;
}

#[tokio::test]
async fn without_a_limit_a_message_of_megabytes_is_read() {
    let server = TestServer::start(|server| server.set("REVERB_APP_MAX_MESSAGE_SIZE", 0));
    let mut client = server.connect().await;
    client.socket.send_text(message_of(3_000_000)).await;
    client.expect_error(4009).await;
    client.expect_nothing_before_pong().await;
    server.stop().await;
}
