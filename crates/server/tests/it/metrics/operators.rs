//! The address for operators, and what it tells of trouble.

use gema_testkit::{HttpConnection, HttpResponse, Scrape, TestServer, eventually};
use serde_json::json;
use tokio::net::TcpStream;

fn start() -> TestServer {
    TestServer::start(|server| {
        server.set("GEMA_METRICS_ADDRESS", "127.0.0.1:0").set("GEMA_SHUTDOWN_GRACE", 1_000)
    })
}

fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").into_bytes()
}

async fn ask_operators(server: &TestServer, path: &str) -> HttpResponse {
    HttpConnection::new(TcpStream::connect(server.admin()).await.unwrap()).request(&get(path)).await
}

/// All metrics when the shards have taken whatever was published.
async fn with_empty_inboxes(server: &TestServer) -> Scrape {
    let mut scrape = server.scrape().await;
    eventually(0, async || {
        scrape = server.scrape().await;
        scrape.count("gema_inbox_bytes", &[])
    })
    .await;
    scrape
}

#[tokio::test]
async fn metrics_are_for_operators_only_and_health_is_for_all() {
    let server = start();
    let metrics = ask_operators(&server, "/metrics").await;
    assert_eq!(metrics.status, 200);
    let kind = metrics.header("content-type");
    assert_eq!(kind, Some("application/openmetrics-text; version=1.0.0; charset=utf-8"));
    assert!(metrics.text().ends_with("# EOF\n"));
    assert_eq!(ask_operators(&server, "/up").await.success(), json!({ "health": "OK" }));
    assert_eq!(ask_operators(&server, "/ready").await.success(), json!({ "ready": true }));
    assert_eq!(ask_operators(&server, "/apps/4711/channels").await.status, 404);

    let mut http = server.http().await;
    assert_eq!(http.request(&get("/ready")).await.success(), json!({ "ready": true }));
    assert_eq!(http.request(&get("/up")).await.success(), json!({ "health": "OK" }));
    assert_eq!(http.request(&get("/metrics")).await.status, 404);
    server.stop().await;
}

#[tokio::test]
async fn a_server_that_ends_is_alive_but_not_ready_to_the_end() {
    let mut server = start();
    // It does not answer the close, so that the server waits.
    let client = server.connect().await;
    server.begin_to_stop();
    eventually(503, async || ask_operators(&server, "/ready").await.status).await;
    let answer = ask_operators(&server, "/ready").await.json();
    assert_eq!(answer, json!({ "ready": false, "reason": "the server is shutting down" }));
    ask_operators(&server, "/up").await.success();
    assert_eq!(server.scrape().await.count("gema_ready", &[]), 0);
    drop(client);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_reads_too_slowly_is_seen_while_it_waits_and_when_it_is_closed() {
    let server = TestServer::start(|server| {
        server.set("GEMA_METRICS_ADDRESS", "127.0.0.1:0").set("GEMA_APP_MAX_OUTBOX_SIZE", 500_000)
    });
    let mut stuck = server.connect().await;
    stuck.subscribe("x").await;
    let api = server.api();
    let (mut http, mut most, mut published) = (api.connect().await, 0, 0);
    loop {
        assert!(published < 10_000, "the connection takes everything");
        for _ in 0..10 {
            http.request(&api.trigger_request(&["x"], "e", &"x".repeat(10_000))).await.success();
            published += 1;
        }
        // Between two looks no more may come to the outbox than what was published.
        let scrape = with_empty_inboxes(&server).await;
        most = most.max(scrape.count("gema_outbox_bytes", &[]));
        if scrape.count("gema_slow_consumers_total", &[]) > 0 {
            break;
        }
    }
    assert!((1..520_000).contains(&most), "{most} bytes have waited");
    let over = [("reason", "over_capacity")];
    eventually(1, async || server.scrape().await.count("gema_connections_closed_total", &over)).await;
    stuck.socket.drain().await;
    drop(stuck);
    eventually(0, async || server.scrape().await.count("gema_outbox_bytes", &[])).await;
    assert_eq!(server.scrape().await.count("gema_slow_consumers_total", &[]), 1);
    server.stop().await;
}

#[tokio::test]
async fn a_path_prefix_is_no_part_of_a_route() {
    let server = TestServer::start(|server| {
        server.set("GEMA_METRICS_ADDRESS", "127.0.0.1:0").set("REVERB_SERVER_PATH", "ws")
    });
    server.http().await.request(&get("/ws/up")).await.success();
    server.api().trigger("x", "e", "d").await;
    server.http().await.request(&get("/elsewhere/4711")).await;
    let scrape = server.scrape().await;
    for route in ["/up", "/apps/{app_id}/events", "none"] {
        assert_eq!(scrape.count("gema_http_requests_total", &[("route", route)]), 1, "{route}");
    }
    assert!(
        !scrape.label_values().iter().any(|value| value.contains("4711/") || value.contains("elsewhere"))
    );
    server.stop().await;
}

#[tokio::test]
async fn each_route_is_counted_under_its_template() {
    let server = start();
    let api = server.api();
    for path in [
        "/ready",
        "/app/x",
        "/apps/1/channels",
        "/apps/1/channels/c",
        "/apps/1/channels/c/users",
        "/apps/1/connections",
    ] {
        server.http().await.request(&get(path)).await;
    }
    api.post("/users/u/terminate_connections", &json!({})).await.success();
    for path in ["/apps/1/events", "/apps/1/batch_events", "/users/u/terminate_connections"] {
        let request = format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
        server.http().await.request(request.as_bytes()).await;
    }
    let scrape = server.scrape().await;
    assert_eq!(scrape.count("gema_http_requests_total", &[]), 10);
    assert_eq!(scrape.count("gema_http_requests_total", &[("route", "none")]), 0);
    server.stop().await;
}

/// Two scrapes at once do not disturb each other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scrapes_at_the_same_time_tell_the_same() {
    let server = std::sync::Arc::new(start());
    let client = server.connect().await;
    let scrapes = (0..20).map(|_| {
        let server = std::sync::Arc::clone(&server);
        tokio::spawn(async move { server.scrape().await.count("gema_connections", &[]) })
    });
    for scrape in scrapes.collect::<Vec<_>>() {
        assert_eq!(scrape.await.unwrap(), 1);
    }
    drop(client);
    std::sync::Arc::into_inner(server).unwrap().stop().await;
}
