//! The part of a path that names something.

use std::str::FromStr;

use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::request::Parts,
};

use super::error::ApiError;
use crate::domain::{BookingCode, BookingId, SessionId};

/// The one parameter of a path, as a type. What is not of that type names nothing: 404.
#[derive(Debug)]
pub(crate) struct Named<T>(pub(crate) T);

/// A type that stands in paths.
pub(crate) trait InPath: FromStr {
    /// What it names.
    const NOUN: &'static str;
}

impl InPath for BookingId {
    const NOUN: &'static str = "booking";
}

impl InPath for BookingCode {
    const NOUN: &'static str = "booking";
}

impl InPath for SessionId {
    const NOUN: &'static str = "session";
}

impl<T: InPath, S: Send + Sync> FromRequestParts<S> for Named<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let nothing = || ApiError::NotFound(T::NOUN);
        let parameters = RawPathParams::from_request_parts(parts, state).await.map_err(|_| nothing())?;
        let (_, text) = parameters.iter().next().ok_or_else(nothing)?;
        text.parse().map(Self).map_err(|_| nothing())
    }
}
