//! Records, however they are cut, and what is in them.

use std::net::SocketAddr;

use gema_protocol::ws::{self, OpCode};
use gema_testkit::{
    Credentials, HttpConnection, PusherClient, Stream, TestAuthority, TestServer, TlsClient, WebSocket,
    opening_request, within_patience,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

fn text(message: &str) -> Vec<u8> {
    ws::masked(OpCode::Text, true, message.as_bytes(), [9, 8, 7, 6])
}

/// Passes each byte to the server on its own.
async fn one_by_one(server: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (client, _) = listener.accept().await.unwrap();
        let server = TcpStream::connect(server).await.unwrap();
        server.set_nodelay(true).unwrap();
        let (mut from_client, mut to_client) = client.into_split();
        let (mut from_server, mut to_server) = server.into_split();
        tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_client).await });
        let mut byte = [0];
        while from_client.read_exact(&mut byte).await.is_ok() {
            to_server.write_all(&byte).await.unwrap();
            tokio::task::yield_now().await;
        }
    });
    address
}

#[tokio::test]
async fn records_may_arrive_byte_by_byte() {
    let authority = TestAuthority::new();
    let files = authority.issue("server", &["localhost"]);
    let server = TestServer::start(|server| server.tls(&[files], &authority.client()));
    let address = one_by_one(server.address()).await;
    let stream = authority.client().connect(TcpStream::connect(address).await.unwrap()).await.unwrap();
    let socket = WebSocket::open(stream, &server.app_path(), &[]).await;
    let mut client = PusherClient::greet(socket, Credentials::of_tests()).await;
    client.subscribe("news").await;
    for number in 0..20 {
        client.expect_nothing_before_pong().await;
        server.api().trigger("news", "added", &number.to_string()).await;
        assert_eq!(client.expect_event("added").await.text(), number.to_string());
    }
    server.stop().await;
}

/// The server's HTTP side decrypts more than the request: nothing of that may be left behind at the upgrade.
#[tokio::test]
async fn messages_behind_the_upgrade_are_answered_in_order() {
    let server = TestServer::start(|server| server.encrypted());
    let subscribe = |channel: usize| {
        text(&format!(r#"{{"event":"pusher:subscribe","data":{{"channel":"channel-{channel}"}}}}"#))
    };
    let request = opening_request(&server.app_path(), &[]).into_bytes();
    for count in [1, 10, 200] {
        let messages: Vec<_> = (0..count).flat_map(subscribe).collect();
        // In one record, and in a record of their own.
        for together in [true, false] {
            let mut http = server.http().await;
            if together {
                http.write(&[&request[..], &messages].concat()).await;
            } else {
                http.write(&request).await;
                http.write(&messages).await;
            }
            let mut socket = WebSocket::upgraded(http).await;
            socket.expect_event("pusher:connection_established").await;
            for channel in 0..count {
                let answer = socket.expect_event("pusher_internal:subscription_succeeded").await;
                assert_eq!(answer.channel, Some(format!("channel-{channel}")));
            }
        }
    }
    server.stop().await;
}

async fn client(server: &TestServer) -> PusherClient {
    let mut client = server.connect().await;
    client.subscribe("news").await;
    client
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_messages_arrive_whole_and_in_order_at_all() {
    const EVENTS: usize = 60;
    let server = TestServer::start(|server| {
        server.encrypted().set("GEMA_APP_MAX_EVENT_SIZE", 200_000).set("GEMA_APP_MAX_OUTBOX_SIZE", 50_000_000)
    });
    let mut readers = Vec::new();
    for _ in 0..10 {
        let mut client = client(&server).await;
        readers.push(tokio::spawn(async move {
            for number in 0..EVENTS {
                let event = client.next_event().await;
                let (first, rest) = event.text().split_once(' ').unwrap();
                assert_eq!((first, rest.len()), (number.to_string().as_str(), number * 3000));
            }
            client.expect_nothing_before_pong().await;
        }));
    }
    let api = server.api();
    let mut http = api.connect().await;
    for number in 0..EVENTS {
        let data = format!("{number} {}", "x".repeat(number * 3000));
        http.request(&api.trigger_request(&["news"], "e", &data)).await.success();
    }
    for reader in readers {
        within_patience("all events", reader).await.unwrap();
    }
    server.stop().await;
}

#[tokio::test]
async fn many_messages_of_one_client_are_all_answered() {
    const MESSAGES: usize = 20_000;
    const AT_ONCE: usize = 200;
    let server = TestServer::start(|server| server.encrypted().set("GEMA_APP_MAX_OUTBOX_SIZE", 50_000_000));
    let client = server.connect().await;
    let (mut reader, mut writer) = tokio::io::split(client.socket.into_stream());
    let writing = tokio::spawn(async move {
        writer.write_all(&text(r#"{"event":"pusher:ping"}"#).repeat(MESSAGES)).await.unwrap();
        writer
    });
    let pong = ws::text(r#"{"event":"pusher:pong","data":"{}"}"#);
    let expected = pong.as_bytes().repeat(AT_ONCE);
    for _ in 0..MESSAGES / AT_ONCE {
        let mut answers = vec![0; expected.len()];
        within_patience("the next answers", reader.read_exact(&mut answers)).await.unwrap();
        assert_eq!(answers, expected);
    }
    drop(writing.await.unwrap());
    server.stop().await;
}

#[tokio::test]
async fn a_server_that_ends_says_so_in_tls_too() {
    let server = TestServer::start(|server| server.encrypted());
    let mut client = server.connect().await;
    client.socket.send(gema_testkit::Message::Close(None)).await;
    client.socket.expect_close().await;
    // Without the word of TLS this were an error: the end could be somebody else's.
    let mut rest = Vec::new();
    client.socket.into_stream().read_to_end(&mut rest).await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_breaks_tls_after_the_upgrade_is_dropped_alone() {
    let server = TestServer::start(|server| server.encrypted());
    let (mut other, broken) = (client(&server).await, client(&server).await);
    let Stream::Tls(stream) = broken.socket.into_stream() else { unreachable!("it speaks TLS") };
    let (mut tcp, _) = stream.into_inner();
    tcp.write_all(&[23, 3, 3, 0, 20]).await.unwrap();
    tcp.write_all(&[0; 20]).await.unwrap();
    let mut answer = Vec::new();
    let _ = tcp.read_to_end(&mut answer).await;
    gema_testkit::eventually(1, async || server.api().subscriptions("news").await).await;
    server.api().trigger("news", "added", "1").await;
    other.expect_event("added").await;
    server.stop().await;
}

#[tokio::test]
async fn requests_may_follow_each_other_on_an_encrypted_connection() {
    let authority = TestAuthority::new();
    let files = authority.issue("server", &["localhost"]);
    let server = TestServer::start(|server| server.tls(&[files], &authority.client()));
    let tls: TlsClient = authority.client();
    let mut http = HttpConnection::new(server.stream_of(&tls).await);
    for _ in 0..3 {
        http.request(super::UP).await.success();
        http.request(b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n").await.refusal(404, "path");
    }
    http.write(opening_request(&server.app_path(), &[]).as_bytes()).await;
    WebSocket::upgraded(http).await.expect_event("pusher:connection_established").await;
    server.stop().await;
}
