//! `GET /app/{key}`: from HTTP to WebSocket.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderValue, Response, StatusCode, Version, header},
    response::IntoResponse,
};
use gema_hub::App;
use gema_protocol::{
    api::{ApiError, ApiStatus, Query},
    codes::ErrorCode,
    ws::accept_key,
};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::{Server, answer::Refusal};
use crate::{
    admission::{Full, Permit},
    origin,
    pusher::Welcome,
    shard::Order,
};

/// The versions of the protocol that are spoken. The Java and .NET clients say 5.
const PROTOCOLS: std::ops::RangeInclusive<u32> = 4..=7;

pub(super) async fn upgrade(
    State(server): State<Arc<Server>>,
    Path(key): Path<String>,
    mut request: Request,
) -> Response<Body> {
    let accept = match websocket_accept(&request) {
        Ok(accept) => accept,
        Err(error) => return refuse(error),
    };
    let welcome = welcome(&server, &key, &request);
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(hand_over(server, upgrade, welcome));
    switching_protocols(&accept)
}

/// Checks the upgrade headers (RFC 6455, 4.2.1) and answers the value of `Sec-WebSocket-Accept`.
fn websocket_accept(request: &Request) -> Result<String, ApiError> {
    let headers = request.headers();
    let bad = |field: &'static str, message: &str| Err(ApiError::bad_request(field, message));
    if request.version() != Version::HTTP_11 {
        return bad("version", "WebSocket needs HTTP/1.1");
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
    let versions = error.status == ApiStatus::UpgradeRequired;
    let mut response = Refusal::from(error).into_response();
    if versions {
        let headers = response.headers_mut();
        headers.insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    }
    response
}

/// Whether the connection may stay. A client is told why not over the WebSocket: browsers show nothing else.
fn welcome(server: &Server, key: &str, request: &Request) -> Welcome {
    match admit(server, key, request) {
        Ok((app, permit)) => Welcome::Accepted { app, permit },
        Err((code, message)) => Welcome::Rejected { code, message },
    }
}

fn admit(server: &Server, key: &str, request: &Request) -> Result<(Arc<App>, Permit), (ErrorCode, String)> {
    let plain = |code: ErrorCode| (code, code.message().to_owned());
    let Some(app) = server.apps.by_key(key) else { return Err(plain(ErrorCode::AppNotFound)) };
    let query = Query::parse(request.uri().query().unwrap_or_default());
    if let Some(protocol) = query.get("protocol")
        && !protocol.parse().is_ok_and(|number: u32| PROTOCOLS.contains(&number))
    {
        let protocol: String = protocol.chars().take(16).collect();
        let message = format!("Unsupported protocol version: {protocol}; 4 to 7 are spoken here");
        return Err((ErrorCode::UnsupportedProtocol, message));
    }
    let origin = request.headers().get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    if !origin::is_allowed(&app.allowed_origins, origin) {
        return Err((ErrorCode::Unauthorized, "Origin not allowed".to_owned()));
    }
    match server.admission.admit(app) {
        Ok(permit) => Ok((Arc::clone(app), permit)),
        Err(Full::App { .. }) => Err(plain(ErrorCode::OverQuota)),
        Err(Full::Process { .. }) => Err(plain(ErrorCode::OverCapacity)),
    }
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

/// Waits until the answer is written, then gives the raw stream to a shard.
async fn hand_over(server: Arc<Server>, upgrade: OnUpgrade, welcome: Welcome) {
    let upgraded = match upgrade.await {
        Ok(upgraded) => upgraded,
        Err(error) => return tracing::debug!(%error, "A client went away during its upgrade"),
    };
    let shard = match &welcome {
        Welcome::Accepted { permit, .. } => permit.shard(),
        Welcome::Rejected { .. } => server.admission.emptiest(),
    };
    match raw_stream(upgraded) {
        Ok((stream, read_ahead)) => {
            let order = Order::Connect { stream, read_ahead, welcome };
            server.directory.inboxes()[usize::from(shard.0)].push(order);
        }
        Err(error) => tracing::warn!(%error, "A connection is lost on its way to a shard"),
    }
}

fn raw_stream(upgraded: Upgraded) -> std::io::Result<(std::net::TcpStream, bytes::Bytes)> {
    let parts = upgraded
        .downcast::<TokioIo<TcpStream>>()
        .map_err(|_| std::io::Error::other("the upgraded connection is no TCP stream"))?;
    Ok((parts.io.into_inner().into_std()?, parts.read_buf))
}
