//! What can be booked, and how much of it is free.

use axum::extract::State;
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::{
    AppState,
    body::Asked,
    envelope::Success,
    error::ApiError,
    path::Named,
    validation::{Fields, FromFields, Refused, date},
};
use crate::domain::{Availability, Session, SessionId};

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionsData {
    sessions: Vec<Session>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionData {
    pub(crate) session: Session,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AvailabilityData {
    availability: Vec<Availability>,
}

/// Of which day the availability is asked.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AvailabilityQuery {
    /// The day. Without it: the day that it is now where each session takes place.
    #[param(value_type = String, format = Date, required = false, example = "2026-11-24")]
    date: Option<NaiveDate>,
}

/// All sessions
#[utoipa::path(
    get, path = "/api/v1/sessions", operation_id = "listSessions", tag = "sessions", security(()),
    responses((status = 200, description = "The sessions", body = Success<SessionsData>)),
)]
pub(crate) async fn list(State(state): State<AppState>) -> Result<Success<SessionsData>, ApiError> {
    let sessions = state.services().catalogue.sessions().await?;
    Ok(Success::of(SessionsData { sessions }))
}

/// One session
#[utoipa::path(
    get, path = "/api/v1/sessions/{id}", operation_id = "getSession", tag = "sessions", security(()),
    params(("id" = i64, Path, description = "The id of the session", minimum = 1)),
    responses((status = 200, description = "The session", body = Success<SessionData>)),
)]
pub(crate) async fn show(
    State(state): State<AppState>,
    Named(id): Named<SessionId>,
) -> Result<Success<SessionData>, ApiError> {
    let session = state.services().catalogue.session(id).await?;
    Ok(Success::of(SessionData { session }))
}

/// Free places
///
/// The places of all sessions on one day. The event `AvailabilityUpdated` on the public channel `availability` tells
/// when they change; `version` says which of two states of a session and day is the newer one.
#[utoipa::path(
    get, path = "/api/v1/availability", operation_id = "getAvailability", tag = "sessions", security(()),
    params(AvailabilityQuery),
    responses((status = 200, description = "One entry per session", body = Success<AvailabilityData>)),
)]
pub(crate) async fn availability(
    State(state): State<AppState>,
    Asked(query): Asked<AvailabilityQuery>,
) -> Result<Success<AvailabilityData>, ApiError> {
    let availability = state.services().catalogue.availability(query.date).await?;
    Ok(Success::of(AvailabilityData { availability }))
}

impl FromFields for AvailabilityQuery {
    fn from_fields(fields: &mut Fields) -> Result<Self, Refused> {
        Ok(Self { date: fields.optional("date", date)? })
    }
}
