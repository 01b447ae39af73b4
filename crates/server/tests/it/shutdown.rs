//! How the server ends.

use std::{
    io::ErrorKind,
    time::{Duration, Instant},
};

use gema_testkit::{Close, TestServer, eventually};
use tokio::net::TcpStream;

/// Longer than a test waits for anything: where the server has so long to end, it does not end by itself.
const FOR_EVER: u32 = 1_000;
/// How long it waits unless it is told otherwise.
const BY_DEFAULT: Duration = Duration::from_secs(10);

#[tokio::test]
async fn all_connections_are_closed_with_4200_and_the_server_ends_when_they_are() {
    let mut server =
        TestServer::start(|server| server.set("GEMA_SHARDS", 4).set("GEMA_SHUTDOWN_GRACE", FOR_EVER));
    let mut clients = Vec::new();
    for _ in 0..20 {
        let mut client = server.connect().await;
        client.subscribe("private-x").await;
        clients.push(client);
    }
    server.begin_to_stop();
    for client in &mut clients {
        let reason = "Server is shutting down, please reconnect".to_owned();
        assert_eq!(client.socket.expect_close().await, Close { code: Some(4200), reason });
    }
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_never_answers_holds_the_server_no_longer_than_the_grace_period() {
    let server = TestServer::start(|server| server.set("GEMA_SHUTDOWN_GRACE", 1));
    let clients = [server.connect().await, server.connect().await, server.connect().await];
    let told = Instant::now();
    server.stop().await;
    assert!(told.elapsed() >= Duration::from_millis(900), "{:?}", told.elapsed());
    assert!(told.elapsed() < BY_DEFAULT, "after {:?}", told.elapsed());
    drop(clients);
}

#[tokio::test]
async fn without_a_grace_period_the_server_ends_at_once() {
    let server = TestServer::start(|server| server.set("GEMA_SHUTDOWN_GRACE", 0));
    let mut client = server.connect().await;
    let told = Instant::now();
    server.stop().await;
    assert!(told.elapsed() < BY_DEFAULT, "after {:?}", told.elapsed());
    let (texts, close) = client.socket.drain().await;
    assert_eq!((texts.len(), close.and_then(|close| close.code)), (0, Some(4200)));
}

#[tokio::test]
async fn new_connections_are_refused_while_old_ones_end() {
    let mut server = TestServer::start(|server| server.set("GEMA_SHUTDOWN_GRACE", FOR_EVER));
    let silent = server.connect().await;
    server.begin_to_stop();
    let address = server.address();
    let refused = async || {
        TcpStream::connect(address).await.is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
    };
    eventually(true, refused).await;
    drop(silent);
    server.stop().await;
}

#[tokio::test]
async fn idle_http_connections_end_at_once_and_a_request_under_way_is_answered() {
    let mut server = TestServer::start(|server| server.set("GEMA_SHUTDOWN_GRACE", FOR_EVER));
    let silent = server.http().await;
    let mut idle = server.http().await;
    idle.request(b"GET /up HTTP/1.1\r\nHost: x\r\n\r\n").await.success();
    let mut busy = server.http().await;
    let request = server.api().trigger_request(&["x"], "e", "d");
    let (first, second) = request.split_at(request.len() - 5);
    busy.write(first).await;
    until_all_is_read(&server).await;
    server.begin_to_stop();
    for connection in [silent, idle] {
        assert!(connection.drain().await.is_empty());
    }
    let answer = busy.request(second).await;
    answer.success();
    assert_eq!(answer.header("connection"), Some("close"));
    assert!(busy.drain().await.is_empty());
    server.stop().await;
}

/// Later connections have been served: the server has read what was sent before.
async fn until_all_is_read(server: &TestServer) {
    for _ in 0..3 {
        server.http().await.request(b"GET /up HTTP/1.1\r\nHost: x\r\n\r\n").await.success();
    }
}

#[tokio::test]
async fn a_request_that_never_ends_holds_the_server_no_longer_than_the_grace_period() {
    let server = TestServer::start(|server| server.set("GEMA_SHUTDOWN_GRACE", 1));
    let mut stuck = server.http().await;
    let request = server.api().trigger_request(&["x"], "e", "d");
    stuck.write(&request[..request.len() - 5]).await;
    let mut half_a_head = server.http().await;
    half_a_head.write(b"GET /up HTTP/1.1\r\nHost:").await;
    until_all_is_read(&server).await;
    let told = Instant::now();
    server.stop().await;
    assert!(told.elapsed() < BY_DEFAULT, "after {:?}", told.elapsed());
    assert!(half_a_head.drain().await.is_empty());
}
