//! The outbox in both databases: the same tests for each.

mod crashes;
mod dead_letters;
mod delivery;
mod enqueue;
mod failures;
mod log;
mod metrics;
mod migrations;
mod outages;
mod receiver;
mod relays;
mod shuffle;

use std::{
    num::{NonZeroU32, NonZeroUsize},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use gema_broadcast::{
    BroadcastEvent, Broadcaster, Channel, Channels, EventId,
    outbox::{Backoff, Outbox, OutboxError, Relay, RelayOptions},
};
use gema_testkit::{eventually, within_patience};
use sqlx::Pool;
use tokio::{
    sync::{Semaphore, oneshot},
    task::JoinHandle,
};

use crate::database::{Scratch, TestDatabase};
use log::Log;
use receiver::{Received, Receiver, Reply};

/// Makes a test for each database of each generic function.
macro_rules! for_both_databases {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test] async fn $test() { super::$test::<sqlx::Sqlite>().await; })+
        }
        mod postgres {
            $(#[tokio::test] async fn $test() { super::$test::<sqlx::Postgres>().await; })+
        }
    };
}
pub(crate) use for_both_databases;

/// An event of public channels.
#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct Moved {
    #[serde(skip)]
    channels: Vec<&'static str>,
    number: u64,
}

impl BroadcastEvent for Moved {
    const NAME: &'static str = "Moved";

    fn channels(&self) -> Channels {
        self.channels.iter().map(Channel::public).collect()
    }
}

/// A database with an outbox, a server to send to, and a clock that stands still.
pub(crate) struct World<DB: TestDatabase> {
    outbox: Outbox<DB>,
    receiver: Receiver,
    clock: Arc<AtomicU64>,
    scratch: Scratch<DB>,
}

impl<DB: TestDatabase> World<DB> {
    async fn new() -> Self {
        let clock = Arc::new(AtomicU64::new(1_700_000_000_000));
        let millis = clock.clone();
        let now = move || SystemTime::UNIX_EPOCH + Duration::from_millis(millis.load(Ordering::SeqCst));
        Self {
            outbox: Outbox::new().with_clock(now),
            receiver: Receiver::start().await,
            clock,
            scratch: Scratch::migrated().await,
        }
    }

    fn pool(&self) -> &Pool<DB> {
        &self.scratch.pool
    }

    fn advance(&self, time: Duration) {
        self.clock.fetch_add(u64::try_from(time.as_millis()).unwrap(), Ordering::SeqCst);
    }

    /// Puts an event into the outbox, in a transaction of its own.
    async fn enqueue(&self, number: u64, channels: &[&'static str]) -> EventId {
        let mut transaction = self.pool().begin().await.unwrap();
        let event = Moved { channels: channels.to_vec(), number };
        let id = self.outbox.enqueue(&mut transaction, &event).await.unwrap();
        transaction.commit().await.unwrap();
        id.unwrap()
    }

    fn relay(&self) -> Running {
        self.relay_with(options())
    }

    fn relay_with(&self, options: RelayOptions) -> Running {
        self.relay_of(self.pool().clone(), self.receiver.broadcaster(), options)
    }

    fn relay_of(&self, pool: Pool<DB>, broadcaster: Broadcaster, options: RelayOptions) -> Running {
        Running::start(Relay::new(self.outbox.clone(), pool, broadcaster).options(options))
    }

    async fn until_pending(&self, expected: u64) {
        eventually(expected, async || self.outbox.status(self.pool()).await.unwrap().pending).await;
    }

    async fn until_dead(&self, expected: u64) {
        eventually(expected, async || self.outbox.status(self.pool()).await.unwrap().dead).await;
    }
}

/// Options with which nothing takes long. The pauses after failures go by the test's clock.
pub(crate) fn options() -> RelayOptions {
    RelayOptions {
        poll: Duration::from_millis(5),
        window: NonZeroUsize::new(20).unwrap(),
        max_tries: NonZeroU32::new(100).unwrap(),
        unreachable: Backoff { first: Duration::from_millis(2), limit: Duration::from_millis(20) },
        seed: Some(7),
        ..RelayOptions::default()
    }
}

/// Lets requests wait until a test adds permits.
#[derive(Clone)]
pub(crate) struct Gate(Arc<Semaphore>);

impl Gate {
    /// In front of all requests of the receiver.
    fn of(receiver: &Receiver) -> Self {
        Self::of_those(receiver, |_| true)
    }

    /// In front of some of them; the others are accepted at once.
    fn of_those(receiver: &Receiver, held: fn(&Received) -> bool) -> Self {
        let gate = Self(Arc::new(Semaphore::new(0)));
        let answers = gate.clone();
        receiver.answer(move |received| {
            let gate = answers.clone();
            async move {
                if held(&received) {
                    gate.0.acquire().await.unwrap().forget();
                }
                200
            }
        });
        gate
    }

    fn open_for(&self, requests: usize) {
        self.0.add_permits(requests);
    }
}

/// A relay at work.
pub(crate) struct Running {
    shutdown: oneshot::Sender<()>,
    task: JoinHandle<Result<(), OutboxError>>,
}

impl Running {
    fn start<DB: TestDatabase>(relay: Relay<DB>) -> Self {
        let (shutdown, told) = oneshot::channel::<()>();
        let told = async {
            let _ = told.await;
        };
        Self { shutdown, task: tokio::spawn(relay.run(told)) }
    }

    /// Tells it to end, and waits until it has.
    async fn finish(self) {
        self.shutdown.send(()).unwrap();
        within_patience("the end of the relay", self.task).await.unwrap().unwrap();
    }

    /// Takes it away in the middle of whatever it does.
    async fn crash(self) {
        self.task.abort();
        assert!(self.task.await.unwrap_err().is_cancelled());
    }
}
