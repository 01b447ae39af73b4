//! Requests that are wrong, too large, too many, or not the sender's own.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use gema_testkit::{ApiClient, Credentials, HttpConnection, TestServer, now};
use tokio::{net::TcpStream, time::interval};

use super::{Counts, Outcomes, Until, crowd, under_attack, victim};

/// Sends the same bytes on connection after connection, 16 at a time, until one was answered with this status. Counts
/// the statuses.
async fn repeat(address: SocketAddr, until: Until, bytes: Vec<u8>, status: &'static str) -> Outcomes {
    let outcomes = Outcomes::default();
    crowd(16, || {
        let (until, outcomes, bytes) = (until.clone(), outcomes.clone(), bytes.clone());
        async move {
            while !until.is_reached(&outcomes, |got| got.contains_key(status)) {
                let Ok(stream) = TcpStream::connect(address).await else { continue };
                let mut http = HttpConnection::new(stream);
                http.write(&bytes).await;
                let answer = http.drain_head().await;
                outcomes.count(answer.get(9..12).unwrap_or("end without an answer"));
            }
        }
    })
    .await;
    outcomes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn oversized_heads_are_refused() {
    let outcomes = under_attack("heads of 1 MB, 16 at a time", &[], async |address, until| {
        let head = format!("GET /up HTTP/1.1\r\nHost: x\r\nX-Large: {}\r\n\r\n", "x".repeat(1 << 20));
        repeat(address, until, head.into_bytes(), "431").await
    })
    .await;
    assert!(
        outcomes.keys().all(|status| status == "431" || status == "end without an answer"),
        "{outcomes:?}"
    );
    assert!(outcomes["431"] > 0, "{outcomes:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn oversized_bodies_are_refused() {
    let outcomes = under_attack("signed bodies of 4 MB, 16 at a time", &[], async |address, until| {
        let request = victim::api(address).trigger_request(&["x"], "e", &"x".repeat(4 << 20));
        repeat(address, until, request, "413").await
    })
    .await;
    assert!(outcomes["413"] > 0, "{outcomes:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_wrong_signatures_a_second_are_refused() {
    let came_to_it =
        |got: &Counts| got.get("401").is_some_and(|wrong| *wrong >= 60) && got.contains_key("429");
    let started = Instant::now();
    let outcomes = under_attack("1,000 wrong signatures a second", &[], async |address, until| {
        let outcomes = Outcomes::default();
        let forger = ApiClient::new(address, "", Credentials::new("4711", "test-key", "guess"));
        let request = forger.trigger_request(&["neighbour"], "e", "forged");
        crowd(4, || {
            let (until, outcomes, request) = (until.clone(), outcomes.clone(), request.clone());
            async move {
                let mut pace = interval(Duration::from_millis(4));
                while !until.is_reached(&outcomes, came_to_it) {
                    pace.tick().await;
                    let Ok(stream) = TcpStream::connect(address).await else { continue };
                    let answer = HttpConnection::new(stream).request(&request).await;
                    outcomes.count(answer.status.to_string());
                    if answer.status == 429 {
                        assert!(answer.header("retry-after").is_some(), "{answer:?}");
                    }
                }
            }
        })
        .await;
        outcomes
    })
    .await;
    assert!(outcomes.keys().eq(["401", "429"]), "{outcomes:?}");
    // Sixty at once, then one in each second.
    let most = 60 + started.elapsed().as_secs() + 1;
    assert!((60..=most).contains(&outcomes["401"]), "{outcomes:?}");
}

/// In each part of a signed request a byte is altered.
#[tokio::test]
async fn a_request_that_was_altered_anywhere_is_refused() {
    let server = TestServer::start(|server| server.set("GEMA_MAX_FAILED_SIGNATURES_PER_ADDRESS", 0));
    let mut client = server.connect().await;
    client.subscribe("x").await;
    let request = server.api().trigger_request(&["x"], "e", "right");
    let text = String::from_utf8(request.clone()).unwrap();
    let signed =
        ["auth_key=", "auth_timestamp=", "auth_version=", "body_md5=", "auth_signature=", "\"right\""];
    let mut places: Vec<_> = signed.iter().map(|part| text.find(part).unwrap() + part.len() - 2).collect();
    places.extend(signed.iter().map(|part| text.find(part).unwrap()));
    places.extend((1..5).map(|after| text.find("auth_signature=").unwrap() + 15 + after * 10));
    for place in places {
        let mut altered = request.clone();
        altered[place] ^= 1;
        let answer = server.http().await.request(&altered).await;
        assert!([400, 401].contains(&answer.status), "{}", String::from_utf8_lossy(&altered));
    }
    server.api().trigger("x", "marker", "").await;
    client.expect_event("marker").await;
    server.stop().await;
}

/// The protocol has no way to tell a repetition from an attack: Pusher's window of 600 seconds is all there is.
#[tokio::test]
async fn a_replayed_request_is_another_delivery_within_ten_minutes_and_none_after() {
    let server = TestServer::start(|server| server);
    let mut client = server.connect().await;
    client.subscribe("x").await;
    let seen = server.api().at(now() - 500).trigger_request(&["x"], "e", "seen");
    for _ in 0..2 {
        server.http().await.request(&seen).await.success();
        client.expect_event("e").await;
    }
    for old in [now() - 601, now() - 86_400, now() + 700] {
        let replayed = server.api().at(old).trigger_request(&["x"], "e", "old");
        server.http().await.request(&replayed).await.refusal(401, "auth_timestamp");
    }
    // Nor does it work for another application, another path or another method.
    let other = ApiClient::new(server.address(), "", Credentials::new("4712", "test-key", "test-secret"));
    let request = other.trigger_request(&["x"], "e", "other");
    server.http().await.request(&request).await.refusal(404, "app_id");
    let text = String::from_utf8(seen).unwrap();
    let moved = text.replacen("/events", "/batch_events", 1);
    server.http().await.request(moved.as_bytes()).await.refusal(401, "auth_signature");
    client.expect_nothing_before_pong().await;
    server.stop().await;
}

#[tokio::test]
async fn an_origin_cannot_be_dressed_up_as_an_allowed_one() {
    let server =
        TestServer::start(|server| server.set("REVERB_APP_ALLOWED_ORIGINS", "example.com,*.example.org"));
    let check = async |origins: &[&str], allowed: bool| {
        let headers: Vec<_> = origins.iter().map(|origin| ("Origin", *origin)).collect();
        let mut socket =
            gema_testkit::WebSocket::open(server.tcp().await, &server.app_path(), &headers).await;
        if allowed {
            socket.expect_event("pusher:connection_established").await;
        } else {
            assert_eq!(socket.expect_refusal(4009).await, "Origin not allowed", "{origins:?}");
        }
    };
    check(&["https://example.com"], true).await;
    for origin in [
        "",
        "null",
        "example.com",
        "https://",
        "https://example.com.evil.test",
        "https://evilexample.com",
        "https://example.com@evil.test",
        "https://evil.test/https://example.com",
        "https://evil.test#example.com",
        "https://evil.test?.example.org",
        "https://evil.test/.example.org",
        "https://evil.test\\.example.org",
        "https://example.com.",
        "https://.example.org.evil.test",
        "https://[::1].example.org.evil.test",
        "https://ex\u{430}mple.com",
        "javascript://example.com%0aalert(1)",
        "https://example.com, https://evil.test",
        "https://evil.test, https://example.com",
    ] {
        check(&[origin], false).await;
    }
    check(&["https://example.com", "https://evil.test"], false).await;
    check(&["https://evil.test", "https://example.com"], false).await;
    server.stop().await;
}
