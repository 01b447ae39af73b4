//! What subscribers are told. Fields are in the order of the contract; `version`, which lets clients drop what is
//! stale or repeated, comes after them, and the outbox puts `event_id` last.

use chrono::NaiveDate;
use gema_broadcast::{Channel, Channels, broadcast_event};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{
    Booking, BookingCode, BookingId, BookingStatus, NotificationLevel, PaymentStatus, SessionId, Timestamp,
    UserId,
};

/// Everybody sees how many places are free. No personal data goes here: who has the key may listen.
const AVAILABILITY: &str = "availability";
/// Everybody sees what concerns everybody.
const NOTIFICATIONS: &str = "notifications";

/// Places of a session on one day were taken or given back.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AvailabilityUpdated {
    /// The session.
    pub session_id: SessionId,
    /// Its name.
    pub session_name: String,
    /// The day.
    pub date: NaiveDate,
    /// Places that are free.
    pub available_slots: i64,
    /// Places that there are.
    pub total_capacity: i64,
    /// When it changed.
    pub updated_at: Timestamp,
    /// Version of this session on this day.
    pub version: i64,
}

broadcast_event!(AvailabilityUpdated, "AvailabilityUpdated", |_| Channel::public(AVAILABILITY));

/// An administrator has changed how many places there are.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CapacityUpdated {
    /// The session.
    pub session_id: SessionId,
    /// Places that are taken on the day; without one today, or none if today has a capacity of its own.
    pub current_capacity: i64,
    /// Places that there are.
    pub max_capacity: i64,
    /// The day; without one, all days from today on that have no capacity of their own.
    #[schema(required)]
    pub date: Option<NaiveDate>,
    /// When it changed.
    pub updated_at: Timestamp,
    /// Version of this session on this day, or on all of those days.
    pub version: i64,
}

broadcast_event!(CapacityUpdated, "CapacityUpdated", |_| Channel::public(AVAILABILITY));

/// What the two events about one booking say: its state, whichever half of it has changed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BookingState {
    /// The booking.
    pub booking_id: BookingId,
    /// Its code.
    pub booking_code: BookingCode,
    /// Where it stands.
    pub status: BookingStatus,
    /// Where its payment stands.
    pub payment_status: PaymentStatus,
    /// When it changed.
    pub updated_at: Timestamp,
    /// Version of the booking; the same in both events if one change was both.
    pub version: i64,
    /// Whose it is; decides the channels and is not sent.
    #[serde(skip)]
    pub user_id: UserId,
}

impl BookingState {
    /// One message to both channels of the user: a page that listens to one of them gets it once.
    fn channels(&self) -> Channels {
        let id = self.user_id;
        [Channel::private(format_args!("booking.{id}")), Channel::private(format_args!("user.{id}"))].into()
    }
}

impl From<&Booking> for BookingState {
    fn from(booking: &Booking) -> Self {
        Self {
            booking_id: booking.id,
            booking_code: booking.booking_code.clone(),
            status: booking.status,
            payment_status: booking.payment_status,
            updated_at: booking.updated_at,
            version: booking.version,
            user_id: booking.user_id,
        }
    }
}

/// A booking was made, or has another status.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct BookingStatusUpdated(pub BookingState);

broadcast_event!(BookingStatusUpdated, "BookingStatusUpdated", |event| event.0.channels());

/// The payment of a booking has another status.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct PaymentStatusUpdated(pub BookingState);

broadcast_event!(PaymentStatusUpdated, "PaymentStatusUpdated", |event| event.0.channels());

/// Something that everybody should know.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SystemNotification {
    /// Id of the notification that is kept.
    pub id: String,
    /// A few words.
    #[schema(required)]
    pub title: Option<String>,
    /// What it says.
    pub message: String,
    /// How it is meant.
    pub level: NotificationLevel,
    /// When it was said.
    pub updated_at: Timestamp,
}

broadcast_event!(SystemNotification, "SystemNotification", |_| Channel::public(NOTIFICATIONS));
