//! Bookings: made, listed, paid and cancelled by their users.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode, response::Response};
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    AppState,
    bearer::{Able, ReadBookings, WriteBookings},
    body::Asked,
    envelope::{Listing, Success, send},
    error::ApiError,
    idempotency::OnceJson,
    openapi::{IdempotencyKeyHeader, SocketIdHeader},
    page::PageQuery,
    path::Named,
    socket::Except,
    validation::{Fields, FromFields, Refused, date, id, word},
};
use crate::{
    domain::{Booking, BookingCode, BookingId, NewBooking, PaymentOutcome, SessionId, UserId},
    services::{Idempotency, IdempotencyClaim, Origin, Outcome},
};

mod query;

use query::{BookingFilterQuery, BookingsQuery, ShowQuery, WithSession};

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BookingsData {
    bookings: Vec<WithSession>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ShownBookingData {
    booking: WithSession,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BookingData {
    pub(crate) booking: Booking,
}

/// Which place is wanted.
///
/// Status, payment status and code are the server's; whatever the request says about them is ignored.
#[derive(Debug, ToSchema)]
#[schema(example = json!({ "session_id": 1, "booking_date": "2026-11-24" }))]
pub(crate) struct CreateBooking {
    /// The session.
    #[schema(value_type = i64, minimum = 1)]
    session_id: SessionId,
    /// The day: today or later, where the session takes place.
    booking_date: NaiveDate,
    /// For whom. Only what an administrator says here counts; others book for themselves.
    #[schema(value_type = i64, minimum = 1, required = false)]
    user_id: Option<UserId>,
}

/// Nothing has to be said.
#[derive(Debug, ToSchema)]
#[schema(example = json!({}))]
pub(crate) struct CancelBooking {}

/// What the simulated payment provider is to do.
#[derive(Debug, ToSchema)]
#[schema(example = json!({ "outcome": "succeed" }))]
pub(crate) struct PayBooking {
    /// What will come of the payment.
    #[schema(required = false, default = "succeed")]
    outcome: PaymentOutcome,
}

/// The own bookings
///
/// Newest first. Administrators see everybody's, or those of `user_id`.
#[utoipa::path(
    get, path = "/api/v1/bookings", operation_id = "listBookings", tag = "bookings",
    security(("bearer" = ["bookings:read"])),
    params(PageQuery, BookingFilterQuery, ShowQuery),
    responses((status = 200, description = "One page of bookings", body = Listing<BookingsData>)),
)]
pub(crate) async fn list(
    State(state): State<AppState>,
    caller: Able<ReadBookings>,
    Asked(query): Asked<BookingsQuery>,
) -> Result<Listing<BookingsData>, ApiError> {
    let filter = query.filter.of(&caller.principal);
    let page = state.services().bookings.list(filter, query.page.into()).await?;
    let around = query.page.describe("/api/v1/bookings", &query.filters(&caller.principal), page.total);
    let bookings = query.show.complete(&state, page.items).await?;
    Ok(Listing::of(BookingsData { bookings }, around))
}

/// Book a place
///
/// The booking is `pending` and `unpaid`, and expires unless it is paid in time. Broadcasts `AvailabilityUpdated` and
/// `BookingStatusUpdated`.
#[utoipa::path(
    post, path = "/api/v1/bookings", operation_id = "createBooking", tag = "bookings",
    security(("bearer" = ["bookings:write"])),
    params(SocketIdHeader, IdempotencyKeyHeader),
    request_body = CreateBooking,
    responses(
        (status = 201, description = "The booking", body = Success<BookingData>),
        (status = 409, description = "No place is free, too many bookings are unpaid, or the first request with this \
            key is in progress",
            body = super::error::ErrorMessage, example = json!({ "message": "Session is fully booked" })),
    ),
)]
pub(crate) async fn create(
    State(state): State<AppState>,
    caller: Able<WriteBookings>,
    Except(except): Except,
    OnceJson { request, claim }: OnceJson<CreateBooking>,
) -> Result<Response, ApiError> {
    const SAID: (StatusCode, &str) = (StatusCode::CREATED, "Booking created successfully");
    let user_id = request.user_id.filter(|_| caller.principal.is_admin()).unwrap_or(caller.principal.user.id);
    let CreateBooking { session_id, booking_date, .. } = request;
    let origin = origin(except, claim, SAID);
    let booking = NewBooking { user_id, session_id, booking_date };
    Ok(answer(state.services().bookings.create(booking, origin).await?, SAID))
}

/// One booking
///
/// For its user and administrators.
#[utoipa::path(
    get, path = "/api/v1/bookings/{code}", operation_id = "getBooking", tag = "bookings",
    security(("bearer" = ["bookings:read"])),
    params(("code" = String, Path, description = "The code of the booking", example = "BK-20261124-7KQ2ZD"), ShowQuery),
    responses((status = 200, description = "The booking", body = Success<ShownBookingData>)),
)]
pub(crate) async fn show(
    State(state): State<AppState>,
    caller: Able<ReadBookings>,
    Named(code): Named<BookingCode>,
    Asked(query): Asked<ShowQuery>,
) -> Result<Success<ShownBookingData>, ApiError> {
    let booking = state.services().bookings.by_code(&code, &caller.principal).await?;
    let booking = query.complete_one(&state, booking).await?;
    Ok(Success::of(ShownBookingData { booking }))
}

/// Cancel a booking
///
/// The place is free again, and what was paid goes back. Broadcasts `AvailabilityUpdated`, `BookingStatusUpdated`, and
/// `PaymentStatusUpdated` if the payment changes.
#[utoipa::path(
    post, path = "/api/v1/bookings/{id}/cancel", operation_id = "cancelBooking", tag = "bookings",
    security(("bearer" = ["bookings:write"])),
    params(("id" = i64, Path, description = "The id of the booking", minimum = 1), SocketIdHeader, IdempotencyKeyHeader),
    request_body = Option<CancelBooking>,
    responses(
        (status = 200, description = "The cancelled booking", body = Success<BookingData>),
        (status = 409, description = "The booking cannot be cancelled any more, or the first request with this key is \
            in progress", body = super::error::ErrorMessage,
            example = json!({ "message": "A booking that is completed cannot become cancelled." })),
    ),
)]
pub(crate) async fn cancel(
    State(state): State<AppState>,
    caller: Able<WriteBookings>,
    Named(id): Named<BookingId>,
    Except(except): Except,
    OnceJson { request: CancelBooking {}, claim }: OnceJson<CancelBooking>,
) -> Result<Response, ApiError> {
    const SAID: (StatusCode, &str) = (StatusCode::OK, "Booking cancelled successfully");
    let origin = origin(except, claim, SAID);
    Ok(answer(state.services().bookings.cancel(id, &caller.principal, origin).await?, SAID))
}

/// Pay for a booking
///
/// The payment is `pending` until the simulated provider has answered, two seconds later by default. Broadcasts
/// `PaymentStatusUpdated` now and then, and `BookingStatusUpdated` when the booking is confirmed.
#[utoipa::path(
    post, path = "/api/v1/bookings/{id}/pay", operation_id = "payBooking", tag = "bookings",
    security(("bearer" = ["bookings:write"])),
    params(("id" = i64, Path, description = "The id of the booking", minimum = 1), SocketIdHeader, IdempotencyKeyHeader),
    request_body = Option<PayBooking>,
    responses(
        (status = 200, description = "The booking with its payment pending", body = Success<BookingData>),
        (status = 409, description = "The booking cannot be paid, or the first request with this key is in progress",
            body = super::error::ErrorMessage, example = json!({ "message": "A booking that is expired cannot be paid." })),
    ),
)]
pub(crate) async fn pay(
    State(state): State<AppState>,
    caller: Able<WriteBookings>,
    Named(id): Named<BookingId>,
    Except(except): Except,
    OnceJson { request, claim }: OnceJson<PayBooking>,
) -> Result<Response, ApiError> {
    const SAID: (StatusCode, &str) = (StatusCode::OK, "Payment started successfully");
    let origin = origin(except, claim, SAID);
    Ok(answer(state.services().bookings.pay(id, &caller.principal, request.outcome, origin).await?, SAID))
}

impl FromFields for CreateBooking {
    fn from_fields(fields: &mut Fields) -> Result<Self, Refused> {
        let session_id = fields.required("session_id", id);
        let booking_date = fields.required("booking_date", date);
        let user_id = fields.optional("user_id", id);
        Ok(Self { session_id: session_id?, booking_date: booking_date?, user_id: user_id? })
    }
}

impl FromFields for CancelBooking {
    fn from_fields(_: &mut Fields) -> Result<Self, Refused> {
        Ok(Self {})
    }
}

impl FromFields for PayBooking {
    fn from_fields(fields: &mut Fields) -> Result<Self, Refused> {
        Ok(Self { outcome: fields.optional("outcome", word)?.unwrap_or(PaymentOutcome::Succeed) })
    }
}

fn origin(
    except: Option<gema_broadcast::SocketId>,
    claim: Option<IdempotencyClaim>,
    (status, message): (StatusCode, &'static str),
) -> Origin {
    let idempotency = claim.map(|claim| Idempotency {
        claim,
        render: Arc::new(move |booking: &Booking| {
            Success::saying(message, BookingData { booking: booking.clone() }).store(status)
        }),
    });
    Origin { except, idempotency }
}

fn answer(outcome: Outcome<Booking>, (status, message): (StatusCode, &'static str)) -> Response {
    match outcome {
        Outcome::Done(booking) => {
            send(Success::saying(message, BookingData { booking }).store(status), false)
        }
        Outcome::Replayed(answer) => send(answer, true),
    }
}
