//! The HTTP side: the API of applications, and the upgrade of clients.

mod answer;
mod channels;
mod connection;
mod events;
pub mod handshake;
mod names;
mod signed;
pub mod stream;
mod upgrade;
mod users;

use std::{collections::HashMap, sync::Arc};

use axum::{
    Router,
    extract::State,
    routing::{get, post},
};
use gema_hub::App;
use gema_protocol::api::{ApiError, ApiStatus, answer as bodies};

use crate::{admission::Admission, config::ServerConfig, directory::Directory, metrics::Metrics};
use answer::Json;
pub(crate) use connection::Connection;

/// What the handlers of requests share.
#[derive(Debug)]
pub struct Server {
    /// Settings of the process.
    pub config: ServerConfig,
    /// The applications.
    pub apps: Apps,
    /// The channels and users.
    pub directory: Arc<Directory>,
    /// The open connections.
    pub admission: Arc<Admission>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
}

/// The applications by what requests name them with.
#[derive(Debug)]
pub struct Apps {
    by_id: HashMap<String, Arc<App>>,
    by_key: HashMap<String, Arc<App>>,
}

impl Apps {
    /// The applications; their ids and keys differ.
    #[must_use]
    pub fn new(apps: &[Arc<App>]) -> Self {
        Self {
            by_id: apps.iter().map(|app| (app.id.clone(), Arc::clone(app))).collect(),
            by_key: apps.iter().map(|app| (app.key.clone(), Arc::clone(app))).collect(),
        }
    }

    fn by_id(&self, id: &str) -> Result<&Arc<App>, ApiError> {
        self.by_id.get(id).ok_or_else(|| {
            let id: String = id.chars().take(64).collect();
            ApiError::new(ApiStatus::NotFound, "app_id", format!("No matching application for ID [{id}]."))
        })
    }

    fn by_key(&self, key: &str) -> Option<&Arc<App>> {
        self.by_key.get(key)
    }
}

/// All routes, under the path prefix if there is one. (They are not nested: nesting would hide the path that a
/// publisher has signed.)
pub fn router(server: Arc<Server>) -> Router {
    let prefix = server.config.path.as_str().to_owned();
    let at = |path: &str| format!("{prefix}{path}");
    Router::new()
        .route(&at("/up"), get(async || Json(bodies::HEALTHY.to_owned())))
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
        .with_state(server)
}

async fn connections(State(server): State<Arc<Server>>, signed: signed::Signed) -> Json {
    Json(bodies::connections(server.admission.connections(&signed.app) as u64))
}
