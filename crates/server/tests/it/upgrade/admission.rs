//! Who may connect: origins and quotas.

use std::time::{Duration, Instant};

use gema_testkit::{Credentials, HttpConnection, PusherClient, TestServer, WebSocket, eventually};

#[tokio::test]
async fn an_origin_must_match_a_pattern() {
    let server =
        TestServer::start(|server| server.set("REVERB_APP_ALLOWED_ORIGINS", "example.com, *.example.org"));
    let check = async |origin: Option<&str>, allowed: bool| {
        let headers: Vec<_> = origin.map(|origin| ("Origin", origin)).into_iter().collect();
        let mut socket = WebSocket::open(server.tcp().await, &server.app_path(), &headers).await;
        if allowed {
            socket.expect_event("pusher:connection_established").await;
        } else {
            assert_eq!(socket.expect_refusal(4009).await, "Origin not allowed", "{origin:?}");
        }
    };
    check(Some("https://example.com"), true).await;
    check(Some("http://EXAMPLE.com:3000"), true).await;
    check(Some("https://a.example.org"), true).await;
    check(Some("https://example.org"), false).await;
    check(Some("https://example.com.evil.test"), false).await;
    check(Some("null"), false).await;
    check(None, false).await;
    server.stop().await;
}

#[tokio::test]
async fn an_application_over_its_quota_takes_nobody_until_somebody_leaves() {
    let server =
        TestServer::start(|server| server.set("REVERB_APP_MAX_CONNECTIONS", 2).set("GEMA_SHARDS", 1));
    let mut first = server.connect().await;
    let second = server.connect().await;
    server.websocket(&server.app_path()).await.expect_refusal(4004).await;
    server.websocket(&server.app_path()).await.expect_refusal(4004).await;
    server.expect_limit_hits("app_connections", 2).await;
    first.expect_nothing_before_pong().await;
    assert_eq!(server.api().connections().await, 2);

    drop(second);
    eventually(1, async || server.api().connections().await).await;
    // The only shard, which answers this, has done with the other one by then: the place is free.
    first.expect_nothing_before_pong().await;
    let mut third = server.connect().await;
    server.websocket(&server.app_path()).await.expect_refusal(4004).await;
    first.expect_nothing_before_pong().await;
    third.expect_nothing_before_pong().await;
    server.stop().await;
}

#[tokio::test]
async fn a_quota_of_one_application_does_not_concern_another() {
    let server = TestServer::start(|server| {
        server.set("REVERB_APP_MAX_CONNECTIONS", 1).file(
            r#"
            [[apps]]
            id = "2"
            key = "second"
            secret = "second-secret"
            "#,
        )
    });
    let _first = server.connect().await;
    server.websocket(&server.app_path()).await.expect_refusal(4004).await;
    let second = Credentials::new("2", "second", "second-secret");
    let mut other =
        PusherClient::greet(server.websocket("/app/second?protocol=7").await, second.clone()).await;
    other.subscribe("private-a").await;
    assert_eq!(server.api_of(second).channels().await, ["private-a"]);
    assert!(server.api().channels().await.is_empty());
    server.stop().await;
}

#[tokio::test]
async fn a_full_process_asks_clients_to_come_back_later() {
    let server = TestServer::start(|server| server.set("GEMA_MAX_CONNECTIONS", 2).set("GEMA_SHARDS", 1));
    let mut clients = vec![server.connect().await, server.connect().await];
    server.websocket(&server.app_path()).await.expect_refusal(4100).await;
    server.expect_limit_hits("process_connections", 1).await;
    server.expect_count("gema_connections_refused_total", &[("code", "4100")], 1).await;
    for client in &mut clients {
        client.expect_nothing_before_pong().await;
    }
    clients.pop();
    eventually(1, async || server.api().connections().await).await;
    // The only shard, which answers this, has done with the other one by then: the place is free.
    clients[0].expect_nothing_before_pong().await;
    server.connect().await.expect_nothing_before_pong().await;
    server.stop().await;
}

/// More than are told at the same time why they may not stay.
const CROWD: u64 = 1100;

/// Connections on which all the requests are sent before the first answer is read.
async fn crowd(server: &TestServer, request: &str) -> Vec<HttpConnection> {
    let mut crowd = Vec::new();
    for _ in 0..CROWD {
        let mut http = server.http().await;
        http.write(request.as_bytes()).await;
        crowd.push(http);
    }
    crowd
}

/// Who is told waits for the answer to the close, and holds a place until then.
#[tokio::test]
async fn where_too_many_are_being_told_why_they_may_not_stay_others_get_503() {
    gema::fd_limit::raise().unwrap();
    let server = TestServer::start(|server| server);
    let request = gema_testkit::opening_request("/app/nobody", &[]);
    let (mut told, mut refused) = (0, 0);
    // A place is held for five seconds: a machine that is busy with something else is given another chance.
    let crowd = loop {
        let mut crowd = crowd(&server, &request).await;
        for http in &mut crowd {
            let answer = http.response().await;
            if answer.status == 101 {
                told += 1;
            } else {
                let message = answer.refusal(503, "connection");
                assert!(message.contains("Too many connections are being turned away"), "{message}");
                refused += 1;
            }
        }
        if refused > 0 {
            break crowd;
        }
        assert!(told < 5 * CROWD, "everybody is told");
    };
    assert!(told >= 1000, "{told} are told");
    for (code, count) in [("503", refused), ("4001", told)] {
        server.expect_count("gema_connections_refused_total", &[("code", code)], count).await;
    }
    let failed = [("route", "/app/{key}"), ("method", "GET"), ("status", "5xx")];
    server.expect_count("gema_http_requests_total", &failed, refused).await;
    // Who goes away makes room.
    drop(crowd);
    eventually(101, async || server.http().await.request(request.as_bytes()).await.status).await;
    server.stop().await;
}

#[tokio::test]
async fn a_quota_of_nothing_refuses_everybody() {
    let server = TestServer::start(|server| server.set("REVERB_APP_MAX_CONNECTIONS", 0));
    server.websocket(&server.app_path()).await.expect_refusal(4004).await;
    assert_eq!(server.api().connections().await, 0);
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_leaves_during_its_upgrade_gives_its_place_back() {
    let server = TestServer::start(|server| server.set("REVERB_APP_MAX_CONNECTIONS", 1));
    for _ in 0..20 {
        let mut http = server.http().await;
        http.write(gema_testkit::opening_request(&server.app_path(), &[]).as_bytes()).await;
        http.into_parts().0.tcp().set_zero_linger().unwrap();
    }
    // The last of them may be counted no more, and still have its place for a moment.
    eventually("pusher:connection_established".to_owned(), async || {
        server.websocket(&server.app_path()).await.next_event().await.name
    })
    .await;
    server.stop().await;
}

#[tokio::test]
async fn a_connection_that_is_closing_keeps_its_place_until_its_socket_is_gone() {
    // The server lets it close for five seconds: a machine that is busy with something else is given another chance.
    for _ in 0..3 {
        let server = TestServer::start(|server| server.set("GEMA_MAX_CONNECTIONS", 1));
        let mut broken = server.connect().await;
        let started = Instant::now();
        broken.socket.write(&[0xff, 0xff]).await;
        eventually(0, async || server.api().connections().await).await;
        let answer = server.websocket(&server.app_path()).await.next_event().await;
        let in_time = started.elapsed() < Duration::from_secs(4);
        drop(broken);
        server.stop().await;
        if in_time {
            assert_eq!(answer.code(), Some(4100), "{answer:?}");
            return;
        }
    }
    panic!("it took more than four seconds each time");
}
