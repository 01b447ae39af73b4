//! `GET /app/{key}`: who may connect, and to which shard.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Request, State},
    http::{Response, header},
    response::IntoResponse,
};
use gema_hub::App;
use gema_protocol::{
    api::{ApiError, ApiStatus, Query},
    codes::ErrorCode,
};

use super::{
    Server,
    answer::Refusal,
    handshake::{self, Upgrade},
    names::Names,
};
use crate::{
    admission::{Full, Permit},
    metrics::{Limit, Unauthorized},
    origin,
    shard::Order,
    welcome::Welcome,
};

/// The versions of the protocol that are spoken. The Java and .NET clients say 5.
const PROTOCOLS: std::ops::RangeInclusive<u32> = 4..=7;
/// The status of the answer where nobody can be told more.
const TOO_MANY: u16 = 503;

pub(super) async fn upgrade(
    State(server): State<Arc<Server>>,
    Names(key): Names<String>,
    mut request: Request,
) -> Response<Body> {
    let (switching, upgrade) = match handshake::accept(&mut request) {
        Ok(accepted) => accepted,
        Err(refusal) => return refusal,
    };
    // Only now: a request that is no upgrade must not hold a place, not even for a moment.
    let Some(welcome) = welcome(&server, &key, &request) else { return too_many() };
    tokio::spawn(hand_over(server, upgrade, welcome));
    switching
}

/// Whether the connection may stay. A client is told why not over the WebSocket: browsers show nothing else. `None`
/// when so many are being told already that there is no room even for that.
fn welcome(server: &Server, key: &str, request: &Request) -> Option<Welcome> {
    Some(match admit(server, key, request) {
        Ok((app, permit)) => Welcome::Accepted { app, permit },
        Err((code, message)) => {
            let place = server.admission.turn_away();
            server.metrics.count_refused(if place.is_some() { code.number() } else { TOO_MANY });
            Welcome::Rejected { code, message, place: place? }
        }
    })
}

fn too_many() -> Response<Body> {
    let message = "Too many connections are being turned away.";
    Refusal::from(ApiError::new(ApiStatus::Unavailable, "connection", message)).into_response()
}

fn admit(server: &Server, key: &str, request: &Request) -> Result<(Arc<App>, Permit), (ErrorCode, String)> {
    let plain = |code: ErrorCode| (code, code.message().to_owned());
    let Some(app) = server.apps.by_key(key) else {
        server.metrics.count_unauthorized(Unauthorized::AppKey);
        return Err(plain(ErrorCode::AppNotFound));
    };
    let query = Query::new(request.uri().query().unwrap_or_default());
    if let Some(protocol) = query.get("protocol")
        && !protocol.parse().is_ok_and(|number: u32| PROTOCOLS.contains(&number))
    {
        let protocol: String = protocol.chars().take(16).collect();
        let message = format!("Unsupported protocol version: {protocol}; 4 to 7 are spoken here");
        return Err((ErrorCode::UnsupportedProtocol, message));
    }
    let origin = request.headers().get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    if !origin::is_allowed(&app.allowed_origins, origin) {
        server.metrics.count_unauthorized(Unauthorized::Origin);
        return Err((ErrorCode::Unauthorized, "Origin not allowed".to_owned()));
    }
    match server.admission.admit(&app) {
        Ok(permit) => Ok((app, permit)),
        Err(Full::App { .. }) => {
            server.metrics.count_limit_hit(Limit::AppConnections);
            Err(plain(ErrorCode::OverQuota))
        }
        Err(Full::Process { .. }) => {
            server.metrics.count_limit_hit(Limit::ProcessConnections);
            Err(plain(ErrorCode::OverCapacity))
        }
    }
}

/// Waits until the answer is written, then gives the raw stream to a shard.
async fn hand_over(server: Arc<Server>, upgrade: Upgrade, welcome: Welcome) {
    let shard = match &welcome {
        Welcome::Accepted { permit, .. } => permit.shard(),
        Welcome::Rejected { .. } => server.admission.emptiest(),
    };
    match upgrade.raw_stream().await {
        Ok((stream, read_ahead)) => {
            let order = Order::Connect { stream, read_ahead, welcome };
            server.directory.inboxes()[usize::from(shard.0)].push(order);
        }
        Err(error) => tracing::debug!(%error, "A client went away during its upgrade"),
    }
}
