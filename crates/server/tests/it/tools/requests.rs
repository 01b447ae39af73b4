//! `gema trigger`, `gema channels`, `gema users`.

use std::{io::Write as _, process::Stdio};

use gema_testkit::{Credentials, HttpConnection, TestServer};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{ask, ask_as, leading_to, run, run_with, with_wrong_secret};
use crate::process;

#[tokio::test]
async fn trigger_sends_an_event_to_all_of_its_channels() {
    let server = TestServer::start(|builder| builder);
    let mut one = server.connect().await;
    one.subscribe("orders").await;
    one.subscribe("private-stock").await;
    let out =
        ask(&server, &["trigger", "orders", "private-stock", "order.placed", r#"{"id": 1}"#]).await.success();
    assert_eq!(out, "Triggered order.placed on orders, private-stock.\n");
    for channel in ["orders", "private-stock"] {
        let event = one.expect_event("order.placed").await;
        assert_eq!((event.channel.as_deref(), event.text()), (Some(channel), r#"{"id": 1}"#));
    }
    server.stop().await;
}

#[tokio::test]
async fn trigger_reads_standard_input_and_leaves_a_connection_out() {
    let server = TestServer::start(|builder| builder);
    let (mut author, mut other) = (server.connect().await, server.connect().await);
    author.subscribe("orders").await;
    other.subscribe("orders").await;
    let target = leading_to(server.address(), &Credentials::of_tests());
    let mut command = process::gema(&process::directory(), &["trigger", "orders", "e", "-"]);
    command.args(["--socket-id", &author.socket_id.to_string()]).args(target);
    command.current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped());
    let output = tokio::task::spawn_blocking(move || {
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(b"{\"of\":\"stdin\"}\n").unwrap();
        child.wait_with_output().unwrap()
    });
    assert!(output.await.unwrap().status.success());
    assert_eq!(other.expect_event("e").await.text(), r#"{"of":"stdin"}"#);
    author.expect_nothing_before_pong().await;
    server.stop().await;
}

#[tokio::test]
async fn data_that_is_not_json_is_a_mistake_unless_it_is_wanted() {
    let server = TestServer::start(|builder| builder);
    let mut client = server.connect().await;
    client.subscribe("orders").await;
    ask(&server, &["trigger", "orders", "e", "{id: 1}"]).await.failure(2, &["DATA is not JSON", "--text"]);
    ask(&server, &["trigger", "orders", "e", "hello", "--text"]).await.success();
    assert_eq!(client.expect_event("e").await.text(), "hello");
    ask(&server, &["trigger", "orders", "e"]).await.failure(2, &["3"]);
    ask(&server, &["trigger", "no spaces", "e", "1"]).await.failure(2, &["no spaces"]);
    server.stop().await;
}

#[tokio::test]
async fn channels_and_users_are_listed() {
    let server = TestServer::start(|builder| builder);
    assert_eq!(ask(&server, &["channels"]).await.success(), "No channel has subscribers.\n");
    let (mut one, mut two) = (server.connect().await, server.connect().await);
    one.subscribe("orders").await;
    two.subscribe("orders").await;
    one.join("presence-room", "ani").await;
    two.join("presence-room", "budi").await;
    let out = ask(&server, &["channels"]).await.success();
    assert_eq!(out, "orders         2 subscribed\npresence-room  2 subscribed\n");
    let out = ask(&server, &["channels", "--prefix", "presence-", "--info", "user_count"]).await.success();
    assert_eq!(out, "presence-room  2 users\n");
    ask(&server, &["channels", "--info", "subscription_count,users"])
        .await
        .failure(2, &["no channel has `users`", "user_count"]);
    ask(&server, &["channels", "--info", "subscription_count, cache"]).await.success();
    let answer: Value =
        serde_json::from_str(&ask(&server, &["channels", "--json", "--info", ""]).await.success()).unwrap();
    assert_eq!(answer, json!({ "channels": { "orders": {}, "presence-room": {} } }));

    assert_eq!(ask(&server, &["users", "presence-room"]).await.success(), "ani\nbudi\n");
    let answer: Value =
        serde_json::from_str(&ask(&server, &["users", "presence-room", "--json"]).await.success()).unwrap();
    assert_eq!(answer["users"], json!([{ "id": "ani" }, { "id": "budi" }]));
    ask(&server, &["users", "orders"]).await.failure(2, &["presence"]);
    two.unsubscribe("presence-room").await;
    let out = ask(&server, &["channels", "--prefix", "presence-", "--info", "user_count"]).await.success();
    assert_eq!(out, "presence-room  1 user\n");
    server.stop().await;
}

#[tokio::test]
async fn a_path_prefix_belongs_to_the_url() {
    let server = TestServer::start(|builder| builder.set("REVERB_SERVER_PATH", "ws"));
    let url = format!("http://{}/ws/", server.address());
    let app = ["--app-id", "4711", "--key", "test-key", "--secret", "test-secret"];
    run(&[&["channels", "--url", &url], &app[..]].concat()).await.success();
    let without = url.trim_end_matches("/ws/");
    run(&[&["channels", "--url", without], &app[..]].concat())
        .await
        .failure(1, &["404", "REVERB_SERVER_PATH", "/apps"]);
    server.stop().await;
}

#[tokio::test]
async fn a_refusal_tells_which_secret_was_used_and_does_not_show_it() {
    let server = TestServer::start(|builder| builder);
    for arguments in [&["channels"][..], &["users", "presence-x"], &["trigger", "x", "e", "1"]] {
        let answer = ask_as(&server, &with_wrong_secret(), arguments).await;
        assert!(!answer.err.contains("not-the-secret"), "{}", answer.err);
        answer.failure(1, &["401", "application 4711", "--secret"]);
        let unknown = Credentials::new("4712", "test-key", "test-secret");
        ask_as(&server, &unknown, arguments).await.failure(1, &["404", "4712", "--app-id"]);
    }
    let directory = process::directory();
    let url = format!("http://{}", server.address());
    std::fs::write(
        directory.path().join(".env"),
        "REVERB_APP_ID=4711\nREVERB_APP_KEY=test-key\nREVERB_APP_SECRET=outdated\n",
    )
    .unwrap();
    let answer = run_with(&directory, &["channels", "--url", &url], |_| ()).await;
    assert!(!answer.err.contains("outdated"), "{}", answer.err);
    answer.failure(1, &["REVERB_APP_SECRET, from ./.env"]);
    let arguments = ["channels", "--url", &url];
    let overridden = run_with(&directory, &arguments, |command| {
        command.env("REVERB_APP_SECRET", "test-secret");
    });
    overridden.await.success();
    server.stop().await;
}

#[tokio::test]
async fn without_a_server_the_address_is_told_and_where_it_is_from() {
    let (_nobody, address) = process::reserved_address();
    let directory = process::directory();
    let port = address.port().to_string();
    for arguments in
        [&["channels"][..], &["users", "presence-x"], &["trigger", "x", "e", "1"], &["listen", "x"]]
    {
        let answer = run_with(&directory, arguments, |command| {
            command.env("REVERB_SERVER_PORT", &port);
        });
        let parts = [&*address.to_string(), "REVERB_SERVER_PORT, from environment", "refused", "gema start"];
        answer.await.failure(1, &parts);
    }
    let wrong = run_with(&directory, &["channels"], |command| {
        command.env("GEMA_SHARDS", "many").env("REVERB_APP_ID", "1");
    });
    wrong.await.failure(2, &["GEMA_SHARDS", "REVERB_APP_SECRET"]);
}

#[tokio::test]
async fn something_else_than_a_server_is_told_from_one() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let page = tokio::spawn(async move {
        for answer in ["200 OK", "502 Bad Gateway", "301 Moved Permanently"] {
            let (stream, _) = listener.accept().await.unwrap();
            let mut http = HttpConnection::new(stream);
            // The whole request: what was not read would turn the end into a reset.
            http.next_request_head().await.unwrap();
            let page = "<html>\u{1b}[2J\r\n";
            let length = page.len();
            let text =
                format!("HTTP/1.1 {answer}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{page}");
            http.write(text.as_bytes()).await;
        }
    });
    let app = ["--app-id", "1", "--key", "k", "--secret", "s", "--url", &url];
    for part in ["no Pusher server", "is Gema running behind it", "https://"] {
        let answer = run(&[&["channels"], &app[..]].concat()).await;
        assert!(!answer.err.contains('\u{1b}'), "{:?}", answer.err);
        answer.failure(1, &[part]);
    }
    page.await.unwrap();
}
