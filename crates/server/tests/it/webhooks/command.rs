//! `gema webhooks test`.

use std::{
    process::{Command, Output},
    time::Duration,
};

use gema_testkit::Credentials;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;

use super::receiver::{Answer, Receiver, line};
use crate::process::reserved_address;

/// Runs the command in an empty folder, with the application of tests and this webhook.
async fn test(url: Option<&str>, args: &[&str]) -> Output {
    test_within(60, url, args).await
}

/// The same with so many seconds for the receiver.
async fn test_within(timeout: u32, url: Option<&str>, args: &[&str]) -> Output {
    let directory: TempDir = tempfile::tempdir().unwrap();
    let app = Credentials::of_tests();
    let mut command = Command::new(env!("CARGO_BIN_EXE_gema"));
    command.args(["webhooks", "test"]).args(args).current_dir(directory.path()).env_clear();
    command.env("REVERB_APP_ID", &app.id).env("REVERB_APP_KEY", &app.key);
    command.env("REVERB_APP_SECRET", app.secret.expose());
    if let Some(url) = url {
        command.env("GEMA_APP_WEBHOOK_URL", url).env("GEMA_APP_WEBHOOK_TIMEOUT", timeout.to_string());
    }
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert!(std::fs::read_dir(directory.path()).unwrap().next().is_none(), "it makes no spool");
    output
}

fn expect(output: &Output, code: i32, words: &[&str]) {
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(code), "{text}{}", String::from_utf8_lossy(&output.stderr));
    for word in words {
        assert!(text.contains(word), "no `{word}` in: {text}");
    }
}

#[tokio::test]
async fn a_receiver_that_accepts_is_shown_with_its_status_and_time() {
    let mut receiver = Receiver::start().await;
    let output = test(Some(&receiver.url()), &[]).await;
    expect(&output, 0, &["Application 4711, http://127.0.0.1:", "It answered with 200, after ", " ms."]);
    assert!(!String::from_utf8_lossy(&output.stdout).contains("from=gema"), "a query may be secret");
    assert_eq!(
        receiver.next().await.events().iter().map(line).collect::<Vec<_>>(),
        ["channel_vacated gema-webhook-test"]
    );
}

#[tokio::test]
async fn whatever_a_receiver_does_instead_is_shown_with_what_to_mend() {
    let redirect = Answer::Redirect("http://other.example/hooks?token=x".to_owned());
    for (answer, timeout, words) in [
        (Answer::Status(401), 60, &["answered with 401, not 2xx", "secret"][..]),
        (redirect, 60, &["to http://other.example/hooks, which"]),
        (Answer::Late(Duration::from_secs(60)), 1, &["within 1 seconds", "GEMA_APP_WEBHOOK_TIMEOUT"]),
    ] {
        let receiver = Receiver::answering(move |_, _| answer.clone()).await;
        expect(&test_within(timeout, Some(&receiver.url()), &[]).await, 1, words);
    }
    let (_nobody, address) = reserved_address();
    expect(&test(Some(&format!("http://{address}/")), &[]).await, 1, &["refused", "Nothing listens there"]);
    // TLS to somebody who does not speak it.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let plain = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        stream
    });
    expect(&test(Some(&url), &[]).await, 1, &["cannot be reached", "the port must speak TLS"]);
    drop(plain.await.unwrap());
}

#[tokio::test]
async fn a_url_of_the_command_line_is_tried_instead_of_the_configured_ones() {
    let mut receiver = Receiver::start().await;
    expect(&test(None, &["--url", &receiver.url()]).await, 0, &["It answered with 200"]);
    receiver.next().await.verify();
    expect(&test(None, &["--url", "nowhere"]).await, 2, &["is not a URL"]);
    expect(&test(None, &[]).await, 1, &["No webhook is configured"]);
    for flag in ["--app-id", "--app"] {
        expect(&test(None, &[flag, "other"]).await, 1, &["no application with the id other"]);
    }
}
