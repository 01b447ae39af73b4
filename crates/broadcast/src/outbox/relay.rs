//! The task that sends what was put into the outbox.

use std::{convert::Infallible, mem, pin::pin, slice, time::Duration};

use rand::{RngExt, SeedableRng, rngs::StdRng};
use sqlx::{Pool, Transaction};
use tokio::{
    select,
    sync::watch,
    time::{Instant, sleep, timeout},
};
use tracing::{debug, error, info, warn};

use super::{
    Outbox, OutboxDatabase, OutboxError, RelayOptions,
    availability::Availability,
    database::Mark,
    lock::RelayLock,
    metrics,
    round::{Round, Seen, Tried, Verdict},
};
use crate::Broadcaster;

/// How often the gauges are set.
const GAUGES: Duration = Duration::from_secs(1);

/// With more entries than these, to look at all of them is not done often.
const MANY: usize = 10_000;

/// How often the gauges are set then.
const GAUGES_OF_MANY: Duration = Duration::from_secs(5);

/// How many times as long as such a look a relay rests before the next one, which costs a fifth of the time then.
const REST: u32 = 4;

/// The longest wait for what another relay has, of which this one is not told.
const OTHERS: Duration = Duration::from_millis(50);

/// How many characters of an error are written down.
const ERROR_LENGTH: usize = 1000;

/// Sends what was put into the outbox, until it is told to end.
#[derive(Debug)]
pub struct Relay<DB: OutboxDatabase> {
    outbox: Outbox<DB>,
    pool: Pool<DB>,
    broadcaster: Broadcaster,
    options: RelayOptions,
    random: StdRng,
    availability: Availability,
    /// How often in a row the database failed.
    broken: u32,
}

/// What comes after a round.
#[derive(Debug)]
enum Next {
    /// The next one, at once.
    Round,
    /// The next one when somebody wakes the relay, or after `longest`; in any case after a rest.
    Wait { rest: Duration, longest: Duration },
    /// The next one after this time.
    Pause(Duration),
}

impl<DB: OutboxDatabase> Relay<DB> {
    /// One with the default options. It should have the outbox that events are put into, or a clone of it, so that
    /// it can be woken.
    #[must_use]
    pub fn new(outbox: Outbox<DB>, pool: Pool<DB>, broadcaster: Broadcaster) -> Self {
        let (options, random) = (RelayOptions::default(), rand::make_rng());
        Self { outbox, pool, broadcaster, options, random, availability: Availability::default(), broken: 0 }
    }

    /// The same with these options.
    #[must_use]
    pub fn options(self, options: RelayOptions) -> Self {
        let random = options.seed.map_or(self.random, StdRng::seed_from_u64);
        Self { options, random, ..self }
    }

    /// Works until `shutdown` is done; then ends as soon as the events that are being sent have their answers.
    ///
    /// With the connection `null` it removes events without sending them, and begins with a warning that says so.
    ///
    /// If this future is dropped instead, that counts as a crash: events that are being sent will be sent again.
    ///
    /// # Errors
    /// On SQLite, when the lock file cannot be used. Failures of server and database are waited out.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> Result<(), OutboxError> {
        metrics::describe();
        if self.broadcaster.is_null() {
            warn!(
                "The broadcast connection is `null`: the outbox's events are removed without being sent; set \
                 BROADCAST_CONNECTION to `reverb` unless this is meant"
            );
        }
        let (stop, stopped) = watch::channel(false);
        let mut work = pin!(self.work(stopped));
        select! {
            ended = &mut work => return ended,
            () = shutdown => {}
        }
        stop.send_replace(true);
        work.await
    }

    async fn work(mut self, mut stop: watch::Receiver<bool>) -> Result<(), OutboxError> {
        let lock = select! {
            lock = self.lock(stop.clone()) => lock?,
            () = told(&mut stop) => return Ok(()),
        };
        let (outbox, pool) = (self.outbox.clone(), self.pool.clone());
        select! {
            () = self.rounds(stop) => {}
            never = watch_status(&outbox, &pool) => match never {},
        }
        drop(lock);
        Ok(())
    }

    async fn rounds(&mut self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            match self.round(&stop).await {
                Next::Round => {}
                Next::Wait { rest, longest } => {
                    let _ = timeout(rest, told(&mut stop)).await;
                    select! {
                        _ = timeout(longest, self.outbox.awake.notified()) => {}
                        () = told(&mut stop) => {}
                    }
                }
                Next::Pause(length) => {
                    let _ = timeout(length, told(&mut stop)).await;
                }
            }
        }
    }

    /// What makes this the only relay, where there can be only one.
    async fn lock(&mut self, mut stop: watch::Receiver<bool>) -> Result<Option<RelayLock>, OutboxError> {
        loop {
            match DB::lock_file(&self.pool).await {
                Ok(Some(path)) => return RelayLock::acquire(path).await.map(Some),
                Ok(None) => return Ok(None),
                Err(error) => {
                    let pause = self.database_failed(&error);
                    let _ = timeout(pause, told(&mut stop)).await;
                }
            }
        }
    }

    async fn round(&mut self, stop: &watch::Receiver<bool>) -> Next {
        let began = Instant::now();
        let claim = match DB::claim(&self.pool, self.outbox.now(), self.options.window.get()).await {
            Ok(claim) => claim,
            Err(error) => return Next::Pause(self.database_failed(&error)),
        };
        let rest = rest_after(claim.entries.looked_at, began.elapsed());
        let max_tries = self.options.max_tries.get();
        let round = Round {
            broadcaster: &self.broadcaster,
            // While the server is absent one try is enough to find out that it is there again.
            concurrency: if self.availability.is_absent() { 1 } else { self.options.concurrency.get() },
            max_tries,
            until: Instant::now() + self.options.round,
            stop: stop.clone(),
            begun: false.into(),
            seen: Seen::default(),
        };
        let mut report = round.send(claim.entries.ready).await;
        let absences = self.availability.judge(&mut report, max_tries);
        let pause = absences.map(|absences| self.options.unreachable.pause(absences, self.random.random()));
        let progress = !report.tried.is_empty();
        let more = claim.entries.full || report.unfinished;
        if progress && let Err(pause) = self.settle(claim.transaction, report.tried, pause, stop).await {
            return Next::Pause(pause);
        }
        self.database_works();
        match pause {
            Some(pause) => Next::Pause(pause),
            None if progress && more => Next::Round,
            None if claim.entries.waiting => Next::Wait { rest, longest: OTHERS.min(self.options.poll) },
            None => Next::Wait { rest, longest: self.options.poll },
        }
    }

    /// Writes down what became of the entries. If that fails it is done again, in transactions of their own.
    ///
    /// # Errors
    /// How long to wait, when something could not be written down at all.
    async fn settle(
        &mut self,
        transaction: Option<Transaction<'static, DB>>,
        tried: Vec<Tried>,
        absence: Option<Duration>,
        stop: &watch::Receiver<bool>,
    ) -> Result<(), Duration> {
        let (delivered, marks) = self.sort(&tried, absence.unwrap_or_default());
        if let Err(error) = self.write_down(transaction, &delivered, &marks).await {
            let pause = self.database_failed(&error);
            self.remove(&delivered, pause, stop).await?;
            self.mark_one_by_one(marks).await?;
        }
        let dead = tried.iter().filter(|tried| matches!(tried.verdict, Verdict::Dead(_))).count();
        metrics::settled(delivered.len(), dead);
        for Tried { entry, verdict } in &tried {
            if let Verdict::Dead(reason) = verdict {
                let (id, name) = (&entry.event_id, &entry.name);
                error!(event.id = %id, event.name = %name, reason, "Event `{name}` is given up: a dead letter");
            }
        }
        Ok(())
    }

    /// Removes what is delivered, which must not be sent again, whatever becomes of the marks. Tries until it is done,
    /// once more when the relay is told to end.
    async fn remove(
        &mut self,
        delivered: &[i64],
        pause: Duration,
        stop: &watch::Receiver<bool>,
    ) -> Result<(), Duration> {
        let mut pause = pause;
        loop {
            let _ = timeout(pause, told(&mut stop.clone())).await;
            let last = *stop.borrow();
            let Err(error) = self.write_down(None, delivered, &[]).await else { return Ok(()) };
            pause = self.database_failed(&error);
            if last {
                let count = delivered.len();
                error!("Ending without having written down {count} delivered events: they will come again");
                return Err(pause);
            }
        }
    }

    /// Tries each once. A text that the database refuses, perhaps because it has another encoding than UTF-8, is left
    /// out.
    async fn mark_one_by_one(&mut self, marks: Vec<Mark>) -> Result<(), Duration> {
        let mut result = Ok(());
        for mark in marks {
            let Err(error) = self.write_down(None, &[], slice::from_ref(&mark)).await else { continue };
            self.database_failed(&error);
            let mark = Mark { error: "the error cannot be stored".to_owned(), ..mark };
            if let Err(error) = self.write_down(None, &[], &[mark]).await {
                result = Err(self.database_failed(&error));
            }
        }
        result
    }

    /// What is to be deleted, and what to be marked. Entries that found the server absent are put off for so long.
    fn sort(&mut self, tried: &[Tried], absence: Duration) -> (Vec<i64>, Vec<Mark>) {
        let now = self.outbox.now();
        let (mut delivered, mut marks) = (Vec::new(), Vec::new());
        for Tried { entry, verdict } in tried {
            let (error, tries, dead) = match verdict {
                Verdict::Delivered => {
                    delivered.push(entry.id);
                    continue;
                }
                Verdict::Absent(error) => (error, 0, false),
                Verdict::Failed(error) => (error, 1, false),
                Verdict::Dead(error) => (error, 1, true),
            };
            let attempts = entry.attempts.saturating_add(tries);
            let pause = match tries {
                0 => absence,
                _ => self.options.retry.pause(attempts, self.random.random()),
            };
            marks.push(Mark {
                id: entry.id,
                attempts_before: i32::try_from(entry.attempts).unwrap_or(i32::MAX),
                attempts: i32::try_from(attempts).unwrap_or(i32::MAX),
                available_at: now.saturating_add(i64::try_from(pause.as_millis()).unwrap_or(i64::MAX)),
                error: storable(error),
                dead_at: dead.then_some(now),
            });
        }
        (delivered, marks)
    }

    async fn write_down(
        &self,
        transaction: Option<Transaction<'static, DB>>,
        delivered: &[i64],
        marks: &[Mark],
    ) -> sqlx::Result<()> {
        let mut transaction = match transaction {
            Some(transaction) => transaction,
            None => DB::begin(&self.pool).await?,
        };
        DB::delete(&mut transaction, delivered).await?;
        for mark in marks {
            DB::mark(&mut transaction, mark).await?;
        }
        transaction.commit().await
    }

    /// Reports it, the first of several in a row as an error; how long to wait.
    fn database_failed(&mut self, error: &sqlx::Error) -> Duration {
        if self.broken == 0 {
            error!(%error, "The outbox's database failed; trying again until it works");
        } else {
            debug!(%error, "The outbox's database failed again");
        }
        self.broken = self.broken.saturating_add(1);
        self.options.unreachable.pause(self.broken, self.random.random())
    }

    fn database_works(&mut self) {
        if mem::take(&mut self.broken) > 0 {
            info!("The outbox's database works again");
        }
    }
}

/// The beginning of an error, without what no log shows and PostgreSQL does not store: a server's answer may hold any
/// character.
fn storable(error: &str) -> String {
    error.chars().take(ERROR_LENGTH).map(|char| if char.is_control() { ' ' } else { char }).collect()
}

/// Waits until the relay is told to end.
async fn told(stop: &mut watch::Receiver<bool>) {
    // An error means that the sender is gone, and with it who runs the relay.
    let _ = stop.wait_for(|told| *told).await;
}

/// How long to rest after a look at so many entries.
fn rest_after(looked_at: usize, took: Duration) -> Duration {
    if looked_at > MANY { took.saturating_mul(REST) } else { Duration::ZERO }
}

/// How long the gauges are right enough.
fn until_next_gauges(pending: u64) -> Duration {
    if usize::try_from(pending).is_ok_and(|pending| pending <= MANY) { GAUGES } else { GAUGES_OF_MANY }
}

/// Keeps the gauges up to date. What the database fails at is reported by the relay itself.
async fn watch_status<DB: OutboxDatabase>(outbox: &Outbox<DB>, pool: &Pool<DB>) -> Infallible {
    loop {
        let pause = match outbox.status(pool).await {
            Ok(status) => {
                metrics::set_status(status);
                until_next_gauges(status.pending)
            }
            Err(error) => {
                debug!(%error, "No figures of the outbox");
                GAUGES
            }
        };
        sleep(pause).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_look_at_many_entries_is_followed_by_a_rest() {
        let took = Duration::from_millis(300);
        assert_eq!(rest_after(10_000, took), Duration::ZERO);
        assert_eq!(rest_after(10_001, took), Duration::from_millis(1200));
    }

    #[test]
    fn many_entries_are_counted_less_often() {
        assert_eq!(until_next_gauges(10_000), Duration::from_secs(1));
        assert_eq!(until_next_gauges(10_001), Duration::from_secs(5));
    }
}
