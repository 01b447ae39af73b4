//! The words of the application: what its parts pass to each other. No database, no HTTP, no clock.

mod booking;
mod code;
mod id;
mod notification;
mod page;
mod session;
mod status;
mod text;
mod time;
mod token;
mod user;

pub use booking::{Booking, BookingChanges, BookingFilter, NewBooking};
pub use code::{BookingCode, InvalidBookingCode};
pub use id::{BookingId, InvalidId, NotificationId, SessionId, TokenId, UserId};
pub use notification::{
    Announcement, Notification, NotificationFilter, NotificationKind, NotificationLevel, Notifications,
    Payload,
};
pub use page::{Page, PageRequest};
pub use session::{Availability, NewSession, Session, SessionChanges};
pub use status::{BookingStatus, PaymentOutcome, PaymentStatus};
pub use text::InvalidWord;
pub use time::{InvalidTime, TimeOfDay, TimeZone, Timestamp};
pub(crate) use token::Secret;
pub use token::{Abilities, InvalidToken, PlainToken, Principal};
pub use user::{Email, InvalidEmail, Login, OnlineUser, Password, Registration, Role, User};
