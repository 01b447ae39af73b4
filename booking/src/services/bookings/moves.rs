//! How a booking goes from one state to another, and who is told.

use chrono::NaiveDate;

use super::{Change, Conflict, ServiceError};
use crate::{
    domain::{Booking, BookingChanges, BookingStatus, NotificationKind, PaymentStatus, Session},
    events::{AvailabilityUpdated, BookingState, BookingStatusUpdated, PaymentStatusUpdated},
    store::{self, bookings::Next, notifications::NewNotification, session_dates::Places, sessions::Lock},
};

/// Gives a booking up: it becomes cancelled or expired, and its payment what goes with that.
pub(in crate::services) async fn give_up(
    change: &mut Change,
    booking: &Booking,
    status: BookingStatus,
) -> Result<Booking, ServiceError> {
    if booking.status == status {
        return Err(Conflict::BookingMove { from: booking.status, to: status }.into());
    }
    apply(
        change,
        booking,
        Next { status, payment_status: booking.payment_status.when_given_up(), order: None },
    )
    .await
}

/// Sets what an administrator says. What they do not say of the payment of a booking that is given up goes by the
/// rule; a payment that they set to pending waits for them, not for the provider. One that is pending already goes on.
pub(super) async fn set(
    change: &mut Change,
    booking: &Booking,
    changes: BookingChanges,
) -> Result<Booking, ServiceError> {
    let status = changes.status.unwrap_or(booking.status);
    let given_up = booking.status.holds_place() && !status.holds_place();
    let payment_status = match changes.payment_status {
        Some(payment_status) => payment_status,
        None if given_up => booking.payment_status.when_given_up(),
        None => booking.payment_status,
    };
    if (status, payment_status) == (booking.status, booking.payment_status) {
        return Ok(booking.clone());
    }
    apply(change, booking, Next { status, payment_status, order: None }).await
}

/// Moves a booking that is locked. The state machines decide whether it may; a place that it no longer holds is
/// given back; what has changed is told.
pub(in crate::services) async fn apply(
    change: &mut Change,
    before: &Booking,
    next: Next,
) -> Result<Booking, ServiceError> {
    check(before.status, before.payment_status, next)?;
    if before.status.holds_place() && !next.status.holds_place() {
        let mut conn = change.conn();
        let session = store::sessions::find_locked(&mut conn, before.session_id, Lock::Share)
            .await?
            .ok_or(ServiceError::NotFound("session"))?;
        let places = store::session_dates::release(&mut conn, session.id, before.booking_date).await?;
        change.happens_now();
        tell_availability(change, &session, before.booking_date, places)?;
    }
    let now = change.now;
    let after = store::bookings::update(&mut change.conn(), before.id, next, now).await?;
    if before.payment_status != after.payment_status {
        tell_payment(change, &after).await?;
    }
    if before.status != after.status {
        tell_booking(change, &after).await?;
    }
    Ok(after)
}

fn check(status: BookingStatus, payment: PaymentStatus, next: Next) -> Result<(), Conflict> {
    if status != next.status && !status.may_become(next.status) {
        return Err(Conflict::BookingMove { from: status, to: next.status });
    }
    if payment != next.payment_status && !payment.may_become(next.payment_status) {
        return Err(Conflict::PaymentMove { from: payment, to: next.payment_status });
    }
    Ok(())
}

pub(super) fn tell_availability(
    change: &mut Change,
    session: &Session,
    date: NaiveDate,
    places: Places,
) -> Result<(), ServiceError> {
    let event = AvailabilityUpdated {
        session_id: session.id,
        session_name: session.name.clone(),
        date,
        available_slots: places.free(),
        total_capacity: places.capacity,
        updated_at: change.now,
        version: places.version,
    };
    change.tell(&event).map(drop)
}

pub(super) async fn tell_booking(change: &mut Change, booking: &Booking) -> Result<(), ServiceError> {
    let data = change.tell(&BookingStatusUpdated(BookingState::from(booking)))?;
    let (code, status) = (&booking.booking_code, booking.status);
    let message = format!("Your booking {code} status has been updated to {status}");
    notify(change, booking, NotificationKind::Booking, &message, &data).await
}

async fn tell_payment(change: &mut Change, booking: &Booking) -> Result<(), ServiceError> {
    let data = change.tell(&PaymentStatusUpdated(BookingState::from(booking)))?;
    let (code, status) = (&booking.booking_code, booking.payment_status);
    let message = format!("Payment for booking {code} has been {status}");
    notify(change, booking, NotificationKind::Payment, &message, &data).await
}

/// Keeps for the user of a booking what they were told.
async fn notify(
    change: &mut Change,
    booking: &Booking,
    kind: NotificationKind,
    message: &str,
    data: &str,
) -> Result<(), ServiceError> {
    let (user_id, now) = (Some(booking.user_id), change.now);
    let notification = NewNotification { user_id, kind, title: kind.title(), message, data };
    store::notifications::insert(&mut change.conn(), &notification, now).await?;
    Ok(())
}
