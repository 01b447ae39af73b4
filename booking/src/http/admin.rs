//! What administrators change: bookings, sessions and their capacity, and what everybody is told.

use axum::{extract::State, http::StatusCode};
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    AppState,
    bearer::Admin,
    body::Json,
    bookings::BookingData,
    envelope::Success,
    error::ApiError,
    messages::Violation,
    openapi::SocketIdHeader,
    path::Named,
    sessions::SessionData,
    socket::Except,
    validation::{Fields, FromFields, Refused, date, integer_between, time, trimmed, word},
};
use crate::domain::{
    Announcement, BookingChanges, BookingId, BookingStatus, NewSession, Notification, NotificationLevel,
    PaymentStatus, SessionChanges, SessionId, TimeOfDay,
};

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NotificationData {
    notification: Notification,
}

/// What becomes of a booking; what is left out stays.
#[derive(Debug, ToSchema)]
#[schema(example = json!({ "status": "confirmed" }))]
pub(crate) struct ChangeBooking {
    #[schema(required = false, nullable = false)]
    status: Option<BookingStatus>,
    #[schema(required = false, nullable = false)]
    payment_status: Option<PaymentStatus>,
}

/// What becomes of a session; what is left out stays.
#[derive(Debug, ToSchema)]
#[schema(example = json!({ "max_capacity": 12, "date": "2026-11-24" }))]
pub(crate) struct ChangeSession {
    #[schema(required = false, nullable = false, min_length = 1, max_length = 255)]
    name: Option<String>,
    #[schema(required = false, nullable = false)]
    start_time: Option<TimeOfDay>,
    /// Later than `start_time`.
    #[schema(required = false, nullable = false)]
    end_time: Option<TimeOfDay>,
    /// Rupiah.
    #[schema(required = false, nullable = false, minimum = 0, maximum = 1_000_000_000_000_i64)]
    price: Option<i64>,
    /// Places per day, not fewer than are booked on any of the days.
    #[schema(required = false, nullable = false, minimum = 0, maximum = 100_000)]
    max_capacity: Option<i64>,
    /// The day whose capacity is changed. Without it: all days from today on that have no capacity of their own.
    #[schema(required = false, nullable = false)]
    date: Option<NaiveDate>,
}

/// What everybody is told.
#[derive(Debug, ToSchema)]
#[schema(example = json!({ "title": "Jadwal", "message": "Yoga Pagi pindah ke studio 2.", "level": "info" }))]
pub(crate) struct Announce {
    #[schema(required = false, nullable = false, min_length = 1, max_length = 255)]
    title: Option<String>,
    #[schema(min_length = 1, max_length = 1000)]
    message: String,
    #[schema(required = false, default = "info")]
    level: NotificationLevel,
}

/// Change a booking
///
/// Broadcasts `BookingStatusUpdated` and `PaymentStatusUpdated` for what changes, and `AvailabilityUpdated` when the
/// place becomes free.
#[utoipa::path(
    patch, path = "/api/v1/admin/bookings/{id}", operation_id = "changeBooking", tag = "admin",
    security(("bearer" = ["admin"])),
    params(("id" = i64, Path, description = "The id of the booking", minimum = 1), SocketIdHeader),
    request_body = ChangeBooking,
    responses(
        (status = 200, description = "The booking as it is now", body = Success<BookingData>),
        (status = 409, description = "A booking or payment does not go from its status to this one",
            body = super::error::ErrorMessage,
            example = json!({ "message": "A booking that is expired cannot become confirmed." })),
    ),
)]
pub(crate) async fn change_booking(
    State(state): State<AppState>,
    _: Admin,
    Named(id): Named<BookingId>,
    Except(except): Except,
    Json(request): Json<ChangeBooking>,
) -> Result<Success<BookingData>, ApiError> {
    let ChangeBooking { status, payment_status } = request;
    let changes = BookingChanges { status, payment_status };
    let booking = state.services().bookings.change(id, changes, except).await?;
    Ok(Success::saying("Booking updated successfully", BookingData { booking }))
}

/// Change a session
///
/// Broadcasts `CapacityUpdated` when the capacity changes.
#[utoipa::path(
    patch, path = "/api/v1/admin/sessions/{id}", operation_id = "changeSession", tag = "admin",
    security(("bearer" = ["admin"])),
    params(("id" = i64, Path, description = "The id of the session", minimum = 1), SocketIdHeader),
    request_body = ChangeSession,
    responses((status = 200, description = "The session as it is now", body = Success<SessionData>)),
)]
pub(crate) async fn change_session(
    State(state): State<AppState>,
    _: Admin,
    Named(id): Named<SessionId>,
    Except(except): Except,
    Json(request): Json<ChangeSession>,
) -> Result<Success<SessionData>, ApiError> {
    let ChangeSession { name, start_time, end_time, price, max_capacity, date } = request;
    let changes = SessionChanges { name, start_time, end_time, price, max_capacity, date };
    let session = state.services().catalogue.update(id, changes, except).await?;
    Ok(Success::saying("Session updated successfully", SessionData { session }))
}

/// Tell everybody something
///
/// Broadcasts `SystemNotification` on the public channel `notifications`. Anybody can read it there: no personal data.
#[utoipa::path(
    post, path = "/api/v1/admin/notifications", operation_id = "announce", tag = "admin",
    security(("bearer" = ["admin"])),
    params(SocketIdHeader),
    request_body = Announce,
    responses((status = 201, description = "The notification", body = Success<NotificationData>)),
)]
pub(crate) async fn announce(
    State(state): State<AppState>,
    _: Admin,
    Except(except): Except,
    Json(request): Json<Announce>,
) -> Result<(StatusCode, Success<NotificationData>), ApiError> {
    let Announce { title, message, level } = request;
    let announcement = Announcement { title, message, level };
    let notification = state.services().notifications.announce(announcement, except).await?;
    let data = NotificationData { notification };
    Ok((StatusCode::CREATED, Success::saying("Notification sent successfully", data)))
}

impl FromFields for ChangeBooking {
    fn from_fields(fields: &mut Fields) -> Result<Self, Refused> {
        let status = fields.change("status", word);
        let payment_status = fields.change("payment_status", word);
        match (status?, payment_status?) {
            (None, None) => Err(fields.refuse("status", Violation::RequiredWithoutAll(&["payment_status"]))),
            (status, payment_status) => Ok(Self { status, payment_status }),
        }
    }
}

impl FromFields for ChangeSession {
    fn from_fields(fields: &mut Fields) -> Result<Self, Refused> {
        const OTHERS: &[&str] = &["start_time", "end_time", "price", "max_capacity"];
        let name = fields.change("name", trimmed(1, 255));
        let start_time = fields.change("start_time", time);
        let end_time = fields.change("end_time", time);
        let price = fields.change("price", integer_between(0, NewSession::MAX_PRICE));
        let max_capacity = fields.change("max_capacity", integer_between(0, NewSession::MAX_CAPACITY));
        let date = fields.change("date", date);
        if fields.has("date") && !fields.has("max_capacity") {
            return Err(fields.refuse("max_capacity", Violation::Required));
        }
        if !fields.has("name") && !OTHERS.iter().any(|name| fields.has(name)) {
            return Err(fields.refuse("name", Violation::RequiredWithoutAll(OTHERS)));
        }
        Ok(Self {
            name: name?,
            start_time: start_time?,
            end_time: end_time?,
            price: price?,
            max_capacity: max_capacity?,
            date: date?,
        })
    }
}

impl FromFields for Announce {
    fn from_fields(fields: &mut Fields) -> Result<Self, Refused> {
        let title = fields.optional("title", trimmed(1, 255));
        let message = fields.required("message", trimmed(1, 1000));
        let level = fields.optional("level", word);
        Ok(Self { title: title?, message: message?, level: level?.unwrap_or(NotificationLevel::Info) })
    }
}
