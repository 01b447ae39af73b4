//! What applications are told of their channels, by requests to a receiver over real sockets.

mod command;
mod crash;
mod disk;
mod events;
pub(crate) mod receiver;
mod requests;
mod restart;
mod stopping;

use std::time::Duration;

use gema_testkit::TestServer;
use receiver::Receiver;
use tempfile::TempDir;

/// Who comes back so soon has surely come back within the three seconds in which nobody is told.
const IN_TIME: Duration = Duration::from_secs(2);

/// A server whose application is told at the receiver, and its spool.
fn start(receiver: &Receiver, settings: &[(&str, &str)]) -> (TestServer, TempDir) {
    let spool = tempfile::tempdir().unwrap();
    (start_on(&spool, receiver, settings), spool)
}

fn start_on(spool: &TempDir, receiver: &Receiver, settings: &[(&str, &str)]) -> TestServer {
    TestServer::start(|builder| {
        builder.set("GEMA_WEBHOOK_SPOOL", spool.path().join("spool").display());
        builder.set("GEMA_METRICS_ADDRESS", "127.0.0.1:0");
        builder.set("GEMA_APP_WEBHOOK_URL", receiver.url());
        for (name, value) in settings {
            builder.set(name, value);
        }
        builder
    })
}
