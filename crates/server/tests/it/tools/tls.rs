//! The tools at a server that speaks TLS.

use std::{net::SocketAddr, sync::Arc};

use gema_testkit::{Credentials, TestAuthority, TestServer, eventually};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::PrivateKeyDer;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig, rustls::crypto::aws_lc_rs};

use super::{leading_to, run, run_with};
use crate::process::{Process, directory, gema};

/// TLS before a server, for `localhost`; answers the port and the certificate, in PEM.
async fn tls_before(server: SocketAddr) -> (u16, String) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                // Clients that do not trust it hang up.
                let Ok(mut near) = acceptor.accept(stream).await else { return };
                let mut far = TcpStream::connect(server).await.unwrap();
                let _ = copy_bidirectional(&mut near, &mut far).await;
            });
        }
    });
    (port, cert.pem())
}

/// The arguments that lead to TLS before the server.
fn secure(server: &TestServer, port: u16) -> Vec<String> {
    let mut target = leading_to(server.address(), &Credentials::of_tests());
    target[1] = format!("https://localhost:{port}");
    target
}

#[tokio::test]
async fn a_certificate_has_to_be_trusted_unless_nobody_asks() {
    let server = TestServer::start(|builder| builder);
    let (port, certificate) = tls_before(server.address()).await;
    let directory = directory();
    let file = directory.path().join("authority.pem");
    std::fs::write(&file, certificate).unwrap();
    let target = secure(&server, port);
    let with = |words: &[&'static str]| -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).chain(target.iter().cloned()).collect()
    };
    for command in [&["channels"][..], &["trigger", "orders", "e", "1"], &["listen", "orders"]] {
        let arguments = with(command);
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        run(&arguments).await.failure(1, &["ertificate", "--insecure"]);
        if command[0] != "listen" {
            run(&[&arguments[..], &["--insecure"]].concat()).await.success();
            let trusting = run_with(&directory, &arguments, |command| {
                command.env("SSL_CERT_FILE", &file);
            });
            trusting.await.success();
        }
    }
    // The certificate is for a name; a probe on the same machine does not go by it.
    run(&["health", "--url", &format!("https://127.0.0.1:{port}")]).await.success();
    run(&["health", "--url", &format!("https://{}", server.address())])
        .await
        .failure(1, &["does not speak TLS"]);
    run(&["health", "--url", &format!("http://127.0.0.1:{port}")]).await.failure(1, &["cannot reach"]);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_come_over_tls() {
    let server = TestServer::start(|builder| builder);
    let (port, certificate) = tls_before(server.address()).await;
    let directory = directory();
    let file = directory.path().join("authority.pem");
    std::fs::write(&file, certificate).unwrap();
    let mut command = gema(&directory, &["listen", "private-orders", "--count", "1"]);
    command.args(secure(&server, port)).env("SSL_CERT_FILE", &file);
    let mut listener = Process::spawn(&mut command);
    let api = server.api();
    eventually(1, async || api.subscriptions("private-orders").await).await;
    api.trigger("private-orders", "order.placed", "1").await;
    tokio::task::block_in_place(|| listener.line_with("order.placed"));
    let (status, log) = tokio::task::block_in_place(|| listener.end());
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(log.contains(&format!("connected to wss://localhost:{port} as")), "{log}");
    server.stop().await;
}

#[tokio::test]
async fn a_server_with_a_certificate_is_asked_over_tls_where_it_listens() {
    let authority = TestAuthority::new();
    let files = authority.issue("server", &["ws.example.com"]);
    let settings = [
        ("REVERB_SERVER_HOST", "0.0.0.0".to_owned()),
        ("GEMA_TLS_CERT", files.certificate.display().to_string()),
        ("GEMA_TLS_KEY", files.key.display().to_string()),
        ("REVERB_APP_ID", "4711".to_owned()),
        ("REVERB_APP_KEY", "test-key".to_owned()),
        ("REVERB_APP_SECRET", "test-secret".to_owned()),
    ];
    let client = authority.client().named("ws.example.com");
    let server = TestServer::start(|server| server.tls(&[files], &client));
    let port = server.address().port().to_string();
    for command in [&["health"][..], &["channels"], &["trigger", "orders", "e", "1"]] {
        let directory = directory();
        let answer = run_with(&directory, command, |command| {
            command.envs(settings.iter().map(|(name, value)| (name, value))).env("REVERB_SERVER_PORT", &port);
        });
        answer.await.success();
    }
    server.stop().await;
}
