//! Clients behind proxies.

use std::time::{Duration, Instant};

use gema_testkit::{
    Credentials, HttpConnection, PusherClient, ServerBuilder, Stream, TestAuthority, TestServer, WebSocket,
    opening_request,
};
use tokio::{io::AsyncWriteExt as _, net::TcpStream};

/// Connects over a connection, with what the proxies in front of it say.
async fn connect(server: &TestServer, stream: TcpStream, forwarded_for: &str) -> WebSocket {
    let headers = [("X-Forwarded-For", forwarded_for)];
    WebSocket::open(stream, &server.app_path(), &headers).await
}

async fn welcome(socket: WebSocket) {
    PusherClient::greet(socket, Credentials::of_tests()).await.expect_nothing_before_pong().await;
}

#[tokio::test]
async fn a_trusted_proxy_is_believed_and_each_of_its_clients_has_its_own_limit() {
    let server = TestServer::start(|server| {
        server.set("GEMA_MAX_CONNECTS_PER_ADDRESS", 1).set("GEMA_TRUSTED_PROXIES", "10.0.0.0/8, 127.0.0.1")
    });
    for client in ["192.0.2.1", "192.0.2.2", "2001:db8:0:1::1", "1.1.1.1, 192.0.2.3, 10.0.0.1"] {
        welcome(connect(&server, server.tcp().await, client).await).await;
        connect(&server, server.tcp().await, client).await.expect_refusal(4100).await;
    }
    // What the client has put in front does not help it, nor does another address of its network.
    for same in ["9.9.9.9, 192.0.2.1", "192.0.2.2, 192.0.2.3", "2001:db8:0:1::2", "::ffff:192.0.2.2"] {
        connect(&server, server.tcp().await, same).await.expect_refusal(4100).await;
    }
    server.stop().await;
}

#[tokio::test]
async fn nobody_else_is_believed() {
    for proxies in ["", "10.0.0.0/8"] {
        let server = TestServer::start(|server| {
            server.set("GEMA_MAX_CONNECTS_PER_ADDRESS", 1).set("GEMA_TRUSTED_PROXIES", proxies)
        });
        welcome(connect(&server, server.tcp().await, "192.0.2.1").await).await;
        connect(&server, server.tcp().await, "192.0.2.2").await.expect_refusal(4100).await;
        let neighbour = server.tcp_from("127.0.0.2").await;
        welcome(connect(&server, neighbour, "127.0.0.1").await).await;
        server.stop().await;
    }
}

#[tokio::test]
async fn a_proxy_is_not_shunned_for_one_of_its_clients() {
    let server = TestServer::start(|server| {
        server.set("GEMA_MAX_CONNECTS_PER_ADDRESS", 1).set("GEMA_TRUSTED_PROXIES", "127.0.0.1")
    });
    welcome(connect(&server, server.tcp().await, "192.0.2.1").await).await;
    for _ in 0..10 {
        connect(&server, server.tcp().await, "192.0.2.1").await.expect_refusal(4100).await;
    }
    welcome(connect(&server, server.tcp().await, "192.0.2.2").await).await;
    server.stop().await;
}

fn binary_header(source: [u8; 4]) -> Vec<u8> {
    let signature = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c";
    [&signature[..], &source, &[10, 0, 0, 1, 1, 2, 3, 4]].concat()
}

/// A connection that begins with these bytes.
async fn beginning_with(mut stream: TcpStream, bytes: &[u8]) -> TcpStream {
    stream.write_all(bytes).await.unwrap();
    stream
}

fn with_proxy_protocol(configure: impl FnOnce(&mut ServerBuilder) -> &mut ServerBuilder) -> TestServer {
    TestServer::start(|server| {
        configure(server)
            .set("GEMA_MAX_CONNECTS_PER_ADDRESS", 1)
            .set("GEMA_TRUSTED_PROXIES", "127.0.0.1, 192.0.2.0/28")
            .set("GEMA_PROXY_PROTOCOL", true)
    })
}

#[tokio::test]
async fn the_proxy_protocol_tells_the_client_in_both_versions() {
    let server = with_proxy_protocol(|server| server);
    let text = b"PROXY TCP4 203.0.113.2 10.0.0.1 4660 80\r\n".to_vec();
    for header in [binary_header([203, 0, 113, 1]), text] {
        let stream = beginning_with(server.tcp().await, &header).await;
        welcome(WebSocket::open(stream, &server.app_path(), &[]).await).await;
        let stream = beginning_with(server.tcp().await, &header).await;
        WebSocket::open(stream, &server.app_path(), &[]).await.expect_refusal(4100).await;
    }
    // Header and request in one segment.
    let request = [binary_header([203, 0, 113, 3]), opening_request(&server.app_path(), &[]).into_bytes()];
    let mut http = server.http().await;
    http.write(&request.concat()).await;
    welcome(WebSocket::upgraded(http).await).await;
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_is_shunned_is_so_behind_the_proxy_protocol_and_other_clients_of_the_proxy_are_not() {
    let authority = TestAuthority::new();
    let files = [authority.issue("server", &["localhost"])];
    let tls = authority.client();
    for encrypted in [false, true] {
        let server = TestServer::start(|server| {
            if encrypted {
                server.tls(&files, &tls);
            }
            server
                .set("GEMA_MAX_CONNECTS_PER_ADDRESS", 1)
                .set("GEMA_TRUSTED_PROXIES", "127.0.0.1")
                .set("GEMA_PROXY_PROTOCOL", true)
                .set("GEMA_METRICS_ADDRESS", "127.0.0.1:0")
        });
        let open = async |client: [u8; 4]| {
            let stream = beginning_with(server.tcp().await, &binary_header(client)).await;
            if encrypted { tls.connect(stream).await.map(Stream::from) } else { Ok(stream.into()) }
        };
        let socket =
            async |client| WebSocket::open(open(client).await.unwrap(), &server.app_path(), &[]).await;
        welcome(socket([203, 0, 113, 1]).await).await;
        for _ in 0..2 {
            socket([203, 0, 113, 1]).await.expect_refusal(4100).await;
        }
        for _ in 0..3 {
            match open([203, 0, 113, 1]).await {
                // Not even a handshake of TLS is done for it.
                stream if encrypted => assert!(stream.is_err()),
                stream => {
                    let mut http = HttpConnection::new(stream.unwrap());
                    http.write(opening_request(&server.app_path(), &[]).as_bytes()).await;
                    assert!(http.drain().await.is_empty());
                }
            }
        }
        welcome(socket([203, 0, 113, 2]).await).await;
        let hits = server.scrape().await.count("gema_limits_hit_total", &[("limit", "address_connects")]);
        assert_eq!(hits, 5);
        server.stop().await;
    }
}

#[tokio::test]
async fn a_proxy_of_http_behind_a_proxy_of_tcp_is_believed_as_well() {
    let server = with_proxy_protocol(|server| server);
    for client in ["203.0.113.1", "203.0.113.2"] {
        let stream = beginning_with(server.tcp().await, &binary_header([192, 0, 2, 7])).await;
        welcome(connect(&server, stream, client).await).await;
    }
    let stream = beginning_with(server.tcp().await, &binary_header([203, 0, 113, 3])).await;
    welcome(connect(&server, stream, "203.0.113.4").await).await;
    let stream = beginning_with(server.tcp().await, &binary_header([203, 0, 113, 3])).await;
    connect(&server, stream, "203.0.113.5").await.expect_refusal(4100).await;
    server.stop().await;
}

#[tokio::test]
async fn a_trusted_proxy_without_a_header_is_not_served_and_others_need_none() {
    // It is what they say that ends them.
    let server = with_proxy_protocol(|server| server.set("GEMA_HANDSHAKE_TIMEOUT", 1000));
    let request = opening_request(&server.app_path(), &[]);
    for bytes in [
        request.as_bytes(),
        b"PROXY TCP4 nonsense\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\x01\x02\x03",
    ] {
        let mut http = server.http().await;
        http.write(bytes).await;
        assert!(http.drain().await.is_empty());
    }
    let neighbour = server.tcp_from("127.0.0.2").await;
    welcome(WebSocket::open(neighbour, &server.app_path(), &[]).await).await;
    // Who is no proxy is not asked, and cannot say who it is.
    let claim = beginning_with(server.tcp_from("127.0.0.3").await, &binary_header([203, 0, 113, 9])).await;
    let answer = HttpConnection::new(claim).drain().await;
    assert!(answer.starts_with(b"HTTP/1.1 400 "), "{}", String::from_utf8_lossy(&answer));
    server.stop().await;
}

#[tokio::test]
async fn half_a_header_is_given_up() {
    let server = with_proxy_protocol(|server| server.set("GEMA_HANDSHAKE_TIMEOUT", 1));
    let started = Instant::now();
    for bytes in [&b""[..], b"PROXY TCP4 203.0.113.1", &binary_header([203, 0, 113, 1])[..20]] {
        let mut http = server.http().await;
        http.write(bytes).await;
        assert!(http.drain().await.is_empty());
    }
    assert!(started.elapsed() >= Duration::from_secs(3));
    server.stop().await;
}
