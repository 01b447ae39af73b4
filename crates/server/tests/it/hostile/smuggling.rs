//! Requests of which a proxy and the server might disagree where they end.

use gema_testkit::{TestServer, WebSocket, eventually, opening_request};

const SMUGGLED: &str = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";

/// What the server answers to these bytes: the statuses, until it closes or the last of them is an answer to a
/// request that ends all.
async fn statuses(server: &TestServer, bytes: &str) -> Vec<String> {
    let mut http = server.http().await;
    http.write(bytes.as_bytes()).await;
    http.write(b"GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    let answers = http.drain().await;
    let answers = String::from_utf8_lossy(&answers).into_owned();
    answers.match_indices("HTTP/1.1 ").map(|(at, _)| answers[at + 9..at + 12].to_owned()).collect()
}

#[tokio::test]
async fn a_request_with_two_ends_is_refused_and_nothing_behind_it_is_read() {
    let server = TestServer::start(|server| server);
    let chunks = format!("0\r\n\r\n{SMUGGLED}");
    for headers in [
        "Content-Length: 4\r\nContent-Length: 5",
        "Content-Length: 0\r\nContent-Length: 50",
        "Content-Length: 4, 5",
        "Content-Length: +4",
        "Content-Length: -1",
        "Content-Length: 0x4",
        "Content-Length: 4 4",
        "Content-Length: 18446744073709551616",
        "Content-Length:",
        "Transfer-Encoding: gzip",
        "Transfer-Encoding: identity",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding : chunked",
        "Transfer-Encoding: chunked\u{b}",
        "Content-Length : 4",
        " Content-Length: 4",
        "Content-Length\r\n : 4",
        "X: a\u{0}b",
    ] {
        let request = format!("POST /apps/4711/events HTTP/1.1\r\nHost: x\r\n{headers}\r\n\r\n{chunks}");
        let statuses = statuses(&server, &request).await;
        assert!(statuses.is_empty() || statuses == ["400"], "{headers:?}: {statuses:?}");
    }
    server.stop().await;
}

/// RFC 9112, 6.3: chunks go before a length, and whoever sends both is not spoken to again on this connection.
#[tokio::test]
async fn a_request_with_a_length_and_chunks_ends_its_connection() {
    let server = TestServer::start(|server| server);
    let chunks = format!("0\r\n\r\n{SMUGGLED}");
    for headers in
        ["Content-Length: 4\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 4"]
    {
        let request = format!("POST /apps/4711/events HTTP/1.1\r\nHost: x\r\n{headers}\r\n\r\n{chunks}");
        let statuses = statuses(&server, &request).await;
        assert!(statuses == ["400"] || statuses == ["401"], "{headers:?}: {statuses:?}");
    }
    server.stop().await;
}

#[tokio::test]
async fn broken_chunks_are_refused_and_nothing_behind_them_is_read() {
    let server = TestServer::start(|server| server);
    let target = server.api().target("POST", "/events", &[], b"abc");
    for body in [
        "-1\r\n",
        "ffffffffffffffffff\r\n",
        "0x3\r\nabc\r\n0\r\n\r\n",
        "3\r\nabcdef\r\n0\r\n\r\n",
        "\r\n\r\n",
        "3;\n\nabc",
        "g\r\n",
    ] {
        let head = format!("POST {target} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
        let statuses = statuses(&server, &format!("{head}{body}{SMUGGLED}")).await;
        assert!(statuses.is_empty() || statuses == ["400"], "{body:?}: {statuses:?}");
    }
    server.stop().await;
}

/// It would have a place among the connections until its body has come, which need never be, and nobody would ping it.
#[tokio::test]
async fn an_upgrade_with_a_body_is_refused() {
    let server = TestServer::start(|server| server);
    for header in [("Content-Length", "36"), ("Transfer-Encoding", "chunked")] {
        let mut http = server.http().await;
        let request = opening_request(&server.app_path(), &[header]);
        http.request(format!("{request}{SMUGGLED}").as_bytes()).await.refusal(400, "body");
    }
    let empty = [("Content-Length", "0")];
    WebSocket::open(server.tcp().await, &server.app_path(), &empty)
        .await
        .expect_event("pusher:connection_established")
        .await;
    eventually(0, async || server.api().connections().await).await;
    server.stop().await;
}

#[tokio::test]
async fn bytes_behind_an_upgrade_are_frames_and_no_request() {
    let server = TestServer::start(|server| server);
    let mut http = server.http().await;
    http.write(format!("{}{SMUGGLED}", opening_request(&server.app_path(), &[])).as_bytes()).await;
    let mut socket = WebSocket::upgraded(http).await;
    socket.expect_event("pusher:connection_established").await;
    assert_eq!(socket.expect_close().await.code, Some(1002));
    server.stop().await;
}
