//! How connections end.

use std::time::{Duration, Instant};

use gema_protocol::ws::{self, OpCode};
use gema_testkit::{Close, TestServer, WebSocket, eventually, opening_request};
use serde_json::json;
use tokio::io::AsyncWriteExt as _;

/// Far less than the server waits for a client to answer a close.
const AT_ONCE: Duration = Duration::from_secs(3);

/// Checks that something ends at once; a machine that is busy with something else is given another chance.
async fn expect_at_once(mut time: impl AsyncFnMut() -> Duration) {
    let mut times = Vec::new();
    while times.iter().all(|time| *time >= AT_ONCE) {
        assert!(times.len() < 3, "after {times:?}");
        times.push(time().await);
    }
}

fn close_payload(code: u16, reason: &[u8]) -> Vec<u8> {
    [&code.to_be_bytes(), reason].concat()
}

#[tokio::test]
async fn a_close_is_answered_with_its_code_and_the_connection_ends() {
    let server = TestServer::start(|server| server);
    for code in [1000, 1001, 1003, 3000, 4999] {
        let mut socket = server.connect().await.socket;
        socket.send_frame(OpCode::Close, true, &close_payload(code, b"good-bye")).await;
        assert_eq!(socket.expect_close().await, Close { code: Some(code), reason: String::new() });
    }
    let mut socket = server.connect().await.socket;
    socket.send_frame(OpCode::Close, true, b"").await;
    assert_eq!(socket.expect_close().await.code, None);
    eventually(0, async || server.api().connections().await).await;
    server.stop().await;
}

#[tokio::test]
async fn nothing_behind_a_close_is_read() {
    let server = TestServer::start(|server| server);
    let mut socket = server.connect().await.socket;
    let ping = ws::masked(OpCode::Text, true, br#"{"event":"pusher:ping"}"#, [1, 2, 3, 4]);
    let close = ws::masked(OpCode::Close, true, &close_payload(1000, b""), [1, 2, 3, 4]);
    socket.write(&[&ping[..], &close, &ping, b"\xff\xff\xff"].concat()).await;
    socket.expect_event("pusher:pong").await;
    assert_eq!(socket.expect_close().await.code, Some(1000));
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_closes_and_hangs_up_at_once_is_answered() {
    check_close_and_hang_up(TestServer::start(|server| server)).await;
    check_close_and_hang_up(TestServer::start(|server| server.encrypted())).await;
}

async fn check_close_and_hang_up(server: TestServer) {
    let close = ws::masked(OpCode::Close, true, &close_payload(1000, b""), [1, 2, 3, 4]);
    let bad = [0x81, 0x00];
    for (bytes, code) in [(&close[..], 1000), (&bad, 1002)] {
        let mut stream = server.connect().await.socket.into_stream();
        stream.write_all(bytes).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = gema_testkit::HttpConnection::new(stream).drain().await;
        answer.truncate(4);
        assert_eq!(answer[2..], u16::to_be_bytes(code));
    }
    server.stop().await;
}

#[tokio::test]
async fn what_a_client_says_before_it_hangs_up_is_heard_and_answered() {
    check_last_words(TestServer::start(|server| server)).await;
    check_last_words(TestServer::start(|server| server.encrypted())).await;
}

async fn check_last_words(server: TestServer) {
    let mut observer = server.connect().await;
    observer.join("presence-x", "observer").await;
    let mut client = server.connect().await;
    client.join("presence-x", "leaver").await;
    observer.expect_event("pusher_internal:member_added").await;

    let whisper = json!({ "event": "client-bye", "channel": "presence-x", "data": "!" }).to_string();
    let ping = br#"{"event":"pusher:ping"}"#;
    let frames = [whisper.as_bytes(), ping].map(|text| ws::masked(OpCode::Text, true, text, [1, 2, 3, 4]));
    let mut stream = client.socket.into_stream();
    stream.write_all(&frames.concat()).await.unwrap();
    stream.shutdown().await.unwrap();
    let answer = gema_testkit::HttpConnection::new(stream).drain().await;
    assert!(answer.ends_with(br#"{"event":"pusher:pong","data":"{}"}"#), "{answer:?}");
    observer.expect_event("client-bye").await;
    observer.expect_event("pusher_internal:member_removed").await;
    server.stop().await;
}

#[tokio::test]
async fn who_breaks_the_rules_is_told_which_kind_of_rule() {
    let server = TestServer::start(|server| server);
    let long = [0x89, 0xfe, 0x00, 0x7e, 0, 0, 0, 0];
    let masked = |opcode, payload: &[u8]| ws::masked(opcode, true, payload, [0; 4]);
    let cases: Vec<(&str, Vec<u8>, u16)> = vec![
        ("not masked", vec![0x81, 0x02, b'h', b'i'], 1002),
        ("reserved bit", vec![0xc1, 0x80, 0, 0, 0, 0], 1002),
        ("reserved opcode", vec![0x83, 0x80, 0, 0, 0, 0], 1002),
        ("fragmented ping", vec![0x09, 0x80, 0, 0, 0, 0], 1002),
        ("ping of 126 bytes", long.to_vec(), 1002),
        ("nothing to continue", masked(OpCode::Continuation, b"x"), 1002),
        (
            "two messages at once",
            [ws::masked(OpCode::Text, false, b"x", [0; 4]), masked(OpCode::Text, b"y")].concat(),
            1002,
        ),
        ("length not in its shortest form", vec![0x81, 0xfe, 0x00, 0x05, 0, 0, 0, 0], 1002),
        ("half a close code", masked(OpCode::Close, b"\x03"), 1002),
        ("close code 1005", masked(OpCode::Close, &close_payload(1005, b"")), 1002),
        ("close code 999", masked(OpCode::Close, &close_payload(999, b"")), 1002),
        ("close reason", masked(OpCode::Close, &close_payload(1000, b"\xff")), 1007),
        ("no UTF-8", masked(OpCode::Text, b"\xc3\x28"), 1007),
        ("half a character", masked(OpCode::Text, b"\xe2\x82"), 1007),
    ];
    for (name, bytes, code) in cases {
        let mut client = server.connect().await;
        client.subscribe("news").await;
        client.socket.write(&bytes).await;
        let close = client.socket.expect_close().await;
        assert_eq!(close.code, Some(code), "{name}: {close:?}");
        assert!(!close.reason.is_empty(), "{name}");
    }
    eventually(Vec::<String>::new(), async || server.api().channels().await).await;
    server.stop().await;
}

#[tokio::test]
async fn nothing_behind_a_broken_rule_is_read() {
    let server = TestServer::start(|server| server);
    let mut socket = server.connect().await.socket;
    let ping = ws::masked(OpCode::Text, true, br#"{"event":"pusher:ping"}"#, [1, 2, 3, 4]);
    socket.write(&[&ping[..], &[0x83, 0x80, 0, 0, 0, 0], &ping, &ping].concat()).await;
    socket.expect_event("pusher:pong").await;
    // More than any buffer of the server: the close must not be destroyed by a reset.
    let flood = ping.repeat(200_000 / ping.len());
    socket.write(&flood).await;
    assert_eq!(socket.expect_close().await.code, Some(1002));
    server.stop().await;
}

#[tokio::test]
async fn a_connection_that_the_server_closes_ends_when_the_client_answers() {
    let server = TestServer::start(|server| server);
    expect_at_once(async || {
        let mut client = server.connect().await;
        client.sign_in("7").await;
        let answer = server.api().post("/users/7/terminate_connections", &json!({})).await;
        assert_eq!(answer.success(), json!({}));
        client.expect_error(4009).await;
        let told = Instant::now();
        assert_eq!(client.socket.expect_close().await.code, Some(4009));
        told.elapsed()
    })
    .await;
    server.stop().await;
}

#[tokio::test]
async fn a_refused_connection_ends_when_the_client_answers() {
    let server = TestServer::start(|server| server);
    expect_at_once(async || {
        let mut socket = server.websocket("/app/unknown").await;
        let opened = Instant::now();
        socket.expect_refusal(4001).await;
        opened.elapsed()
    })
    .await;
    server.stop().await;
}

#[tokio::test]
async fn a_refused_connection_may_send_what_it_likes() {
    let server = TestServer::start(|server| server);
    let mut http = server.http().await;
    let mut bytes = opening_request("/app/unknown", &[]).into_bytes();
    for text in
        ["{\"event\":\"pusher:ping\"}", "{\"event\":\"pusher:subscribe\",\"data\":{\"channel\":\"x\"}}"]
    {
        bytes.extend(ws::masked(OpCode::Text, true, text.as_bytes(), [1, 2, 3, 4]));
    }
    http.write(&bytes).await;
    WebSocket::upgraded(http).await.expect_refusal(4001).await;
    assert!(server.api().channels().await.is_empty());
    server.stop().await;
}
