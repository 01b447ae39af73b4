//! `gema bench` against the server itself.

use std::{
    collections::BTreeMap,
    process::{Command, Output, Stdio},
};

use gema_testkit::{Credentials, TestServer};
use serde::Deserialize;

#[derive(Deserialize)]
struct Report {
    scenario: String,
    figures: BTreeMap<String, f64>,
}

/// Runs the command in a process of its own, with the server in this one.
async fn bench(server: &TestServer, arguments: &[&str]) -> Output {
    bench_as(server, &Credentials::of_tests(), arguments).await
}

async fn bench_as(server: &TestServer, app: &Credentials, arguments: &[&str]) -> Output {
    let Credentials { id, key, secret } = app;
    let url = format!("ws://{}", server.address());
    let mut command = Command::new(env!("CARGO_BIN_EXE_gema"));
    command.arg("bench").args(arguments).args(["--url", &url, "--id", id, "--key", key]);
    command.args(["--secret", secret.expose()]).env_clear().stdin(Stdio::null());
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

async fn figures(server: &TestServer, arguments: &[&str]) -> BTreeMap<String, f64> {
    let output = bench(server, &[arguments, &["--format", "json"]].concat()).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Report = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report.scenario, arguments[0]);
    report.figures
}

#[tokio::test]
async fn fanout_counts_every_delivery() {
    let server = TestServer::start(|builder| builder);
    let arguments = ["fanout", "--sockets", "20", "--rate", "50", "--seconds", "1", "--warmup", "0"];
    let figures = figures(&server, &arguments).await;
    assert_eq!(figures["deliveries"], 1000.0);
    assert!(figures["latency_p50_ms"] <= figures["latency_p99_ms"]);
    assert!(!figures.contains_key("cpu_per_delivery_us"), "the process is not known");
}

#[tokio::test]
async fn connect_subscribes_each_to_its_own_channel() {
    let server = TestServer::start(|builder| builder);
    let pid = std::process::id().to_string();
    let arguments = ["connect", "--sockets", "50", "--private", "--pid", &pid];
    let figures = figures(&server, &arguments).await;
    assert_eq!(figures["connections"], 50.0);
    assert!(figures["connections_per_second"] > 0.0);
    assert!(figures["rss_open_kib"] >= figures["rss_anon_open_kib"]);
}

#[tokio::test]
async fn a_table_is_for_people() {
    let server = TestServer::start(|builder| builder);
    let output = bench(&server, &["connect", "--sockets", "1"]).await;
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("connect\n  connections "), "{text}");
}

#[tokio::test]
async fn what_the_server_refuses_fails_the_run() {
    let server = TestServer::start(|builder| builder);
    let app = Credentials::new("4711", "test-key", "another-secret");
    let output = bench_as(&server, &app, &["fanout", "--sockets", "1"]).await;
    assert_eq!(output.status.code(), Some(1));
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(log.contains("the server refuses an event: HTTP/1.1 401"), "{log}");
}
