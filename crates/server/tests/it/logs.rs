//! What is in the logs, and what is not.

use std::{net::SocketAddr, process::Command};

use gema_protocol::signature::sign_channel;
use gema_testkit::{ApiClient, Credentials, WebSocket};
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::{
    command::connect,
    process::{Process, directory, gema},
};

/// Texts that no log may have.
const PAYLOAD: &str = "payload-of-an-event";
const WHISPER: &str = "payload-of-a-whisper";
const USER_INFO: &str = "info-about-somebody";
const SECRET: &str = "secret-of-the-application";

fn app() -> Credentials {
    Credentials::new("app-1", "key-1", SECRET)
}

/// Starts a server that logs so much, in this form.
fn start(directory: &tempfile::TempDir, level: &str, format: &str) -> Process {
    start_with(directory, level, &["--log-format", format], |_| ())
}

fn start_with(
    directory: &tempfile::TempDir,
    level: &str,
    arguments: &[&str],
    change: impl FnOnce(&mut Command),
) -> Process {
    let mut command = gema(directory, &["start", "--host", "127.0.0.1", "--port", "0"]);
    command.args(arguments);
    command.env("GEMA_LOG", level).env("GEMA_METRICS_ADDRESS", "127.0.0.1:0");
    for (name, value) in
        [("REVERB_APP_ID", "app-1"), ("REVERB_APP_KEY", "key-1"), ("REVERB_APP_SECRET", SECRET)]
    {
        command.env(name, value);
    }
    change(&mut command);
    Process::spawn(&mut command)
}

/// Says and publishes all kinds of things. Answers the signatures that were sent.
async fn load(address: SocketAddr) -> Vec<String> {
    let (app, api) = (app(), ApiClient::new(address, "", app()));
    let (mut first, mut second) = (connect(address, &app).await, connect(address, &app).await);
    let member = json!({ "user_id": "u1", "user_info": { "name": USER_INFO } }).to_string();
    let mut signatures = Vec::new();
    for (client, channel_data) in [(&mut first, Some(&*member)), (&mut second, Some(&*member))] {
        for (channel, data) in [("private-x", None), ("presence-x", channel_data)] {
            let subscription = client.subscription(channel, data);
            signatures.push(subscription["auth"].as_str().unwrap().to_owned());
            client.send("pusher:subscribe", subscription).await;
            client.expect_event("pusher_internal:subscription_succeeded").await;
        }
    }
    first.sign_in("u1").await;
    first.whisper("private-x", "client-e", json!(WHISPER)).await;
    second.expect_event("client-e").await;
    api.trigger("private-x", "an-event", PAYLOAD).await;
    second.expect_event("an-event").await;
    let event = json!({ "channel": "private-x", "name": "an-event", "data": PAYLOAD });
    api.post("/batch_events", &json!({ "batch": [event] })).await.success();
    second.expect_event("an-event").await;

    // Whatever fails is told without what it was.
    let wrong = sign_channel("key-1", &app.secret, &second.socket_id, "private-x", Some(USER_INFO));
    second.send("pusher:subscribe", json!({ "channel": "private-y", "auth": wrong })).await;
    second.expect_error(4009).await;
    signatures.push(wrong);
    second.expect_event("pusher:subscription_error").await;
    second.send("pusher:signin", json!({ "auth": "key-1:00ff", "user_data": USER_INFO })).await;
    second.expect_error(4009).await;
    second.socket.send_text(format!("{{{PAYLOAD}")).await;
    second.next_event().await;
    let request = String::from_utf8(api.trigger_request(&["private-x"], "an-event", PAYLOAD)).unwrap();
    let signature = request.split("auth_signature=").nth(1).unwrap()[..64].to_owned();
    let altered = request.replace("an-event", "an-avent");
    assert_eq!(api.connect().await.request(altered.as_bytes()).await.status, 401);
    signatures.push(signature);
    signatures.push("00ff".to_owned());
    signatures.iter().map(|auth| auth.rsplit(':').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn at_every_level_there_is_no_payload_no_secret_and_nothing_personal() {
    let directory = directory();
    let mut process = start(&directory, "trace", "text");
    let signatures = load(process.address()).await;
    process.signal("TERM");
    let (status, log) = process.end();
    assert_eq!(status.code(), Some(0), "{log}");
    for shown in
        ["A connection is open", "A message has come", "An event is published", "A request is answered"]
    {
        assert!(log.contains(shown), "no `{shown}`: {log}");
    }
    let texts = [PAYLOAD, WHISPER, USER_INFO, SECRET].into_iter().map(str::to_owned);
    for hidden in texts.chain(signatures) {
        let lines: Vec<_> = log.lines().filter(|line| line.contains(&hidden)).collect();
        assert!(lines.is_empty(), "{hidden} in {lines:?}");
    }
}

#[tokio::test]
async fn a_log_in_json_has_a_field_for_each_thing() {
    let directory = directory();
    let mut process = start(&directory, "gema=trace", "json");
    load(process.logged_address()).await;
    process.signal("TERM");
    let printed = process.rest_of_output();
    assert!(printed.is_empty(), "{printed:?}");
    let (_, log) = process.end();
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")))
        .collect();
    let line = |message: &str| {
        lines
            .iter()
            .find(|line| line["message"] == message)
            .unwrap_or_else(|| panic!("no `{message}`: {log}"))
    };
    let banner = line("Gema listens");
    assert_eq!((&banner["level"], &banner["applications"]), (&json!("INFO"), &json!("app-1")));
    assert_eq!(banner["version"], env!("CARGO_PKG_VERSION"));
    assert!(banner["shards"].as_u64() >= Some(1) && banner["open_files"].is_u64(), "{banner}");
    for address in ["listening", "public_http", "public_websocket", "metrics"] {
        assert!(banner[address].as_str().unwrap().contains("://127.0.0.1:"), "{banner}");
    }
    let open = line("A connection is open");
    assert_eq!((&open["level"], &open["app.id"]), (&json!("DEBUG"), &json!("app-1")));
    assert!(open["socket.id"].as_str().is_some_and(|id| id.contains('.')), "{open}");
    let published = line("An event is published");
    assert_eq!((&published["level"], &published["event.name"]), (&json!("TRACE"), &json!("an-event")));
    assert_eq!(published["channel.name"], "private-x");
    let answered = line("A request is answered");
    assert!(answered["duration_ms"].is_number() && answered["route"].is_string(), "{answered}");
    assert_eq!(line("Stopped")["level"], "INFO");
}

#[tokio::test]
async fn by_default_only_the_life_of_the_process_is_logged() {
    let directory = directory();
    let mut process = start(&directory, "info", "text");
    load(process.address()).await;
    process.signal("TERM");
    let (_, log) = process.end();
    let lines: Vec<_> = log.lines().collect();
    assert_eq!(lines.len(), 2, "{log}");
}

#[tokio::test]
async fn what_debug_shows_is_in_the_log_where_that_is_for_programs() {
    let directory = directory();
    let mut process = start_with(&directory, "info", &["--log-format", "json", "--debug"], |_| ());
    let signatures = load(process.logged_address()).await;
    let closed = process.log_with("Connection Closed");
    process.signal("TERM");
    let printed = process.rest_of_output();
    assert!(printed.is_empty(), "{printed:?}");
    let (_, log) = process.end();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let line = |message: &str, part: &str| {
        let is_it = |line: &&Value| {
            line["message"] == message && line["body"].as_str().is_some_and(|body| body.contains(part))
        };
        lines.iter().find(is_it).unwrap_or_else(|| panic!("no `{message}` with `{part}`: {log}"))
    };
    let subscribe = line("Message Received", "pusher:subscribe");
    let body: Value = serde_json::from_str(subscribe["body"].as_str().unwrap()).unwrap();
    assert_eq!((&body["data"]["auth"], &body["data"]["channel"]), (&json!("(hidden)"), &json!("private-x")));
    assert!(subscribe["socket.id"].as_str().is_some_and(|id| id.contains('.')), "{subscribe}");
    line("Message Sent", PAYLOAD);
    assert!(closed.contains("socket.id"), "{closed}");
    for hidden in
        signatures.iter().map(String::as_str).filter(|signature| signature.len() == 64).chain([SECRET])
    {
        assert!(!log.contains(hidden), "{hidden} in {log}");
    }
}

/// Opens a WebSocket that is refused with this code.
async fn be_refused(address: SocketAddr, key: &str, origin: Option<&str>, code: u16) {
    let headers: Vec<_> = origin.map(|origin| ("Origin", origin)).into_iter().collect();
    let stream = TcpStream::connect(address).await.unwrap();
    let mut socket = WebSocket::open(stream, &format!("/app/{key}?protocol=7"), &headers).await;
    socket.expect_refusal(code).await;
}

fn start_with_limits(directory: &tempfile::TempDir, level: &str) -> Process {
    start_with(directory, level, &[], |command| {
        command.env("REVERB_APP_ALLOWED_ORIGINS", "example.com").env("REVERB_APP_MAX_CONNECTIONS", "0");
    })
}

#[tokio::test]
async fn at_debug_each_connection_that_is_refused_is_told_and_why() {
    let directory = directory();
    let mut process = start_with_limits(&directory, "debug");
    let address = process.address();
    for (key, origin, code, parts) in [
        // A page that was built with the secret in the place of the key.
        (SECRET, None, 4001, &["no application has their key", "key=secret…"][..]),
        ("key-1", None, 4009, &["REVERB_APP_ALLOWED_ORIGINS", "key=key-1"]),
        (
            "key-1",
            Some("https://evil.test"),
            4009,
            &["REVERB_APP_ALLOWED_ORIGINS", "origin=https://evil.test"],
        ),
        (
            "key-1",
            Some("https://example.com"),
            4004,
            &["REVERB_APP_MAX_CONNECTIONS", "origin=https://example.com"],
        ),
    ] {
        be_refused(address, key, origin, code).await;
        let line = process.log_with("A connection is refused");
        for part in [parts, &["DEBUG", &format!("code={code}"), "peer=127.0.0.1"]].concat() {
            assert!(line.contains(part), "no `{part}`: {line}");
        }
    }
    process.signal("TERM");
    let (_, log) = process.end();
    assert!(!log.contains(SECRET), "{log}");
}

#[tokio::test]
async fn how_many_are_refused_is_told_by_default_and_not_for_each() {
    const MANY: usize = 200;
    let directory = directory();
    let mut process = start_with_limits(&directory, "info");
    let address = process.address();
    be_refused(address, "another-key", None, 4001).await;
    let line = process.log_with("Connections are refused");
    for part in ["WARN", "no application has their key", "code=4001", "refused=1", "key anoth…"] {
        assert!(line.contains(part), "no `{part}`: {line}");
    }
    for _ in 0..MANY {
        be_refused(address, "key-1", Some("https://evil.test"), 4009).await;
    }
    assert!(process.log_with("code=4009").contains("origin https://evil.test"));
    process.signal("TERM");
    let (_, log) = process.end();
    let lines = log.lines().filter(|line| line.contains("code=4009")).count();
    assert!(lines < MANY / 4, "{log}");
    assert!(!log.contains("peer"), "{log}");
}
