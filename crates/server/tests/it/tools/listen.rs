//! `gema listen`.

use std::process::{Child, Stdio};

use gema_testkit::{Credentials, TestServer, eventually};
use serde_json::{Value, json};

use super::{ask_as, leading_to, run, run_with, with_wrong_secret};
use crate::process::{Process, directory, gema, reserved_address};

/// A listener in a process of its own, subscribed to the channels.
struct Listener {
    process: Process,
}

impl Listener {
    async fn start(server: &TestServer, channels: &[&str], arguments: &[&str]) -> Self {
        let target = leading_to(server.address(), &Credentials::of_tests());
        let mut command = gema(&directory(), &["listen"]);
        command.args(channels).args(arguments).args(target).current_dir("/");
        let process = Process::spawn(&mut command);
        let api = server.api();
        for channel in channels {
            eventually(1, async || api.subscriptions(channel).await).await;
        }
        Self { process }
    }

    /// The next line of its output, which must have this text.
    async fn line_with(&mut self, text: &'static str) -> String {
        tokio::task::block_in_place(|| self.process.line_with(text))
    }

    async fn end(self) -> (Option<i32>, String) {
        tokio::task::block_in_place(|| {
            let (status, log) = self.process.end();
            (status.code(), log)
        })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_of_all_kinds_of_channels_are_shown_in_plain_lines_for_a_pipe() {
    let server = TestServer::start(|builder| builder);
    let channels = ["orders", "private-stock", "presence-room"];
    let mut listener = Listener::start(&server, &channels, &["--user", "watcher"]).await;
    let api = server.api();
    api.trigger("orders", "order.placed", r#"{"id":1}"#).await;
    let line = listener.line_with("order.placed").await;
    let words: Vec<_> = line.split("  ").collect();
    assert_eq!(words[1..], ["orders", "order.placed", r#"{"id":1}"#]);
    assert!(words[0].len() == "12:00:00.000".len() && !line.contains('\u{1b}'), "{line:?}");
    api.trigger("private-stock", "stock.low", "\"two\nlines\"").await;
    assert!(listener.line_with("stock.low").await.ends_with(r#""two\u{a}lines""#));

    let mut member = server.connect().await;
    let present = member.join("presence-room", "ani").await;
    assert_eq!(present["presence"]["ids"], json!(["watcher", "ani"]));
    assert!(listener.line_with("pusher:member_added").await.contains(r#"{"user_id":"ani"}"#));
    member.whisper("presence-room", "client-typing", json!({ "on": true })).await;
    assert!(listener.line_with("client-typing").await.ends_with(r#"{"on":true}  by ani"#));
    listener.process.signal("INT");
    let (code, log) = listener.end().await;
    assert_eq!(code, Some(0), "{log}");
    assert!(
        log.contains("connected to ws://") && log.contains("subscribed to presence-room; members: 1"),
        "{log}"
    );
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn json_lines_end_after_the_events_that_were_asked_for() {
    let server = TestServer::start(|builder| builder);
    let mut listener = Listener::start(&server, &["orders"], &["--json", "--count", "2"]).await;
    let api = server.api();
    for data in [r#"{"id":1}"#, "not JSON"] {
        api.trigger("orders", "order.placed", data).await;
    }
    for data in [json!({ "id": 1 }), json!("not JSON")] {
        let line: Value = serde_json::from_str(&listener.line_with("order.placed").await).unwrap();
        assert_eq!((&line["channel"], &line["data"]), (&json!("orders"), &data));
        assert!(line["time"].as_str().unwrap().ends_with('Z'), "{line}");
    }
    assert_eq!(listener.end().await.0, Some(0));
    server.stop().await;
}

/// A process that does not outlive the test.
struct Ending(Child);

impl Drop for Ending {
    fn drop(&mut self) {
        // It has ended, unless the test fails.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn a_reader_that_goes_ends_it_though_nothing_happens() {
    let server = TestServer::start(|builder| builder);
    let target = leading_to(server.address(), &Credentials::of_tests());
    let mut command = gema(&directory(), &["listen", "orders"]);
    command.args(target).current_dir("/").stdout(Stdio::piped()).stderr(Stdio::null());
    let mut listener = Ending(command.spawn().unwrap());
    let api = server.api();
    eventually(1, async || api.subscriptions("orders").await).await;
    drop(listener.0.stdout.take());
    let success = Some(Some(0));
    eventually(success, async || listener.0.try_wait().unwrap().map(|status| status.code())).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listener_comes_back_after_the_server_and_says_so() {
    let directory = directory();
    let (_reserved, address) = reserved_address();
    let port = address.port().to_string();
    let mut first = Process::start(&directory, &["start", "--port", &port]);
    tokio::task::block_in_place(|| first.address());
    let app = Credentials::new("1", "gema-dev-key", "gema-dev-secret");
    let api = gema_testkit::ApiClient::new(address, "", app.clone());
    let mut command = gema(&directory, &["listen", "private-orders", "--count", "2"]);
    command.args(leading_to(address, &app));
    let mut listener = Listener { process: Process::spawn(&mut command) };
    eventually(1, async || api.subscriptions("private-orders").await).await;
    api.trigger("private-orders", "before", "1").await;
    listener.line_with("before").await;

    first.signal("TERM");
    tokio::task::block_in_place(|| first.end());
    let mut second = Process::start(&directory, &["start", "--port", &port]);
    tokio::task::block_in_place(|| second.address());
    eventually(1, async || api.subscriptions("private-orders").await).await;
    api.trigger("private-orders", "after", "1").await;
    listener.line_with("after").await;
    let (code, log) = listener.end().await;
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("closed with 4200") && log.contains("next attempt in"), "{log}");
    second.signal("TERM");
    tokio::task::block_in_place(|| second.end());
}

#[tokio::test]
async fn a_wrong_secret_or_key_is_refused_once_and_explained() {
    let server = TestServer::start(|builder| builder);
    let wrong = with_wrong_secret();
    let answer = ask_as(&server, &wrong, &["listen", "private-x"]).await;
    assert!(!answer.err.contains("not-the-secret"), "{}", answer.err);
    answer.failure(1, &["private-x", "signed with the secret of application 4711 (--secret)"]);
    let unknown = Credentials::new("4711", "another-key", "test-secret");
    ask_as(&server, &unknown, &["listen", "x"]).await.failure(1, &["4001", "another-key"]);
    server.stop().await;
}

#[tokio::test]
async fn a_key_of_ones_own_is_named_as_such_when_nobody_has_it() {
    let server = TestServer::start(|builder| builder);
    let url = format!("http://{}", server.address());
    run(&["listen", "x", "--url", &url, "--key", "nokey"])
        .await
        .failure(1, &["4001", "the key nokey (--key)"]);
    server.stop().await;
}

#[tokio::test]
async fn the_channel_of_a_user_is_not_asked_for() {
    run(&["listen", "orders", "#server-to-user-1"])
        .await
        .failure(2, &["#server-to-user-1", "`gema listen` signs nobody in"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_origins_are_limited_a_listener_has_one_that_is_allowed() {
    let server =
        TestServer::start(|server| server.set("REVERB_APP_ALLOWED_ORIGINS", "example.com, *.example.org"));
    let directory = directory();
    let env = |origins: &str| {
        let port = server.address().port();
        let env = format!(
            "REVERB_APP_ID=4711\nREVERB_APP_KEY=test-key\nREVERB_APP_SECRET=test-secret\nREVERB_SERVER_PORT={port}\n\
             REVERB_APP_ALLOWED_ORIGINS={origins}\n"
        );
        std::fs::write(directory.path().join(".env"), env).unwrap();
    };
    let api = server.api();
    for (origins, arguments) in [
        ("*.example.org", &[][..]),
        ("example.com", &[]),
        ("another.test", &["--origin", "https://www.example.org:8443"]),
    ] {
        env(origins);
        let mut command = gema(&directory, &["listen", "private-x", "--local", "--count", "1"]);
        let mut listener = Listener { process: Process::spawn(command.args(arguments)) };
        eventually(1, async || api.subscriptions("private-x").await).await;
        api.trigger("private-x", "an-event", "1").await;
        listener.line_with("an-event").await;
        assert_eq!(listener.end().await.0, Some(0));
        eventually(0, async || api.subscriptions("private-x").await).await;
    }
    let hint = ["4009 Origin not allowed", "--origin", "REVERB_APP_ALLOWED_ORIGINS"];
    for (origins, given) in
        [("*", "nobody without an origin"), ("another.test", "the origin https://another.test")]
    {
        env(origins);
        let answer = run_with(&directory, &["listen", "private-x", "--local"], |_| ()).await;
        assert!(!answer.err.contains("secret"), "{}", answer.err);
        answer.failure(1, &[&hint[..], &[given]].concat());
    }
    run(&["listen", "x", "--origin", "example.com"]).await.failure(2, &["--origin", "https://HOST"]);
    server.stop().await;
}

#[tokio::test]
async fn a_path_without_websockets_is_told() {
    let server = TestServer::start(|builder| builder.set("REVERB_SERVER_PATH", "ws"));
    ask_as(&server, &Credentials::of_tests(), &["listen", "x"])
        .await
        .failure(1, &["404", "instead of a WebSocket", "REVERB_SERVER_PATH", "Upgrade"]);
    server.stop().await;
}
