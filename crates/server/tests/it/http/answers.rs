//! Statuses, headers and bodies that publishers rely on.

use gema_testkit::TestServer;
use serde_json::{Value, json};

fn plain(method: &str, path: &str) -> Vec<u8> {
    format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n").into_bytes()
}

#[tokio::test]
async fn whatever_succeeds_is_answered_with_200_and_a_json_object() {
    let server = TestServer::start(|server| server);
    let mut client = server.connect().await;
    client.join("presence-x", "7").await;
    let api = server.api();
    let event = json!({ "name": "e", "channel": "c", "data": "d" });
    let posts = [
        ("/events", event.clone(), json!({})),
        ("/batch_events", json!({ "batch": [event] }), json!({})),
        ("/users/7/terminate_connections", json!({}), json!({})),
    ];
    for (path, body, expected) in posts {
        assert_eq!(api.post(path, &body).await.success(), expected, "{path}");
    }
    let gets = [
        ("/channels", json!({ "channels": { "presence-x": {} } })),
        ("/channels/presence-x", json!({ "occupied": true })),
        ("/channels/nobody", json!({ "occupied": false })),
        ("/channels/presence-x/users", json!({ "users": [{ "id": "7" }] })),
        ("/channels/presence-nobody/users", json!({ "users": [] })),
        ("/connections", json!({ "connections": 1 })),
    ];
    for (path, expected) in gets {
        assert_eq!(api.get(path, &[]).await.success(), expected, "{path}");
    }
    let up = server.http().await.request(&plain("GET", "/up")).await;
    assert_eq!(up.success(), json!({ "health": "OK" }));
    server.stop().await;
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let server = TestServer::start(|server| server);
    for path in [
        "/",
        "/apps",
        "/apps/4711",
        "/apps/4711/",
        "/apps/4711/nothing",
        "/apps/4711/channels/",
        "/up/",
        "//up",
    ] {
        server.http().await.request(&plain("GET", path)).await.refusal(404, "path");
    }
    for path in ["/apps/1/channels", "/apps/../channels", "/apps/%00/channels", "/apps/test-key/connections"]
    {
        server.http().await.request(&plain("GET", path)).await.refusal(404, "app_id");
    }
    let long = format!("/apps/{}/channels", "9".repeat(5000));
    let message = server.http().await.request(&plain("GET", &long)).await.refusal(404, "app_id");
    assert!(message.len() < 200, "{message}");
    server.stop().await;
}

#[tokio::test]
async fn another_method_is_refused_with_those_that_are_allowed() {
    for prefix in ["", "/ws"] {
        let server = TestServer::start(|server| server.set("REVERB_SERVER_PATH", prefix));
        let cases = [
            ("GET", "/apps/4711/events", "POST"),
            ("PUT", "/apps/4711/batch_events", "POST"),
            ("POST", "/apps/4711/channels", "GET,HEAD"),
            ("DELETE", "/apps/4711/channels/x", "GET,HEAD"),
            ("PATCH", "/apps/4711/channels/presence-x/users", "GET,HEAD"),
            ("POST", "/apps/4711/connections", "GET,HEAD"),
            ("GET", "/apps/4711/users/7/terminate_connections", "POST"),
            ("GET", "/users/7/terminate_connections", "POST"),
            ("POST", "/up", "GET,HEAD"),
            ("BREW", "/up", "GET,HEAD"),
        ];
        for (method, path, allowed) in cases {
            let path = format!("{prefix}{path}");
            let response = server.http().await.request(&plain(method, &path)).await;
            response.refusal(405, "method");
            assert_eq!(response.header("allow"), Some(allowed), "{method} {path}");
        }
        server.stop().await;
    }
}

#[tokio::test]
async fn a_path_that_is_no_text_is_refused_as_json() {
    let server = TestServer::start(|server| server);
    for path in ["/apps/%ff/channels", "/apps/4711/channels/%ff", "/apps/4711/channels/%ff/users"] {
        let response = server.http().await.request(&plain("GET", path)).await;
        assert!((400..=404).contains(&response.status), "{path}: {}", response.status);
        response.json();
    }
    for path in ["/apps/4711/users/%ff/terminate_connections", "/users/%ff/terminate_connections"] {
        let response = server.http().await.request(&plain("POST", path)).await;
        assert!((400..=404).contains(&response.status), "{path}: {}", response.status);
        response.json();
    }
    let response = server.http().await.request(&plain("GET", "/app/%ff")).await;
    assert!((400..=426).contains(&response.status), "{}", response.status);
    response.json();
    server.stop().await;
}

#[tokio::test]
async fn a_head_is_answered_like_a_get_without_a_body() {
    let server = TestServer::start(|server| server);
    let mut http = server.http().await;
    for _ in 0..3 {
        http.write(&plain("HEAD", "/up")).await;
        let head = http.response_to("HEAD").await;
        assert_eq!((head.status, head.header("content-type")), (200, Some("application/json")));
        let get = http.request(&plain("GET", "/up")).await;
        assert_eq!(head.header("content-length"), get.header("content-length"));
        get.success();
    }
    let target = server.api().target("HEAD", "/channels", &[], b"");
    http.write(&plain("HEAD", &target)).await;
    assert_eq!(http.response_to("HEAD").await.status, 200);
    server.stop().await;
}

#[tokio::test]
async fn a_connection_serves_a_thousand_requests_whatever_their_answers() {
    let server = TestServer::start(|server| server.set("GEMA_MAX_FAILED_SIGNATURES_PER_ADDRESS", 0));
    let api = server.api();
    let mut http = server.http().await;
    let good = api.trigger_request(&["x"], "e", "d");
    let unsigned = b"POST /apps/4711/events HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}";
    let bad = api.post_request("/events", b"{}");
    let large = api.trigger_request(&["x"], "e", &"x".repeat(10_241));
    for at in 0..1000 {
        match at % 5 {
            0 => drop(http.request(&plain("GET", "/nowhere")).await.refusal(404, "path")),
            1 => drop(http.request(unsigned).await.refusal(401, "auth_key")),
            2 => drop(http.request(&bad).await.refusal(400, "channels")),
            3 => drop(http.request(&large).await.refusal(413, "data")),
            _ => assert_eq!(http.request(&good).await.success(), json!({})),
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn requests_in_one_segment_are_answered_in_order() {
    let server = TestServer::start(|server| server);
    let mut client = server.connect().await;
    client.subscribe("x").await;
    let api = server.api();
    let mut bytes = Vec::new();
    for at in 0..20 {
        bytes.extend(api.trigger_request(&["x"], "e", &at.to_string()));
        bytes.extend(api.get_request(&format!("/channels/channel-{at}"), &[]));
        bytes.extend(plain("GET", "/nowhere"));
    }
    let mut http = server.http().await;
    http.write(&bytes).await;
    for at in 0..20 {
        assert_eq!(http.response().await.success(), json!({}));
        assert_eq!(http.response().await.success(), json!({ "occupied": false }));
        http.response().await.refusal(404, "path");
        assert_eq!(client.expect_event("e").await.text(), at.to_string());
    }
    server.stop().await;
}

#[tokio::test]
async fn what_is_no_http_is_refused_and_the_connection_ends() {
    let server = TestServer::start(|server| server);
    let cases: [&[u8]; 4] = [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 this is TLS",
        b"hello\r\n\r\n",
        b"GET /up HTTP/9.9\r\n\r\n",
        b"POST /up HTTP/1.1\r\nHost: x\r\nContent-Length: two\r\n\r\n",
    ];
    for bytes in cases {
        let mut http = server.http().await;
        http.write(bytes).await;
        let answer = String::from_utf8(http.drain().await).unwrap();
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400 "), "{answer}");
    }
    assert_eq!(server.api().connections().await, 0);
    server.stop().await;
}

#[tokio::test]
async fn a_head_over_its_limit_is_refused_and_the_connection_ends() {
    let server = TestServer::start(|server| server);
    let long = "x".repeat(500_000);
    for head in
        [format!("GET /{long} HTTP/1.1\r\n\r\n"), format!("GET /up HTTP/1.1\r\nX-Long: {long}\r\n\r\n")]
    {
        let mut http = server.http().await;
        http.write(head.as_bytes()).await;
        let answer = String::from_utf8(http.drain().await).unwrap();
        assert!(
            ["HTTP/1.1 431 ", "HTTP/1.1 414 "].iter().any(|status| answer.starts_with(status)),
            "{answer}"
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn the_text_of_a_refusal_names_the_field_at_fault() {
    let server = TestServer::start(|server| server);
    let api = server.api();
    let cases: [(Value, &str); 8] = [
        (json!([]), "body"),
        (json!({ "channel": "c", "data": "d" }), "name"),
        (json!({ "name": "e", "channel": "c" }), "data"),
        (json!({ "name": "e", "data": "d" }), "channels"),
        (json!({ "name": "e", "data": "d", "channels": ["a", "b c"] }), "channels.1"),
        (json!({ "name": "e", "data": "d", "channel": "" }), "channel"),
        (json!({ "name": "e", "data": "d", "channel": "c", "socket_id": "abc" }), "socket_id"),
        (json!({ "name": "pusher:e", "data": "d", "channel": "c" }), "name"),
    ];
    for (body, field) in cases {
        api.post("/events", &body).await.refusal(400, field);
    }
    api.post("/batch_events", &json!({})).await.refusal(400, "batch");
    api.post("/batch_events", &json!({ "batch": [{ "name": "e", "channel": "c" }] }))
        .await
        .refusal(400, "batch.0.data");
    server.stop().await;
}
