//! The labels of metrics. Each has few values: an application, a kind, a reason; never a channel, a user or an address.

use std::fmt;

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};

/// A label as the documentation shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label {
    /// Its name.
    pub name: &'static str,
    /// All its values; empty where the configuration decides, as with applications.
    pub values: &'static [&'static str],
}

/// A set of labels that is known beforehand.
pub trait Labels {
    /// Their names and values.
    const LABELS: &'static [Label];
}

/// The type of a label's value.
pub trait LabelValue {
    /// All values; empty where they are not known beforehand.
    const VALUES: &'static [&'static str] = &[];
}

impl LabelValue for String {}
impl LabelValue for &'static str {}
impl LabelValue for u8 {}
impl LabelValue for u16 {}

/// Sets of labels: `Name { label: Type, … }`.
macro_rules! labels {
    ($($(#[doc = $doc:literal])+ $name:ident { $($label:ident: $kind:ty),* $(,)? })+) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
        #[allow(missing_docs, reason = "the names of labels are words of their own")]
        pub struct $name { $(pub $label: $kind),* }

        impl Labels for $name {
            const LABELS: &'static [Label] = &[$(Label {
                name: stringify!($label),
                values: <$kind as LabelValue>::VALUES,
            }),*];
        }
    )+};
}

/// A label's values: an enum of what they mean, each with its text.
macro_rules! label_values {
    ($($(#[doc = $doc:literal])+ $name:ident { $($(#[doc = $meaning:literal])+ $value:ident = $text:literal,)+ })+) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[doc = $meaning])+ $value,)+ }

        impl $name {
            /// All values, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$value),+];

            /// The text of the label.
            #[must_use]
            pub fn text(self) -> &'static str {
                match self { $(Self::$value => $text,)+ }
            }
        }

        impl LabelValue for $name {
            const VALUES: &'static [&'static str] = &[$($text),+];
        }

        impl EncodeLabelValue for $name {
            fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
                self.text().encode(encoder)
            }
        }
    )+};
}

labels! {
    /// None, for a metric that is absent until it has a value.
    NoLabels {}
    /// By application.
    AppLabels { app_id: String }
    /// Why connections of an application have ended.
    ClosedLabels { app_id: String, reason: Ending }
    /// Which code a client was refused with.
    RefusedLabels { code: u16 }
    /// Channels of an application, by kind.
    ChannelLabels { app_id: String, kind: Kind }
    /// Which way.
    DirectionLabels { direction: Direction }
    /// What came of an application's events, by where they came from.
    PublishLabels { app_id: String, source: Source, result: PublishResult }
    /// Where events came from.
    SourceLabels { source: Source }
    /// By shard.
    ShardLabels { shard: u8 }
    /// What a webhook has told.
    ToldLabels { event: Told }
    /// What has come of a request of a webhook.
    WebhookLabels { result: WebhookResult }
    /// Why webhooks have lost an event.
    DroppedLabels { reason: Dropped }
    /// Which limit has been hit.
    LimitLabels { limit: Limit }
    /// How a TLS handshake has ended.
    HandshakeLabels { result: Handshake }
    /// Why somebody was not authorized.
    AuthorizationLabels { reason: Unauthorized }
    /// A kind of HTTP request, and how it was answered.
    RequestLabels { route: &'static str, method: Method, status: StatusClass }
    /// A kind of HTTP request.
    RouteLabels { route: &'static str }
    /// What runs.
    BuildLabels { version: &'static str }
}

label_values! {
    /// How a TLS handshake has ended.
    Handshake {
        /// The connection is encrypted.
        Ok = "ok",
        /// Client and server did not come together.
        Failed = "failed",
        /// The client took too long.
        Timeout = "timeout",
    }
    /// What a webhook tells.
    Told {
        /// A channel has its first subscriber.
        ChannelOccupied = "channel_occupied",
        /// A channel has lost its last subscriber.
        ChannelVacated = "channel_vacated",
        /// A user has joined a presence channel.
        MemberAdded = "member_added",
        /// A user has left a presence channel.
        MemberRemoved = "member_removed",
        /// A client has sent an event.
        ClientEvent = "client_event",
        /// A cache channel has no event for a subscriber.
        CacheMiss = "cache_miss",
        /// A channel has another number of subscribers.
        SubscriptionCount = "subscription_count",
    }
    /// What has come of a request of a webhook.
    WebhookResult {
        /// The receiver has answered with 2xx.
        Accepted = "accepted",
        /// The receiver has answered with something else.
        Refused = "refused",
        /// The receiver wants to be called elsewhere.
        Redirected = "redirected",
        /// There was no answer in time.
        TimedOut = "timed_out",
        /// There was no answer at all.
        Unreachable = "unreachable",
    }
    /// Why no webhook will tell an event.
    Dropped {
        /// The receiver has not accepted it for too long (`GEMA_APP_WEBHOOK_RETRY_FOR`).
        TooOld = "too_old",
        /// The spool was full (`GEMA_WEBHOOK_SPOOL_SIZE`).
        SpoolFull = "spool_full",
        /// The spool could not be written, or is damaged.
        SpoolError = "spool_error",
        /// Its webhook has been removed, or has another URL.
        Removed = "removed",
    }
    /// Why a connection has ended.
    Ending {
        /// The client has sent a close frame.
        Client = "client",
        /// The connection broke off without a close frame.
        Lost = "lost",
        /// The client broke the rules of WebSocket.
        ProtocolError = "protocol_error",
        /// It read too slowly, or said too much (4100).
        OverCapacity = "over_capacity",
        /// It did not answer a ping (4201).
        PongTimeout = "pong_timeout",
        /// The application has ended the connections of the user (4009).
        Terminated = "terminated",
        /// The server went away (4200).
        Shutdown = "shutdown",
        /// Closed by the server with another code.
        Other = "other",
    }
    /// The kind of a channel, by its prefix.
    Kind {
        /// No prefix.
        Public = "public",
        /// `private-`.
        Private = "private",
        /// `private-encrypted-`.
        Encrypted = "encrypted",
        /// `presence-`.
        Presence = "presence",
        /// `#server-to-user-`.
        User = "user",
    }
    /// Which way.
    Direction {
        /// From clients.
        In = "in",
        /// To clients.
        Out = "out",
    }
    /// Where an event came from.
    Source {
        /// `POST /events`.
        Http = "http",
        /// `POST /batch_events`.
        Batch = "batch",
        /// A client event.
        Client = "client",
    }
    /// What came of a published event.
    PublishResult {
        /// It is on its way to all subscribers.
        Ok = "ok",
        /// It was not as it must be, or not allowed.
        Refused = "refused",
        /// There was no room for it.
        Busy = "busy",
    }
    /// A limit on what clients and applications may do.
    Limit {
        /// Connections of an application (`REVERB_APP_MAX_CONNECTIONS`).
        AppConnections = "app_connections",
        /// Connections of the process (`GEMA_MAX_CONNECTIONS`).
        ProcessConnections = "process_connections",
        /// HTTP connections of the process (`GEMA_MAX_HTTP_CONNECTIONS`): an idle one has made room.
        HttpConnections = "http_connections",
        /// WebSockets that an address opens in a time (`GEMA_MAX_CONNECTS_PER_ADDRESS`).
        AddressConnects = "address_connects",
        /// WebSockets that an address has open (`GEMA_MAX_CONNECTIONS_PER_ADDRESS`).
        AddressConnections = "address_connections",
        /// Wrong signatures of an address (`GEMA_MAX_FAILED_SIGNATURES_PER_ADDRESS`).
        FailedSignatures = "failed_signatures",
        /// Events that an application publishes in a second (`GEMA_APP_MAX_PUBLISHES_PER_SECOND`).
        Publishes = "publishes",
        /// Client events of one connection (`GEMA_APP_MAX_CLIENT_EVENTS_PER_SECOND`).
        ClientEventRate = "client_event_rate",
        /// Messages of one connection (`REVERB_APP_RATE_LIMIT_MAX_ATTEMPTS`).
        MessageRate = "message_rate",
        /// Bytes of a message (`REVERB_APP_MAX_MESSAGE_SIZE`).
        MessageSize = "message_size",
        /// Bytes of a client event's data (`GEMA_APP_MAX_EVENT_SIZE`).
        EventSize = "event_size",
        /// Channels of one connection (`GEMA_APP_MAX_CHANNELS_PER_CONNECTION`).
        ChannelsPerConnection = "channels_per_connection",
        /// Members of a presence channel (`GEMA_APP_MAX_PRESENCE_MEMBERS`).
        PresenceMembers = "presence_members",
        /// Bytes of one member (`GEMA_APP_MAX_PRESENCE_MEMBER_SIZE`).
        PresenceMemberSize = "presence_member_size",
    }
    /// Why somebody was not authorized.
    Unauthorized {
        /// The signature of an API request is wrong, missing or too old.
        ApiSignature = "api_signature",
        /// An API request names no application that exists.
        ApiApp = "api_app",
        /// A client names no application that exists (4001).
        AppKey = "app_key",
        /// The `Origin` of a browser is not allowed.
        Origin = "origin",
        /// A subscription is not signed as it must be.
        Channel = "channel",
        /// A sign-in is not signed as it must be.
        SignIn = "sign_in",
    }
    /// The method of an HTTP request.
    Method {
        /// GET.
        Get = "GET",
        /// POST.
        Post = "POST",
        /// Any other.
        Other = "other",
    }
    /// The first digit of an HTTP status.
    StatusClass {
        /// Switching protocols.
        Informational = "1xx",
        /// Success.
        Success = "2xx",
        /// Redirection.
        Redirection = "3xx",
        /// The client is at fault.
        ClientError = "4xx",
        /// The server is at fault.
        ServerError = "5xx",
    }
}
