//! One TCP connection, until it becomes a WebSocket or ends.

use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{Router, body::Body, extract::Request, http::Response};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::TcpStream,
    sync::watch,
    time::{Instant, sleep_until, timeout_at},
};
use tower::ServiceExt as _;

use super::{Server, idle::Activity, socket::Socket, stream::HttpStream};
use crate::{client_address::ClientAddress, config::ServerConfig, metrics::Limit, proxy_protocol};

/// Bytes of a request that are buffered; a head of about twice as many is refused.
const MAX_HEAD: usize = 64 * 1024;

/// A connection that has been accepted.
#[derive(Debug)]
pub(crate) struct Connection {
    /// The socket.
    pub(crate) stream: TcpStream,
    /// Who is at its other end: the client, or a proxy.
    pub(crate) peer: SocketAddr,
    /// What it does, for whoever looks for one that can be spared.
    pub(crate) activity: Arc<Activity>,
}

impl Connection {
    /// Serves the HTTP requests, until the connection becomes a WebSocket or ends, or `closing` tells that the server
    /// does.
    pub(crate) async fn serve(
        mut self,
        router: Router,
        server: Arc<Server>,
        mut closing: watch::Receiver<bool>,
    ) {
        tracing::trace!(peer = %self.peer, "A connection has come");
        // Small frames must not wait for each other; a socket that refuses is closing already.
        let _ = self.stream.set_nodelay(true);
        // For the PROXY header, the handshake of TLS and the head of the first request together.
        let config = Arc::clone(&server.config());
        let deadline = Instant::now() + config.handshake_timeout;
        let peer = tokio::select! {
            peer = self.read_proxy_header(&config, deadline) => peer,
            _ = closing.changed() => return,
        };
        let Some(peer) = peer else { return };
        // Now that it is known who is behind the proxy; a handshake of TLS would be work.
        if server.is_shunned(peer) {
            server.metrics.count_limit_hit(Limit::AddressConnects);
            return;
        }
        let Some(socket) = encrypted(self.stream, &server, deadline, closing.clone()).await else { return };
        let answer = Answer { router, peer, server, activity: self.activity };
        serve(socket, &answer, (deadline, closing)).await;
    }

    /// Who is at the other end, once the PROXY header has come where there must be one.
    async fn read_proxy_header(&mut self, config: &ServerConfig, deadline: Instant) -> Option<IpAddr> {
        if !config.proxy_protocol {
            return Some(self.peer.ip());
        }
        let is_proxy = config.trusted_proxies.contains(self.peer.ip());
        let header = proxy_protocol::peer_of(&mut self.stream, self.peer, is_proxy);
        match timeout_at(deadline, header).await {
            Ok(Ok(peer)) => Some(peer),
            Ok(Err(error)) => {
                tracing::debug!(peer = %self.peer, %error, "A connection of a proxy is closed");
                None
            }
            Err(_) => {
                tracing::debug!(peer = %self.peer, "A proxy has sent no PROXY header in time");
                None
            }
        }
    }
}

/// Serves an operator, whose connection is neither behind a proxy nor encrypted.
pub(super) async fn serve_operator(
    stream: TcpStream,
    router: Router,
    server: Arc<Server>,
    closing: watch::Receiver<bool>,
) {
    let Ok(peer) = stream.peer_addr() else { return };
    let deadline = Instant::now() + server.config().handshake_timeout;
    let answer = Answer { router, peer: peer.ip(), server, activity: Arc::default() };
    serve(Socket::Left(stream), &answer, (deadline, closing)).await;
}

/// What answers the requests of one connection.
#[derive(Debug)]
struct Answer {
    router: Router,
    server: Arc<Server>,
    /// Who is at the other end: the client, or a proxy that talks HTTP.
    peer: IpAddr,
    activity: Arc<Activity>,
}

impl Answer {
    async fn answer(&self, mut request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
        let busy = self.activity.begin();
        let proxies = &self.server.config().trusted_proxies;
        let address = ClientAddress::of_request(self.peer, request.headers(), proxies);
        request.extensions_mut().insert(Client { address, activity: Arc::clone(&self.activity) });
        let answer = self.router.clone().oneshot(request.map(Body::new)).await;
        drop(busy);
        answer
    }
}

/// Who has sent a request.
#[derive(Debug, Clone)]
pub(super) struct Client {
    pub(super) address: ClientAddress,
    pub(super) activity: Arc<Activity>,
}

/// The stream, with TLS if the port speaks it; `None` when that cannot be had.
async fn encrypted(
    stream: TcpStream,
    server: &Server,
    deadline: Instant,
    mut closing: watch::Receiver<bool>,
) -> Option<Socket> {
    let Some(tls) = &server.tls else { return Some(Socket::Left(stream)) };
    tokio::select! {
        // Boxed, so that connections without TLS need no room for it.
        accepted = Box::pin(tls.accept(stream, deadline)) => accepted.map(|stream| Socket::Right(Box::new(stream))),
        _ = closing.changed() => None,
    }
}

/// Serves requests; the head of the first one has to be there at the instant.
async fn serve(socket: Socket, answer: &Answer, (deadline, mut closing): (Instant, watch::Receiver<bool>)) {
    let http_idle_timeout = answer.server.config().http_idle_timeout;
    let service = service_fn(|request| answer.answer(request));
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
                if !answer.activity.has_begun() {
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
