//! Which other origins may call the API from a browser: those that are listed, none by default.

use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, Method, header};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::idempotency::{IDEMPOTENCY_KEY, IDEMPOTENCY_REPLAYED};

const EXPOSED: [HeaderName; 4] = [
    HeaderName::from_static("x-ratelimit-limit"),
    HeaderName::from_static("x-ratelimit-remaining"),
    header::RETRY_AFTER,
    IDEMPOTENCY_REPLAYED,
];

/// The layer for these origins. Browsers may keep a preflight's answer for an hour.
pub(crate) fn layer(origins: &[HeaderValue]) -> CorsLayer {
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins.iter().cloned()))
        .allow_methods([Method::GET, Method::POST, Method::PATCH])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::ACCEPT_LANGUAGE,
            HeaderName::from_static("x-socket-id"),
            IDEMPOTENCY_KEY,
        ])
        .expose_headers(EXPOSED)
        .max_age(Duration::from_secs(3600))
}
