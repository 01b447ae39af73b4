use gema_protocol::signature::{Secret, sign};
use serde_json::json;

use super::*;

const KEY: &str = "278d425bdf160c739803";

fn credentials() -> Credentials {
    let secret = Secret::new("7ad3773142a6692b25b8");
    Credentials { key: KEY.to_owned(), secret, encryption_key: None }
}

fn read(body: &str) -> Result<Webhook, InvalidWebhook> {
    let signature = sign(&credentials().secret, body.as_bytes());
    Webhook::verify(&credentials(), Some(KEY), Some(&signature), body.as_bytes())
}

#[test]
fn a_webhook_with_the_signature_of_the_documentation_is_accepted() {
    let body = br#"{"time_ms":1327078148132,"events":[{"name":"channel_occupied","channel":"my-channel"}]}"#;
    let signature = "c19001ae3963ccb13bf618e5b16ba9848e7e74df0993aa0689168e341c6833cf";
    let webhook = Webhook::verify(&credentials(), Some(KEY), Some(signature), body).unwrap();
    let channel = "my-channel".parse().unwrap();
    let events = vec![WebhookEvent::ChannelOccupied { channel }];
    assert_eq!(webhook, Webhook { time_ms: 1_327_078_148_132, events });
}

#[test]
fn a_webhook_of_somebody_else_is_refused() {
    let body = br#"{"time_ms":1,"events":[]}"#;
    let signature = sign(&credentials().secret, body);
    let check = |key: Option<&str>, signature: Option<&str>, body: &[u8], expected: &str| {
        let error = Webhook::verify(&credentials(), key, signature, body).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    check(None, Some(&signature), body, "no header X-Pusher-Key");
    check(Some(KEY), None, body, "no header X-Pusher-Signature");
    check(Some("other"), Some(&signature), body, "the key `other`");
    check(Some(KEY), Some(&signature.to_ascii_uppercase()), body, "not that of the body");
    check(Some(KEY), Some(""), body, "not that of the body");
    check(Some(KEY), Some(&signature), br#"{"time_ms":2,"events":[]}"#, "not that of the body");
    check(Some(KEY), Some(&sign(&Secret::new("x"), body)), body, "not that of the body");
}

#[test]
fn every_kind_of_event_is_read() {
    let unknown = json!({ "name": "app_renamed", "to": "x" });
    let events = json!([
        { "name": "channel_vacated", "channel": "a" },
        { "name": "member_added", "channel": "presence-a", "user_id": "7" },
        { "name": "member_removed", "channel": "presence-a", "user_id": "7" },
        { "name": "client_event", "channel": "presence-a", "event": "client-x", "data": "{\"a\":1}",
          "socket_id": "1.2", "user_id": "7" },
        { "name": "client_event", "channel": "private-a", "event": "client-x", "data": "", "socket_id": "1.2" },
        { "name": "cache_miss", "channel": "cache-a" },
        { "name": "subscription_count", "channel": "a", "subscription_count": 3 },
        unknown,
    ]);
    let webhook = read(&json!({ "time_ms": 5, "events": events }).to_string()).unwrap();
    let channel = |name: &str| name.parse().unwrap();
    let user = || "7".parse::<UserId>().unwrap();
    let said = |name: &str, data: &str, user_id| WebhookEvent::ClientEvent {
        channel: channel(name),
        event: "client-x".to_owned(),
        data: data.to_owned(),
        socket_id: "1.2".parse().unwrap(),
        user_id,
    };
    let expected = [
        WebhookEvent::ChannelVacated { channel: channel("a") },
        WebhookEvent::MemberAdded { channel: channel("presence-a"), user_id: user() },
        WebhookEvent::MemberRemoved { channel: channel("presence-a"), user_id: user() },
        said("presence-a", r#"{"a":1}"#, Some(user())),
        said("private-a", "", None),
        WebhookEvent::CacheMiss { channel: channel("cache-a") },
        WebhookEvent::SubscriptionCount { channel: channel("a"), subscription_count: 3 },
        WebhookEvent::Unknown(unknown),
    ];
    assert_eq!(webhook.events, expected);
}

#[test]
fn a_signed_body_that_is_no_webhook_says_where() {
    let check = |body: serde_json::Value, expected: &str| {
        let error = read(&body.to_string()).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    check(json!([]), "no webhook");
    check(json!({ "events": [] }), "time_ms");
    let event = |event: serde_json::Value| json!({ "time_ms": 1, "events": [{ "name": "x" }, event] });
    check(event(json!({ "name": "channel_occupied" })), "event 1 of the webhook has no `channel`");
    check(event(json!({ "name": "cache_miss", "channel": "a b" })), "has ' '");
    check(event(json!({ "name": "member_added", "channel": "a", "user_id": 7 })), "`user_id`");
    let count = json!({ "name": "subscription_count", "channel": "a", "subscription_count": "3" });
    check(event(count), "`subscription_count`");
}
