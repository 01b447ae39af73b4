//! wss and https on one port.

mod acme;
mod directory;
mod insecure;
mod memory;
mod reload;
mod wire;

use std::time::{Duration, Instant};

use gema_testkit::{HttpConnection, PusherClient, Stream, TestAuthority, TestServer, TlsClient, WebSocket};
use rustls::{
    HandshakeKind, ProtocolVersion,
    pki_types::CertificateDer,
    version::{TLS12, TLS13},
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const UP: &[u8] = b"GET /up HTTP/1.1\r\nHost: x\r\n\r\n";

/// The certificate that a client is shown.
async fn shown(server: &TestServer, tls: &TlsClient) -> CertificateDer<'static> {
    let Stream::Tls(stream) = server.stream_of(tls).await else { unreachable!("it speaks TLS") };
    stream.get_ref().1.peer_certificates().unwrap()[0].clone().into_owned()
}

#[tokio::test]
async fn clients_and_publishers_use_one_port_with_tls_1_2_and_1_3() {
    let authority = TestAuthority::new();
    let files = authority.issue("server", &["localhost"]);
    let server = TestServer::start(|server| server.tls(&[files], &authority.client()));
    for (version, number) in [(&TLS12, ProtocolVersion::TLSv1_2), (&TLS13, ProtocolVersion::TLSv1_3)] {
        let tls = authority.client().speaking(version);
        let stream = server.stream_of(&tls).await;
        let Stream::Tls(encrypted) = &stream else { unreachable!("it speaks TLS") };
        assert_eq!(encrypted.get_ref().1.protocol_version(), Some(number));
        let socket = WebSocket::open(stream, &server.app_path(), &[]).await;
        let mut client = PusherClient::greet(socket, gema_testkit::Credentials::of_tests()).await;
        client.subscribe("news").await;
        server.api().over(Some(tls)).trigger("news", "added", "over https").await;
        assert_eq!(client.expect_event("added").await.text(), "over https");
        client.expect_nothing_before_pong().await;
    }
    server.stop().await;
}

#[tokio::test]
async fn only_http_1_1_is_agreed_on() {
    let authority = TestAuthority::new();
    let files = authority.issue("server", &["localhost"]);
    let server = TestServer::start(|server| server.tls(&[files], &authority.client()));
    let tls = authority.client().offering(&[b"h2", b"http/1.1"]);
    let Stream::Tls(stream) = server.stream_of(&tls).await else { unreachable!("it speaks TLS") };
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
    let refused = authority.client().offering(&[b"h2"]).connect(server.tcp().await).await;
    assert!(refused.unwrap_err().to_string().contains("NoApplicationProtocol"));
    server.stop().await;
}

#[tokio::test]
async fn the_name_that_a_client_looks_for_chooses_the_certificate() {
    let authority = TestAuthority::new();
    let first = authority.issue("first", &["localhost", "a.test"]);
    let wild = authority.issue("wild", &["*.b.test", "b.test"]);
    let server = TestServer::start(|server| server.tls(&[first, wild], &authority.client()));
    let client = authority.client();
    let first = shown(&server, &client).await;
    let wild = shown(&server, &client.named("ws.b.test")).await;
    assert_ne!(first, wild);
    assert_eq!(shown(&server, &client.named("a.test")).await, first);
    assert_eq!(shown(&server, &client.named("WS2.B.test")).await, wild);
    assert_eq!(shown(&server, &client.named("b.test")).await, wild);
    // For other names, and for none, it is the first one; the client refuses that by itself.
    for name in ["a.b.b.test", "c.test", "127.0.0.1"] {
        let refused = client.named(name).connect(server.tcp().await).await;
        assert!(refused.unwrap_err().to_string().contains("not valid for name"), "{name}");
    }
    server.stop().await;
}

#[tokio::test]
async fn who_comes_back_goes_on_with_its_session() {
    let authority = TestAuthority::new();
    let files = authority.issue("server", &["localhost"]);
    let server = TestServer::start(|server| server.tls(&[files], &authority.client()));
    for version in [&TLS12, &TLS13] {
        let tls = authority.client().speaking(version).resuming();
        let mut kinds = Vec::new();
        for _ in 0..2 {
            let stream = server.stream_of(&tls).await;
            let mut http = HttpConnection::new(stream);
            http.request(UP).await.success();
            let (Stream::Tls(stream), _) = http.into_parts() else { unreachable!("it speaks TLS") };
            kinds.push(stream.get_ref().1.handshake_kind().unwrap());
        }
        assert_eq!(kinds, [HandshakeKind::Full, HandshakeKind::Resumed]);
    }
    server.stop().await;
}

#[tokio::test]
async fn a_request_without_tls_is_told_what_is_wrong() {
    let server = TestServer::start(|server| server.encrypted());
    let mut plain = HttpConnection::new(server.tcp().await);
    let answer = plain.request(UP).await;
    assert_eq!((answer.status, answer.text()), (400, "This port speaks TLS: use https:// and wss://.\r\n"));
    assert!(plain.drain().await.is_empty());
    server.http().await.request(UP).await.success();
    server.stop().await;
}

#[tokio::test]
async fn bytes_that_are_no_handshake_are_answered_with_an_alert() {
    let server = TestServer::start(|server| server.encrypted());
    let mut stream = server.tcp().await;
    stream.write_all(&[0; 100]).await.unwrap();
    let mut answer = Vec::new();
    // The end may be a reset.
    let _ = stream.read_to_end(&mut answer).await;
    assert_eq!(answer.first(), Some(&21), "an alert: {answer:?}");
    server.stop().await;
}

#[tokio::test]
async fn nobody_waits_for_half_a_handshake_for_ever() {
    let server = TestServer::start(|server| server.encrypted().set("GEMA_HANDSHAKE_TIMEOUT", 3));
    let mut upgraded = server.connect().await;
    let silent = HttpConnection::new(server.tcp().await);
    let mut begun = HttpConnection::new(server.tcp().await);
    begun.write(&[22, 3, 1, 2, 0, 1]).await;
    for connection in [silent, begun] {
        drop(connection.drain().await);
    }
    for (result, count) in [("timeout", 2), ("ok", 1), ("failed", 0)] {
        server.expect_count("gema_tls_handshakes_total", &[("result", result)], count).await;
    }
    upgraded.expect_nothing_before_pong().await;
    server.stop().await;
}

/// How long the server waits for the first request of a connection whose handshake begins so late; `None` if that was
/// too late.
async fn wait_for_a_head(limit: Duration, handshake_at: Duration) -> Option<Duration> {
    let authority = TestAuthority::new();
    let (files, tls) = ([authority.issue("server", &["localhost"])], authority.client());
    let server =
        TestServer::start(|server| server.tls(&files, &tls).set("GEMA_HANDSHAKE_TIMEOUT", limit.as_secs()));
    let started = Instant::now();
    let tcp = server.tcp().await;
    tokio::time::sleep_until((started + handshake_at).into()).await;
    let stream = tls.connect(tcp).await.ok();
    let waited = match stream {
        Some(stream) => {
            assert!(HttpConnection::new(stream).drain().await.is_empty());
            Some(started.elapsed())
        }
        None => None,
    };
    server.stop().await;
    waited
}

#[tokio::test]
async fn a_handshake_and_the_first_head_have_one_timeout_together() {
    let (limit, handshake_at) = (Duration::from_secs(3), Duration::from_secs(2));
    // A machine that is busy with something else is given another chance.
    let mut waits = Vec::new();
    for _ in 0..3 {
        let waited = wait_for_a_head(limit, handshake_at).await;
        assert!(waited.is_none_or(|waited| waited >= limit), "{waited:?}");
        if waited.is_some_and(|waited| waited < handshake_at + limit) {
            return;
        }
        waits.push(waited);
    }
    panic!("the head has a timeout of its own: {waits:?}");
}
