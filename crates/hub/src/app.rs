//! An application: its credentials, limits and options, as configured.

use std::{fmt, sync::Arc, time::Duration};

use gema_protocol::signature::Secrets;

use crate::Webhooks;

/// One application of the server. Every field is final: a changed configuration makes new values.
#[derive(Debug, Clone)]
pub struct App {
    /// Where the application stands among those of the process; part of every channel's key.
    pub number: AppNumber,
    /// The id in the paths of the HTTP API.
    pub id: String,
    /// The key that clients name in `/app/{key}`.
    pub key: String,
    /// What signatures are made with.
    pub secrets: Secrets,
    /// Host patterns that an `Origin` must match; `*` matches everything.
    pub allowed_origins: Vec<String>,
    /// Silence of a client after which the server pings it (`REVERB_APP_PING_INTERVAL`).
    pub ping_interval: Duration,
    /// How long a ping may stay unanswered before the connection is closed with 4201.
    pub pong_timeout: Duration,
    /// What `connection_established` tells the client (`REVERB_APP_ACTIVITY_TIMEOUT`).
    pub activity_timeout: Duration,
    /// Who may send client events (`REVERB_APP_ACCEPT_CLIENT_EVENTS_FROM`).
    pub client_events: ClientEvents,
    /// Whether subscribers are told how many they are (`pusher_internal:subscription_count`).
    pub subscription_counts: bool,
    /// Whether signed-in users may watch others go online and offline.
    pub watchlists: bool,
    /// How long a cache channel keeps its last event.
    pub cache_ttl: Duration,
    /// Messages that one connection may send in a time (`REVERB_APP_RATE_LIMIT_*`).
    pub rate_limit: Option<RateLimit>,
    /// Sizes and counts.
    pub limits: Limits,
    /// Who is told what happens at its channels, if anybody is.
    pub webhooks: Option<Arc<Webhooks>>,
}

/// Index of an application in the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AppNumber(pub u32);

/// The applications of the process by their numbers; `None` where one is no longer configured.
pub type AppsByNumber = Arc<[Option<Arc<App>>]>;

/// Who may send client events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientEvents {
    /// Every connection of the application, on every channel.
    All,
    /// Subscribers of the private or presence channel.
    Members,
    /// Nobody.
    None,
}

/// A fixed window of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// Messages that pass in one window.
    pub max_attempts: u32,
    /// Length of a window.
    pub decay: Duration,
    /// Whether a connection over the limit is closed.
    pub terminate: bool,
}

/// Sizes in bytes and counts that an application may not pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Open connections; `None` is no limit (`REVERB_APP_MAX_CONNECTIONS`).
    pub connections: Option<u32>,
    /// Bytes of one message from a client (`REVERB_APP_MAX_MESSAGE_SIZE`).
    pub message_size: usize,
    /// Bytes of the data of one triggered event or client event.
    pub event_size: usize,
    /// Channels that one connection may be subscribed to.
    pub channels_per_connection: usize,
    /// Members of one presence channel.
    pub presence_members: usize,
    /// Bytes of one member's `channel_data`.
    pub presence_member_size: usize,
    /// Bytes that may wait for one connection that reads too slowly.
    pub outbox_size: usize,
}

impl fmt::Display for AppNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}
