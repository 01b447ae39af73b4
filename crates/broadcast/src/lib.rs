//! Laravel's broadcasting for Rust: an application sends typed events, and browsers that listen with Laravel
//! Echo receive them. Between the two stands Gema, Laravel Reverb or another server that speaks Pusher's
//! protocol; the requests are those of Laravel, byte for byte.
//!
//! # From an event to the browser
//!
#![cfg_attr(feature = "axum", doc = "```no_run")]
#![cfg_attr(not(feature = "axum"), doc = "```ignore")]
//! use axum::{Router, extract::{Path, State}, http::StatusCode, routing::post};
//! use gema_broadcast::{
//!     BroadcastUser, Broadcaster, Channel, ChannelAuthorizer, Guard, Join, XSocketId, broadcast_event,
//! };
//! use tokio::net::TcpListener;
//!
//! /// What serde writes of it is the payload: `{"order_id":7}`.
//! #[derive(serde::Serialize)]
//! struct OrderShipped {
//!     order_id: u64,
//! }
//!
//! broadcast_event!(OrderShipped, "OrderShipped", |event| Channel::private(format_args!("orders.{}", event.order_id)));
//!
//! /// Tells all who look at the order, except the one who has pressed the button.
//! async fn ship(
//!     State(broadcaster): State<Broadcaster>,
//!     Path(order_id): Path<u64>,
//!     XSocketId(sender): XSocketId,
//! ) -> Result<(), StatusCode> {
//!     let event = OrderShipped { order_id };
//!     broadcaster.to_others(sender).broadcast(&event).await.map_err(|_| StatusCode::BAD_GATEWAY)
//! }
//!
//! #[derive(Clone)]
//! struct User {
//!     orders: Vec<u64>,
//! }
//! # impl BroadcastUser for User { fn broadcast_id(&self) -> String { String::from("1") } }
//! # async fn user_of(_: Option<&axum::http::HeaderValue>) -> Result<Option<User>, std::io::Error> { Ok(None) }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     // BROADCAST_CONNECTION=reverb, REVERB_APP_ID, REVERB_APP_KEY, REVERB_APP_SECRET, REVERB_HOST, REVERB_PORT and
//!     // REVERB_SCHEME: the lines of a Laravel `.env`. What is wrong with them is told all at once.
//!     let broadcaster = Broadcaster::from_env()?;
//!     let credentials = broadcaster.credentials().ok_or("BROADCAST_CONNECTION is not `reverb`")?.clone();
//!     // Who may listen to `private-orders.{id}` is answered at `/broadcasting/auth`; `user_of` is yours.
//!     let guard = Guard::new(async |head, _| user_of(head.headers.get("Authorization")).await);
//!     let channels = ChannelAuthorizer::new(credentials, guard)
//!         .private("orders.{id}", async |join: Join<User, Broadcaster>, id: u64| join.user.orders.contains(&id));
//!     let app = Router::new().route("/orders/{id}/ship", post(ship)).merge(channels.routes());
//!     axum::serve(TcpListener::bind("127.0.0.1:3000").await?, app.with_state(broadcaster)).await?;
//!     Ok(())
//! }
//! ```
//!
//! In the browser, with `laravel-echo` and `pusher-js`:
//!
//! ```js
//! const echo = new Echo({ broadcaster: 'reverb', key: 'app-key', wsHost: 'localhost', wsPort: 8080, forceTLS: false })
//! echo.private('orders.7').listen('.OrderShipped', (event) => show(`order ${event.order_id} is on its way`))
//! ```
//!
//! The point before the name tells Echo that this is the whole name, without PHP's namespace before it.
//!
//! # What is where
//!
//! | in Laravel | here |
//! |---|---|
//! | `ShouldBroadcast` with `broadcastOn`, `broadcastAs`, `broadcastWith`, `broadcastWhen` | [`broadcast_event!`], [`BroadcastEvent`] |
//! | `Channel`, `PrivateChannel`, `PresenceChannel`, `EncryptedPrivateChannel` | [`Channel`] |
//! | `config/broadcasting.php` | [`BroadcastConfig`] |
//! | `broadcast(new OrderShipped($order))` | [`Broadcaster::broadcast`] |
//! | `->toOthers()` and the header `X-Socket-ID` | [`Broadcaster::to_others`] and `XSocketId` |
//! | `Broadcast::on('news')->as('Ping')->with([..])->send()` | [`Broadcaster::event`] |
//! | `Event::fake()` and its assertions | [`Broadcaster::recorder`] |
//! | `Broadcast::driver()->getPusher()`: channels, users, terminate, send to user, batch | [`Broadcaster`] |
//! | webhooks | [`Webhook`] |
//! | `routes/channels.php`, `Broadcast::routes()` | `ChannelAuthorizer` |
//! | `ShouldBroadcast` after the commit, on a queue | `outbox` |
//!
//! # What is promised
//!
//! * Only what serde writes is sent; nothing leaks out of a struct because it is public.
//! * A call has sent the event when it returns `Ok`. It tries again after connection faults, timeouts and 5xx,
//!   hence an event may arrive twice; nothing else is tried again.
//! * An event that cannot be sent is an error and never a silence: there is no queue worker to forget. The three
//!   ways to send nothing are [`BroadcastEvent::condition`], an empty list of channels, and the connection `null`.
//!   The last is also taken, as in Laravel, where `BROADCAST_CONNECTION` is not set; then the log gets a warning.
//! * A payload may have 10,240 bytes where the server is not told otherwise (`GEMA_APP_MAX_EVENT_SIZE`); a
//!   larger one is refused with 413, which the error says.
//! * On an encrypted channel each payload is sealed for that channel alone, and without a key nothing is sent.
//!
//! # Features
//!
//! * `axum` (default): what answers requests of browsers, among it `XSocketId`
//! * `sqlite`, `postgres`: events that are stored in the transaction of what they tell of, and sent after its
//!   commit

#[cfg(feature = "axum")]
mod authorization;
mod backoff;
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
mod socket_id;
mod webhook;

#[cfg(feature = "axum")]
pub use authorization::{
    Access, BoundHandler, BroadcastUser, ChannelAuthorizer, Guard, Handler, IntoAccess, IntoUserData, Join,
    UserData,
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
#[cfg(feature = "axum")]
pub use socket_id::{XSocketId, XSocketIdRejection};
pub use webhook::{InvalidWebhook, Webhook, WebhookEvent};
