//! The opening handshake: from HTTP to WebSocket (RFC 6455, 4.2).

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Version, header},
    response::IntoResponse,
};
use bytes::Bytes;
use gema_protocol::{
    api::{ApiError, ApiStatus},
    ws::accept_key,
};
use hyper::{body::Body as _, upgrade::OnUpgrade};
use hyper_util::rt::TokioIo;

use super::{answer::Refusal, socket::for_shard, stream::HttpStream};
use crate::shard::Stream;

/// A connection that becomes a WebSocket when the answer to its request is written.
#[derive(Debug)]
pub struct Upgrade(OnUpgrade);

/// Accepts a request to upgrade: the answer to it, and the connection to come.
///
/// # Errors
/// The answer to a request that is no valid upgrade.
#[expect(clippy::result_large_err, reason = "both cases are answers")]
pub fn accept(request: &mut Request) -> Result<(Response<Body>, Upgrade), Response<Body>> {
    let accept = websocket_accept(request).map_err(refuse)?;
    Ok((switching_protocols(&accept), Upgrade(hyper::upgrade::on(request))))
}

impl Upgrade {
    /// Waits until the answer is written; then the raw stream, and what was read behind the request.
    ///
    /// # Errors
    /// When the client goes away before.
    pub async fn raw_stream(self) -> std::io::Result<(Stream, Bytes)> {
        let upgraded = self.0.await.map_err(std::io::Error::other)?;
        let parts = upgraded
            .downcast::<TokioIo<HttpStream>>()
            .map_err(|_| std::io::Error::other("the upgraded connection is no stream of this server"))?;
        Ok((for_shard(parts.io.into_inner().into_inner())?, parts.read_buf))
    }
}

/// Checks the headers and answers the value of `Sec-WebSocket-Accept`.
fn websocket_accept(request: &Request) -> Result<String, ApiError> {
    let headers = request.headers();
    let bad = |field: &'static str, message: &str| Err(ApiError::bad_request(field, message));
    // The router hands a HEAD to whoever answers a GET.
    if request.method() != Method::GET {
        return Err(ApiError::new(ApiStatus::MethodNotAllowed, "method", "Method not allowed."));
    }
    if request.version() != Version::HTTP_11 {
        return bad("version", "WebSocket needs HTTP/1.1");
    }
    if headers.get_all(header::HOST).iter().count() != 1 {
        return bad("host", "Exactly one Host header MUST be provided");
    }
    // What is behind the head is the client's first frames. A body would have to arrive before, and need not ever.
    if !request.body().is_end_stream() {
        return bad("body", "A request to upgrade has no body");
    }
    if !has_token(headers, header::UPGRADE, "websocket") {
        let message = "Upgrade header MUST be provided: this address is for WebSocket clients";
        return Err(ApiError::new(ApiStatus::UpgradeRequired, "upgrade", message));
    }
    if !has_token(headers, header::CONNECTION, "upgrade") {
        return bad("connection", "Connection Upgrade MUST be requested");
    }
    if headers.get(header::SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
        let message = "Sec-WebSocket-Version must be 13";
        return Err(ApiError::new(ApiStatus::UpgradeRequired, "sec-websocket-version", message));
    }
    headers
        .get(header::SEC_WEBSOCKET_KEY)
        .and_then(|key| accept_key(key.to_str().ok()?))
        .map_or_else(|| bad("sec-websocket-key", "Invalid Sec-WebSocket-Key"), Ok)
}

fn has_token(headers: &HeaderMap, name: header::HeaderName, token: &str) -> bool {
    let values = headers.get_all(name);
    let mut tokens = values.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    tokens.any(|other| other.trim().eq_ignore_ascii_case(token))
}

fn refuse(error: ApiError) -> Response<Body> {
    let status = error.status;
    let mut response = Refusal::from(error).into_response();
    let headers = response.headers_mut();
    if status == ApiStatus::UpgradeRequired {
        headers.insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    } else if status == ApiStatus::MethodNotAllowed {
        headers.insert(header::ALLOW, HeaderValue::from_static("GET"));
    }
    response
}

fn switching_protocols(accept: &str) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert("x-powered-by", HeaderValue::from_static("Gema"));
    if let Ok(accept) = HeaderValue::from_str(accept) {
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    }
    response
}
