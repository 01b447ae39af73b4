//! What can be booked.

use chrono::NaiveDate;

use super::{SessionId, TimeOfDay, TimeZone};

/// A session takes place every day at the same time, each day with places of its own.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Session {
    /// The id.
    pub id: SessionId,
    /// The name.
    #[schema(example = "Yoga Pagi")]
    pub name: String,
    /// When it begins.
    #[sqlx(try_from = "String")]
    pub start_time: TimeOfDay,
    /// When it is over; later than the beginning, on the same day.
    #[sqlx(try_from = "String")]
    pub end_time: TimeOfDay,
    /// Places of a day that has no capacity of its own.
    pub max_capacity: i64,
    /// Where it takes place, as far as clocks are concerned.
    #[sqlx(try_from = "String")]
    pub timezone: TimeZone,
    /// Price of a place in rupiah.
    #[schema(example = 75000)]
    pub price: i64,
}

/// A session that does not exist yet.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// The name.
    pub name: String,
    /// When it begins.
    pub start_time: TimeOfDay,
    /// When it is over.
    pub end_time: TimeOfDay,
    /// Places.
    pub max_capacity: i64,
    /// The time zone.
    pub timezone: TimeZone,
    /// Price in rupiah.
    pub price: i64,
}

impl NewSession {
    /// The most places of a day.
    pub const MAX_CAPACITY: i64 = 100_000;
    /// The highest price.
    pub const MAX_PRICE: i64 = 1_000_000_000_000;
}

/// What an administrator changes of a session; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct SessionChanges {
    /// The name.
    pub name: Option<String>,
    /// When it begins.
    pub start_time: Option<TimeOfDay>,
    /// When it is over.
    pub end_time: Option<TimeOfDay>,
    /// Price in rupiah.
    pub price: Option<i64>,
    /// Places, not negative.
    pub max_capacity: Option<i64>,
    /// The day whose capacity is changed, which from then on has one of its own. Without it the capacity is changed
    /// for all days from today on that have none of their own. Means nothing without `max_capacity`.
    pub date: Option<NaiveDate>,
}

/// The places of one session on one day.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Availability {
    /// The session.
    pub session_id: SessionId,
    /// Its name.
    pub session_name: String,
    /// The day.
    pub date: NaiveDate,
    /// When it begins.
    pub start_time: TimeOfDay,
    /// When it is over.
    pub end_time: TimeOfDay,
    /// Places that are taken.
    pub current_capacity: i64,
    /// Places that there are.
    pub max_capacity: i64,
    /// Places that are free.
    pub available_slots: i64,
    /// Grows with each change of this session on this day; events carry it too.
    pub version: i64,
}
