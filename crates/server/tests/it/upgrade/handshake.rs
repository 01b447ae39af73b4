//! What a request to upgrade must look like, and what answers it.

use gema_testkit::{TestServer, WebSocket, opening_request};

/// A request to upgrade in which the line of `header` is replaced by `line`, or left out.
fn request_with(server: &TestServer, header: &str, line: Option<&str>) -> String {
    let request = opening_request(&server.app_path(), &[]);
    let lines = request.split_inclusive("\r\n").filter_map(|given| {
        if given.starts_with(&format!("{header}:")) {
            line.map(|line| format!("{line}\r\n"))
        } else {
            Some(given.to_owned())
        }
    });
    lines.collect()
}

#[tokio::test]
async fn a_request_without_the_right_headers_is_told_what_is_missing() {
    let server = TestServer::start(|server| server);
    let check = async |header: &str, line: Option<&str>, status: u16, field: &str| {
        let response = server.http().await.request(request_with(&server, header, line).as_bytes()).await;
        response.refusal(status, field);
        let version = response.header("sec-websocket-version");
        assert_eq!(version, (status == 426).then_some("13"), "{header}: {line:?}");
    };
    check("Host", None, 400, "host").await;
    check("Host", Some("Host: x\r\nHost: y"), 400, "host").await;
    check("Upgrade", None, 426, "upgrade").await;
    check("Upgrade", Some("Upgrade: h2c"), 426, "upgrade").await;
    check("Connection", None, 400, "connection").await;
    check("Connection", Some("Connection: keep-alive"), 400, "connection").await;
    check("Sec-WebSocket-Version", None, 426, "sec-websocket-version").await;
    check("Sec-WebSocket-Version", Some("Sec-WebSocket-Version: 8"), 426, "sec-websocket-version").await;
    check("Sec-WebSocket-Key", None, 400, "sec-websocket-key").await;
    check("Sec-WebSocket-Key", Some("Sec-WebSocket-Key: short"), 400, "sec-websocket-key").await;
    server.stop().await;
}

#[tokio::test]
async fn header_values_may_be_lists_in_any_case() {
    let server = TestServer::start(|server| server);
    for (header, line) in [
        ("Upgrade", "upgrade: WebSocket"),
        ("Upgrade", "Upgrade: h2c, websocket"),
        ("Connection", "connection: keep-alive, UPGRADE"),
        ("Connection", "Connection: keep-alive\r\nConnection: Upgrade"),
    ] {
        let mut http = server.http().await;
        http.write(request_with(&server, header, Some(line)).as_bytes()).await;
        WebSocket::upgraded(http).await.expect_event("pusher:connection_established").await;
    }
    server.stop().await;
}

#[tokio::test]
async fn only_a_get_of_http_1_1_is_upgraded() {
    let server = TestServer::start(|server| server);
    let request = opening_request(&server.app_path(), &[]);
    let head = server.http().await;
    let mut http = head;
    http.write(request.replacen("GET", "HEAD", 1).as_bytes()).await;
    assert_eq!(http.response_to("HEAD").await.status, 405);
    let post = server.http().await.request(request.replacen("GET", "POST", 1).as_bytes()).await;
    post.refusal(405, "method");
    let old = server.http().await;
    let mut http = old;
    http.write(request.replacen("HTTP/1.1", "HTTP/1.0", 1).as_bytes()).await;
    let answer = String::from_utf8(http.drain().await).unwrap();
    assert!(answer.starts_with("HTTP/1.0 400 "), "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn a_plain_get_is_told_that_the_address_is_for_websockets() {
    let server = TestServer::start(|server| server);
    let request = format!("GET {} HTTP/1.1\r\nHost: localhost\r\n\r\n", server.app_path());
    let response = server.http().await.request(request.as_bytes()).await;
    response.refusal(426, "upgrade");
    assert_eq!(response.header("upgrade"), Some("websocket"));
    assert_eq!(response.header("sec-websocket-version"), Some("13"));
    server.stop().await;
}

#[tokio::test]
async fn what_a_browser_offers_is_not_answered() {
    let server = TestServer::start(|server| server);
    let offers = [
        ("Sec-WebSocket-Protocol", "mqtt, pusher"),
        ("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits"),
        ("Origin", "https://example.com"),
    ];
    // `WebSocket` refuses an answer that accepts any of these.
    let mut socket = WebSocket::open(server.tcp().await, &server.app_path(), &offers).await;
    socket.expect_event("pusher:connection_established").await;
    server.stop().await;
}

#[tokio::test]
async fn the_query_may_say_anything_but_a_protocol_that_is_not_spoken() {
    let server = TestServer::start(|server| server);
    let check = async |query: &str, refused: Option<u16>| {
        let mut socket = server.websocket(&format!("/app/test-key{query}")).await;
        match refused {
            None => drop(socket.expect_event("pusher:connection_established").await),
            Some(code) => drop(socket.expect_refusal(code).await),
        }
    };
    for query in [
        "",
        "?",
        "?protocol=7",
        "?client=java-client&protocol=5&version=2.4.0",
        "?version=x&protocol=4&client=",
        "?protocol=6&%ff=%zz&&=",
        "?flash=false&version=8.6.0&client=js&protocol=7&new=1",
        "?client=js&version=🎉",
    ] {
        // A request line is ASCII.
        check(&query.replace('🎉', "%F0%9F%8E%89"), None).await;
    }
    for query in
        ["?protocol=99", "?protocol=3", "?protocol=abc", "?protocol=", "?protocol=-5", "?protocol=7.0"]
    {
        check(query, Some(4007)).await;
    }
    server.stop().await;
}

#[tokio::test]
async fn an_unknown_key_is_told_over_the_websocket() {
    let server = TestServer::start(|server| server);
    for key in ["unknown", "TEST-KEY", "test-key%20", "test%2Dkeys"] {
        let mut socket = server.websocket(&format!("/app/{key}?protocol=7")).await;
        socket.expect_refusal(4001).await;
    }
    server.stop().await;
}

#[tokio::test]
async fn a_prefix_stands_before_every_path() {
    let server = TestServer::start(|server| server.set("REVERB_SERVER_PATH", "ws/v1"));
    let mut client = server.connect().await;
    client.subscribe("news").await;
    server.api().trigger("news", "added", "1").await;
    assert_eq!(client.expect_event("added").await.text(), "1");

    let request = opening_request("/app/test-key", &[]);
    server.http().await.request(request.as_bytes()).await.refusal(404, "path");
    let up = server.http().await.request(b"GET /ws/v1/up HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert_eq!(up.success()["health"], "OK");
    server.stop().await;
}

#[tokio::test]
async fn a_path_that_does_not_exist_is_not_found() {
    let server = TestServer::start(|server| server);
    for path in ["/", "/app", "/app/", "/app/test-key/more", "/apps", "/ap/test-key"] {
        let request = opening_request(path, &[]);
        server.http().await.request(request.as_bytes()).await.refusal(404, "path");
    }
    server.stop().await;
}
