//! `/config.json`: what a front end has to know to connect, so that one build serves everywhere.

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{AppState, headers::REVALIDATE};

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
pub(crate) async fn config_json(State(state): State<AppState>) -> Response {
    answer(state.client_config())
}

/// A page that took an old answer from a cache would look for a server that has moved.
fn answer(config: &ClientConfig) -> Response {
    ([(header::CACHE_CONTROL, REVALIDATE)], axum::Json(config)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_asks_for_the_settings_each_time() {
        let response = answer(&ClientConfig {
            key: "app-key".to_owned(),
            host: "ws.example.com".to_owned(),
            port: 443,
            scheme: "https".to_owned(),
            path: String::new(),
            auth_endpoint: "/api/broadcasting/auth".to_owned(),
        });
        assert_eq!(response.headers()["cache-control"], "no-cache");
        assert_eq!(response.headers()["content-type"], "application/json");
    }
}
