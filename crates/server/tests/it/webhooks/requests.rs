//! The requests: their form, what goes together, and what happens when the receiver does not accept them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use gema_testkit::TestServer;
use serde_json::json;
use tokio::time::Instant;

use super::{
    receiver::{Answer, Received, Receiver, line},
    start,
};

/// How long an event waits for others that go with it.
const BATCH_WAIT: Duration = Duration::from_millis(250);
/// For receivers that keep the server waiting: four times as long as anything may take in a test.
const LONG_TIMEOUT: (&str, &str) = ("GEMA_APP_WEBHOOK_TIMEOUT", "60");

fn unix_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64
}

/// What a request tells, as `name channel user`.
fn lines(received: &Received) -> Vec<String> {
    received.events().iter().map(line).collect()
}

#[tokio::test]
async fn a_request_is_signed_and_its_headers_are_written_as_pusher_writes_them() {
    let mut receiver = Receiver::start().await;
    let (server, _spool) = start(&receiver, &[]);
    let mut client = server.connect().await;
    let before = unix_ms();
    client.subscribe("news").await;
    let received = receiver.next().await;
    // These names in exactly this letter case; the receiver has checked the signature.
    received.verify();
    assert_eq!(received.header("Content-Type"), Some("application/json"));
    assert!(received.head.starts_with("POST /hooks?from=gema HTTP/1.1\r\n"), "{}", received.head);
    let body = received.json();
    let id = body["events"][0]["id"].as_str().unwrap();
    assert_eq!(body["events"], json!([{ "name": "channel_occupied", "channel": "news", "id": id }]));
    let time_ms = body["time_ms"].as_u64().unwrap();
    assert!((before..=unix_ms()).contains(&time_ms), "{time_ms}");
    assert!(received.body.contains(&format!("\"time_ms\":{time_ms},")), "{}", received.body);
    server.stop().await;
}

#[tokio::test]
async fn a_webhook_of_the_file_has_its_own_headers_and_filters() {
    let mut receiver = Receiver::start().await;
    let spool = tempfile::tempdir().unwrap();
    let server = TestServer::start(|builder| {
        builder.set("GEMA_WEBHOOK_SPOOL", spool.path().display());
        // The application of the environment replaces it, so this is another one.
        builder.file(&format!(
            "[[apps]]\nid = \"7\"\nkey = \"test-key\"\nsecret = \"test-secret\"\n\
             [[apps.webhooks]]\nurl = \"{0}\"\nevents = [\"channel_occupied\"]\nchannels = [\"a*\"]\n\
             headers = {{ Authorization = \"Bearer token\" }}\n\
             [[apps.webhooks]]\nurl = \"{0}\"\nevents = [\"channel_occupied\"]\nchannels = [\"b*\"]\n",
            receiver.url()
        ));
        for name in ["REVERB_APP_ID", "REVERB_APP_KEY", "REVERB_APP_SECRET"] {
            builder.set(name, "");
        }
        builder
    });
    let mut client = server.connect().await;
    client.subscribe("a1").await;
    let received = receiver.next().await;
    assert_eq!(received.header("Authorization"), Some("Bearer token"));
    assert_eq!(line(&received.events()[0]), "channel_occupied a1");
    client.subscribe("b1").await;
    let received = receiver.next().await;
    assert_eq!(received.header("Authorization"), None);
    assert_eq!(line(&received.events()[0]), "channel_occupied b1");
    server.stop().await;
}

#[tokio::test]
async fn a_request_waits_a_quarter_of_a_second_for_others_and_tells_at_most_twenty_events() {
    let (mut receiver, release) = Receiver::holding_the_first().await;
    let (server, _spool) = start(&receiver, &[LONG_TIMEOUT]);
    let mut client = server.connect().await;
    let began = Instant::now();
    client.subscribe("first").await;
    let first = receiver.next().await;
    assert!(first.at - began >= BATCH_WAIT, "{:?}", first.at - began);
    assert_eq!(lines(&first), ["channel_occupied first"]);
    // What is confirmed is in the spool.
    for number in 0..45 {
        client.subscribe(&format!("c{number}")).await;
    }
    release.notify_one();
    let (mut sizes, mut told) = (Vec::new(), Vec::new());
    while told.len() < 45 {
        let received = lines(&receiver.next().await);
        sizes.push(received.len());
        told.extend(received);
    }
    assert_eq!(sizes, [20, 20, 5]);
    let expected: Vec<_> = (0..45).map(|number| format!("channel_occupied c{number}")).collect();
    assert_eq!(told, expected);
    server.stop().await;
}

#[tokio::test]
async fn without_batching_each_event_has_its_own_request() {
    let mut receiver = Receiver::start().await;
    let (server, _spool) = start(&receiver, &[("GEMA_APP_WEBHOOK_BATCHING", "false")]);
    let mut client = server.connect().await;
    for number in 0..30 {
        let data = client.subscription(&format!("c{number}"), None);
        client.send("pusher:subscribe", data).await;
    }
    for number in 0..30 {
        let events = receiver.next().await.events();
        assert_eq!(events.len(), 1);
        assert_eq!(line(&events[0]), format!("channel_occupied c{number}"));
    }
    server.stop().await;
}

#[tokio::test]
async fn events_of_encrypted_channels_go_without_others() {
    let (mut receiver, release) = Receiver::holding_the_first().await;
    let (server, _spool) = start(&receiver, &[LONG_TIMEOUT]);
    let mut client = server.connect().await;
    client.subscribe("first").await;
    assert_eq!(lines(&receiver.next().await), ["channel_occupied first"]);
    for channel in ["a", "private-encrypted-b", "private-encrypted-c", "d"] {
        client.subscribe(channel).await;
    }
    release.notify_one();
    let mut requests = Vec::new();
    for _ in 0..3 {
        requests.push(lines(&receiver.next().await));
    }
    let encrypted = ["channel_occupied private-encrypted-b", "channel_occupied private-encrypted-c"];
    assert_eq!(requests, [&["channel_occupied a"][..], &encrypted, &["channel_occupied d"]]);
    server.stop().await;
}

#[tokio::test]
async fn a_request_that_fails_is_sent_again_as_it_was_after_growing_pauses() {
    let mut receiver = Receiver::answering(|number, _| match number {
        0 => Answer::Status(500),
        1 => Answer::Reset,
        2 => Answer::Status(404),
        3 => Answer::Status(301),
        _ => Answer::Status(204),
    })
    .await;
    let (server, _spool) = start(&receiver, &[]);
    let mut client = server.connect().await;
    client.subscribe("a").await;
    let first = receiver.next().await;
    let (mut last, mut pauses) = (first.at, Vec::new());
    // What happens meanwhile has to wait.
    client.subscribe("b").await;
    for _ in 1..=4 {
        let again = receiver.next().await;
        assert_eq!(
            (&again.body, again.header("X-Pusher-Signature")),
            (&first.body, first.header("X-Pusher-Signature"))
        );
        pauses.push(again.at - last);
        last = again.at;
    }
    // A pause doubles, and chance takes off up to a half. The receiver looks at its clock before it answers, so that
    // whatever a busy machine adds makes a pause longer.
    let shortest = [125, 250, 500, 1_000].map(Duration::from_millis);
    assert!(pauses.iter().zip(shortest).all(|(pause, least)| *pause >= least), "{pauses:?}");
    assert_eq!(receiver.lines(1).await, ["channel_occupied b"]);
    server.stop().await;
}

#[tokio::test]
async fn a_receiver_that_takes_too_long_has_not_accepted() {
    let mut receiver = Receiver::answering(|number, _| match number {
        0 => Answer::Late(Duration::from_secs(30)),
        _ => Answer::Status(200),
    })
    .await;
    let (server, _spool) = start(&receiver, &[("GEMA_APP_WEBHOOK_TIMEOUT", "1")]);
    let mut client = server.connect().await;
    let began = Instant::now();
    client.subscribe("a").await;
    let (first, second) = (receiver.next().await, receiver.next().await);
    assert_eq!(first.body, second.body);
    // The server's second may begin long before the receiver has read the request.
    assert!(second.at - began >= BATCH_WAIT + Duration::from_secs(1), "{:?}", second.at - began);
    server.stop().await;
}

#[tokio::test]
async fn a_redirection_is_not_followed_and_counts_as_failed() {
    let mut elsewhere = Receiver::start().await;
    let url = elsewhere.url();
    let mut receiver = Receiver::answering(move |number, _| match number {
        0 => Answer::Redirect(url.clone()),
        _ => Answer::Status(200),
    })
    .await;
    let (server, _spool) = start(&receiver, &[]);
    let mut client = server.connect().await;
    client.subscribe("a").await;
    let (first, second) = (receiver.next().await, receiver.next().await);
    assert_eq!(first.body, second.body);
    server.stop().await;
    assert!(elsewhere.so_far().is_empty());
}

#[tokio::test]
async fn a_dead_receiver_delays_neither_messages_nor_other_webhooks() {
    let dead = Receiver::answering(|_, _| Answer::Late(Duration::from_secs(60))).await;
    let mut alive = Receiver::start().await;
    let spool = tempfile::tempdir().unwrap();
    let server = TestServer::start(|builder| {
        builder.set("GEMA_WEBHOOK_SPOOL", spool.path().display()).set("GEMA_APP_WEBHOOK_URL", dead.url());
        builder.set(LONG_TIMEOUT.0, LONG_TIMEOUT.1);
        // Another application, whose requests have the same key and secret so that the receiver can check them.
        builder.file(&format!(
            "[[apps]]\nid = \"7\"\nkey = \"other-key\"\nsecret = \"test-secret\"\nwebhook_url = \"{}\"\n\
             webhook_timeout = 60\n",
            dead.url()
        ))
    });
    let (mut a, mut b) = (server.connect().await, server.connect().await);
    // Whoever waited for the receiver would wait for a minute: longer than the test does for anything.
    for client in [&mut a, &mut b] {
        client.join("presence-room", &client.socket_id.to_string()).await;
    }
    a.expect_event("pusher_internal:member_added").await;
    for number in 0..20 {
        a.whisper("presence-room", "client-n", json!(number)).await;
        b.expect_event("client-n").await;
    }
    server.stop().await;

    // Two webhooks of one application: the second one is told although the first one is dead.
    let spool = tempfile::tempdir().unwrap();
    let server = TestServer::start(|builder| {
        builder.set("GEMA_WEBHOOK_SPOOL", spool.path().display());
        for name in ["REVERB_APP_ID", "REVERB_APP_KEY", "REVERB_APP_SECRET"] {
            builder.set(name, "");
        }
        builder.file(&format!(
            "[[apps]]\nid = \"7\"\nkey = \"test-key\"\nsecret = \"test-secret\"\n\
             [[apps.webhooks]]\nurl = \"{}\"\ntimeout = 60\n[[apps.webhooks]]\nurl = \"{}\"\ntimeout = 60\n",
            dead.url(),
            alive.url()
        ))
    });
    let mut client = server.connect().await;
    client.subscribe("a").await;
    assert_eq!(alive.lines(1).await, ["channel_occupied a"]);
    client.subscribe("b").await;
    assert_eq!(alive.lines(1).await, ["channel_occupied b"]);
    server.stop().await;
}

#[tokio::test]
async fn what_is_never_accepted_is_given_up_and_what_comes_later_is_told() {
    let mut receiver = Receiver::answering(|_, received| {
        let refused = received.body.contains("refused");
        Answer::Status(if refused { 500 } else { 200 })
    })
    .await;
    let (server, _spool) = start(&receiver, &[("GEMA_APP_WEBHOOK_RETRY_FOR", "1")]);
    let mut client = server.connect().await;
    client.subscribe("refused").await;
    receiver.next().await;
    client.subscribe("a").await;
    assert_eq!(receiver.lines(1).await, ["channel_occupied a"]);
    let scrape = server.scrape().await;
    assert_eq!(scrape.count("gema_webhook_events_dropped_total", &[("reason", "too_old")]), 1);
    assert_eq!(scrape.count("gema_webhook_events_dropped_total", &[]), 1);
    server.stop().await;
}
