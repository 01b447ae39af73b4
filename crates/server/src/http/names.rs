//! The names in the path of a request.

use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};
use gema_protocol::api::ApiError;
use serde::de::DeserializeOwned;

use super::answer::Refusal;

/// The names in the path of a request. Like axum's [`Path`], but refused as everything else is: with JSON.
#[derive(Debug)]
pub(super) struct Names<T>(pub(super) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Names<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let Path(names) = Path::from_request_parts(parts, state)
            .await
            .map_err(|error| ApiError::bad_request("path", error.body_text()))?;
        Ok(Self(names))
    }
}
