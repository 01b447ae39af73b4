//! Answers as HTTP.

use axum::{
    body::Body,
    http::{HeaderValue, Response, StatusCode, header},
    response::IntoResponse,
};
use gema_protocol::api::{ApiError, ApiStatus};

/// A JSON text with status 200.
#[derive(Debug)]
pub(super) struct Json(pub(super) String);

/// A refusal: [`ApiError`] with the status and body that it says.
#[derive(Debug)]
pub(super) struct Refusal(ApiError);

impl<E: Into<ApiError>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Json {
    fn into_response(self) -> Response<Body> {
        json(StatusCode::OK, self.0)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response<Body> {
        let status = StatusCode::from_u16(self.0.status.number()).unwrap_or(StatusCode::BAD_REQUEST);
        json(status, self.0.body())
    }
}

pub(super) fn json(status: StatusCode, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

pub(super) async fn not_found() -> Refusal {
    ApiError::new(ApiStatus::NotFound, "path", "Not found.").into()
}

pub(super) async fn method_not_allowed() -> Refusal {
    ApiError::new(ApiStatus::MethodNotAllowed, "method", "Method not allowed.").into()
}
