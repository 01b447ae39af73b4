//! `/config.json`: what a front end has to know to connect, so that one build serves everywhere.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::AppState;

/// Where browsers connect. Nothing in it is secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClientConfig {
    /// The key of the application.
    #[schema(example = "gema-dev-key")]
    pub key: String,
    /// Public host of the WebSocket server.
    #[schema(example = "127.0.0.1")]
    pub host: String,
    /// Its port.
    #[schema(example = 8080)]
    pub port: u16,
    /// `http` or `https`; the latter means `wss`.
    #[schema(example = "http")]
    pub scheme: String,
    /// What stands before `/app` in the server's path; empty in most cases.
    #[schema(example = "")]
    pub path: String,
    /// Where subscriptions to private channels are authorized, on this server.
    #[schema(example = "/api/broadcasting/auth")]
    pub auth_endpoint: String,
}

/// How a browser connects
#[utoipa::path(
    get, path = "/config.json", operation_id = "getConfig", tag = "operation", security(()),
    responses((status = 200, description = "The settings of Laravel Echo", body = ClientConfig)),
)]
pub(crate) async fn config_json(State(state): State<AppState>) -> axum::Json<ClientConfig> {
    axum::Json(state.client_config().clone())
}
