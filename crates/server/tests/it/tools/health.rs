//! `gema health`.

use std::process::Command;

use gema_testkit::{HttpConnection, TestAuthority, TestServer};
use tokio::net::TcpListener;

use super::{run, run_with};
use crate::process::{Process, directory, reserved_address};

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
async fn a_server_that_expects_a_proxy_header_from_this_machine_gets_one() {
    let (directory, authority) = (directory(), TestAuthority::new());
    for encrypted in [false, true] {
        let server = TestServer::start(|server| {
            if encrypted {
                server.encrypted();
            }
            server.set("GEMA_TRUSTED_PROXIES", "127.0.0.0/8").set("GEMA_PROXY_PROTOCOL", true)
        });
        let mut env = format!(
            "REVERB_APP_ID=4711\nREVERB_APP_KEY=test-key\nREVERB_APP_SECRET=test-secret\nREVERB_SERVER_PORT={}\n\
             REVERB_HOST=ws.example.com\nGEMA_TRUSTED_PROXIES=127.0.0.1\nGEMA_PROXY_PROTOCOL=true\n",
            server.address().port()
        );
        if encrypted {
            let files = authority.issue("server", &["ws.example.com"]);
            env += &format!(
                "GEMA_TLS_CERT={}\nGEMA_TLS_KEY={}\n",
                files.certificate.display(),
                files.key.display()
            );
        }
        std::fs::write(directory.path().join(".env"), env).unwrap();
        run_with(&directory, &["health", "--ready"], |_| ()).await.success();
        run_with(&directory, &["trigger", "--local", "a", "e", "1"], |_| ()).await.success();
        run_with(&directory, &["channels", "--local"], |_| ()).await.success();
        server.stop().await;
    }
    let (_nobody, address) = reserved_address();
    let elsewhere = |command: &mut Command| {
        command.env("REVERB_SERVER_PORT", address.port().to_string());
    };
    run_with(&directory, &["health"], elsewhere).await.failure(1, &["refused"]);
}

#[tokio::test]
async fn no_server_and_a_silent_one_are_not_healthy() {
    let (_nobody, address) = reserved_address();
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
    let (_reserved, address) = reserved_address();
    let mut process = Process::start(&directory, &["start", "--port", &address.port().to_string()]);
    assert_eq!(process.address(), address);
    let url = format!("http://{address}");
    run(&["health", "--url", &url]).await.success();
    process.signal("TERM");
    assert_eq!(process.end().0.code(), Some(0));
    run(&["health", "--url", &url]).await.failure(1, &["refused"]);
}

#[tokio::test]
async fn a_server_that_is_up_and_not_ready_is_so_for_who_asks() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let mut http = HttpConnection::new(stream);
            while let Some(head) = http.next_request_head().await {
                let (status, body) =
                    if head.starts_with("GET /up ") { ("200 OK", "{}") } else { ("503 No", "stopping") };
                let length = body.len();
                let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{body}");
                http.write(answer.as_bytes()).await;
            }
        }
    });
    run(&["health", "--url", &url]).await.success();
    run(&["health", "--url", &url, "--ready"])
        .await
        .failure(1, &["/ready is not healthy", "503", "stopping"]);
    server.abort();
}
