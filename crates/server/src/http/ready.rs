//! `GET /ready`: whether to send requests and clients here.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::State,
    http::{Response, StatusCode},
};

use super::{Server, answer::json};

pub(super) async fn ready(State(server): State<Arc<Server>>) -> Response<Body> {
    match server.readiness.verdict() {
        Ok(()) => json(StatusCode::OK, r#"{"ready":true}"#.to_owned()),
        Err(why) => {
            let body = serde_json::json!({ "ready": false, "reason": why.to_string() });
            json(StatusCode::SERVICE_UNAVAILABLE, body.to_string())
        }
    }
}
