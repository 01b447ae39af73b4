//! `X-Socket-ID`: the connection that is not told what this request changes (Laravel's `toOthers`).

use axum::{extract::FromRequestParts, http::request::Parts};
use gema_broadcast::SocketId;

use super::{error::ApiError, messages::Violation, validation::Errors};

/// The connection that the request names, if any.
#[derive(Debug)]
pub(crate) struct Except(pub(crate) Option<SocketId>);

impl<S: Sync> FromRequestParts<S> for Except {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let malformed = || ApiError::Invalid(Errors::of("socket_id", Violation::Format));
        let Some(value) = parts.headers.get("x-socket-id") else { return Ok(Self(None)) };
        match value.to_str().map_err(|_| malformed())?.trim() {
            "" => Ok(Self(None)),
            text => text.parse().map(|socket| Self(Some(socket))).map_err(|_| malformed()),
        }
    }
}
