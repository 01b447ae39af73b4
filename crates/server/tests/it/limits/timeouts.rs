//! Clients that are slow to say something.

use std::time::{Duration, Instant};

use gema_testkit::{PATIENCE, TestServer, opening_request};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    time::timeout,
};

#[tokio::test]
async fn a_connection_that_sends_no_request_is_closed() {
    let server = TestServer::start(|server| server.set("GEMA_HANDSHAKE_TIMEOUT", 1));
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
    let server = TestServer::start(|server| server.set("GEMA_HTTP_IDLE_TIMEOUT", 1));
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
    let mut observer = server.connect().await;
    observer.join("presence-x", "observer").await;
    let mut silent = server.connect().await;
    silent.join("presence-x", "silent").await;
    observer.expect_event("pusher_internal:member_added").await;
    // The observer answers every ping, in this loop; the silent one reads nothing.
    loop {
        let event = observer.next_event().await;
        if event.name == "pusher_internal:member_removed" {
            break;
        }
        assert_eq!(event.name, "pusher:ping");
    }
    let (texts, close) = silent.socket.drain().await;
    let names: Vec<_> = texts.iter().map(|text| gema_testkit::Event::parse(text).name).collect();
    assert_eq!(names, ["pusher:ping", "pusher:error"]);
    assert_eq!(close.and_then(|close| close.code), Some(4201));
    server.expect_count("gema_connections_closed_total", &[("reason", "pong_timeout")], 1).await;
    assert_eq!(server.api().connections().await, 1);
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_does_not_read_its_answers_is_given_up() {
    for encrypted in [false, true] {
        let server = TestServer::start(|server| {
            if encrypted {
                server.encrypted();
            }
            server.set("GEMA_HTTP_IDLE_TIMEOUT", 1)
        });
        let mut upgraded = server.connect().await;
        let mut stalled = server.stream().await;
        let requests = b"GET /up HTTP/1.1\r\nHost: x\r\n\r\n".repeat(1000);
        let given_up = async { while stalled.write_all(&requests).await.is_ok() {} };
        timeout(PATIENCE, given_up).await.expect("the server still waits for its answers to be read");
        upgraded.expect_nothing_before_pong().await;
        server.stop().await;
    }
}
