//! The outbox of whichever database there is.

use gema_broadcast::{InvalidMessage, Message};

use crate::db::{Db, Tx};

/// The events that wait to be sent. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Outgoing {}

/// Why an event was not put into the outbox.
#[derive(Debug, thiserror::Error)]
pub enum OutgoingError {
    /// It cannot be sent at all.
    #[error(transparent)]
    Message(#[from] InvalidMessage),
}

impl Outgoing {
    pub(crate) fn new(_db: &Db) -> Self {
        Self {}
    }

    /// Puts a message into the outbox; it is sent if the transaction is committed.
    pub(crate) async fn enqueue(&self, _tx: &mut Tx, _message: Message) -> Result<(), OutgoingError> {
        Ok(())
    }

    /// Says that a transaction with messages was committed.
    pub(crate) fn wake(&self) {}
}
