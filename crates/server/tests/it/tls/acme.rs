//! Certificates from a directory.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, sync::Arc};

use gema_testkit::{TestAuthority, TestServer, TlsClient, WebSocket, eventually};

use super::directory::Directory;

const NAMES: &str = "ws.example.test, two.example.test";

fn start(directory: &Directory, authority: &TestAuthority, cache: &Path) -> TestServer {
    let server = TestServer::start(|server| {
        server
            .set("GEMA_ACME_DOMAINS", NAMES)
            .set("GEMA_ACME_DIRECTORY", directory.url())
            .set("GEMA_ACME_CA", authority.root().display())
            .set("GEMA_ACME_EMAIL", "admin@example.test")
            .set("GEMA_ACME_CACHE", cache.display())
            .spoken_to_by(&authority.client().named("ws.example.test"))
    });
    directory.look_at(server.address());
    server
}

/// Waits until a client that looks for this name is content.
async fn served(server: &TestServer, tls: &TlsClient) {
    eventually(true, async || tls.connect(server.tcp().await).await.is_ok()).await;
}

#[tokio::test]
async fn a_certificate_is_got_at_the_first_start_and_taken_from_the_cache_at_the_next() {
    let authority = Arc::new(TestAuthority::new());
    let directory = Directory::start(Arc::clone(&authority)).await;
    let cache = authority.folder().join("cache/acme");
    for _ in 0..2 {
        let server = start(&directory, &authority, &cache);
        for name in ["ws.example.test", "two.example.test"] {
            served(&server, &authority.client().named(name)).await;
        }
        let mut client = server.connect().await;
        client.subscribe("news").await;
        server.api().trigger("news", "added", "1").await;
        client.expect_event("added").await;
        assert_eq!((directory.orders(), directory.refusals()), (1, Vec::new()));
        server.stop().await;
    }
    assert_eq!(fs::metadata(&cache).unwrap().permissions().mode() & 0o777, 0o700);
}

#[tokio::test]
async fn before_there_is_a_certificate_nobody_is_served_and_the_directory_is_answered_nothing_wrong() {
    let authority = Arc::new(TestAuthority::new());
    let directory = Directory::start(Arc::clone(&authority)).await;
    let cache = authority.folder().join("acme");
    let server = start(&directory, &authority, &cache);
    let challenge = authority.client().named("elsewhere.test").offering(&[b"acme-tls/1"]);
    assert!(challenge.connect(server.tcp().await).await.is_err());
    served(&server, &authority.client().named("ws.example.test")).await;
    // The challenge is over: who asks for it now is shown nothing.
    assert!(challenge.named("ws.example.test").connect(server.tcp().await).await.is_err());
    let stream = server.stream().await;
    WebSocket::open(stream, &server.app_path(), &[]).await;
    server.stop().await;
}
