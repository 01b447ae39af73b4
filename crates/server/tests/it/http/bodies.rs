//! Bodies in all forms that HTTP allows, and those over the limit.

use gema_testkit::{HttpConnection, TestServer};
use serde_json::json;

/// The head of a request with these headers, and its body.
fn split(request: &[u8]) -> (String, Vec<u8>) {
    let text = String::from_utf8(request.to_vec()).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.as_bytes().to_vec())
}

/// The same request with its body in chunks of these sizes, over and over.
fn chunked(request: &[u8], sizes: &[usize]) -> Vec<u8> {
    let (head, body) = split(request);
    let head: Vec<_> = head.split("\r\n").filter(|line| !line.starts_with("Content-Length")).collect();
    let mut bytes = format!("{}\r\nTransfer-Encoding: chunked\r\n\r\n", head.join("\r\n")).into_bytes();
    let mut rest = &body[..];
    for size in sizes.iter().cycle() {
        let (chunk, later) = rest.split_at((*size).min(rest.len()));
        rest = later;
        let extension = if size % 2 == 0 { ";name=value" } else { "" };
        bytes.extend(format!("{:x}{extension}\r\n", chunk.len()).into_bytes());
        bytes.extend(chunk);
        bytes.extend(b"\r\n");
        if chunk.is_empty() {
            return bytes;
        }
    }
    bytes
}

#[tokio::test]
async fn a_body_may_come_in_chunks() {
    let server = TestServer::start(|server| server);
    let mut client = server.connect().await;
    client.subscribe("x").await;
    let mut http = server.http().await;
    for (at, sizes) in [&[1][..], &[2, 3], &[7, 1, 30], &[100_000]].into_iter().enumerate() {
        let request = server.api().trigger_request(&["x"], "e", &at.to_string());
        let answer = http.request(&chunked(&request, sizes)).await;
        assert_eq!(answer.success(), json!({}));
        assert_eq!(client.expect_event("e").await.text(), at.to_string());
    }
    server.stop().await;
}

#[tokio::test]
async fn a_request_may_come_byte_by_byte() {
    let server = TestServer::start(|server| server);
    let mut http = server.http().await;
    for byte in server.api().trigger_request(&["x"], "e", "slow") {
        http.write(&[byte]).await;
        tokio::task::yield_now().await;
    }
    assert_eq!(http.response().await.success(), json!({}));
    server.stop().await;
}

#[tokio::test]
async fn who_asks_whether_to_go_on_is_told_to() {
    let server = TestServer::start(|server| server);
    let (head, body) = split(&server.api().trigger_request(&["x"], "e", "d"));
    let mut http = server.http().await;
    let first = http.request(format!("{head}\r\nExpect: 100-continue\r\n\r\n").as_bytes()).await;
    assert_eq!(first.status, 100);
    assert_eq!(http.request(&body).await.success(), json!({}));
    server.stop().await;
}

#[tokio::test]
async fn data_over_the_limit_is_refused_and_delivered_to_nobody() {
    let server = TestServer::start(|server| server);
    let mut client = server.connect().await;
    client.subscribe("x").await;
    let mut http = server.http().await;
    for (data, fits) in [
        ("x".repeat(10_240), true),
        ("x".repeat(10_241), false),
        ("é".repeat(5120), true),
        ("é".repeat(5121), false),
    ] {
        let answer = http.request(&server.api().trigger_request(&["x"], "e", &data)).await;
        if fits {
            answer.success();
            assert_eq!(client.expect_event("e").await.text(), data);
        } else {
            let message = answer.refusal(413, "data");
            for part in ["10240 bytes", &format!("{} bytes", data.len()), "GEMA_APP_MAX_EVENT_SIZE"] {
                assert!(message.contains(part), "{message}");
            }
        }
    }
    let entry = |data: String| json!({ "name": "e", "channel": "x", "data": data });
    let batch = json!({ "batch": [entry("fits".to_owned()), entry("x".repeat(10_241))] });
    server.api().post("/batch_events", &batch).await.refusal(413, "batch.1.data");
    server.api().trigger("x", "marker", "").await;
    client.expect_event("marker").await;
    server.stop().await;
}

#[tokio::test]
async fn a_batch_of_the_greatest_events_fits() {
    let server = TestServer::start(|server| server);
    let mut client = server.connect().await;
    client.subscribe("x").await;
    // Each of these characters takes two bytes in JSON.
    let data = "\"".repeat(10_240);
    let batch: Vec<_> = (0..10).map(|_| json!({ "name": "e", "channel": "x", "data": data })).collect();
    assert_eq!(server.api().post("/batch_events", &json!({ "batch": batch })).await.success(), json!({}));
    for _ in 0..10 {
        assert_eq!(client.expect_event("e").await.text(), data);
    }
    server.stop().await;
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_with_the_limit_and_its_setting() {
    let server = TestServer::start(|server| {
        server.set("REVERB_MAX_REQUEST_SIZE", 2000).set("GEMA_APP_MAX_EVENT_SIZE", 10_240)
    });
    let refused = |message: String| {
        assert!(message.contains("2000 bytes") && message.contains("REVERB_MAX_REQUEST_SIZE"), "{message}");
    };
    let fits = server.api().trigger_request(&["x"], "e", &"x".repeat(1900));
    server.http().await.request(&fits).await.success();
    for length in [2001, 20_000, 4_000_000] {
        let large = server.api().trigger_request(&["x"], "e", &"x".repeat(length));
        refused(server.http().await.request(&large).await.refusal(413, "body"));
        refused(server.http().await.request(&chunked(&large, &[1000])).await.refusal(413, "body"));
    }
    server.stop().await;
}

#[tokio::test]
async fn a_body_that_does_not_arrive_is_given_up() {
    let server = TestServer::start(|server| server.set("GEMA_REQUEST_TIMEOUT", 1));
    let request = server.api().trigger_request(&["x"], "e", "d");
    for cut in [1, 5, split(&request).1.len()] {
        let mut http: HttpConnection = server.http().await;
        let message = http.request(&request[..request.len() - cut]).await.refusal(408, "body");
        assert!(message.contains("1 seconds") && message.contains("GEMA_REQUEST_TIMEOUT"), "{message}");
        assert!(http.drain().await.is_empty());
    }
    server.stop().await;
}
