//! `X-Socket-ID`: the connection that is not told what this request changes (Laravel's `toOthers`).

use axum::{extract::FromRequestParts, http::request::Parts};
use gema_broadcast::{SocketId, XSocketId, XSocketIdRejection};

use super::{error::ApiError, messages::Violation, validation::Errors};

/// The connection that the request names, if any; what is wrong with it is told in the language of the request.
#[derive(Debug)]
pub(crate) struct Except(pub(crate) Option<SocketId>);

impl<S: Send + Sync> FromRequestParts<S> for Except {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match XSocketId::from_request_parts(parts, state).await {
            Ok(XSocketId(socket_id)) => Ok(Self(socket_id)),
            Err(XSocketIdRejection) => Err(ApiError::Invalid(Errors::of("socket_id", Violation::Format))),
        }
    }
}
