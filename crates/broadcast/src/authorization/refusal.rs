//! Answers that grant nothing.

use std::collections::BTreeMap;

use axum::{
    Json,
    http::{StatusCode, header::CACHE_CONTROL},
    response::{IntoResponse, Response},
};
use serde::Serialize;

/// Why a request, or one channel of it, is refused. What the client may know of it is all that it holds: causes
/// have gone to the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Nobody knows who asks.
    Unauthorized,
    /// The user may not.
    Forbidden,
    /// The fields are not as they should be.
    Invalid(Mistakes),
    /// The request cannot be read at all.
    Unreadable(StatusCode, String),
    /// The application could not find out.
    Failed,
}

/// What is wrong with the fields of a request, in the order in which it was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Mistakes(Vec<(String, String)>);

impl Mistakes {
    pub(super) fn one(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self(vec![(field.into(), message.into())])
    }

    /// The value, or nothing and one more mistake.
    pub(super) fn collect<T>(&mut self, value: Result<T, Self>) -> Option<T> {
        value.map_err(|Self(mistakes)| self.0.extend(mistakes)).ok()
    }

    /// As Laravel writes it: the first message and how many more there are, then all of them by field.
    fn told(&self) -> Told {
        let first = self.0.first().map_or("", |(_, message)| message);
        let message = match self.0.len().saturating_sub(1) {
            0 => first.to_owned(),
            1 => format!("{first} (and 1 more error)"),
            more => format!("{first} (and {more} more errors)"),
        };
        let mut errors = BTreeMap::<_, Vec<_>>::new();
        for (field, message) in &self.0 {
            errors.entry(field.clone()).or_default().push(message.clone());
        }
        Told { message, errors: Some(errors) }
    }
}

/// What the client is told, in the order of Laravel's answers.
#[derive(Debug, Serialize)]
pub(super) struct Told {
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<BTreeMap<String, Vec<String>>>,
}

impl Refusal {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Unreadable(status, _) => *status,
            Self::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    pub(super) fn told(&self) -> Told {
        let message = match self {
            Self::Invalid(mistakes) => return mistakes.told(),
            Self::Unauthorized => "Unauthorized",
            Self::Forbidden => "Forbidden",
            Self::Unreadable(_, message) => message,
            Self::Failed => "Server Error",
        };
        Told { message: message.to_owned(), errors: None }
    }
}

impl From<Mistakes> for Refusal {
    fn from(mistakes: Mistakes) -> Self {
        Self::Invalid(mistakes)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status(), [(CACHE_CONTROL, "no-store")], Json(self.told())).into_response()
    }
}
