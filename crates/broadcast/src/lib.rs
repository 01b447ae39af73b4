//! Laravel's broadcasting for Rust.

#[cfg(feature = "axum")]
mod authorization;
mod broadcaster;
mod channel;
mod config;
mod credentials;
mod driver;
mod encryption;
mod error;
mod event;
mod message;
#[cfg(feature = "outbox")]
pub mod outbox;
mod payload;

#[cfg(feature = "axum")]
pub use authorization::{
    Access, BoundHandler, BroadcastUser, ChannelAuthorizer, Guard, Handler, IntoAccess, IntoUserData, Join, UserData,
};
pub use broadcaster::{AnonymousEvent, Broadcaster, CachedEvent, ChannelInfo, ToOthers};
pub use channel::{Channel, Channels};
pub use config::{BroadcastConfig, Connection, InvalidSetting, ReverbConnection, Scheme};
pub use credentials::Credentials;
pub use driver::Recorder;
pub use encryption::{EncryptionKey, InvalidEncryptionKey};
pub use error::BroadcastError;
pub use event::BroadcastEvent;
pub use gema_protocol::{
    api::InfoSet,
    names::{ChannelName, EventName, SocketId, UserId},
    signature::Secret,
};
pub use message::{EVENT_ID, EventId, InvalidMessage, Message};
