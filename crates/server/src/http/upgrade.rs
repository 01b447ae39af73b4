//! `GET /app/{key}`: who may connect, and to which shard.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Request, State},
    http::{Response, header},
    response::IntoResponse,
};
use gema_hub::App;
use gema_protocol::api::{ApiError, ApiStatus, Query};

use super::{
    Server,
    answer::Refusal,
    connection::Client,
    handshake::{self, Upgrade},
    names::Names,
};
use crate::{
    admission::{Full, Permit},
    metrics::{Limit, Unauthorized},
    origin,
    rate_limits::{Place, TooMany},
    refusals::{Reason, Refused},
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
        Err((reason, message)) => {
            let client = request.extensions().get::<Client>();
            server.refusals.count(&Refused {
                reason,
                key,
                origin: origin_of(request),
                peer: client.map(|client| client.address.ip()),
            });
            let (code, place) = (reason.code(), server.admission.turn_away());
            server.metrics.count_refused(if place.is_some() { code.number() } else { TOO_MANY });
            Welcome::Rejected { code, message, place: place? }
        }
    })
}

fn too_many() -> Response<Body> {
    let message = "Too many connections are being turned away.";
    Refusal::from(ApiError::new(ApiStatus::Unavailable, "connection", message)).into_response()
}

fn admit(server: &Server, key: &str, request: &Request) -> Result<(Arc<App>, Permit), (Reason, String)> {
    let plain = |reason: Reason| (reason, reason.code().message().to_owned());
    let place = place_of_address(server, request)?;
    let Some(app) = server.apps.by_key(key) else {
        server.metrics.count_unauthorized(Unauthorized::AppKey);
        return Err(plain(Reason::AppKey));
    };
    let query = Query::new(request.uri().query().unwrap_or_default());
    if let Some(protocol) = query.get("protocol")
        && !protocol.parse().is_ok_and(|number: u32| PROTOCOLS.contains(&number))
    {
        let protocol: String = protocol.chars().take(16).collect();
        let message = format!("Unsupported protocol version: {protocol}; 4 to 7 are spoken here");
        return Err((Reason::Protocol, message));
    }
    if !origin::is_allowed(&app.allowed_origins, origin_of(request)) {
        server.metrics.count_unauthorized(Unauthorized::Origin);
        return Err((Reason::Origin, "Origin not allowed".to_owned()));
    }
    match server.admission.admit(&app) {
        Ok(permit) => Ok((app, permit.at(place))),
        Err(Full::App { .. }) => {
            server.metrics.count_limit_hit(Limit::AppConnections);
            Err(plain(Reason::AppConnections))
        }
        Err(Full::Process { .. }) => {
            server.metrics.count_limit_hit(Limit::ProcessConnections);
            Err(plain(Reason::ProcessConnections))
        }
    }
}

/// The origin, if there is one. Of several none counts: whoever sends them hopes that the right one is looked at.
fn origin_of(request: &Request) -> Option<&str> {
    let mut origins = request.headers().get_all(header::ORIGIN).iter();
    let origin = origins.next()?;
    if origins.next().is_some() {
        return None;
    }
    origin.to_str().ok()
}

/// The place of the connection among those of its address. Over the limit it is told 4100, so that pusher-js comes back
/// after a second and not never.
fn place_of_address(server: &Server, request: &Request) -> Result<Option<Box<Place>>, (Reason, String)> {
    let Some(client) = request.extensions().get::<Client>() else { return Ok(None) };
    let (limit, reason, message) = match server.limits.connect(client.address.ip()) {
        Ok(place) => return Ok(place),
        Err(TooMany::Connects) => (
            Limit::AddressConnects,
            Reason::AddressConnects,
            "Too many connections were opened from this address (GEMA_MAX_CONNECTS_PER_ADDRESS)",
        ),
        Err(TooMany::Connections) => (
            Limit::AddressConnections,
            Reason::AddressConnections,
            "Too many connections are open from this address (GEMA_MAX_CONNECTIONS_PER_ADDRESS)",
        ),
    };
    server.metrics.count_limit_hit(limit);
    Err((reason, message.to_owned()))
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
            server.directory.inboxes()[usize::from(shard.0)].push_urgent(order);
        }
        Err(error) => tracing::debug!(%error, "A client went away during its upgrade"),
    }
}
