//! The one that sends.

use crate::{BroadcastError, BroadcastEvent, Message};

/// Sends events to the server. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Broadcaster {}

impl Broadcaster {
    /// One that sends nothing.
    #[must_use]
    pub fn null() -> Self {
        Self {}
    }

    /// Sends an event.
    ///
    /// # Errors
    /// When it was not sent.
    pub async fn broadcast<E: BroadcastEvent>(&self, event: &E) -> Result<(), BroadcastError> {
        match Message::of(event)? {
            Some(message) => self.send(&message).await,
            None => Ok(()),
        }
    }

    /// Sends a message, with the retries that are configured.
    ///
    /// # Errors
    /// When it was not sent.
    pub async fn send(&self, message: &Message) -> Result<(), BroadcastError> {
        self.send_once(message).await
    }

    /// Sends a message; tries once.
    ///
    /// # Errors
    /// When it was not sent.
    pub async fn send_once(&self, _message: &Message) -> Result<(), BroadcastError> {
        Ok(())
    }
}
