//! Laravel's broadcasting for Rust.

#[cfg(feature = "axum")]
mod authorization;
mod broadcaster;
mod channel;
mod credentials;
mod encryption;
mod error;
mod event;
mod message;
mod payload;

#[cfg(feature = "axum")]
pub use authorization::{
    Access, BoundHandler, BroadcastUser, ChannelAuthorizer, Guard, Handler, IntoAccess, IntoUserData, Join, UserData,
};
pub use broadcaster::Broadcaster;
pub use channel::{Channel, Channels};
pub use credentials::Credentials;
pub use encryption::EncryptionKey;
pub use error::BroadcastError;
pub use event::BroadcastEvent;
pub use gema_protocol::{
    names::{ChannelName, EventName, SocketId, UserId},
    signature::Secret,
};
pub use message::{EVENT_ID, EventId, InvalidMessage, Message};
