//! Clients that are slow to say something.

use std::time::{Duration, Instant};

use gema_protocol::ws::{self, OpCode};
use gema_testkit::{
    Event, PATIENCE, Stream, TestAuthority, TestServer, WebSocket, opening_request, within_patience,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpSocket,
    time::timeout,
};

/// Seconds that leave a client which wastes none the time to send its request, on a busy machine as well.
const SHORT: u64 = 3;

#[tokio::test]
async fn a_connection_that_sends_no_request_is_closed() {
    let server = TestServer::start(|server| server.set("GEMA_HANDSHAKE_TIMEOUT", SHORT));
    let mut upgraded = server.connect().await;
    let silent = server.http().await;
    let mut half = server.http().await;
    half.write(b"GET /app/test-key HTTP/1.1\r\nHost: x\r\nUpgr").await;
    let mut blank = server.http().await;
    blank.write(b"\r\n\r\n").await;
    for connection in [silent, half] {
        assert!(connection.drain().await.is_empty());
    }
    drop(blank.drain().await);
    upgraded.expect_nothing_before_pong().await;
    server.stop().await;
}

#[tokio::test]
async fn a_head_that_comes_too_slowly_is_given_up() {
    let server = TestServer::start(|server| server.set("GEMA_HANDSHAKE_TIMEOUT", 1));
    let mut slow = server.tcp().await;
    let head = opening_request(&server.app_path(), &[("X-Padding", &"x".repeat(10_000))]);
    let started = Instant::now();
    for byte in head.bytes() {
        // Whether the server still reads is seen from what it sends: nothing, or its end.
        let _ = slow.write_all(&[byte]).await;
        let read = timeout(Duration::from_millis(10), slow.read(&mut [0; 100])).await;
        if let Ok(end) = read {
            assert!(!end.is_ok_and(|read| read > 0), "closed without an answer");
            return server.stop().await;
        }
        assert!(started.elapsed() < PATIENCE, "the server still waits for the rest of a head");
    }
    panic!("the whole head has been read");
}

#[tokio::test]
async fn an_idle_connection_is_closed_and_so_is_one_with_half_a_second_request() {
    let server = TestServer::start(|server| server.set("GEMA_HTTP_IDLE_TIMEOUT", SHORT));
    let mut upgraded = server.connect().await;
    let (mut idle, mut half) = (server.http().await, server.http().await);
    for connection in [&mut idle, &mut half] {
        connection.request(b"GET /up HTTP/1.1\r\nHost: x\r\n\r\n").await.success();
    }
    half.write(b"GET /up HTTP/1.1\r\nHo").await;
    assert!(idle.drain().await.is_empty());
    drop(half.drain().await);
    upgraded.expect_nothing_before_pong().await;
    server.stop().await;
}

#[tokio::test]
async fn a_silent_client_is_pinged_and_then_given_up() {
    let server =
        TestServer::start(|server| server.set("REVERB_APP_PING_INTERVAL", 1).set("GEMA_APP_PONG_TIMEOUT", 1));
    let mut http = server.http().await;
    // All that it ever says is said at once, so that nothing depends on when it says it.
    let subscribe = br#"{"event":"pusher:subscribe","data":{"channel":"x"}}"#;
    let mut words = opening_request(&server.app_path(), &[]).into_bytes();
    words.extend(ws::masked(OpCode::Text, true, subscribe, [1, 2, 3, 4]));
    http.write(&words).await;
    let mut silent = WebSocket::upgraded(http).await;
    // Who reads would answer the Ping frames.
    server.expect_count("gema_connections_closed_total", &[("reason", "pong_timeout")], 1).await;
    let (texts, close) = silent.drain().await;
    let names: Vec<_> = texts.iter().map(|text| Event::parse(text).name).collect();
    assert_eq!(
        names,
        [
            "pusher:connection_established",
            "pusher_internal:subscription_succeeded",
            "pusher:ping",
            "pusher:error"
        ]
    );
    assert_eq!(close.and_then(|close| close.code), Some(4201));
    assert_eq!(server.api().connections().await, 0);
    assert!(server.api().channels().await.is_empty());
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_does_not_read_its_answers_is_given_up() {
    tokio::join!(check_who_reads_no_answers(false), check_who_reads_no_answers(true));
}

async fn check_who_reads_no_answers(encrypted: bool) {
    let authority = TestAuthority::new();
    let (files, tls) = ([authority.issue("server", &["localhost"])], authority.client());
    let server = TestServer::start(|server| {
        if encrypted {
            server.tls(&files, &tls);
        }
        server.set("GEMA_HTTP_IDLE_TIMEOUT", SHORT)
    });
    let mut upgraded = server.connect().await;
    let socket = TcpSocket::new_v4().unwrap();
    // Little room, so that it is soon full.
    socket.set_recv_buffer_size(4096).unwrap();
    let tcp = within_patience("a TCP connection", socket.connect(server.address())).await.unwrap();
    let mut stalled: Stream = if encrypted {
        within_patience("a TLS handshake", tls.connect(tcp)).await.unwrap().into()
    } else {
        tcp.into()
    };
    let requests = b"GET /up HTTP/1.1\r\nHost: x\r\n\r\n".repeat(1000);
    let mut taken = 0;
    while within_patience("room, or the end of the connection", stalled.write_all(&requests)).await.is_ok() {
        taken += 1000;
        assert!(taken < 10_000_000, "the server takes {taken} requests");
    }
    upgraded.expect_nothing_before_pong().await;
    server.stop().await;
}
