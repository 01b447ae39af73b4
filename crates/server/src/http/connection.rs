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
use tokio::{
    net::TcpStream,
    sync::watch,
    time::{Instant, sleep_until},
};
use tower::ServiceExt as _;

use super::{Server, socket::Socket, stream::HttpStream};
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
        // For the handshake of TLS and the head of the first request together.
        let deadline = Instant::now() + server.config.handshake_timeout;
        let Some(socket) = encrypted(self.stream, &server, deadline, closing.clone()).await else { return };
        serve(socket, router, &server.config, (deadline, closing)).await;
    }
}

/// The stream, with TLS if the port speaks it; `None` when that cannot be had.
async fn encrypted(
    stream: TcpStream,
    server: &Server,
    deadline: Instant,
    mut closing: watch::Receiver<bool>,
) -> Option<Socket> {
    let Some(tls) = &server.tls else { return Some(stream.into()) };
    tokio::select! {
        accepted = tls.accept(stream, deadline) => accepted.map(Socket::from),
        _ = closing.changed() => None,
    }
}

/// Serves requests; the head of the first one has to be there at the instant.
pub(super) async fn serve(
    socket: Socket,
    router: Router,
    config: &ServerConfig,
    (deadline, mut closing): (Instant, watch::Receiver<bool>),
) {
    let http_idle_timeout = config.http_idle_timeout;
    let requested = AtomicBool::new(false);
    let service = service_fn(|request: Request<Incoming>| {
        requested.store(true, Ordering::Relaxed);
        answer(router.clone(), request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(http_idle_timeout)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(HttpStream::new(socket, http_idle_timeout)), service)
        .with_upgrades();
    tokio::pin!(connection);
    let first_request = sleep_until(deadline);
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
