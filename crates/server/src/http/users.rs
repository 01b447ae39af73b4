//! `POST /users/{user_id}/terminate_connections`.

use std::sync::Arc;

use axum::extract::State;
use gema_hub::UserKey;
use gema_protocol::api::{ApiError, answer};
use serde::Deserialize;

use super::{
    Server,
    answer::{Json, Refusal},
    names::Names,
    signed::{Signed, SignedByKey},
};

/// The user that a path names.
#[derive(Debug, Deserialize)]
pub(super) struct UserPath {
    user_id: String,
}

pub(super) async fn terminate(
    State(server): State<Arc<Server>>,
    Names(path): Names<UserPath>,
    signed: Signed,
) -> Result<Json, Refusal> {
    let id = path.user_id.parse().map_err(|error| ApiError::bad_request("user_id", format!("{error}")))?;
    server.directory.terminate(&UserKey { app: signed.app.number, id });
    Ok(Json(answer::EMPTY.to_owned()))
}

pub(super) async fn terminate_by_key(
    state: State<Arc<Server>>,
    path: Names<UserPath>,
    SignedByKey(signed): SignedByKey,
) -> Result<Json, Refusal> {
    terminate(state, path, signed).await
}
