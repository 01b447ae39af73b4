//! The connection of the one who sends a request.

use axum::{
    Json,
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Response},
};
use gema_protocol::names::SocketId;
use serde_json::json;

const HEADER: &str = "X-Socket-ID";

/// The connection of a request's sender, which Echo names in the header `X-Socket-ID`, for
/// [`to_others`](crate::Broadcaster::to_others). A sender that is not connected sends no header, or an empty
/// one.
///
/// ```
/// # use gema_broadcast::{Broadcaster, Channel, XSocketId};
/// async fn like(XSocketId(socket_id): XSocketId, broadcaster: Broadcaster) {
///     let event = broadcaster.event("PostLiked").on(Channel::public("posts"));
///     if let Err(error) = event.to_others(socket_id).send().await {
///         eprintln!("nobody has heard of it: {error}");
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct XSocketId(pub Option<SocketId>);

/// The header is not a socket id: answered with 422 in the form of Laravel's validation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("The {HEADER} header must be a socket id of the form 123.456, as Echo.socketId() answers it.")]
pub struct XSocketIdRejection;

impl<S: Send + Sync> FromRequestParts<S> for XSocketId {
    type Rejection = XSocketIdRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let Some(value) = parts.headers.get(HEADER) else { return Ok(Self(None)) };
        match value.to_str().map_err(|_| XSocketIdRejection)?.trim() {
            "" => Ok(Self(None)),
            text => text.parse().map(|id| Self(Some(id))).map_err(|_| XSocketIdRejection),
        }
    }
}

impl IntoResponse for XSocketIdRejection {
    fn into_response(self) -> Response {
        let message = self.to_string();
        let body = json!({ "message": message, "errors": { HEADER: [message] } });
        (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response()
    }
}

#[cfg(test)]
mod tests {
    use axum::{body::to_bytes, http::Request};
    use serde_json::Value;

    use super::*;

    async fn extract(header: Option<&[u8]>) -> Result<XSocketId, XSocketIdRejection> {
        let request =
            header.into_iter().fold(Request::builder(), |request, value| request.header(HEADER, value));
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        XSocketId::from_request_parts(&mut parts, &()).await
    }

    #[tokio::test]
    async fn a_request_without_a_connection_has_none() {
        assert_eq!(extract(None).await, Ok(XSocketId(None)));
        assert_eq!(extract(Some(b"")).await, Ok(XSocketId(None)));
        assert_eq!(extract(Some(b"  ")).await, Ok(XSocketId(None)));
    }

    #[tokio::test]
    async fn the_header_is_parsed() {
        let expected = XSocketId(Some("1234.5678".parse().unwrap()));
        assert_eq!(extract(Some(b"1234.5678")).await, Ok(expected));
    }

    #[tokio::test]
    async fn what_is_no_socket_id_is_refused_as_by_laravel() {
        for header in [b"undefined".as_slice(), b"1", b"1.2.3", b"\xff", "１.２".as_bytes()] {
            assert_eq!(extract(Some(header)).await, Err(XSocketIdRejection), "{header:?}");
        }
        let response = XSocketIdRejection.into_response();
        assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let body = to_bytes(response.into_body(), 10_000).await.unwrap();
        let body: Value = serde_json::from_slice(&body).unwrap();
        let message = XSocketIdRejection.to_string();
        assert_eq!(body, json!({ "message": message, "errors": { "X-Socket-ID": [message] } }));
    }
}
