//! The binary itself.

use std::net::SocketAddr;

use gema_testkit::{ApiClient, Credentials, PusherClient, WebSocket, eventually};
use serde_json::json;
use tokio::net::TcpStream;

use crate::process::{Process, directory, gema, output};

pub(crate) async fn connect(address: SocketAddr, app: &Credentials) -> PusherClient {
    let stream = TcpStream::connect(address).await.unwrap();
    let socket = WebSocket::open(stream, &format!("/app/{}?protocol=7", app.key), &[]).await;
    PusherClient::greet(socket, app.clone()).await
}

pub(crate) fn development() -> Credentials {
    Credentials::new("1", "gema-dev-key", "gema-dev-secret")
}

#[tokio::test]
async fn without_any_configuration_a_development_application_is_served_and_told() {
    let directory = directory();
    let mut process = Process::start(&directory, &["start", "--port", "0"]);
    let address = process.address();
    assert!(address.ip().is_loopback());
    for line in ["REVERB_APP_KEY=gema-dev-key", "REVERB_APP_SECRET=gema-dev-secret"] {
        process.line_with(line);
    }
    let mut client = connect(address, &development()).await;
    client.subscribe("private-x").await;
    ApiClient::new(address, "", development()).trigger("private-x", "e", "d").await;
    client.expect_event("e").await;
    process.signal("TERM");
    assert_eq!(client.socket.expect_close().await.code, Some(4200));
    let (status, log) = process.end();
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(!log.contains("ERROR") && !log.contains("panicked"), "{log}");
}

#[test]
fn every_name_of_start_starts_and_every_polite_signal_stops() {
    for (name, signal) in [("start", "INT"), ("serve", "TERM"), ("reverb:start", "TERM")] {
        let directory = directory();
        let mut process = Process::start(&directory, &[name, "--port", "0"]);
        process.address();
        // At once: the signals are waited for before the address is told.
        process.signal(signal);
        let (status, log) = process.end();
        assert_eq!(status.code(), Some(0), "{name} {signal}: {status} {log}");
    }
}

#[test]
fn a_wrong_configuration_is_refused_with_all_of_its_mistakes() {
    let directory = directory();
    std::fs::write(directory.path().join(".env"), "REVERB_APP_ID=1\nREVERB_APP_KEY=key\nGEMA_SHARDS=many\n")
        .unwrap();
    let mut command = gema(&directory, &["start", "--port", "eighty"]);
    command.env("GEMA_HANDSHAKE_TIMEOUT", "0").env("GEMA_SHARD", "4");
    let (output, out, err) = output(&mut command);
    assert_eq!((output.status.code(), &*out), (Some(2), ""));
    for part in ["--port", "GEMA_SHARDS", "GEMA_HANDSHAKE_TIMEOUT", "GEMA_SHARD", "REVERB_APP_SECRET"] {
        assert!(err.contains(part), "{part} is not in {err}");
    }
}

#[test]
fn wrong_arguments_are_refused_and_help_is_given() {
    let directory = directory();
    for (arguments, code) in
        [(&[][..], 2), (&["stop"], 2), (&["start", "--prot", "1"], 2), (&["--help"], 0), (&["--version"], 0)]
    {
        let (output, out, err) = output(&mut gema(&directory, arguments));
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        assert_eq!(out.is_empty(), code != 0, "{arguments:?}: {out}{err}");
    }
}

#[test]
fn a_port_that_is_taken_is_an_error_that_names_it() {
    let directory = directory();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (output, _, err) = output(&mut gema(&directory, &["start", "--port", &port]));
    assert_eq!(output.status.code(), Some(1));
    assert!(err.contains(&format!("127.0.0.1:{port}")), "{err}");
}

#[tokio::test]
async fn init_makes_an_application_once_and_start_serves_it() {
    let directory = directory();
    let (first, told, _) = output(&mut gema(&directory, &["init"]));
    assert!(first.status.success() && told.contains("Created"), "{told}");
    let path = directory.path().join(".env");
    let written = std::fs::read_to_string(&path).unwrap();
    let (second, told, _) = output(&mut gema(&directory, &["init"]));
    assert!(second.status.success() && told.contains("Nothing to do"), "{told}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), written);

    let value = |name: &str| {
        let line = written.lines().find_map(|line| line.strip_prefix(&format!("{name}=")));
        line.unwrap_or_else(|| panic!("no {name} in {written}")).to_owned()
    };
    let secret = value("REVERB_APP_SECRET");
    let app = Credentials::new(&value("REVERB_APP_ID"), &value("REVERB_APP_KEY"), &secret);
    let mut process = Process::start(&directory, &["start", "--host", "127.0.0.1", "--port", "0"]);
    let address = process.address();
    connect(address, &app).await.subscribe("private-x").await;
    process.signal("TERM");
    let seen = process.seen.join("\n");
    let (status, log) = process.end();
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(!seen.contains(&secret) && !log.contains(&secret), "a secret of one's own is not shown");
}

#[tokio::test]
async fn debug_shows_every_message_without_its_secrets() {
    let directory = directory();
    let mut process = Process::start(&directory, &["start", "--port", "0", "--debug"]);
    let address = process.address();
    let mut client = connect(address, &development()).await;
    process.line_with("Connection Established");
    let mut subscription = client.subscription("private-encrypted-x", None);
    let signature = subscription["auth"].as_str().unwrap().split_once(':').unwrap().1.to_owned();
    subscription["shared_secret"] = json!("not-for-logs");
    client.send("pusher:subscribe", subscription).await;
    client.expect_event("pusher_internal:subscription_succeeded").await;
    process.line_with("Message Received");
    process.line_with("pusher:subscribe");
    process.line_with("Message Sent");
    process.line_with("pusher_internal:subscription_succeeded");
    ApiClient::new(address, "", development()).trigger("private-encrypted-x", "from-publisher", "d").await;
    client.expect_event("from-publisher").await;
    process.line_with("from-publisher");
    let socket_id = client.socket_id.to_string();
    client.socket.reset();
    assert!(process.line_with("Connection Closed").contains(&socket_id));
    let seen = process.seen.join("\n");
    for secret in [&*signature, "not-for-logs"] {
        assert!(!seen.contains(secret), "{secret} in {seen}");
    }
    process.signal("TERM");
    assert_eq!(process.end().0.code(), Some(0));
}

#[tokio::test]
async fn a_process_takes_as_many_connections_as_it_is_asked_to() {
    let directory = directory();
    let mut process = Process::start(&directory, &["start", "--port", "0"]);
    let address = process.address();
    let mut clients = Vec::new();
    for _ in 0..500 {
        clients.push(connect(address, &development()).await);
    }
    let api = ApiClient::new(address, "", development());
    assert_eq!(api.connections().await, 500);
    drop(clients);
    eventually(0, async || api.connections().await).await;
    process.signal("TERM");
    assert_eq!(process.end().0.code(), Some(0));
}

#[tokio::test]
async fn a_hangup_reloads_the_configuration_and_a_mistake_in_it_changes_nothing() {
    let directory = directory();
    let file = directory.path().join("gema.toml");
    let table = |id: &str| format!("[[apps]]\nid = '{id}'\nkey = 'key-{id}'\nsecret = 'secret-{id}'\n");
    let app = |id: &str| Credentials::new(id, &format!("key-{id}"), &format!("secret-{id}"));
    std::fs::write(&file, table("1")).unwrap();
    let mut process = Process::start(&directory, &["start", "--host", "127.0.0.1", "--port", "0"]);
    let address = process.address();
    let mut first = connect(address, &app("1")).await;

    std::fs::write(&file, table("1") + &table("2")).unwrap();
    process.signal("HUP");
    process.log_with("The configuration is reloaded");
    connect(address, &app("2")).await.subscribe("private-x").await;

    std::fs::write(&file, table("1") + "secrett = 'hidden'\n").unwrap();
    process.signal("HUP");
    process.log_with("The configuration is not reloaded");
    process.log_with("`secret`");
    connect(address, &app("2")).await.subscribe("private-x").await;

    std::fs::write(&file, format!("[server]\nhost = '127.0.0.1'\nshards = 1\n{}", table("1"))).unwrap();
    process.signal("HUP");
    let warning = process.log_with("hold after a restart");
    assert!(warning.ends_with("hold after a restart: GEMA_SHARDS"), "{warning}");
    first.subscribe("private-x").await;
    process.signal("TERM");
    let (status, log) = process.end();
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(!log.contains("hidden") && !log.contains("secret-"), "{log}");
}

#[test]
fn an_address_for_metrics_that_is_configured_and_taken_is_an_error_and_the_default_one_is_not() {
    let directory = directory();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut command = gema(&directory, &["start", "--port", "0"]);
    let (output, _, err) = output(command.env("GEMA_METRICS_ADDRESS", &address));
    assert_eq!(output.status.code(), Some(1));
    assert!(err.contains(&address) && err.contains("GEMA_METRICS_ADDRESS"), "{err}");

    while !sees_that_the_default_address_is_taken() {}
}

/// Starts a server whose default address is taken, by this test or by somebody else who is there already. Answers
/// whether it was: somebody else may have gone before the server came.
fn sees_that_the_default_address_is_taken() -> bool {
    let taken = std::net::TcpListener::bind("127.0.0.1:9601");
    let mut process = Process::start(&directory(), &["start", "--port", "0"]);
    let line = process.line_with("Metrics");
    let sees = line.contains("127.0.0.1:9601 is taken (set GEMA_METRICS_ADDRESS)");
    assert!(sees || taken.is_err(), "{line}");
    if sees {
        process.log_with("127.0.0.1:9601 is taken, so there are no metrics");
    }
    process.signal("TERM");
    assert_eq!(process.end().0.code(), Some(0));
    sees
}
