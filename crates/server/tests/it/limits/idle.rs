//! More HTTP connections than there may be.

use gema_testkit::{HttpConnection, TestServer};

const UP: &[u8] = b"GET /up HTTP/1.1\r\nHost: x\r\n\r\n";

async fn crowd(server: &TestServer, size: usize, bytes: &[u8]) -> Vec<HttpConnection> {
    let mut crowd = Vec::new();
    for _ in 0..size {
        let mut http = server.http().await;
        http.write(bytes).await;
        crowd.push(http);
    }
    crowd
}

#[tokio::test]
async fn connections_that_say_nothing_make_room_and_everybody_else_is_served() {
    // Only what makes room can help within the patience of a test: the timeouts are far longer.
    let server = TestServer::start(|server| {
        server
            .set("GEMA_MAX_HTTP_CONNECTIONS", 8)
            .set("GEMA_HANDSHAKE_TIMEOUT", 1000)
            .set("GEMA_HTTP_IDLE_TIMEOUT", 1000)
            .set("GEMA_REQUEST_TIMEOUT", 1000)
    });
    let mut publisher = server.http().await;
    publisher.request(&server.api().trigger_request(&["x"], "e", "first")).await.success();
    let unsigned_body =
        b"POST /apps/4711/events?auth_key=test-key HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{";
    let mut crowds = Vec::new();
    for bytes in [&b""[..], b"GET /app/test-key HTTP/1.1\r\nHost: x\r\nUpgr", UP, unsigned_body] {
        crowds.push(crowd(&server, 50, bytes).await);
        let mut client = server.connect().await;
        client.subscribe("x").await;
        server.api().trigger("x", "e", "new connection").await;
        client.expect_event("e").await;
        // The connection of an application is kept as long as there are others.
        publisher.request(&server.api().trigger_request(&["x"], "e", "kept connection")).await.success();
        client.expect_event("e").await;
    }
    // 50 connections of three crowds, of which 8 may stay; those of the fourth are refused and closed by themselves.
    let hits = server.scrape().await.count("gema_limits_hit_total", &[("limit", "http_connections")]);
    assert!((130..=250).contains(&hits), "{hits}");
    drop(crowds);
    server.stop().await;
}
