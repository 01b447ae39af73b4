//! Orders that tell their owner when they are shipped.
//!
//! Start the server (`gema start`) and this application (`cargo run -p gema-broadcast --example orders`). Order 7
//! belongs to Ani, whose token is `ani-token`; Budi has `budi-token`. A client with Ani's token subscribes to
//! `private-orders.7`, for example with Laravel Echo:
//!
//! ```js
//! new Echo({ broadcaster: 'reverb', key: 'gema-dev-key', wsHost: '127.0.0.1', wsPort: 8080, forceTLS: false,
//!            authEndpoint: 'http://127.0.0.1:8000/broadcasting/auth', bearerToken: 'ani-token' })
//!     .private('orders.7').listen('.OrderShipped', (event) => console.log(event));
//! ```
//!
//! and this ships it: `curl -X POST -H 'Authorization: Bearer ani-token' http://127.0.0.1:8000/orders/7/ship`. The
//! same event goes to `private-encrypted-orders.7`, where not even the server can read it.

use std::env;

use axum::extract::{FromRequestParts, Path, State};
use axum::http::{StatusCode, header::AUTHORIZATION, request::Parts};
use axum::{Router, routing::post};
use gema_broadcast::{
    BroadcastConfig, BroadcastUser, Broadcaster, Channel, ChannelAuthorizer, Guard, InvalidSetting, Join,
    XSocketId, broadcast_event,
};

const DEFAULTS: [(&str, &str); 9] = [
    ("BROADCAST_CONNECTION", "reverb"),
    ("REVERB_APP_ID", "1"),
    ("REVERB_APP_KEY", "gema-dev-key"),
    ("REVERB_APP_SECRET", "gema-dev-secret"),
    ("REVERB_HOST", "127.0.0.1"),
    ("REVERB_PORT", "8080"),
    ("REVERB_SCHEME", "http"),
    ("BROADCAST_ENCRYPTION_KEY", "c2VjcmV0cyBvZiBleGFtcGxlcyBhcmUgbm9uZSEhISE="),
    ("ORDERS_ADDRESS", "127.0.0.1:8000"),
];

#[derive(Clone)]
struct User(u64);

impl BroadcastUser for User {
    fn broadcast_id(&self) -> String {
        self.0.to_string()
    }
}

impl FromRequestParts<Broadcaster> for User {
    type Rejection = StatusCode;

    async fn from_request_parts(head: &mut Parts, _: &Broadcaster) -> Result<Self, StatusCode> {
        let header = head.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        match header.and_then(|value| value.strip_prefix("Bearer ")) {
            Some("ani-token") => Ok(Self(1)),
            Some("budi-token") => Ok(Self(2)),
            _ => Err(StatusCode::UNAUTHORIZED),
        }
    }
}

#[derive(serde::Serialize)]
struct OrderShipped {
    id: u64,
}

broadcast_event!(OrderShipped, "OrderShipped", |event| {
    let name = format!("orders.{}", event.id);
    [Channel::private(&name), Channel::encrypted(&name)]
});

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt::init();
    let config = BroadcastConfig::load(&setting).map_err(|mistakes| InvalidSetting::report(&mistakes))?;
    let broadcaster = Broadcaster::new(config)?;
    let credentials = broadcaster.credentials().ok_or("set BROADCAST_CONNECTION to reverb")?.clone();

    let guard = Guard::extractor(|user: User| user);
    let channels = ChannelAuthorizer::new(credentials, guard)
        .private("orders.{order}", may_see_order)
        .encrypted("orders.{order}", may_see_order);
    let app = Router::new().route("/orders/{order}/ship", post(ship)).merge(channels.routes());

    let address = setting("ORDERS_ADDRESS").ok_or("ORDERS_ADDRESS has no value")?;
    let listener = tokio::net::TcpListener::bind(&address).await?;
    tracing::info!("Listening on http://{address}");
    Ok(axum::serve(listener, app.with_state(broadcaster)).await?)
}

fn setting(name: &str) -> Option<String> {
    let default = DEFAULTS.iter().find(|(known, _)| *known == name);
    env::var(name).ok().or_else(|| default.map(|(_, value)| (*value).to_owned()))
}

/// Order 7 is Ani's, all others are Budi's.
fn owner_of(order: u64) -> u64 {
    if order == 7 { 1 } else { 2 }
}

async fn may_see_order(join: Join<User, Broadcaster>, order: u64) -> bool {
    owner_of(order) == join.user.0
}

async fn ship(
    State(broadcaster): State<Broadcaster>,
    user: User,
    XSocketId(sender): XSocketId,
    Path(order): Path<u64>,
) -> Result<(), StatusCode> {
    if owner_of(order) != user.0 {
        return Err(StatusCode::FORBIDDEN);
    }
    broadcaster.to_others(sender).broadcast(&OrderShipped { id: order }).await.map_err(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "Order {order} is shipped without telling");
        StatusCode::BAD_GATEWAY
    })
}
