//! Certificates that are replaced while the server runs.

use std::{fs, os::unix::fs::symlink, path::Path, sync::Arc, time::Duration};

use gema::{
    ReloadError,
    metrics::Metrics,
    tls::{CertificateFiles, InvalidCertificate, Problem, Tls, TlsSettings},
};
use gema_testkit::{TestAuthority, TestServer, eventually};
use rustls::pki_types::CertificateDer;
use tokio::{
    net::{TcpListener, TcpStream},
    time::Instant,
};

use super::shown;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_is_replaced_under_a_thousand_connections_and_none_is_dropped() {
    const CLIENTS: usize = 1000;
    gema::fd_limit::raise().unwrap();
    let authority = TestAuthority::new();
    let files = authority.issue("server", &["localhost"]);
    let server = TestServer::start(|server| server.tls(&[files], &authority.client()));
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        let mut client = server.connect().await;
        client.subscribe("news").await;
        clients.push(client);
    }
    let old = shown(&server, &authority.client()).await;
    authority.issue("server", &["localhost"]);
    eventually(true, async || shown(&server, &authority.client()).await != old).await;

    server.api().trigger("news", "replaced", "1").await;
    for client in &mut clients {
        client.expect_event("replaced").await;
        client.expect_nothing_before_pong().await;
    }
    assert_eq!(server.api().connections().await, CLIENTS as u64);
    server.stop().await;
}

/// As Kubernetes does it: the files are links into a folder that is a link itself, and that is replaced.
#[tokio::test]
async fn files_behind_links_are_followed() {
    let authority = TestAuthority::new();
    let folder = authority.folder();
    let issue = |version: &str| {
        fs::create_dir(folder.join(version)).unwrap();
        authority.issue(&format!("{version}/tls"), &["localhost"]);
        symlink(version, folder.join("next")).unwrap();
        fs::rename(folder.join("next"), folder.join("data")).unwrap();
    };
    issue("one");
    for file in ["tls.pem", "tls.key"] {
        symlink(Path::new("data").join(file), folder.join(file)).unwrap();
    }
    let files = CertificateFiles { certificate: folder.join("tls.pem"), key: folder.join("tls.key") };
    let server = TestServer::start(|server| server.tls(&[files], &authority.client()));
    let old = shown(&server, &authority.client()).await;
    issue("two");
    eventually(true, async || shown(&server, &authority.client()).await != old).await;
    server.stop().await;
}

#[tokio::test]
async fn a_reload_of_the_server_reads_the_files_at_once() {
    let authority = TestAuthority::new();
    let files = [authority.issue("server", &["localhost"])];
    let client = authority.client();
    let server = TestServer::start(|server| server.tls(&files, &client));
    let mut connected = server.connect().await;
    let old = shown(&server, &client).await;
    authority.issue("server", &["localhost"]);
    server.reload(|server| server.tls(&files, &client)).await.unwrap();
    assert_ne!(shown(&server, &client).await, old);
    connected.expect_nothing_before_pong().await;
    server.stop().await;
}

#[tokio::test]
async fn other_files_are_served_after_a_reload_and_those_of_a_refused_configuration_are_not() {
    let authority = TestAuthority::new();
    let client = authority.client();
    let [first, second, third] =
        ["first", "second", "third"].map(|name| [authority.issue(name, &["localhost"])]);
    let server = TestServer::start(|server| server.tls(&first, &client));
    let old = shown(&server, &client).await;
    let refused = server
        .reload(|server| {
            server
                .tls(&second, &client)
                .set("REVERB_APP_ID", "1")
                .set("REVERB_APP_KEY", "gema-dev-key")
                .set("REVERB_APP_SECRET", "gema-dev-secret")
        })
        .await;
    assert!(matches!(refused, Err(ReloadError::Development)), "{refused:?}");
    assert_eq!(shown(&server, &client).await, old);
    server.reload(|server| server.tls(&second, &client)).await.unwrap();
    let new = shown(&server, &client).await;
    assert_ne!(new, old);
    // The new files are those that are looked at from now on.
    std::fs::copy(&third[0].key, &second[0].key).unwrap();
    std::fs::copy(&third[0].certificate, &second[0].certificate).unwrap();
    eventually(true, async || shown(&server, &client).await != new).await;
    server.stop().await;
}

/// The TLS side alone, so that a test can have the files read when it wants.
struct Side {
    authority: TestAuthority,
    files: CertificateFiles,
    tls: Arc<Tls>,
    listener: TcpListener,
}

impl Side {
    async fn new() -> Self {
        let authority = TestAuthority::new();
        let files = authority.issue("server", &["localhost"]);
        let settings = TlsSettings::Files(vec![files.clone()]);
        let tls = Arc::new(Tls::start(&settings, Arc::new(Metrics::new())).unwrap());
        Self { authority, files, tls, listener: TcpListener::bind("127.0.0.1:0").await.unwrap() }
    }

    /// Has the files read, and serves what is in them.
    fn reload(&self) -> Result<(), InvalidCertificate> {
        let settings = TlsSettings::Files(vec![self.files.clone()]);
        self.tls.read_again(Some(&settings))?.unwrap().serve();
        Ok(())
    }

    /// What a client is shown now.
    async fn shown(&self) -> CertificateDer<'static> {
        let stream = TcpStream::connect(self.listener.local_addr().unwrap()).await.unwrap();
        let (accepted, _) = self.listener.accept().await.unwrap();
        let deadline = Instant::now() + Duration::from_secs(10);
        let client = self.authority.client();
        let (client, accepted) = tokio::join!(client.connect(stream), self.tls.accept(accepted, deadline));
        assert!(accepted.is_some());
        client.unwrap().get_ref().1.peer_certificates().unwrap()[0].clone().into_owned()
    }
}

#[tokio::test]
async fn a_broken_certificate_leaves_the_old_one_in_place() {
    let side = Side::new().await;
    let old = side.shown().await;

    fs::write(&side.files.certificate, "-----BEGIN CERTIFICATE-----\nbroken\n-----END CERTIFICATE-----")
        .unwrap();
    let error = side.reload().unwrap_err();
    assert_eq!(error.path, side.files.certificate);
    assert_eq!(side.shown().await, old);

    fs::remove_file(&side.files.certificate).unwrap();
    assert!(matches!(side.reload().unwrap_err().problem, Problem::Unreadable(_)));
    assert_eq!(side.shown().await, old);

    // The certificate is there again, but the key is that of another one.
    let other = side.authority.issue("other", &["localhost"]);
    fs::copy(&other.certificate, &side.files.certificate).unwrap();
    let error = side.reload().unwrap_err();
    assert!(error.is_key && matches!(error.problem, Problem::AnotherKey(_)), "{error}");
    assert_eq!(side.shown().await, old);

    fs::copy(&other.key, &side.files.key).unwrap();
    side.reload().unwrap();
    assert_ne!(side.shown().await, old);
}

#[tokio::test]
async fn handshakes_and_the_end_of_the_certificate_are_among_the_metrics() {
    let authority = TestAuthority::new();
    let files = authority.issue("server", &["localhost"]);
    let metrics = Arc::new(Metrics::new());
    let tls = Tls::start(&TlsSettings::Files(vec![files]), Arc::clone(&metrics)).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    for (first, patience) in [(&b"GET / HTTP/1.1\r\n\r\n"[..], 10_000), (&[22], 20)] {
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        stream.try_write(first).unwrap();
        let (accepted, _) = listener.accept().await.unwrap();
        let deadline = Instant::now() + Duration::from_millis(patience);
        let hang_up = async {
            if patience > 1000 {
                drop(stream);
            } else {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            accepted = tls.accept(accepted, deadline) => assert!(accepted.is_none()),
            () = async { hang_up.await; std::future::pending().await } => {}
        }
    }
    let text = metrics.encode().unwrap();
    assert!(text.contains("gema_tls_handshakes_total{result=\"failed\"} 1\n"), "{text}");
    assert!(text.contains("gema_tls_handshakes_total{result=\"timeout\"} 1\n"), "{text}");
    // What rcgen makes holds for long.
    assert!(text.contains("gema_tls_certificate_expiry_timestamp_seconds{} 67090118400\n"), "{text}");
}

#[tokio::test]
async fn of_several_certificates_the_one_that_expires_first_is_told_and_a_reload_tells_the_next() {
    let authority = TestAuthority::new();
    let of_year = |file: &str, year: i32| {
        let end = rcgen::date_time_ymd(year, 1, 1);
        authority.issue_as(file, &["localhost"], |certificate| certificate.not_after = end)
    };
    let certificates = vec![of_year("first", 2070), of_year("second", 2060), of_year("third", 2080)];
    let settings = TlsSettings::Files(certificates);
    let metrics = Arc::new(Metrics::new());
    let tls = Tls::start(&settings, Arc::clone(&metrics)).unwrap();
    let check = |seconds: i64| {
        let text = metrics.encode().unwrap();
        let line = format!("gema_tls_certificate_expiry_timestamp_seconds{{}} {seconds}\n");
        assert!(text.contains(&line), "no {line} in {text}");
    };
    check(rcgen::date_time_ymd(2060, 1, 1).unix_timestamp());
    of_year("second", 2090);
    tls.read_again(Some(&settings)).unwrap().unwrap().serve();
    check(rcgen::date_time_ymd(2070, 1, 1).unix_timestamp());
}
