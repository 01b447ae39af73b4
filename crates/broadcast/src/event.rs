//! The trait of typed events.

use serde::Serialize;

use crate::Channels;

/// An event that goes to the subscribers of channels.
///
/// The payload is what [`Serialize`] writes and nothing else: a field that must not leave the application is
/// marked `#[serde(skip)]`, or is not in the struct.
///
/// ```
/// use gema_broadcast::{BroadcastEvent, Channel, Channels};
///
/// #[derive(serde::Serialize)]
/// struct OrderShipped {
///     id: u64,
/// }
///
/// impl BroadcastEvent for OrderShipped {
///     const NAME: &'static str = "OrderShipped";
///     fn channels(&self) -> Channels {
///         Channel::private(format_args!("orders.{}", self.id)).into()
///     }
/// }
/// ```
pub trait BroadcastEvent: Serialize {
    /// The name on the wire, which Echo listens to with a leading point: `.listen('.OrderShipped', …)`. At most
    /// 200 characters, and outside the protocol's own `pusher:` and `pusher_internal:`.
    const NAME: &'static str;

    /// Where the event goes; to nobody if this is empty.
    fn channels(&self) -> Channels;

    /// Whether the event goes out at all.
    fn condition(&self) -> bool {
        true
    }
}
