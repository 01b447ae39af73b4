//! Sessions and how many of their places are free.

use chrono::NaiveDate;
use gema_broadcast::SocketId;

use super::{ServiceError, context::Context};
use crate::domain::{Availability, NewSession, Session, SessionChanges, SessionId};

/// Sessions and how many of their places are free.
#[derive(Debug, Clone)]
pub struct Catalogue {
    context: Context,
}

impl Catalogue {
    pub(super) fn new(context: Context) -> Self {
        Self { context }
    }

    /// All sessions, in the order of their times.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sessions(&self) -> Result<Vec<Session>, ServiceError> {
        let _ = &self.context;
        unimplemented!()
    }

    /// One session.
    ///
    /// # Errors
    /// [`NotFound`](ServiceError::NotFound).
    pub async fn session(&self, id: SessionId) -> Result<Session, ServiceError> {
        let _ = id;
        unimplemented!()
    }

    /// The places of all sessions on a day; without one, on the day that it is now where each session takes place.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn availability(&self, date: Option<NaiveDate>) -> Result<Vec<Availability>, ServiceError> {
        let _ = date;
        unimplemented!()
    }

    /// Makes a session.
    ///
    /// # Errors
    /// [`Invalid`](ServiceError::Invalid) `end_time` when it is over before it begins.
    pub async fn add(&self, session: NewSession) -> Result<Session, ServiceError> {
        let _ = session;
        unimplemented!()
    }

    /// Changes a session; a changed capacity is told to everybody but `except`.
    ///
    /// # Errors
    /// [`NotFound`](ServiceError::NotFound); [`Invalid`](ServiceError::Invalid) `end_time` when it would be over
    /// before it begins, `date` when that is in the past, `max_capacity` when more is booked than that.
    pub async fn update(
        &self,
        id: SessionId,
        changes: SessionChanges,
        except: Option<SocketId>,
    ) -> Result<Session, ServiceError> {
        let _ = (id, changes, except);
        unimplemented!()
    }
}
