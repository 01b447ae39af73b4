//! What users are told.

use serde_json::value::RawValue;

use super::{NotificationId, Timestamp, text::words};

words! {
    /// What a notification is about.
    pub enum NotificationKind ("type of notification") {
        /// A booking of the user.
        Booking = "booking",
        /// A payment of the user.
        Payment = "payment",
        /// Everybody.
        System = "system",
    }
}

impl NotificationKind {
    /// The title of a notification that has none of its own.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Booking => "Booking Update",
            Self::Payment => "Payment Update",
            Self::System => "System Notification",
        }
    }
}

words! {
    /// How an announcement is meant.
    pub enum NotificationLevel ("level") {
        /// Good to know.
        Info = "info",
        /// Something is wrong.
        Warning = "warning",
        /// Something is right again.
        Success = "success",
    }
}

/// Something that a user was told.
#[derive(Debug, Clone, serde::Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Notification {
    /// The id.
    pub id: NotificationId,
    /// What it is about.
    #[serde(rename = "type")]
    #[sqlx(try_from = "String")]
    pub kind: NotificationKind,
    /// A few words, in English.
    #[schema(example = "Booking Update")]
    pub title: String,
    /// One sentence, in English.
    pub message: String,
    /// The payload of the event that said the same.
    #[sqlx(try_from = "String")]
    pub data: Payload,
    /// When it was written.
    pub created_at: Timestamp,
    /// When the user read it.
    pub read_at: Option<Timestamp>,
}

/// A JSON object as it was written, with its members in their order.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
#[serde(transparent)]
#[schema(value_type = Object)]
pub struct Payload(Box<RawValue>);

impl Payload {
    /// The object.
    #[must_use]
    pub fn as_json(&self) -> &str {
        self.0.get()
    }
}

impl TryFrom<String> for Payload {
    type Error = serde_json::Error;

    fn try_from(text: String) -> Result<Self, serde_json::Error> {
        RawValue::from_string(text).map(Self)
    }
}

/// Which notifications are listed.
#[derive(Debug, Clone, Copy, Default)]
pub struct NotificationFilter {
    /// Only those about this.
    pub kind: Option<NotificationKind>,
    /// Only those that were not read.
    pub unread: bool,
}

/// Some of a user's notifications.
#[derive(Debug, Clone)]
pub enum Notifications {
    /// All of them.
    All,
    /// These; ids of other people's notifications do nothing.
    These(Vec<NotificationId>),
}

/// Something that everybody is told.
#[derive(Debug, Clone)]
pub struct Announcement {
    /// A few words; "System Notification" if there are none.
    pub title: Option<String>,
    /// What it says.
    pub message: String,
    /// How it is meant.
    pub level: NotificationLevel,
}
