//! Gema: a realtime WebSocket server, drop-in for Laravel Reverb and Pusher Channels.
//!
//! * [`config`]: flags, environment, `.env` and `gema.toml`
//! * [`mod@run`]: the whole server as one call
//! * [`http`]: the API of applications, and the upgrade of clients
//! * [`shard`]: threads that own their sockets alone
//! * [`pusher`]: the Pusher protocol as the service of a shard
//! * [`tls`]: certificates and handshakes
//! * [`webhooks`]: telling applications what happens at their channels
//! * [`directory`]: the state that shards and API share

pub mod admission;
pub mod apps;
pub mod banner;
pub mod cli;
pub mod client_address;
pub mod config;
pub mod debug_log;
pub mod directory;
pub mod fd_limit;
pub mod http;
pub mod listen;
pub mod logs;
pub mod metrics;
pub mod notify;
mod origin;
pub mod proxy_protocol;
pub mod pusher;
pub mod rate_limits;
pub mod readiness;
pub mod refusals;
pub mod reload;
pub mod run;
pub mod shard;
pub mod tls;
pub mod webhooks;
pub mod welcome;

pub use reload::{ReloadError, Reloader, Reloads, reloads};
pub use run::{Listeners, RunError, run};
