//! Which bookings are asked for, and what is shown with them.

use std::collections::HashMap;

use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::{
    domain::{Booking, BookingFilter, BookingStatus, Principal, Session, SessionId, UserId},
    http::{
        AppState,
        error::ApiError,
        messages::Violation,
        page::PageQuery,
        validation::{Fields, FromFields, Refused, word},
    },
};

/// A booking, with its session where that was asked for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BookingWithSession)]
pub(crate) struct WithSession {
    #[serde(flatten)]
    booking: Booking,
    /// The session; only with `include=session`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    session: Option<Session>,
}

#[derive(Debug)]
pub(crate) struct BookingsQuery {
    pub(super) page: PageQuery,
    pub(super) filter: BookingFilterQuery,
    pub(super) show: ShowQuery,
}

#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct BookingFilterQuery {
    /// Only bookings of this status.
    #[param(required = false)]
    status: Option<BookingStatus>,
    /// Only bookings of this user. Counts for administrators; others see their own anyway.
    #[param(value_type = i64, required = false, minimum = 1)]
    user_id: Option<UserId>,
}

#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ShowQuery {
    /// `session` to have the session in each booking.
    #[param(value_type = Option<Include>, required = false, inline)]
    include: Option<Include>,
}

#[derive(Debug, Clone, Copy, ToSchema)]
#[schema(rename_all = "lowercase")]
enum Include {
    Session,
}

impl BookingsQuery {
    /// What the links to other pages have to repeat.
    pub(super) fn filters(&self, caller: &Principal) -> Vec<(&'static str, String)> {
        let filter = self.filter.of(caller);
        let user = filter.user_id.filter(|_| caller.is_admin());
        [
            filter.status.map(|status| ("status", status.to_string())),
            user.map(|user| ("user_id", user.to_string())),
            self.show.include.map(|Include::Session| ("include", "session".to_owned())),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

impl BookingFilterQuery {
    /// The filter as far as this user may see.
    pub(super) fn of(&self, caller: &Principal) -> BookingFilter {
        let user_id = if caller.is_admin() { self.user_id } else { Some(caller.user.id) };
        BookingFilter { user_id, status: self.status }
    }
}

impl ShowQuery {
    /// Adds the sessions if they are asked for.
    pub(super) async fn complete(
        &self,
        state: &AppState,
        bookings: Vec<Booking>,
    ) -> Result<Vec<WithSession>, ApiError> {
        let mut sessions: HashMap<SessionId, Session> = HashMap::new();
        if self.include.is_some() && !bookings.is_empty() {
            let all = state.services().catalogue.sessions().await?;
            sessions.extend(all.into_iter().map(|session| (session.id, session)));
        }
        let with = |booking: Booking| {
            let session = sessions.get(&booking.session_id).cloned();
            WithSession { booking, session }
        };
        Ok(bookings.into_iter().map(with).collect())
    }

    pub(super) async fn complete_one(
        &self,
        state: &AppState,
        booking: Booking,
    ) -> Result<WithSession, ApiError> {
        let session = match self.include {
            Some(Include::Session) => Some(state.services().catalogue.session(booking.session_id).await?),
            None => None,
        };
        Ok(WithSession { booking, session })
    }
}

impl FromFields for BookingsQuery {
    fn from_fields(fields: &mut Fields) -> Result<Self, Refused> {
        let page = PageQuery::from_fields(fields);
        let status = fields.optional("status", word);
        let user_id = fields.optional("user_id", word);
        let show = ShowQuery::from_fields(fields);
        let filter = BookingFilterQuery { status: status?, user_id: user_id? };
        Ok(Self { page: page?, filter, show: show? })
    }
}

impl FromFields for ShowQuery {
    fn from_fields(fields: &mut Fields) -> Result<Self, Refused> {
        let include = fields.optional("include", |value| match value.as_str() {
            Some("session") => Ok(Include::Session),
            _ => Err(Violation::Selected),
        });
        Ok(Self { include: include? })
    }
}
