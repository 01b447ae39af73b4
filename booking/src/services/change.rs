//! One transaction and everything that goes with it.

use std::future::Future;

use gema_broadcast::{BroadcastEvent, Message, SocketId, outbox::OutboxError};

use super::{ServiceError, context::Context};
use crate::{
    clock::Clock,
    db::{self, Conn, Tx},
    domain::{Booking, BookingId, Timestamp},
    outgoing::Outgoing,
    store,
};

/// How often a transaction is begun again that failed only because of others.
const RETRIES: usize = 3;

/// A transaction, its moment, and the events that tell of it. Dropped without [`commit`](Self::commit) nothing has
/// happened and nothing is told.
#[derive(Debug)]
pub(super) struct Change {
    tx: Tx,
    clock: Clock,
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
        let (clock, outgoing) = (context.clock.clone(), context.outgoing.clone());
        let now = clock.now();
        Ok(Self { tx, clock, outgoing, except, messages: Vec::new(), now })
    }

    pub(super) fn conn(&mut self) -> Conn<'_> {
        self.tx.conn()
    }

    /// Makes this the moment of the change. To be called when a row is locked whose changes have an order: on
    /// PostgreSQL others may have changed it since the transaction was begun.
    pub(super) fn happens_now(&mut self) {
        self.now = self.clock.now();
    }

    /// The booking, which nobody else can change until the end of the transaction.
    pub(super) async fn lock_booking(&mut self, id: BookingId) -> Result<Option<Booking>, ServiceError> {
        let booking = store::bookings::locked(&mut self.conn(), id).await?;
        self.happens_now();
        Ok(booking)
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

/// Does what is one transaction, and does it again if it failed only because of others at the same time.
pub(super) async fn repeated<T, F>(attempt: impl Fn() -> F) -> Result<T, ServiceError>
where
    F: Future<Output = Result<T, ServiceError>>,
{
    let mut retries = 0;
    loop {
        match attempt().await {
            Err(ServiceError::Database(error) | ServiceError::Event(OutboxError::Database(error)))
                if retries < RETRIES && db::is_collision(&error) =>
            {
                retries += 1;
            }
            outcome => return outcome,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::db::said::said;

    /// How many attempts there are when the first `failures` end with this code, and whether the last succeeds.
    async fn attempts(code: &'static str, failures: usize) -> (usize, bool) {
        let attempts = Cell::new(0);
        let attempt = || async {
            attempts.set(attempts.get() + 1);
            if attempts.get() > failures {
                return Ok(());
            }
            Err(ServiceError::Database(said(code)))
        };
        let succeeded = repeated(attempt).await.is_ok();
        (attempts.get(), succeeded)
    }

    #[tokio::test]
    async fn what_fails_because_of_others_is_done_again_but_not_for_ever() {
        for collision in ["40001", "40P01"] {
            assert_eq!(attempts(collision, 0).await, (1, true));
            assert_eq!(attempts(collision, 3).await, (4, true));
            assert_eq!(attempts(collision, 4).await, (4, false));
        }
        assert_eq!(attempts("23505", 1).await, (1, false));
    }
}
