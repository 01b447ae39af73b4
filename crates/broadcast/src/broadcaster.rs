//! The one that sends.

mod anonymous;
mod others;
mod queries;

use std::sync::Arc;

use gema_protocol::names::{SocketId, UserId};

pub use anonymous::AnonymousEvent;
pub use others::ToOthers;
pub use queries::{CachedEvent, ChannelInfo};

use crate::{
    BroadcastConfig, BroadcastError, BroadcastEvent, Channel, Channels, Connection, Credentials, Message,
    Recorder,
    driver::{Attempts, Driver, Http},
};

/// Sends events to the server. Cloning is cheap, and clones share their connections.
///
/// An event that is sent again after a fault may arrive twice: when only the answer was lost, or when the
/// event needs several requests (more than 100 channels, encrypted channels) and one of them failed.
/// Subscribers that must not act twice look at an id in the payload ([`Message::identified`]).
///
/// With the default settings a call takes little more than 90 seconds at most for each request that it needs:
/// three times 30 seconds, and the pauses between them.
#[derive(Debug, Clone)]
pub struct Broadcaster {
    driver: Arc<Driver>,
}

impl Broadcaster {
    /// One that is configured like this.
    ///
    /// # Errors
    /// When there is no HTTP client for these settings.
    pub fn new(config: BroadcastConfig) -> Result<Self, BroadcastError> {
        Ok(Self::of(match config.connection {
            Connection::Reverb(connection) => Driver::Http(Box::new(Http::new(connection)?)),
            Connection::Log => Driver::Log,
            Connection::Null => Driver::Null,
        }))
    }

    /// One that is configured by this process' environment; [`BroadcastConfig`] has the variables. Where they name no
    /// connection it sends nothing, and the log gets a warning that says so.
    ///
    /// # Errors
    /// All mistakes in the environment, or when there is no HTTP client for these settings.
    pub fn from_env() -> Result<Self, BroadcastError> {
        Self::new(BroadcastConfig::from_env().map_err(BroadcastError::Config)?)
    }

    /// One that writes events to the log: name and channels at level info, the payload at level debug.
    #[must_use]
    pub fn log() -> Self {
        Self::of(Driver::Log)
    }

    /// One that sends nothing.
    #[must_use]
    pub fn null() -> Self {
        Self::of(Driver::Null)
    }

    /// One that keeps what it is to send, for tests.
    #[must_use]
    pub fn recorder() -> (Self, Recorder) {
        let recorder = Recorder::default();
        (Self::of(Driver::Recorder(recorder.clone())), recorder)
    }

    /// Sends an event.
    ///
    /// # Errors
    /// When it was not sent, or not to all channels.
    pub async fn broadcast<E: BroadcastEvent>(&self, event: &E) -> Result<(), BroadcastError> {
        self.to_others(None).broadcast(event).await
    }

    /// The same for all but this connection, usually that of the request's sender. Without one it goes to
    /// everybody.
    #[must_use]
    pub fn to_others(&self, socket_id: impl Into<Option<SocketId>>) -> ToOthers<'_> {
        ToOthers::new(self, socket_id.into())
    }

    /// An event without a type of its own.
    pub fn event<'a>(&'a self, name: &'a str) -> AnonymousEvent<'a> {
        AnonymousEvent::new(self, name)
    }

    /// An event without a type and a name: Laravel calls it `AnonymousEvent`.
    pub fn on(&self, channels: impl Into<Channels>) -> AnonymousEvent<'_> {
        self.event("AnonymousEvent").on(channels)
    }

    /// Sends an event to all connections that are signed in as a user, whatever its own channels.
    ///
    /// # Errors
    /// When it was not sent.
    pub async fn send_to_user<E: BroadcastEvent>(
        &self,
        user_id: &UserId,
        event: &E,
    ) -> Result<(), BroadcastError> {
        if !event.condition() {
            return Ok(());
        }
        self.event(E::NAME).on(Channel::user(user_id)).with(event).send().await
    }

    /// Sends a message, with the retries that are configured.
    ///
    /// # Errors
    /// When it was not sent, or not to all channels.
    pub async fn send(&self, message: &Message) -> Result<(), BroadcastError> {
        self.driver.send(message, Attempts::AsConfigured).await
    }

    /// Sends a message; tries once.
    ///
    /// # Errors
    /// When it was not sent, or not to all channels.
    pub async fn send_once(&self, message: &Message) -> Result<(), BroadcastError> {
        self.driver.send(message, Attempts::Once).await
    }

    /// Sends messages with few requests: ten entries in each, one for each channel of each message, in order.
    ///
    /// # Errors
    /// When they were not sent, or not all of them. The server refuses a request as a whole if one of its
    /// entries is wrong.
    pub async fn batch(&self, messages: &[Message]) -> Result<(), BroadcastError> {
        self.driver.send_batch(messages).await
    }

    /// What the application and its server know of each other, if there is a server.
    #[must_use]
    pub fn credentials(&self) -> Option<&Credentials> {
        self.driver.server().ok().map(Http::credentials)
    }

    /// Whether what it sends goes nowhere.
    #[cfg(feature = "outbox")]
    pub(crate) fn is_null(&self) -> bool {
        matches!(*self.driver, Driver::Null)
    }

    fn of(driver: Driver) -> Self {
        Self { driver: Arc::new(driver) }
    }
}
