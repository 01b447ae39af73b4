//! Answers as HTTP.

use axum::{
    body::Body,
    http::{HeaderValue, Response, StatusCode, header},
    response::IntoResponse,
};
use gema_protocol::api::{ApiError, ApiStatus};

use crate::rate_limits::RetryAfter;

/// A JSON text with status 200.
#[derive(Debug)]
pub(super) struct Json(pub(super) String);

/// A refusal: [`ApiError`] with the status and body that it says.
#[derive(Debug)]
pub(super) struct Refusal {
    error: ApiError,
    retry_after: Option<RetryAfter>,
    /// Whether the connection ends with it.
    ends: bool,
}

impl<E: Into<ApiError>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self { error: error.into(), retry_after: None, ends: false }
    }
}

impl Refusal {
    /// Over a limit: 429, and when to try again.
    pub(super) fn too_many(field: &'static str, message: String, retry_after: RetryAfter) -> Self {
        let error = ApiError::new(ApiStatus::TooManyRequests, field, message);
        Self { error, retry_after: Some(retry_after), ends: false }
    }

    /// Its status.
    pub(super) fn status(&self) -> ApiStatus {
        self.error.status
    }

    /// The same, and the connection ends.
    pub(super) fn and_end(self) -> Self {
        Self { ends: true, ..self }
    }
}

impl IntoResponse for Json {
    fn into_response(self) -> Response<Body> {
        json(StatusCode::OK, self.0)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response<Body> {
        let status = StatusCode::from_u16(self.error.status.number()).unwrap_or(StatusCode::BAD_REQUEST);
        let mut response = json(status, self.error.body());
        let headers = response.headers_mut();
        if let Some(RetryAfter(seconds)) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if self.ends {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
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
