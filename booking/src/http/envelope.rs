//! The form of all answers that succeed: `{"success": true, "message"?, "data"}`.

use axum::{
    http::{HeaderValue, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    idempotency::IDEMPOTENCY_REPLAYED,
    page::{PageLinks, PageMeta},
};
use crate::services::StoredAnswer;

/// What a request that succeeded is answered with.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Success<T> {
    /// Always true.
    #[schema(example = true)]
    success: bool,
    /// What was done, in a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    message: Option<&'static str>,
    data: T,
}

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Listing<T> {
    /// Always true.
    #[schema(example = true)]
    success: bool,
    data: T,
    meta: PageMeta,
    links: PageLinks,
}

/// No data.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Nothing {}

impl<T: Serialize> Success<T> {
    pub(crate) fn of(data: T) -> Self {
        Self { success: true, message: None, data }
    }

    pub(crate) fn saying(message: &'static str, data: T) -> Self {
        Self { success: true, message: Some(message), data }
    }

    /// The answer as it is kept for repeated requests.
    pub(crate) fn store(&self, status: StatusCode) -> StoredAnswer {
        let body = serde_json::to_string(self).expect("answers are made of texts, numbers and lists");
        StoredAnswer { status: status.as_u16(), body }
    }
}

impl<T: Serialize> IntoResponse for Success<T> {
    fn into_response(self) -> Response {
        axum::Json(self).into_response()
    }
}

impl<T: Serialize> Listing<T> {
    pub(crate) fn of(data: T, (meta, links): (PageMeta, PageLinks)) -> Self {
        Self { success: true, data, meta, links }
    }
}

impl<T: Serialize> IntoResponse for Listing<T> {
    fn into_response(self) -> Response {
        axum::Json(self).into_response()
    }
}

/// Sends an answer as it was stored; `replayed` says that it was given before.
pub(crate) fn send(answer: StoredAnswer, replayed: bool) -> Response {
    let status = StatusCode::from_u16(answer.status).expect("only valid statuses are stored");
    let mut response = (status, answer.body).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if replayed {
        headers.insert(IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
    }
    response
}
