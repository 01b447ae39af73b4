//! To all but the sender.

use gema_protocol::names::SocketId;

use super::Broadcaster;
use crate::{BroadcastError, BroadcastEvent, Message};

/// Sends events to all connections but one.
#[derive(Debug, Clone, Copy)]
pub struct ToOthers<'a> {
    broadcaster: &'a Broadcaster,
    socket_id: Option<SocketId>,
}

impl<'a> ToOthers<'a> {
    pub(super) fn new(broadcaster: &'a Broadcaster, socket_id: Option<SocketId>) -> Self {
        Self { broadcaster, socket_id }
    }

    /// Sends an event.
    ///
    /// # Errors
    /// When it was not sent, or not to all channels.
    pub async fn broadcast<E: BroadcastEvent>(&self, event: &E) -> Result<(), BroadcastError> {
        match Message::of(event)? {
            Some(message) => self.broadcaster.send(&message.except(self.socket_id)).await,
            None => Ok(()),
        }
    }
}
