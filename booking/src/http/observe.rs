//! Counts and times each request.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request},
    middleware::Next,
    response::Response,
};

use crate::metrics;

/// What no route matches, and the files of the front ends.
const NO_ROUTE: &str = "none";

/// Counts a request by the template of its path, never by the path itself.
pub(super) async fn observe(matched: Option<MatchedPath>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let route = matched.as_ref().map_or(NO_ROUTE, MatchedPath::as_str);
    let method = match request.method().as_str() {
        "GET" => "GET",
        "POST" => "POST",
        "PATCH" => "PATCH",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        _ => "other",
    };
    let response = next.run(request).await;
    metrics::request(route, method, response.status().as_u16(), began.elapsed());
    response
}
