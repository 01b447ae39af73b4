//! What is counted of webhooks is what their receiver has counted.

use std::{collections::BTreeMap, time::Duration};

use gema::metrics::{Told, WebhookResult};
use gema_testkit::{PusherClient, TestServer, eventually};
use serde_json::json;

use crate::webhooks::receiver::{Answer, Receiver};

/// Seconds in which the receiver answers all requests but one, even on a busy machine.
const TIMEOUT: u32 = 5;

/// Does something of every kind that webhooks tell.
async fn do_everything(server: &TestServer) -> PusherClient {
    let mut client = server.connect().await;
    // The answers come among the numbers of subscribers, and nobody waits for them.
    for channel in ["news", "cache-news", "private-room", "goes"] {
        let data = client.subscription(channel, None);
        client.send("pusher:subscribe", data).await;
    }
    let member = client.subscription("presence-room", Some(r#"{"user_id":"u1"}"#));
    client.send("pusher:subscribe", member).await;
    client.whisper("private-room", "client-e", json!("data")).await;
    client.whisper("presence-room", "client-e", json!("data")).await;
    client.unsubscribe("presence-room").await;
    client.unsubscribe("goes").await;
    client
}

/// Waits until everything is told; answers how many requests there were, how many of them were accepted, and the accepted
/// events by name.
async fn everything_told(receiver: &mut Receiver) -> (u64, u64, BTreeMap<String, u64>) {
    let (mut requests, mut accepted, mut events) = (0, 0, BTreeMap::new());
    // The last ones: who has left is told after three seconds.
    while !(events.contains_key("member_removed") && events.get("channel_vacated") == Some(&2)) {
        let received = receiver.next().await;
        requests += 1;
        if received.accepted {
            accepted += 1;
            for event in received.events() {
                *events.entry(event["name"].as_str().unwrap().to_owned()).or_default() += 1;
            }
        }
    }
    (requests, accepted, events)
}

#[tokio::test]
async fn requests_and_events_are_counted_as_their_receiver_has_counted_them() {
    let mut receiver = Receiver::answering(|number, _| match number {
        // While the server waits for it, this test sees what waits.
        0 => Answer::Late(Duration::from_secs(60)),
        1 => Answer::Status(500),
        2 => Answer::Redirect("http://elsewhere.test/".to_owned()),
        3 => Answer::Reset,
        _ => Answer::Status(200),
    })
    .await;
    let spool = tempfile::tempdir().unwrap();
    let server = TestServer::start(|server| {
        server.set("GEMA_WEBHOOK_SPOOL", spool.path().display()).set("GEMA_APP_WEBHOOK_URL", receiver.url());
        server.set("GEMA_APP_WEBHOOK_TIMEOUT", TIMEOUT).set("GEMA_APP_SUBSCRIPTION_COUNTS", true)
    });
    let client = do_everything(&server).await;
    // Nothing has been accepted yet: it waits, and that is seen.
    let waiting = async || {
        let scrape = server.scrape().await;
        let age = scrape.find("gema_webhook_oldest_event_age_seconds", &[]).unwrap();
        scrape.count("gema_webhook_backlog", &[]) > 0 && age > 0.0
    };
    eventually(true, waiting).await;
    let (requests, accepted, events) = everything_told(&mut receiver).await;

    let event_count = |kind: Told| events.get(kind.text()).copied().unwrap_or(0);
    for &kind in Told::ALL {
        assert!(event_count(kind) > 0, "the receiver has seen no {}: {events:?}", kind.text());
        // The receiver answers before the server counts.
        let counted =
            async || server.scrape().await.count("gema_webhook_events_total", &[("event", kind.text())]);
        eventually(event_count(kind), counted).await;
    }
    let behind = async || {
        let scrape = server.scrape().await;
        ["gema_webhook_backlog", "gema_webhook_oldest_event_age_seconds"].map(|name| scrape.find(name, &[]))
    };
    eventually([Some(0.0); 2], behind).await;
    let scrape = server.scrape().await;
    for &result in WebhookResult::ALL {
        let expected = if result == WebhookResult::Accepted { accepted } else { 1 };
        let labels = [("result", result.text())];
        assert_eq!(scrape.count("gema_webhook_requests_total", &labels), expected, "{}", result.text());
    }
    assert_eq!(scrape.count("gema_webhook_request_duration_seconds_count", &[]), requests);
    // One of them has taken as long as it may.
    let seconds = scrape.find("gema_webhook_request_duration_seconds_sum", &[]).unwrap();
    assert!((f64::from(TIMEOUT)..60.0).contains(&seconds), "{seconds}");
    assert!(scrape.count("gema_webhook_spool_bytes", &[]) > 0);
    for nothing in ["gema_webhook_events_dropped_total", "gema_webhook_spool_errors_total"] {
        assert_eq!(scrape.find(nothing, &[]), Some(0.0), "{nothing}");
    }
    drop(client);
    server.stop().await;
}
