//! The address for operators: `/metrics`, and `/up` and `/ready` as on the public one.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{HeaderValue, Response, StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use tokio::{net::TcpListener, sync::watch, task::JoinSet};

use super::{Server, accepting::pause_after, answer, connection::serve_operator, ready::ready, up};
use crate::metrics::scrape;

/// Connections that are served at the same time; further ones wait.
const MOST_CONNECTIONS: usize = 64;
/// What [`scrape`] writes.
const OPENMETRICS: HeaderValue =
    HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");

/// Serves the operators' address until it is dropped: to the very end, so that `/ready` can tell that it comes.
pub(crate) async fn serve_admin(listener: TcpListener, server: Arc<Server>) {
    let router = Router::new()
        .route("/metrics", get(metrics))
        .route("/up", get(up))
        .route("/ready", get(ready))
        .method_not_allowed_fallback(answer::method_not_allowed)
        .fallback(answer::not_found)
        .with_state(Arc::clone(&server));
    let (_never, closing) = watch::channel(false);
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Some(_) = connections.join_next() => {}
            accepted = listener.accept(), if connections.len() < MOST_CONNECTIONS => match accepted {
                Ok((stream, _)) => {
                    let (router, server, closing) = (router.clone(), Arc::clone(&server), closing.clone());
                    connections.spawn(serve_operator(stream, router, server, closing));
                }
                Err(error) => pause_after(&error).await,
            },
        }
    }
}

async fn metrics(State(server): State<Arc<Server>>) -> Response<Body> {
    match tokio::task::spawn_blocking(move || scrape(&server)).await {
        Ok(text) => ([(header::CONTENT_TYPE, OPENMETRICS)], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "The metrics cannot be told");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
