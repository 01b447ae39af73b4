//! Behaviour of the Pusher Channels protocol, without I/O, clock, randomness, locks or async.
//!
//! * [`App`]: an application's credentials, limits and options
//! * [`Session`]: the protocol state of one connection
//! * [`Hub`]: all sessions of one shard, with the [`LocalChannels`] that they are subscribed to
//! * [`Outboxes`]: what waits to be written to the sockets of one shard
//! * [`Webhooks`]: what an application wants to be told of, and the [`Fact`]s that there are to tell
//! * [`Registry`]: the channels and users of the whole process, or one stripe of them
//! * [`Directory`]: how a hub reaches the registries; the server's has locks, that of the tests has none

mod app;
mod channel;
mod counts;
mod directory;
mod hub;
mod local_channels;
mod local_users;
mod newcomers;
mod outboxes;
mod registry;
mod session;
mod shard_counts;
mod sparse;
mod tally;
mod user;
mod webhook;
mod wheel;

pub use app::{App, AppNumber, AppsByNumber, ClientEvents, Limits, RateLimit};
pub use channel::{Cached, Channel};
pub use counts::{ClientEvents as ClientEventCounts, FanOut, HubCounts, SessionLimit};
pub use directory::{
    Broadcast, Busy, ChannelKey, Delivery, Directory, Leaver, Outlet, Replay, ShardId, SubscribeRefused,
    Subscribed, Subscriber, UserKey, WatchEvent, Watched,
};
pub use hub::{Hub, Turn};
pub use local_channels::{LocalChannels, Place};
pub use outboxes::{Observer, OutboxCounts, Outboxes, Slot};
pub use registry::{ChannelSnapshot, Outgoing, Registry};
pub use session::{Session, Subscription};
pub use tally::{AppTally, ChannelTally};
pub use webhook::{ChannelPattern, Fact, FactKind, FactKinds, Header, Webhook, Webhooks};
pub use wheel::{Entry, Wheel};
