//! Events without a type of their own.

use gema_protocol::names::SocketId;
use serde::Serialize;

use super::Broadcaster;
use crate::{BroadcastError, Channel, Channels, Message};

/// An event that is put together on the way; nothing is sent before [`send`](Self::send).
///
/// ```
/// # use gema_broadcast::{BroadcastError, Broadcaster, Channel};
/// # async fn example(broadcaster: &Broadcaster) -> Result<(), BroadcastError> {
/// let payload = serde_json::json!({ "id": 7 });
/// broadcaster.event("OrderShipped").on(Channel::private("orders.7")).with(&payload).send().await
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "an event is sent by `send`"]
pub struct AnonymousEvent<'a, P = [(); 0]> {
    broadcaster: &'a Broadcaster,
    name: &'a str,
    channels: Vec<Channel>,
    payload: P,
    except: Option<SocketId>,
}

impl<'a> AnonymousEvent<'a> {
    pub(super) fn new(broadcaster: &'a Broadcaster, name: &'a str) -> Self {
        Self { broadcaster, name, channels: Vec::new(), payload: [], except: None }
    }
}

impl<'a, P: Serialize> AnonymousEvent<'a, P> {
    /// Where the event goes, besides what was said before.
    pub fn on(mut self, channels: impl Into<Channels>) -> Self {
        self.channels.extend(channels.into().iter().cloned());
        self
    }

    /// The payload; without one it is `[]`, as in Laravel.
    pub fn with<Q: Serialize>(self, payload: Q) -> AnonymousEvent<'a, Q> {
        let Self { broadcaster, name, channels, except, .. } = self;
        AnonymousEvent { broadcaster, name, channels, payload, except }
    }

    /// Leaves out this connection, usually that of the request's sender.
    pub fn to_others(self, socket_id: impl Into<Option<SocketId>>) -> Self {
        Self { except: socket_id.into(), ..self }
    }

    /// Sends the event; nothing is sent if it has no channel.
    ///
    /// # Errors
    /// When it was not sent, or not to all channels.
    pub async fn send(self) -> Result<(), BroadcastError> {
        match Message::new(self.name, self.channels, &self.payload)? {
            Some(message) => self.broadcaster.send(&message.except(self.except)).await,
            None => Ok(()),
        }
    }
}
