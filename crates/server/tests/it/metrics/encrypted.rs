//! What TLS adds to the known load.

use gema_testkit::{Scrape, TestServer, eventually};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// Whether a server with so many shards speaks TLS: there is one of each kind.
pub(super) fn is_encrypted(shards: usize) -> bool {
    shards > 1
}

/// Each request of the load has had a connection of its own. One more does not speak TLS, as far as there is TLS.
pub(super) async fn check_handshakes(server: &TestServer, shards: usize, connections: usize) {
    let failed = u64::from(is_encrypted(shards));
    if is_encrypted(shards) {
        let mut stream = server.tcp().await;
        stream.write_all(&[0; 100]).await.unwrap();
        // The end may be a reset.
        let _ = stream.read_to_end(&mut Vec::new()).await;
    }
    let of = |scrape: &Scrape, result| scrape.count("gema_tls_handshakes_total", &[("result", result)]);
    eventually(failed, async || of(&server.scrape().await, "failed")).await;
    let scrape = server.scrape().await;
    assert_eq!(of(&scrape, "ok"), failed * connections as u64);
    assert_eq!(of(&scrape, "timeout"), 0);
    // What the authority of tests issues holds until the year 4096.
    let expiry = is_encrypted(shards).then_some(67_090_118_400.0);
    assert_eq!(scrape.find("gema_tls_certificate_expiry_timestamp_seconds", &[]), expiry);
}
