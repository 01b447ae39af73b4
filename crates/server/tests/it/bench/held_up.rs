//! A generator that the machine does not let work in time. Its process is stopped, as a busy machine may leave it alone.

use std::{
    collections::BTreeMap,
    process::{Command, Stdio},
    time::Duration,
};

use gema_testkit::{Credentials, TestServer, eventually};

use super::{command, figures_of};

fn signal(process: u32, name: &str) {
    let status = Command::new("kill").args([name, &process.to_string()]).status().unwrap();
    assert!(status.success());
}

/// What a run of one second has found that is held up from its first event on until that second is over.
async fn figures(server: &TestServer, arguments: &[&str]) -> BTreeMap<String, f64> {
    let mut witness = server.connect().await;
    witness.subscribe("bench").await;
    let url = format!("ws://{}", server.address());
    let more = ["--seconds", "1", "--warmup", "0", "--format", "json", "--url", &url];
    let mut command = command(&Credentials::of_tests(), &[arguments, &more].concat());
    let generator = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    witness.expect_event("bench").await;
    signal(generator.id(), "-STOP");
    tokio::time::sleep(Duration::from_millis(1100)).await;
    signal(generator.id(), "-CONT");
    let output = tokio::task::spawn_blocking(|| generator.wait_with_output().unwrap()).await.unwrap();
    figures_of(arguments[0], &output)
}

#[tokio::test]
async fn what_had_to_be_published_is_published_late_and_counted_as_late() {
    let server = TestServer::start(|builder| builder);
    // It is held up for longer than that second, unless it was through before anybody could stop it.
    eventually(true, async || {
        let figures = figures(&server, &["publish", "--connections", "3", "--rate", "70"]).await;
        assert_eq!(figures["requests"], 70.0);
        figures["latency_max_ms"] >= 1000.0
    })
    .await;
    server.stop().await;
}

#[tokio::test]
async fn connections_that_had_to_come_and_go_do_so_late() {
    let server = TestServer::start(|builder| builder);
    let shape = ["mixed", "--sockets", "10", "--channels", "4", "--senders", "2", "--churners", "5"];
    let figures = figures(&server, &[&shape[..], &["--rate", "20", "--churn", "40"]].concat()).await;
    assert_eq!(figures["deliveries"], 20.0 * (10.0 + 5.0 + 24.0));
    assert_eq!((figures["connections_begun"], figures["connections_subscribed"]), (40.0, 40.0));
    server.stop().await;
}
