//! The one error of the HTTP API.

use std::borrow::Cow;

use crate::signature::request::RequestSignatureError;

/// The HTTP statuses that the API answers errors with.
///
/// Bad input is always 400: the Ruby SDK drops all its connections on a 422.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum ApiStatus {
    /// The request makes no sense.
    BadRequest = 400,
    /// The request is not signed as it should be.
    Unauthorized = 401,
    /// The application may not do this.
    Forbidden = 403,
    /// No such path or application.
    NotFound = 404,
    /// The path exists, but not with this method.
    MethodNotAllowed = 405,
    /// The request did not arrive in time.
    RequestTimeout = 408,
    /// An event's data or the whole body is too large.
    PayloadTooLarge = 413,
    /// The path is for WebSocket connections.
    UpgradeRequired = 426,
    /// The application is over its rate.
    TooManyRequests = 429,
    /// The server has a fault.
    Internal = 500,
    /// The server cannot do this at the moment; the request may be repeated.
    Unavailable = 503,
}

impl ApiStatus {
    /// The number on the status line.
    #[must_use]
    pub fn number(self) -> u16 {
        self as u16
    }
}

/// Why a request of the HTTP API failed, in Reverb's shape: the field at fault and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    /// The status to answer with.
    pub status: ApiStatus,
    /// The field at fault, such as `name` or `batch.0.name`; never empty.
    pub field: Cow<'static, str>,
    /// What is wrong, for the developer who sent the request.
    pub message: String,
}

impl ApiError {
    /// An error with any status.
    pub fn new(status: ApiStatus, field: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self { status, field: field.into(), message: message.into() }
    }

    /// Bad input: 400.
    pub fn bad_request(field: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(ApiStatus::BadRequest, field, message)
    }

    /// The JSON to answer with: `{"<field>":["<message>"]}`.
    #[must_use]
    pub fn body(&self) -> String {
        serde_json::json!({ &*self.field: [self.message] }).to_string()
    }
}

impl From<RequestSignatureError> for ApiError {
    fn from(error: RequestSignatureError) -> Self {
        Self::new(ApiStatus::Unauthorized, error.field(), error.to_string())
    }
}
