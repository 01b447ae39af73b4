//! Requests to the receiver, until it accepts.

use std::{io, sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    task::spawn_blocking,
    time::{Instant, sleep},
};

use super::{Endpoint, ended};
use crate::{
    metrics::Dropped,
    webhooks::{backoff::pause, batch::Batch, clock::unix_ms, request::Outcome},
};

/// A body is made again, with a new time, when it is older than this: the Python SDK takes none older than 300 seconds.
const STALE_MS: u64 = 240_000;
/// How long a request that is under way may take when the server ends.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// Of so many failures in a row one is logged, besides the first.
const LOGGED: u32 = 20;

impl Endpoint {
    /// Sends the next events until they are accepted or given up.
    pub(super) async fn send(&mut self, stop: &mut watch::Receiver<bool>) -> io::Result<()> {
        self.flush_journal().await?;
        let (mut batch, mut failures) = (self.next_batch(), 0);
        loop {
            if unix_ms().saturating_sub(batch.time_ms) > STALE_MS {
                batch = self.next_batch();
            }
            let started = Instant::now();
            let outcome = tokio::select! {
                outcome = self.poster.post(&self.app, batch.body.clone()) => outcome,
                () = last_words(stop) => return Ok(()),
            };
            self.metrics.count_webhook_request(&outcome, started.elapsed());
            if let Outcome::Accepted(_) = outcome {
                if failures > 0 {
                    tracing::info!(app.id = %self.app.id, "The webhook {} is accepted again", self.poster.shown());
                }
                return self.handle_accepted(batch.events);
            }
            self.log_failure(&outcome, failures);
            failures += 1;
            if self.give_up_what_is_old(batch.events) > 0 {
                return Ok(());
            }
            self.show_progress();
            if failures == 1 && self.changed {
                self.write_checkpoint().await;
            }
            tokio::select! {
                () = sleep(pause(failures, rand::random())) => {}
                () = self.progress.told_to_give_up.notified() => return Ok(()),
                () = ended(stop) => return Ok(()),
            }
        }
    }

    /// What is told has to be on the disk: otherwise a power cut could give its id to another event, and who is told to
    /// be there would never be told to have left.
    async fn flush_journal(&mut self) -> io::Result<()> {
        let last = self.waiting.back().map_or(0, |waiting| waiting.place.seq);
        let journal = Arc::clone(&self.journal);
        // Where the disk fails the journal says so, and what happened is told all the same.
        spawn_blocking(move || journal.flush(last)).await.map_err(io::Error::other)
    }

    fn next_batch(&self) -> Batch {
        Batch::of(&self.waiting, self.webhook.batching, &self.journal.folder().identity)
    }

    fn handle_accepted(&mut self, events: usize) -> io::Result<()> {
        for waiting in self.waiting.iter().take(events) {
            self.metrics.count_webhook_event(waiting.fact.kind());
        }
        self.drop_waiting(events);
        self.files.write_accepted(self.accepted)
    }

    /// Gives up those of the next events that have been tried for too long.
    fn give_up_what_is_old(&mut self, events: usize) -> usize {
        let limit = self.journal.now_ms().saturating_sub(self.webhook.retry_for.as_millis() as u64);
        let old = self.waiting.iter().take(events).take_while(|waiting| waiting.time_ms < limit).count();
        if old > 0 {
            self.drop_waiting(old);
            self.metrics.count_webhook_dropped(Dropped::TooOld, old as u64);
            tracing::error!(
                app.id = %self.app.id,
                "{old} events for {} are given up: none was accepted within {} seconds \
                 (GEMA_APP_WEBHOOK_RETRY_FOR)",
                self.poster.shown(),
                self.webhook.retry_for.as_secs(),
            );
        }
        old
    }

    fn log_failure(&self, outcome: &Outcome, failures: u32) {
        if failures.is_multiple_of(LOGGED) {
            tracing::warn!(
                app.id = %self.app.id,
                "The webhook {} {outcome}; it is tried again (failure {})", self.poster.shown(), failures + 1
            );
        }
    }
}

/// Completes when the server ends and a request that is under way should have been answered.
async fn last_words(stop: &mut watch::Receiver<bool>) {
    ended(stop).await;
    sleep(LAST_WORDS).await;
}
