//! One TCP connection, until it becomes a WebSocket or ends.

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::{Router, body::Body, extract::Request, http::Response};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{net::TcpStream, sync::watch, time::sleep};
use tower::ServiceExt as _;

use super::{Server, stream::HttpStream};
use crate::config::ServerConfig;

/// Bytes of a request that are buffered; a head of about twice as many is refused.
const MAX_HEAD: usize = 64 * 1024;

/// A connection that has been accepted.
#[derive(Debug)]
pub(crate) struct Connection {
    /// The socket.
    pub(crate) stream: TcpStream,
    /// Who is at its other end: the client, or a proxy.
    pub(crate) peer: SocketAddr,
}

impl Connection {
    /// Serves the HTTP requests, until the connection becomes a WebSocket or ends, or `closing` tells that the server
    /// does.
    pub(crate) async fn serve(self, router: Router, server: Arc<Server>, closing: watch::Receiver<bool>) {
        tracing::trace!(peer = %self.peer, "A connection has come");
        // Small frames must not wait for each other; a socket that refuses is closing already.
        let _ = self.stream.set_nodelay(true);
        serve(self.stream, router, &server.config, closing).await;
    }
}

/// The same for a connection without more around it.
pub(super) async fn serve(
    stream: TcpStream,
    router: Router,
    config: &ServerConfig,
    mut closing: watch::Receiver<bool>,
) {
    let ServerConfig { handshake_timeout, http_idle_timeout, .. } = *config;
    let requested = AtomicBool::new(false);
    let service = service_fn(|request: Request<Incoming>| {
        requested.store(true, Ordering::Relaxed);
        answer(router.clone(), request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(http_idle_timeout)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(HttpStream::new(stream, http_idle_timeout)), service)
        .with_upgrades();
    tokio::pin!(connection);
    let first_request = sleep(handshake_timeout);
    tokio::pin!(first_request);
    let mut waiting_for_first = true;
    let mut open = true;
    loop {
        tokio::select! {
            result = connection.as_mut() => {
                if let Err(error) = result {
                    tracing::debug!(%error, "An HTTP connection has ended");
                }
                return;
            }
            () = first_request.as_mut(), if waiting_for_first => {
                if !requested.load(Ordering::Relaxed) {
                    return;
                }
                waiting_for_first = false;
            }
            _ = closing.changed(), if open => {
                connection.as_mut().graceful_shutdown();
                open = false;
            }
        }
    }
}

async fn answer(router: Router, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    router.oneshot(request.map(Body::new)).await
}
