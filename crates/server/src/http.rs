//! The HTTP side: the API of applications, and the upgrade of clients.

mod accepting;
mod admin;
mod answer;
mod channels;
mod connection;
mod events;
pub mod handshake;
mod idle;
mod names;
mod observe;
mod ready;
mod signed;
pub mod socket;
pub mod stream;
mod upgrade;
mod users;

use std::{net::IpAddr, sync::Arc};

use arc_swap::{ArcSwap, Guard};
use axum::{
    Router,
    extract::State,
    middleware::from_fn_with_state,
    routing::{get, post},
};
use gema_protocol::api::answer as bodies;

use crate::{
    admission::Admission, apps::Apps, config::ServerConfig, directory::Directory, metrics::Metrics,
    rate_limits::RateLimits, readiness::Readiness, refusals::Refusals, tls::Tls, webhooks::WebhookSender,
};
pub(crate) use accepting::Accepting;
pub(crate) use admin::serve_admin;
use answer::Json;
pub(crate) use observe::ROUTES;

/// What the handlers of requests share.
#[derive(Debug)]
pub struct Server {
    /// Settings of the process, those that hold now.
    pub config: ArcSwap<ServerConfig>,
    /// Whether the credentials of the development application were accepted at the start: the server can be reached
    /// from this machine alone.
    pub development: bool,
    /// The applications.
    pub apps: Apps,
    /// The channels and users.
    pub directory: Arc<Directory>,
    /// The open connections.
    pub admission: Arc<Admission>,
    /// What an address and an application may do in a time.
    pub limits: RateLimits,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Encryption, if the port speaks TLS.
    pub tls: Option<Tls>,
    /// Who tells applications what happens at their channels.
    pub webhooks: Arc<WebhookSender>,
    /// Who is refused, for the log.
    pub refusals: Refusals,
    /// Whether the server can serve.
    pub readiness: Readiness,
}

impl Server {
    /// The settings of the process that hold now. They are not for keeping: a reload makes others.
    pub fn config(&self) -> Guard<Arc<ServerConfig>> {
        self.config.load()
    }

    /// Whether nobody listens to this address at the moment. Behind a proxy are others, who have done nothing.
    pub(crate) fn is_shunned(&self, address: IpAddr) -> bool {
        self.limits.is_shunned(address) && !self.config().trusted_proxies.contains(address)
    }
}

/// All routes, under the path prefix if there is one. (They are not nested: nesting would hide the path that a
/// publisher has signed.)
pub fn router(server: Arc<Server>) -> Router {
    let prefix = server.config().path.as_str().to_owned();
    let at = |path: &str| format!("{prefix}{path}");
    Router::new()
        .route(&at("/up"), get(up))
        .route(&at("/ready"), get(ready::ready))
        .route(&at("/app/{key}"), get(upgrade::upgrade))
        .route(&at("/apps/{app_id}/events"), post(events::trigger))
        .route(&at("/apps/{app_id}/batch_events"), post(events::trigger_batch))
        .route(&at("/apps/{app_id}/channels"), get(channels::list))
        .route(&at("/apps/{app_id}/channels/{channel}"), get(channels::show))
        .route(&at("/apps/{app_id}/channels/{channel}/users"), get(channels::users))
        .route(&at("/apps/{app_id}/connections"), get(connections))
        .route(&at("/apps/{app_id}/users/{user_id}/terminate_connections"), post(users::terminate))
        // The Python SDK leaves the application out of the path.
        .route(&at("/users/{user_id}/terminate_connections"), post(users::terminate_by_key))
        .method_not_allowed_fallback(answer::method_not_allowed)
        .fallback(answer::not_found)
        .layer(from_fn_with_state(Arc::clone(&server), observe::observe))
        .with_state(server)
}

/// Whoever gets this answer knows that the process is alive.
async fn up() -> Json {
    Json(bodies::HEALTHY.to_owned())
}

async fn connections(State(server): State<Arc<Server>>, signed: signed::Signed) -> Json {
    Json(bodies::connections(server.admission.connections(&signed.app) as u64))
}
