//! What a request can be refused with: one type, one JSON form, one line in the log.

use std::{any::Any, sync::Arc};

use axum::{
    body::Body,
    extract::{MatchedPath, Request},
    http::{HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use gema_broadcast::outbox::OutboxError;
use serde::Serialize;
use tracing::{debug, error, warn};
use utoipa::ToSchema;

use super::{
    locale::Locale,
    messages::Violation,
    rate_limit::{LIMIT, REMAINING},
    validation::Errors,
};
use crate::{
    db,
    services::{Conflict, ServiceError},
};

/// Seconds after which it may be worth trying again when the database has had too much to do.
const BUSY: u64 = 5;

/// Why a request got no answer of its kind.
///
/// As a response it is empty: [`answer_errors`] writes it in the language of the request and logs its cause.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    /// The body is not JSON.
    #[error("The request body is not valid JSON: {0}.")]
    Json(serde_json::Error),
    /// The body is JSON, but no object.
    #[error("The request body must be a JSON object.")]
    NoObject,
    /// The body could not be read to its end.
    #[error("The request body could not be read.")]
    Body(#[source] axum::Error),
    /// `Idempotency-Key` is malformed.
    #[error("The Idempotency-Key header must have 1 to 255 visible ASCII characters.")]
    IdempotencyKey,
    /// No token, or none that is valid.
    #[error("Unauthenticated.")]
    Unauthenticated,
    /// Not for this user, or not with this token.
    #[error("This action is unauthorized.")]
    Forbidden,
    /// No such thing.
    #[error("There is no such {0}.")]
    NotFound(&'static str),
    /// No such route.
    #[error("The route {0} could not be found.")]
    NoRoute(String),
    /// The route is there, but not with this method.
    #[error("The {0} method is not supported for this route.")]
    Method(Method),
    /// The state of things does not allow it.
    #[error("{}", conflict(*.0))]
    Conflict(Conflict),
    /// The first request with this idempotency key is still running.
    #[error("A request with this Idempotency-Key is in progress.")]
    InProgress,
    /// The body is over the limit in bytes.
    #[error("The request body must not be greater than {0} bytes.")]
    TooLarge(usize),
    /// The body is not said to be JSON.
    #[error("The request body must be sent as application/json.")]
    MediaType,
    /// Fields of the request are wrong.
    #[error("The given data was invalid.")]
    Invalid(Errors),
    /// Too many requests.
    #[error("Too Many Attempts.")]
    TooManyAttempts {
        /// How many there may be per minute.
        limit: u32,
        /// Seconds until the next one is let through.
        retry_after: u64,
    },
    /// The database has too much to do.
    #[error("The service is busy; try again later.")]
    Busy(#[source] sqlx::Error),
    /// Something broke on our side. The client hears nothing of the cause.
    #[error("Server Error")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A handler panicked.
    #[error("Server Error")]
    Panic(String),
}

impl ApiError {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Json(_) | Self::NoObject | Self::Body(_) | Self::IdempotencyKey => StatusCode::BAD_REQUEST,
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound(_) | Self::NoRoute(_) => StatusCode::NOT_FOUND,
            Self::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict(_) | Self::InProgress => StatusCode::CONFLICT,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooManyAttempts { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) | Self::Panic(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn body(&self, locale: Locale) -> String {
        let body = match self {
            Self::Invalid(errors) => serde_json::to_string(&errors.body(locale)),
            other => serde_json::to_string(&ErrorMessage { message: other.to_string() }),
        };
        body.expect("texts and maps with text keys are always JSON")
    }

    /// Writes what the client is not told, and what it is told only at `debug`.
    fn log(&self, route: &str) {
        match self {
            Self::Internal(cause) => {
                error!(http.route = route, error = %causes(cause.as_ref()), "failed to answer {route}");
            }
            Self::Busy(cause) => warn!(http.route = route, error = %cause, "too busy to answer {route}"),
            Self::Panic(message) => error!(http.route = route, error = %message, "{route} panicked"),
            refusal => {
                debug!(
                    http.route = route,
                    http.status = refusal.status().as_u16(),
                    "refused {route}: {refusal}"
                );
            }
        }
    }
}

impl From<ServiceError> for ApiError {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::NotFound(what) => Self::NotFound(what),
            ServiceError::Conflict(conflict) => Self::Conflict(conflict),
            ServiceError::Invalid { field, rule } => Self::Invalid(Errors::of(field, rule.into())),
            ServiceError::Forbidden => Self::Forbidden,
            ServiceError::BadCredentials => Self::Invalid(Errors::of("email", Violation::Credentials)),
            ServiceError::IdempotencyInProgress => Self::InProgress,
            ServiceError::IdempotencyMismatch => {
                Self::Invalid(Errors::of("idempotency_key", Violation::KeyReused))
            }
            ServiceError::Database(error) | ServiceError::Event(OutboxError::Database(error))
                if db::is_overload(&error) =>
            {
                Self::Busy(error)
            }
            internal @ (ServiceError::Database(_) | ServiceError::Event(_) | ServiceError::Hash(_)) => {
                Self::Internal(internal.into())
            }
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        let headers = response.headers_mut();
        match &self {
            Self::Unauthenticated => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            Self::TooManyAttempts { limit, retry_after } => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(*retry_after));
                headers.insert(LIMIT, HeaderValue::from(*limit));
                headers.insert(REMAINING, HeaderValue::from(0));
            }
            Self::Busy(_) => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(BUSY));
            }
            _ => {}
        }
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

/// What a refused request is answered with.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({ "message": "This action is unauthorized." }))]
pub(crate) struct ErrorMessage {
    /// What is wrong, in a sentence.
    message: String,
}

/// Writes refusals in the language of the request, and logs each once.
pub(crate) async fn answer_errors(request: Request, next: Next) -> Response {
    let locale = Locale::of(request.headers());
    let route = match request.extensions().get::<MatchedPath>() {
        Some(path) => format!("{} {}", request.method(), path.as_str()),
        None => format!("{} (no route)", request.method()),
    };
    let mut response = next.run(request).await;
    let Some(error) = response.extensions_mut().remove::<Arc<ApiError>>() else { return response };
    error.log(&route);
    let (mut parts, _) = response.into_parts();
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    parts.headers.remove(header::CONTENT_LENGTH);
    if matches!(*error, ApiError::Invalid(_)) {
        parts.headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(locale.tag()));
        parts.headers.append(header::VARY, HeaderValue::from_static("accept-language"));
    }
    Response::from_parts(parts, Body::from(error.body(locale)))
}

/// A panic of a handler as an error like any other.
#[expect(clippy::needless_pass_by_value, reason = "the layer that catches panics hands over the box")]
pub(crate) fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let message = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&'static str>().copied())
        .unwrap_or("a panic without a text");
    ApiError::Panic(message.to_owned()).into_response()
}

/// The answer where there is no route.
pub(crate) async fn no_route(request: Request) -> ApiError {
    ApiError::NoRoute(request.uri().path().trim_start_matches('/').to_owned())
}

/// The answer where a route has no such method. axum adds `Allow`.
pub(crate) async fn method_not_allowed(method: Method) -> ApiError {
    ApiError::Method(method)
}

fn conflict(conflict: Conflict) -> String {
    match conflict {
        Conflict::SessionFull => "Session is fully booked".to_owned(),
        Conflict::BookingMove { from, to } => format!("A booking that is {from} cannot become {to}."),
        Conflict::PaymentMove { from, to } => format!("A payment that is {from} cannot become {to}."),
        Conflict::NotPayable(status) => format!("A booking that is {status} cannot be paid."),
        Conflict::TooManyPending(limit) => {
            format!("There are {limit} bookings that are not paid; pay or cancel one of them first.")
        }
    }
}

fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    std::iter::successors(Some(error), |error| error.source())
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::said::said;

    #[test]
    fn what_the_database_did_not_do_in_time_may_be_tried_again_later() {
        let response = |error: sqlx::Error| ApiError::from(ServiceError::Database(error)).into_response();
        for busy in [said("55P03"), said("57014"), sqlx::Error::PoolTimedOut] {
            let response = response(busy);
            assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
            assert_eq!(response.headers()[header::RETRY_AFTER], "5");
        }
        assert_eq!(response(said("23505")).status(), StatusCode::INTERNAL_SERVER_ERROR);
    }
}
