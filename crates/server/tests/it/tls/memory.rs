//! What an idle connection weighs.

use gema_testkit::{Credentials, PusherClient, WebSocket, eventually};
use tokio::net::TcpStream;

use crate::hostile::victim::{Victim, app_path};

/// Half as much again as it is. What is kept by mistake is a buffer for a record, which is more.
const MOST_BYTES: u64 = 12 * 1024;

async fn connect(server: &Victim) -> PusherClient {
    let stream = TcpStream::connect(server.door.address).await.unwrap();
    let stream = server.door.tls.as_ref().unwrap().connect(stream).await.unwrap();
    let socket = WebSocket::open(stream, &app_path(), &[]).await;
    PusherClient::greet(socket, Credentials::of_tests()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_connection_keeps_no_buffers() {
    const CLIENTS: u64 = 1000;
    gema::fd_limit::raise().unwrap();
    let server = Victim::encrypted(&[]);
    let mut clients = Vec::new();
    // What the first ones need is kept for those who come after them.
    for _ in 0..100 {
        clients.push(connect(&server).await);
    }
    let before = server.memory();
    for _ in 0..CLIENTS {
        clients.push(connect(&server).await);
    }
    // What the last handshakes have needed is given back after a moment, while there is something to do.
    eventually(Ok(()), async || {
        for client in &mut clients {
            client.expect_nothing_before_pong().await;
        }
        let each = server.memory().saturating_sub(before) / CLIENTS;
        if each < MOST_BYTES { Ok(()) } else { Err(format!("{each} bytes for each connection")) }
    })
    .await;
    drop(clients);
    server.stop();
}
