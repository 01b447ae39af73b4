//! The trait of typed events.

use serde::Serialize;

use crate::Channels;

/// An event that goes to the subscribers of channels. [`broadcast_event!`](crate::broadcast_event) implements it in one
/// line.
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
///     #[serde(skip)]
///     is_test: bool,
/// }
///
/// impl BroadcastEvent for OrderShipped {
///     const NAME: &'static str = "OrderShipped";
///
///     fn channels(&self) -> Channels {
///         Channel::private(format_args!("orders.{}", self.id)).into()
///     }
///
///     fn condition(&self) -> bool {
///         !self.is_test
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

/// Implements [`BroadcastEvent`] for a type: its name on the wire, and where it goes, which is anything that
/// [`Channels`](crate::Channels) can be made from. An event with a condition, and one whose type has parameters, needs
/// the trait in full.
///
/// ```
/// use gema_broadcast::{Channel, broadcast_event};
///
/// #[derive(serde::Serialize)]
/// struct OrderShipped {
///     id: u64,
/// }
///
/// broadcast_event!(OrderShipped, "OrderShipped", |event| Channel::private(format_args!("orders.{}", event.id)));
///
/// #[derive(serde::Serialize)]
/// struct ShopClosed;
///
/// broadcast_event!(ShopClosed, "ShopClosed", |_| [Channel::public("news"), Channel::presence("staff")]);
/// ```
#[macro_export]
macro_rules! broadcast_event {
    ($event:ty, $name:expr, |$this:pat_param| $channels:expr $(,)?) => {
        impl $crate::BroadcastEvent for $event {
            const NAME: &'static str = $name;

            fn channels(&self) -> $crate::Channels {
                let $this = self;
                ::core::convert::Into::into($channels)
            }
        }
    };
    ($($other:tt)*) => {
        ::core::compile_error!(
            "an event is a type, its name on the wire, and its channels: \
             broadcast_event!(OrderShipped, \"OrderShipped\", |event| Channel::public(\"orders\"))"
        );
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Channel, Channels};

    #[derive(Serialize)]
    struct OrderShipped {
        id: u64,
    }

    #[derive(Serialize)]
    struct ShopClosed;

    broadcast_event!(OrderShipped, "OrderShipped", |event| Channel::private(event.id));
    broadcast_event!(ShopClosed, concat!("Shop", "Closed"), |_| [
        Channel::public("news"),
        Channel::presence("staff")
    ],);

    #[test]
    fn an_event_takes_one_line() {
        assert_eq!(OrderShipped::NAME, "OrderShipped");
        let event = OrderShipped { id: 7 };
        assert_eq!(event.channels(), Channel::private(7).into());
        assert!(event.condition());
    }

    #[test]
    fn an_event_has_a_list_of_channels_that_need_not_look_at_it() {
        assert_eq!(ShopClosed::NAME, "ShopClosed");
        assert_eq!(
            ShopClosed.channels(),
            Channels::from([Channel::public("news"), Channel::presence("staff")])
        );
    }
}
