//! Connections: each serves its requests, but none may wait for its client without an end.

use std::{
    convert::Infallible,
    future::Future,
    net::SocketAddr,
    pin::{Pin, pin},
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    BoxError, Router,
    body::{Bytes, HttpBody},
    extract::ConnectInfo,
    http::Request,
};
use hyper::{
    body::{Frame, Incoming, SizeHint},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    select,
    sync::watch,
    task::JoinSet,
    time::{Sleep, sleep},
};
use tower::ServiceExt as _;
use tracing::{debug, warn};

/// How long the head of a request may take; as long may a connection be silent between two requests.
const HEAD: Duration = Duration::from_secs(10);
/// How long the whole body of a request may take.
const BODY: Duration = Duration::from_secs(30);
/// How long to wait before accepting again when the system has no descriptor left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves connections until `shutdown` is ready, and then what their clients have asked for by that time. The router
/// gets the address of each peer as [`ConnectInfo`].
pub(crate) async fn serve(listener: TcpListener, router: Router, shutdown: impl Future<Output = ()>) {
    let (stop, stopped) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        select! {
            () = &mut shutdown => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    connections.spawn(connection(stream, peer, router.clone(), told(stopped.clone())));
                }
                Err(error) => {
                    warn!(%error, "A connection cannot be accepted");
                    sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    drop(listener);
    stop.send_replace(true);
    while connections.join_next().await.is_some() {}
}

/// Ready when it is time to stop, or nobody is there any more to say so.
pub(crate) async fn told(mut stopped: watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

async fn connection(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    peer: SocketAddr,
    router: Router,
    shutdown: impl Future<Output = ()>,
) {
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(InTime::new);
        // The rate limits go by the address of the peer.
        request.extensions_mut().insert(ConnectInfo(peer));
        let router = router.clone();
        async move { Ok::<_, Infallible>(router.oneshot(request).await.unwrap_or_else(|never| match never {})) }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD);
    let mut serving = pin!(http.serve_connection(TokioIo::new(stream), service));
    let ended = select! {
        ended = serving.as_mut() => ended,
        () = shutdown => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = ended {
        debug!(%peer, %error, "A connection ended early");
    }
}

/// A body that has to be there in time.
struct InTime {
    body: Incoming,
    deadline: Pin<Box<Sleep>>,
}

/// The client is too slow.
#[derive(Debug, thiserror::Error)]
#[error("the body was not there within {} s", BODY.as_secs())]
struct TooSlow;

impl InTime {
    fn new(body: Incoming) -> Self {
        Self { body, deadline: Box::pin(sleep(BODY)) }
    }
}

impl HttpBody for InTime {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match Pin::new(&mut self.body).poll_frame(context) {
            Poll::Ready(frame) => Poll::Ready(frame.map(|frame| frame.map_err(Into::into))),
            Poll::Pending => self.deadline.as_mut().poll(context).map(|()| Some(Err(TooSlow.into()))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use axum::{http::StatusCode, routing::post};
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _, duplex},
        time::{Instant, timeout},
    };

    use super::*;

    /// What a client has, that sends this and waits, and after which time. The clock stands still while anybody works.
    async fn answer(sent: &str, shutdown: impl Future<Output = ()> + Send + 'static) -> (String, Duration) {
        let (mut client, server) = duplex(4096);
        let router = Router::new().route("/", post(async |body: String| (StatusCode::CREATED, body)));
        let start = Instant::now();
        tokio::spawn(connection(server, "192.0.2.1:1".parse().unwrap(), router, shutdown));
        client.write_all(sent.as_bytes()).await.unwrap();
        let mut received = String::new();
        // Longer than any of the limits, so that a connection without one fails the test.
        timeout(HEAD + BODY, client.read_to_string(&mut received)).await.expect("it ends").unwrap();
        (received, start.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_does_not_end_ends_the_connection() {
        for sent in ["", "POST / HTTP/1.1\r\nHost: x\r\nX-Slow: "] {
            let (received, after) = answer(sent, pending()).await;
            assert!(!received.contains("201"), "{received}");
            assert_eq!(after.as_secs(), HEAD.as_secs(), "{sent}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_connection_ends_after_its_answer() {
        let request = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi";
        let (received, after) = answer(request, pending()).await;
        assert!(received.starts_with("HTTP/1.1 201") && received.ends_with("hi"), "{received}");
        assert_eq!(after.as_secs(), HEAD.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_end_is_a_bad_request() {
        let request = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nhi";
        let (received, after) = answer(request, pending()).await;
        assert!(received.starts_with("HTTP/1.1 400"), "{received}");
        assert_eq!(after.as_secs(), BODY.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_connection_ends_at_once_when_it_is_time_to_stop() {
        let request = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi";
        let (received, after) = answer(request, sleep(Duration::from_secs(1))).await;
        assert!(received.ends_with("hi"), "{received}");
        assert_eq!(after.as_secs(), 1);
    }
}
