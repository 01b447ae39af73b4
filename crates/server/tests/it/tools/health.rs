//! `gema health`.

use gema_testkit::TestServer;

use super::{nowhere, run, run_with};
use crate::process::{Process, directory};

#[tokio::test]
async fn a_server_is_healthy_where_its_configuration_says_that_it_listens() {
    let server = TestServer::start(|builder| builder.set("REVERB_SERVER_PATH", "ws"));
    let directory = directory();
    // As in a container: all addresses, and a public one that is somewhere else.
    let env = format!(
        "REVERB_APP_ID=1\nREVERB_APP_KEY=k\nREVERB_APP_SECRET=s\nREVERB_SERVER_HOST=0.0.0.0\nREVERB_SERVER_PORT={}\n\
         REVERB_SERVER_PATH=ws\nREVERB_HOST=ws.example.com\n",
        server.address().port()
    );
    std::fs::write(directory.path().join(".env"), env).unwrap();
    let out = run_with(&directory, &["health"], |_| ()).await.success();
    assert_eq!(out, format!("http://{}/ws is healthy.\n", server.address()));
    run(&["health", "--url", &format!("http://{}/ws", server.address())]).await.success();
    let elsewhere = format!("http://{}", server.address());
    run(&["health", "--url", &elsewhere]).await.failure(1, &["/up is not healthy", "404"]);
    server.stop().await;
}

#[tokio::test]
async fn no_server_and_a_silent_one_are_not_healthy() {
    let address = nowhere();
    run(&["health", "--url", &format!("http://{address}")])
        .await
        .failure(1, &["refused", &address.to_string()]);
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    run(&["health", "--url", &url, "--timeout", "1"]).await.failure(1, &["no answer in time"]);
    let directory = directory();
    std::fs::write(directory.path().join(".env"), "GEMA_SHARDS=none\n").unwrap();
    run_with(&directory, &["health"], |_| ()).await.failure(2, &["GEMA_SHARDS"]);
}

#[tokio::test]
async fn a_server_of_its_own_process_is_asked() {
    let directory = directory();
    let mut process = Process::start(&directory, &["start", "--port", "0"]);
    let url = format!("http://{}", process.address());
    run(&["health", "--url", &url]).await.success();
    process.signal("TERM");
    assert_eq!(process.end().0.code(), Some(0));
    run(&["health", "--url", &url]).await.failure(1, &["refused"]);
}
