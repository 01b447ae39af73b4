//! One transaction and everything that goes with it.

use gema_broadcast::{BroadcastEvent, Message, SocketId, outbox::OutboxError};

use super::{ServiceError, context::Context};
use crate::{
    db::{Conn, Tx},
    domain::Timestamp,
    outgoing::Outgoing,
};

/// A transaction, its moment, and the events that tell of it. Dropped without [`commit`](Self::commit) nothing has
/// happened and nothing is told.
#[derive(Debug)]
pub(super) struct Change {
    tx: Tx,
    outgoing: Outgoing,
    except: Option<SocketId>,
    messages: Vec<Message>,
    /// The moment of the change, the same in all its rows and events.
    pub(super) now: Timestamp,
}

impl Change {
    pub(super) async fn begin(context: &Context, except: Option<SocketId>) -> Result<Self, ServiceError> {
        let tx = context.db.begin().await?;
        // Read when the turn has come, so that the order of the moments is the order of the changes.
        let now = context.clock.now();
        Ok(Self { tx, outgoing: context.outgoing.clone(), except, messages: Vec::new(), now })
    }

    pub(super) fn conn(&mut self) -> Conn<'_> {
        self.tx.conn()
    }

    /// Notes an event and answers with its payload.
    pub(super) fn tell<E: BroadcastEvent>(&mut self, event: &E) -> Result<String, ServiceError> {
        let Some(message) = Message::of(event).map_err(OutboxError::from)? else {
            return Ok("{}".to_owned());
        };
        let payload = message.data().to_owned();
        self.messages.push(message.except(self.except));
        Ok(payload)
    }

    /// Makes it true. The events go into the outbox last, when the rows are locked that they are about: so their
    /// order is the order of the changes.
    pub(super) async fn commit(mut self) -> Result<(), ServiceError> {
        for message in self.messages.drain(..) {
            self.outgoing.enqueue(&mut self.tx, message).await?;
        }
        self.tx.commit().await?;
        self.outgoing.wake();
        Ok(())
    }
}
