//! The connections that come to the public address, until they become WebSockets or end.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::sleep,
};

use super::{
    Server,
    connection::Connection,
    idle::{Activity, IdleConnections},
    router,
};
use crate::metrics::Limit;

/// How long to wait before accepting again when the system has no descriptor left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Tells that nothing can be accepted, and waits until it may be tried again.
pub(super) async fn pause_after(error: &io::Error) {
    tracing::warn!(%error, "A connection cannot be accepted");
    sleep(ACCEPT_PAUSE).await;
}

/// The listening socket and the HTTP connections that are being served.
#[derive(Debug)]
pub(crate) struct Accepting {
    listener: TcpListener,
    router: Router,
    server: Arc<Server>,
    closed: watch::Receiver<bool>,
    connections: JoinSet<()>,
    idle: IdleConnections,
}

impl Accepting {
    /// Serves what comes to `listener`; `closed` tells the connections when the server ends.
    pub(crate) fn new(listener: TcpListener, server: Arc<Server>, closed: watch::Receiver<bool>) -> Self {
        Self {
            listener,
            router: router(Arc::clone(&server)),
            server,
            closed,
            connections: JoinSet::new(),
            idle: IdleConnections::default(),
        }
    }

    /// Waits until one more has come, or one has ended. It may be dropped and called again.
    pub(crate) async fn accept_one(&mut self) {
        let most = self.server.config().max_http_connections;
        if self.connections.len() >= most && self.idle.make_room() {
            self.server.metrics.count_limit_hit(Limit::HttpConnections);
        }
        tokio::select! {
            Some(_) = self.connections.join_next() => {}
            // Others wait in the system's queue while all of these are being answered.
            accepted = self.listener.accept(), if self.connections.len() < most => self.take(accepted).await,
        }
        self.server.metrics.set_http_connections(self.connections.len());
    }

    async fn take(&mut self, accepted: io::Result<(TcpStream, SocketAddr)>) {
        match accepted {
            Ok((_, peer)) if self.server.is_shunned(peer.ip()) => {
                self.server.metrics.count_limit_hit(Limit::AddressConnects);
            }
            Ok((stream, peer)) => {
                let activity = Arc::<Activity>::default();
                let connection = Connection { stream, peer, activity: Arc::clone(&activity) };
                let serving =
                    connection.serve(self.router.clone(), Arc::clone(&self.server), self.closed.clone());
                self.idle.push(activity, self.connections.spawn(serving));
            }
            // Most likely all files are open: a connection that does nothing gives its own back.
            Err(_) if self.idle.make_room() => {
                self.server.metrics.count_limit_hit(Limit::HttpConnections);
                self.connections.join_next().await;
            }
            Err(error) => pause_after(&error).await,
        }
    }

    /// Forgets what is over; to be called about once a second.
    pub(crate) fn sweep(&mut self) {
        self.idle.sweep();
    }

    /// Accepts nobody any more; answers what is still being served.
    pub(crate) fn stop(self) -> JoinSet<()> {
        self.connections
    }
}
