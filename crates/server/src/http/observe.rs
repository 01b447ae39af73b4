//! Counts and times each request.

use std::{sync::Arc, time::Instant};

use axum::{
    body::Body,
    extract::{MatchedPath, Request, State},
    http,
    middleware::Next,
    response::Response,
};

use super::Server;
use crate::metrics::{Method, RequestLabels, StatusClass};

/// The templates of all routes, and the name of what none of them matches; the order does not matter.
pub(crate) const ROUTES: [&str; 12] = [
    "/up",
    "/ready",
    "/app/{key}",
    "/apps/{app_id}/events",
    "/apps/{app_id}/batch_events",
    "/apps/{app_id}/channels",
    "/apps/{app_id}/channels/{channel}",
    "/apps/{app_id}/channels/{channel}/users",
    "/apps/{app_id}/connections",
    "/apps/{app_id}/users/{user_id}/terminate_connections",
    "/users/{user_id}/terminate_connections",
    NO_ROUTE,
];
/// What no route matches.
const NO_ROUTE: &str = "none";

pub(super) async fn observe(
    State(server): State<Arc<Server>>,
    matched: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response<Body> {
    let began = Instant::now();
    let route = matched.map_or(NO_ROUTE, |path| template(path.as_str(), server.config().path.as_str()));
    let method = method_of(request.method());
    let response = next.run(request).await;
    let (took, status) = (began.elapsed(), response.status());
    server.metrics.count_request(&RequestLabels { route, method, status: class_of(status) }, took);
    tracing::trace!(
        route,
        method = method.text(),
        status = status.as_u16(),
        duration_ms = took.as_secs_f64() * 1e3,
        "A request is answered"
    );
    response
}

/// The template without the prefix of the server. One that is missing above would be counted as no route, which a test
/// notices.
fn template(path: &str, prefix: &str) -> &'static str {
    let path = path.strip_prefix(prefix).unwrap_or(path);
    ROUTES.into_iter().find(|route| *route == path).unwrap_or(NO_ROUTE)
}

fn method_of(method: &http::Method) -> Method {
    match *method {
        http::Method::GET => Method::Get,
        http::Method::POST => Method::Post,
        _ => Method::Other,
    }
}

fn class_of(status: http::StatusCode) -> StatusClass {
    match status.as_u16() / 100 {
        1 => StatusClass::Informational,
        2 => StatusClass::Success,
        3 => StatusClass::Redirection,
        4 => StatusClass::ClientError,
        _ => StatusClass::ServerError,
    }
}
