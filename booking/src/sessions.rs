//! `booking session`: what an operator does about sessions.

use crate::{
    cli::SessionToAdd,
    domain::NewSession,
    services::{ServiceError, Services},
};

/// Why no session was made.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// It would be over before it begins.
    #[error("a session has to end after its start, on the same day")]
    Times,
    /// The services failed.
    #[error(transparent)]
    Service(ServiceError),
}

/// Makes a session, and says so.
///
/// # Errors
/// See [`SessionError`].
pub async fn add(services: &Services, session: SessionToAdd) -> Result<String, SessionError> {
    let SessionToAdd { name, start, end, capacity, price, timezone } = session;
    let session =
        NewSession { name, start_time: start, end_time: end, max_capacity: capacity, timezone, price };
    let session = services.catalogue.add(&session).await.map_err(|error| match error {
        ServiceError::Invalid { field: "end_time", .. } => SessionError::Times,
        other => SessionError::Service(other),
    })?;
    let (id, name, start, end) = (session.id, &session.name, session.start_time, session.end_time);
    Ok(format!("Made the session {id}, {name}, {start} to {end} ({}).\n", session.timezone))
}
