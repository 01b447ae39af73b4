//! `gema bench` against the server itself.

mod faulty;
mod held_up;
mod report;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    process::{Command, Output, Stdio},
};

use faulty::Fault;

use gema_testkit::{Credentials, TestAuthority, TestServer, eventually};
use serde::Deserialize;

#[derive(Deserialize)]
struct Report {
    scenario: String,
    figures: BTreeMap<String, f64>,
}

/// Runs the command in a process of its own, with the server in this one.
async fn bench(server: SocketAddr, arguments: &[&str]) -> Output {
    bench_as(server, &Credentials::of_tests(), arguments).await
}

async fn bench_as(server: SocketAddr, app: &Credentials, arguments: &[&str]) -> Output {
    let url = format!("ws://{server}");
    bench_with(app, &[arguments, &["--url", &url]].concat()).await
}

async fn bench_with(app: &Credentials, arguments: &[&str]) -> Output {
    let mut command = command(app, arguments);
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

fn command(app: &Credentials, arguments: &[&str]) -> Command {
    let Credentials { id, key, secret } = app;
    let mut command = Command::new(env!("CARGO_BIN_EXE_gema"));
    command.arg("bench").args(arguments).args(["--id", id, "--key", key]);
    command.args(["--secret", secret.expose()]).env_clear().stdin(Stdio::null());
    command
}

async fn figures(server: SocketAddr, arguments: &[&str]) -> BTreeMap<String, f64> {
    let output = bench(server, &[arguments, &["--format", "json"]].concat()).await;
    figures_of(arguments[0], &output)
}

fn figures_of(scenario: &str, output: &Output) -> BTreeMap<String, f64> {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Report = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report.scenario, scenario);
    report.figures
}

#[tokio::test]
async fn fanout_counts_every_delivery() {
    let server = TestServer::start(|builder| builder);
    let arguments = ["fanout", "--sockets", "20", "--rate", "50", "--seconds", "1", "--warmup", "0"];
    let figures = figures(server.address(), &arguments).await;
    assert_eq!(figures["deliveries"], 1000.0);
    assert!(figures["latency_p50_ms"] <= figures["latency_p99_ms"]);
    assert!(!figures.contains_key("cpu_per_delivery_us"), "the process is not known");
    server.stop().await;
}

#[tokio::test]
async fn connect_subscribes_each_to_its_own_channel() {
    let server = TestServer::start(|builder| builder);
    let pid = std::process::id().to_string();
    let arguments = ["connect", "--sockets", "50", "--private", "--pid", &pid];
    let figures = figures(server.address(), &arguments).await;
    assert_eq!(figures["connections"], 50.0);
    assert!(figures["connections_per_second"] > 0.0);
    assert!(figures["rss_open_kib"] >= figures["rss_anon_open_kib"]);
    server.stop().await;
}

#[tokio::test]
async fn who_subscribes_to_nothing_is_counted_too() {
    let server = TestServer::start(|builder| builder);
    let figures = figures(server.address(), &["connect", "--sockets", "7", "--unsubscribed"]).await;
    assert_eq!(figures["connections"], 7.0);
    server.stop().await;
}

#[tokio::test]
async fn every_channel_gets_its_share() {
    let server = TestServer::start(|builder| builder);
    let shape = ["channels", "--channels", "10", "--subscribers", "3", "--publishers", "2"];
    let pace = ["--rate", "100", "--seconds", "1", "--warmup", "0"];
    let figures = figures(server.address(), &[&shape[..], &pace].concat()).await;
    assert_eq!(figures["deliveries"], 300.0);
    server.stop().await;
}

#[tokio::test]
async fn a_whisper_reaches_all_but_its_sender() {
    let server = TestServer::start(|builder| builder);
    let shape = ["whisper", "--senders", "2", "--members", "4"];
    let pace = ["--rate", "50", "--seconds", "1", "--warmup", "0"];
    let figures = figures(server.address(), &[&shape[..], &pace].concat()).await;
    assert_eq!(figures["deliveries"], 150.0);
    server.stop().await;
}

#[tokio::test]
async fn every_request_is_answered() {
    let server = TestServer::start(|builder| builder);
    let arguments = ["publish", "--connections", "3", "--seconds", "1", "--warmup", "0"];
    let at_a_rate = figures(server.address(), &[&arguments[..], &["--rate", "70"]].concat()).await;
    assert_eq!(at_a_rate["requests"], 70.0);
    // The next request follows an answer, unless the whole second goes by with the first ones.
    eventually(true, async || figures(server.address(), &arguments).await["requests"] > 3.0).await;
    server.stop().await;
}

#[tokio::test]
async fn every_member_is_told_of_every_member() {
    let server = TestServer::start(|builder| builder);
    let pid = std::process::id().to_string();
    let arguments = ["presence", "--sizes", "10,40", "--pid", &pid];
    let figures = figures(server.address(), &arguments).await;
    assert_eq!((figures["deliveries_10"], figures["deliveries_40"]), (100.0, 1600.0));
    server.stop().await;
}

#[tokio::test]
async fn a_burst_leaves_nobody_behind() {
    let server = TestServer::start(|builder| builder);
    let pid = std::process::id().to_string();
    let burst =
        ["connect", "--sockets", "20", "--churn", "--messages", "5", "--payload", "2000", "--pid", &pid];
    let figures = figures(server.address(), &burst).await;
    assert_eq!(figures["deliveries"], 100.0);
    assert!(figures["rss_burst_kib"] >= figures["rss_anon_burst_kib"]);
    assert!(figures.contains_key("rss_after_kib"));
    server.stop().await;
}

#[tokio::test]
async fn everything_happens_at_the_same_time() {
    let server = TestServer::start(|builder| builder);
    let shape = ["mixed", "--sockets", "10", "--channels", "4", "--senders", "2", "--churners", "5"];
    let pace = ["--rate", "20", "--churn", "40", "--seconds", "1", "--warmup", "0"];
    let figures = figures(server.address(), &[&shape[..], &pace].concat()).await;
    // Twenty events to ten subscribers, to five, and to all but the sender of twenty-five.
    assert_eq!(figures["deliveries"], 20.0 * (10.0 + 5.0 + 24.0));
    assert_eq!((figures["connections_begun"], figures["connections_subscribed"]), (40.0, 40.0));
    server.stop().await;
}

#[tokio::test]
async fn tls_is_spoken_by_connections_and_publishers() {
    let authority = TestAuthority::new();
    let files = authority.issue("server", &["127.0.0.1"]);
    let server = TestServer::start(|builder| builder.tls(&[files], &authority.client().named("127.0.0.1")));
    let url = format!("wss://{}", server.address());
    let run = async |arguments: &[&str], trust: &[&str]| {
        let all = [arguments, trust, &["--format", "json", "--url", &url]].concat();
        bench_with(&Credentials::of_tests(), &all).await
    };
    let root = authority.root().display().to_string();
    let arguments = ["fanout", "--sockets", "20", "--rate", "50", "--seconds", "1", "--warmup", "0"];
    for trust in [&["--ca", &root][..], &["--insecure"]] {
        let output = run(&arguments, trust).await;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let report: Report = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report.figures["deliveries"], 1000.0);
    }
    // Large messages fill the sockets in both directions.
    let burst = ["connect", "--sockets", "20", "--churn", "--messages", "50", "--payload", "9000"];
    let output = run(&burst, &["--insecure"]).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let another = TestAuthority::new();
    let output = run(&arguments, &["--ca", &another.root().display().to_string()]).await;
    assert_eq!(output.status.code(), Some(1));
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(log.contains("invalid peer certificate: "), "{log}");
    server.stop().await;
}

#[tokio::test]
async fn a_table_is_for_people() {
    let server = TestServer::start(|builder| builder);
    let output = bench(server.address(), &["connect", "--sockets", "1"]).await;
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("connect\n  connections "), "{text}");
    server.stop().await;
}

#[tokio::test]
async fn what_the_server_refuses_fails_the_run() {
    let server = TestServer::start(|builder| builder);
    let app = Credentials::new("4711", "test-key", "another-secret");
    let output = bench_as(server.address(), &app, &["fanout", "--sockets", "1"]).await;
    assert_eq!(output.status.code(), Some(1));
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(log.contains("the server refuses an event: HTTP/1.1 401"), "{log}");
    assert!(log.contains("signed for application 4711: --id, --key and --secret"), "{log}");
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_is_refused_is_told_which_options_to_look_at() {
    let server = TestServer::start(|server| server.set("REVERB_APP_ALLOWED_ORIGINS", "*.example.com"));
    let failure = async |app: &Credentials, arguments: &[&str], parts: &[&str]| {
        let output =
            bench_as(server.address(), app, &[&["connect", "--sockets", "1"], arguments].concat()).await;
        assert_eq!(output.status.code(), Some(1));
        let log = String::from_utf8(output.stderr).unwrap();
        assert!(parts.iter().all(|part| log.contains(part)), "{parts:?} in {log}");
    };
    let (app, options) = (Credentials::of_tests(), "--id, --key and --secret");
    failure(&Credentials::new("1", "nokey", "s"), &[], &["4001", "the key nokey", options]).await;
    failure(&app, &[], &["4009", "origin (none)", "--origin"]).await;
    failure(&app, &["--origin", "https://a.test"], &["4009", "origin (https://a.test)"]).await;
    let origin = ["--origin", "https://www.example.com"];
    let wrong = Credentials::new("4711", "test-key", "another-secret");
    failure(&wrong, &[&origin[..], &["--private"]].concat(), &["4009", "application 4711", options]).await;
    let figures = figures(server.address(), &[&["connect", "--sockets", "2"], &origin[..]].concat()).await;
    assert_eq!(figures["connections"], 2.0);
    server.stop().await;
}

#[tokio::test]
async fn as_fast_as_the_server_answers() {
    let server = TestServer::start(|builder| builder);
    let arguments = ["fanout", "--sockets", "5", "--outstanding", "4", "--seconds", "1", "--warmup", "0"];
    // The next event follows a delivery, unless the whole second goes by with the first four.
    eventually(true, async || {
        let deliveries = figures(server.address(), &arguments).await["deliveries"];
        assert_eq!(deliveries % 5.0, 0.0);
        deliveries > 20.0
    })
    .await;
    server.stop().await;
}

#[tokio::test]
async fn a_server_may_end_its_connections_with_each_answer() {
    let server = faulty::serve(Fault::Close, 0);
    let pace = ["--rate", "50", "--seconds", "1", "--warmup", "0"];
    let figures = figures(server, &[&["fanout", "--sockets", "2"][..], &pace].concat()).await;
    assert_eq!(figures["deliveries"], 100.0);
}

#[tokio::test]
async fn each_mistake_of_a_server_fails_the_run() {
    // The last one is number 20.
    for (fault, at, told) in [
        (Fault::Loss, 3, "event 3 arrives where event 2 has to follow"),
        (Fault::Double, 3, "event 2 arrives where event 3 has to follow"),
        (Fault::Order, 3, "event 3 arrives where event 2 has to follow"),
        (Fault::Loss, 20, "2 deliveries are lost"),
    ] {
        let (code, log) = with_mistake(fault, at).await;
        assert_eq!(code, Some(1), "{fault:?}: {log}");
        assert!(log.contains(told), "{fault:?}: {log}");
    }
}

/// Nobody listens for ever: what a server that is held up doubles too long after the end is not heard.
#[tokio::test]
async fn an_event_that_comes_again_after_the_end_fails_the_run() {
    eventually(true, async || {
        let (code, log) = with_mistake(Fault::LateDouble, 20).await;
        let told = log.contains("event 19 arrives where event 20 has to follow");
        assert_eq!(code, Some(i32::from(told)), "{log}");
        told
    })
    .await;
}

/// How a run of 20 events ends, and what it says.
async fn with_mistake(fault: Fault, at: usize) -> (Option<i32>, String) {
    let server = faulty::serve(fault, at);
    let pace = ["--rate", "20", "--seconds", "1", "--warmup", "0"];
    let output = bench(server, &[&["fanout", "--sockets", "2"][..], &pace].concat()).await;
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}
