//! JSON bodies and query strings as typed requests.

use axum::{
    body::{Bytes, to_bytes},
    extract::{FromRequest, FromRequestParts, Query, Request},
    http::{HeaderMap, header::CONTENT_TYPE, request::Parts},
};
use serde_json::{Map, Value};

use super::{
    error::ApiError,
    validation::{Fields, FromFields},
};

/// Longest body in bytes.
pub(crate) const MAX_BODY: usize = 64 * 1024;

/// The JSON object in the body, as a typed request. An empty body is an empty object.
#[derive(Debug)]
pub(crate) struct Json<T>(pub(crate) T);

/// The query string as a typed request.
#[derive(Debug)]
pub(crate) struct Asked<T>(pub(crate) T);

impl<T: FromFields, S: Sync> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        let bytes = read(body).await?;
        parse(&parts.headers, &bytes).map(Self)
    }
}

impl<T: FromFields, S: Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri)
            .expect("pairs of texts can be made of every query string");
        let members = pairs.into_iter().map(|(name, value)| (name, Value::String(value))).collect();
        Fields::new(members).parse().map(Self).map_err(ApiError::Invalid)
    }
}

/// Reads a body of at most [`MAX_BODY`] bytes.
pub(crate) async fn read(body: axum::body::Body) -> Result<Bytes, ApiError> {
    to_bytes(body, MAX_BODY).await.map_err(|error| {
        if is_length_limit(&error) { ApiError::TooLarge(MAX_BODY) } else { ApiError::Body(error) }
    })
}

/// Makes a typed request of a body.
pub(crate) fn parse<T: FromFields>(headers: &HeaderMap, bytes: &[u8]) -> Result<T, ApiError> {
    let members = if bytes.is_empty() {
        Map::new()
    } else if !is_json(headers) {
        return Err(ApiError::MediaType);
    } else {
        match serde_json::from_slice(bytes).map_err(ApiError::Json)? {
            Value::Object(members) => members,
            _ => return Err(ApiError::NoObject),
        }
    };
    Fields::new(members).parse().map_err(ApiError::Invalid)
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else { return false };
    let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

fn is_length_limit(error: &axum::Error) -> bool {
    std::iter::successors(Some(error as &(dyn std::error::Error + 'static)), |error| error.source())
        .any(|error| error.to_string() == "length limit exceeded")
}
