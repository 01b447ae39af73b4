//! Messages that are no good: JSON that tries the parser, names that try whoever keeps them.

use gema_testkit::{Credentials, PusherClient, TestServer, WebSocket};
use serde_json::json;
use tokio::net::TcpStream;

use super::{Outcomes, anything, crowd, under_attack, victim};

/// Texts that are answered with an error, each with its code.
fn refused() -> Vec<(String, u64)> {
    let nested = |open: &str, close: &str, depth| format!("{}{}", open.repeat(depth), close.repeat(depth));
    let subscribe =
        |channel: &str| json!({ "event": "pusher:subscribe", "data": { "channel": channel } }).to_string();
    let mut texts = vec![
        (nested("[", "]", 4000), 4200),
        (nested("{\"a\":", "}", 1500), 4200),
        ("[".repeat(9000), 4200),
        ("\"".repeat(9000), 4200),
        ("{\"event\":".repeat(1000), 4200),
        (format!("{{\"{}\":1}}", "k".repeat(9000)), 4200),
        (format!("{{\"event\":\"{}\"}}", "e".repeat(9000)), 4200),
        ("1e999999".to_owned(), 4200),
        ("9".repeat(9000), 4200),
        (format!("{{\"event\":{}}}", "9".repeat(9000)), 4200),
        ("-".to_owned(), 4200),
        ("\u{0}".to_owned(), 4200),
        ("{\"event\":\"pusher:subscribe\u{0}\"}".to_owned(), 4200),
        ("{\"event\":\"pusher:subscribe\",\"data\":null}".to_owned(), 4200),
        ("{\"event\":\"pusher:subscribe\",\"data\":[]}".to_owned(), 4200),
        ("{\"event\":\"pusher:subscribe\",\"data\":{\"channel\":1}}".to_owned(), 4200),
        ("{\"event\":\"pusher:subscribe\",\"data\":{\"channel\":[\"x\"]}}".to_owned(), 4200),
        (r#"{"event":"pusher:subscribe","data":{"channel":"\ud800"}}"#.to_owned(), 4200),
        (r#"{"event":"pusher:subscribe","data":{"channel":"\udc00\ud800"}}"#.to_owned(), 4200),
        (r#"{"event":"\ud800"}"#.to_owned(), 4200),
        (r#"{"event":"client-x","channel":"private-x","data":NaN}"#.to_owned(), 4200),
        ("\u{feff}{\"event\":\"pusher:ping\"}".to_owned(), 4200),
        ("{\"event\":\"pusher:ping\"}{\"event\":\"pusher:ping\"}".to_owned(), 4200),
        ("x".repeat(20_000), 4301),
    ];
    for channel in [
        "",
        " ",
        "a b",
        "a\u{0}",
        "a\n",
        "a/b",
        "a:b",
        "../x",
        "<script>",
        "é",
        "\u{202e}x",
        "#x",
        "#server-to-user-",
        &"x".repeat(201),
        &"é".repeat(100),
        "a\u{301}",
        "💥",
    ] {
        texts.push((subscribe(channel), 4200));
    }
    for channel in [
        "#server-to-user-x",
        "private-",
        "presence-",
        "private-encrypted-",
        "private-__proto__",
        "presence-x",
    ] {
        texts.push((subscribe(channel), 4009));
    }
    texts
}

#[tokio::test]
async fn each_is_answered_with_an_error_and_the_connection_stays() {
    let server = TestServer::start(|server| server);
    let mut client = server.connect().await;
    for (text, code) in refused() {
        let shown: String = text.chars().take(80).collect();
        client.socket.send_text(text).await;
        let error = client.next_event().await;
        assert_eq!((&*error.name, error.code()), ("pusher:error", Some(code)), "{shown}: {error:?}");
        assert!(error.message().len() < 2000, "{shown}: {error:?}");
        // A refused subscription is told to its channel, too.
        client.send("pusher:ping", json!({})).await;
        loop {
            match &*client.next_event().await.name {
                "pusher:pong" => break,
                "pusher:subscription_error" => {}
                other => panic!("{shown}: {other}"),
            }
        }
    }
    assert!(server.api().channels().await.is_empty());
    server.stop().await;
}

/// Names that mean something elsewhere mean nothing here.
#[tokio::test]
async fn names_that_are_special_elsewhere_are_plain_names() {
    let server = TestServer::start(|server| server);
    let mut client = server.connect().await;
    for channel in [
        "__proto__",
        "constructor",
        "..",
        ".",
        "-",
        "null",
        "a;b,c=d@e",
        "PRIVATE-x",
        "cache-",
        &"x".repeat(200),
    ] {
        client.send("pusher:subscribe", json!({ "channel": channel })).await;
        client.expect_event("pusher_internal:subscription_succeeded").await;
        if channel == "cache-" {
            client.expect_event("pusher:cache_miss").await;
        }
        server.api().trigger(channel, "e", "d").await;
        assert_eq!(client.expect_event("e").await.channel.as_deref(), Some(channel));
    }
    server.stop().await;
}

/// Of two keys of the same name one is believed, and it is the same one in every place: nobody passes a check with
/// the first and acts with the second.
#[tokio::test]
async fn of_a_key_that_comes_twice_no_second_value_passes_by_a_check() {
    let server = TestServer::start(|server| server);
    let mut client = server.connect().await;
    let auth = client.subscription("private-mine", None)["auth"].as_str().unwrap().to_owned();
    for keys in [
        r#""channel":"private-mine","channel":"private-other""#,
        r#""channel":"private-other","channel":"private-mine""#,
    ] {
        let text = format!(r#"{{"event":"pusher:subscribe","data":{{{keys},"auth":"{auth}"}}}}"#);
        client.socket.send_text(text).await;
        client.send("pusher:ping", json!({})).await;
        while client.next_event().await.name != "pusher:pong" {}
    }
    let channels = server.api().channels().await;
    assert!(channels.is_empty() || channels == ["private-mine"], "{channels:?}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_them_hurts_nobody_else() {
    let outcomes = under_attack("hostile JSON and names, 8 connections", &[], async |address, until| {
        let outcomes = Outcomes::default();
        let texts: Vec<String> = refused().into_iter().map(|(text, _)| text).collect();
        crowd(8, || {
            let (until, outcomes, texts) = (until.clone(), outcomes.clone(), texts.clone());
            async move {
                let stream = TcpStream::connect(address).await.unwrap();
                let socket = WebSocket::open(stream, &victim::app_path(), &[]).await;
                let mut client = PusherClient::greet(socket, Credentials::of_tests()).await;
                while !until.is_reached(&outcomes, anything) {
                    for text in &texts {
                        client.socket.send_text(text.clone()).await;
                        let error = client.next_event().await;
                        outcomes.count(format!("error {}", error.code().unwrap_or_default()));
                        client.send("pusher:ping", json!({})).await;
                        while client.next_event().await.name != "pusher:pong" {}
                    }
                }
            }
        })
        .await;
        outcomes
    })
    .await;
    let refused = outcomes.keys().all(|outcome| outcome.starts_with("error 4"));
    assert!(refused && !outcomes.is_empty(), "{outcomes:?}");
}
