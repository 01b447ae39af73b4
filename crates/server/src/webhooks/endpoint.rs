//! The task of one webhook: it reads the spool, finds out what there is to tell, and tells it.

use std::{
    collections::VecDeque,
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use gema_hub::{App, Webhook};
use tokio::{
    sync::{Notify, watch},
    time::{Instant, sleep, sleep_until},
};

use super::{
    backoff::pause,
    batch::{Batch, MOST_EVENTS},
    checkpoint::{Checkpoint, Files, Place, Waiting},
    journal::{Journal, unix_ms},
    line,
    reader::Reader,
    request::{Outcome, Poster},
    spool::SpoolError,
    story::Story,
};
use crate::metrics::{Dropped, Metrics};

/// How long an event waits for others that go with it.
const BATCH_WAIT: Duration = Duration::from_millis(250);
/// Events that are read ahead.
const READ_AHEAD: usize = 64;
/// A body is made again, with a new time, when it is older than this: the Python SDK takes none older than 300 seconds.
const STALE_MS: u64 = 240_000;
/// How often the state is written.
const CHECKPOINT: Duration = Duration::from_secs(5);
/// How long to wait when the spool cannot be read, or a tick has not arrived.
const PAUSE: Duration = Duration::from_secs(1);
/// How long a request that is under way may take when the server ends.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// Of so many failures in a row one is logged, besides the first.
const LOGGED: u32 = 20;

/// What others may know of an endpoint.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// First line of the segment that the state on disk is in: it and later ones are needed.
    pub(super) needed: AtomicU64,
    /// Number of the last line that was read.
    pub(super) read: AtomicU64,
    /// Events that wait.
    pub(super) waiting: AtomicU64,
    /// When the oldest of them has happened; unix milliseconds.
    pub(super) oldest_ms: AtomicU64,
    /// What is in segments before that line must be given up: the spool is full.
    pub(super) give_up: AtomicU64,
    pub(super) told_to_give_up: Notify,
}

/// The task of one webhook.
#[derive(Debug)]
pub(super) struct Endpoint {
    app: Arc<App>,
    webhook: Webhook,
    journal: Arc<Journal>,
    metrics: Arc<Metrics>,
    poster: Poster,
    progress: Arc<Progress>,
    files: Files,
    reader: Reader,
    story: Story,
    /// What is to be told, in its order.
    waiting: VecDeque<Waiting>,
    /// When the first of them came to stand there.
    since: Instant,
    /// The last event that was accepted, or given up.
    accepted: Place,
    /// When the state was written, and whether it has changed since.
    written_at: Instant,
    changed: bool,
}

impl Endpoint {
    /// Goes on where an earlier process has ended; otherwise begins at the end of what is written.
    pub(super) fn open(
        name: String,
        app: Arc<App>,
        webhook: Webhook,
        journal: Arc<Journal>,
        metrics: Arc<Metrics>,
    ) -> Result<Self, SpoolError> {
        let folder = journal.folder();
        let fault = |error| folder.fault(error);
        let files = Files::open(folder, name).map_err(fault)?;
        let accepted = files.read_accepted();
        let poster = Poster::new(&webhook).map_err(|error| fault(io::Error::other(error)))?;
        let Checkpoint { position, read, story, waiting, .. } =
            files.read(folder).map_err(fault)?.unwrap_or_else(|| Checkpoint {
                url: poster.shown(),
                position: Reader::end(&journal),
                read: journal.written(),
                story: Story::default(),
                waiting: Vec::new(),
            });
        let tells = |waiting: &Waiting| waiting.place > accepted && webhook.tells(&waiting.fact);
        let waiting = waiting.into_iter().filter(tells).collect();
        let reader = Reader::new(Arc::clone(&journal), position);
        let progress = Progress { read: read.into(), ..Progress::default() };
        let endpoint = Self {
            app,
            journal,
            metrics,
            poster,
            progress: Arc::new(progress),
            files,
            reader,
            story,
            waiting,
            since: Instant::now(),
            accepted,
            written_at: Instant::now(),
            changed: true,
            webhook,
        };
        let checkpoint = endpoint.checkpoint();
        let written = Files::write(endpoint.journal.folder(), endpoint.files.name(), &checkpoint);
        written.map_err(|error| endpoint.journal.folder().fault(error))?;
        endpoint.progress.needed.store(checkpoint.position.segment, Ordering::Release);
        Ok(endpoint)
    }

    /// What others may know of it.
    pub(super) fn progress(&self) -> Arc<Progress> {
        Arc::clone(&self.progress)
    }

    /// Tells what there is to tell, until `stop` says so.
    pub(super) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow_and_update() {
            if let Err(error) = self.turn(&mut stop).await {
                tracing::error!(
                    %error,
                    "The spool of webhooks cannot be used; trying again in {} seconds", PAUSE.as_secs()
                );
                self.metrics.count_spool_error();
                tokio::select! {
                    () = sleep(PAUSE) => {}
                    _ = stop.changed() => {}
                }
            }
        }
        if let Err(error) = self.write_checkpoint().await {
            tracing::error!(%error, "The state of a webhook cannot be written; it will repeat itself");
        }
    }

    async fn turn(&mut self, stop: &mut watch::Receiver<bool>) -> io::Result<()> {
        let journal = Arc::clone(&self.journal);
        let grown = journal.grown();
        self.give_up_what_must().await?;
        while self.waiting.len() < READ_AHEAD && self.read_line()? {}
        self.show_progress();
        if self.changed && (self.has_left_a_segment() || self.written_at.elapsed() >= CHECKPOINT) {
            self.write_checkpoint().await?;
        }
        let full = !self.webhook.batching || self.waiting.len() >= MOST_EVENTS;
        if !self.waiting.is_empty() && (full || self.since.elapsed() >= BATCH_WAIT) {
            return self.send(stop).await;
        }
        let deadline = self.next_deadline();
        let wait = async {
            match deadline {
                Some(at) => sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = grown => {}
            () = wait => self.tick_if_due(),
            () = self.progress.told_to_give_up.notified() => {}
            _ = stop.changed() => {}
        }
        Ok(())
    }

    /// When there is something to do though nothing happens.
    fn next_deadline(&mut self) -> Option<Instant> {
        let departure = self.story.next_departure().map(|at_ms| {
            let left = Duration::from_millis(at_ms.saturating_sub(unix_ms()));
            // While the file cannot be written another tick would not help.
            Instant::now() + if self.journal.is_synced() { left } else { left.max(PAUSE) }
        });
        let batch = (!self.waiting.is_empty()).then(|| self.since + BATCH_WAIT);
        let checkpoint = self.changed.then(|| self.written_at + CHECKPOINT);
        [departure, batch, checkpoint].into_iter().flatten().min()
    }

    /// A departure is told by the first line that is not before its time; where none comes by itself, this makes one.
    fn tick_if_due(&mut self) {
        let is_due = self.story.next_departure().is_some_and(|at_ms| at_ms <= unix_ms());
        if is_due && self.journal.is_synced() {
            self.journal.tick();
        }
    }

    // === reading ===

    /// Reads a line, if there is one.
    fn read_line(&mut self) -> io::Result<bool> {
        let Some(text) = self.reader.next()? else { return Ok(false) };
        let Ok(line) = line::parse(text, &self.app.id) else {
            tracing::error!("A line of the spool of webhooks is damaged and cannot be told");
            self.metrics.count_webhook_dropped(Dropped::SpoolError, 1);
            return Ok(true);
        };
        let (seq, time_ms) = (line.seq, line.time_ms);
        let Self { story, waiting, webhook, accepted, since, .. } = self;
        let mut index = 0;
        story.handle_line(line, |fact| {
            let place = Place { seq, index };
            index += 1;
            if place > *accepted && webhook.tells(&fact) {
                if waiting.is_empty() {
                    *since = Instant::now();
                }
                waiting.push_back(Waiting { place, time_ms, fact });
            }
        });
        self.changed = true;
        self.progress.read.store(seq, Ordering::Relaxed);
        Ok(true)
    }

    /// Gives up what is in the oldest segments, where the spool is full because of this receiver.
    async fn give_up_what_must(&mut self) -> io::Result<()> {
        let first = self.progress.give_up.load(Ordering::Acquire);
        if self.progress.needed.load(Ordering::Relaxed) >= first {
            return Ok(());
        }
        let mut lost = self.drop_waiting(self.waiting.len());
        while self.reader.position().segment < first && self.read_line()? {
            lost += self.drop_waiting(self.waiting.len());
        }
        self.metrics.count_webhook_dropped(Dropped::SpoolFull, lost as u64);
        tracing::error!(
            app.id = %self.app.id,
            "The spool of webhooks is full (GEMA_WEBHOOK_SPOOL_SIZE): {lost} events for {} are given up",
            self.poster.shown(),
        );
        self.write_checkpoint().await
    }

    fn drop_waiting(&mut self, count: usize) -> usize {
        let dropped = self.waiting.drain(..count).next_back();
        if let Some(last) = dropped {
            self.accepted = last.place;
            self.changed = true;
        }
        self.since = Instant::now();
        count
    }

    // === sending ===

    /// Sends the next events until they are accepted or given up.
    async fn send(&mut self, stop: &mut watch::Receiver<bool>) -> io::Result<()> {
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
                self.write_checkpoint().await?;
            }
            tokio::select! {
                () = sleep(pause(failures, rand::random())) => {}
                () = self.progress.told_to_give_up.notified() => return Ok(()),
                _ = stop.changed() => return Ok(()),
            }
        }
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
        let limit = unix_ms().saturating_sub(self.webhook.retry_for.as_millis() as u64);
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

    // === state ===

    fn has_left_a_segment(&self) -> bool {
        self.reader.position().segment != self.progress.needed.load(Ordering::Relaxed)
    }

    fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            url: self.poster.shown(),
            position: self.reader.position(),
            read: self.progress.read.load(Ordering::Relaxed),
            story: self.story.clone(),
            waiting: self.waiting.iter().cloned().collect(),
        }
    }

    async fn write_checkpoint(&mut self) -> io::Result<()> {
        let checkpoint = self.checkpoint();
        self.written_at = Instant::now();
        self.files.write_accepted(self.accepted)?;
        let (journal, name) = (Arc::clone(&self.journal), self.files.name().to_owned());
        let segment = checkpoint.position.segment;
        let write = move || Files::write(journal.folder(), &name, &checkpoint);
        tokio::task::spawn_blocking(write).await.map_err(io::Error::other)??;
        self.changed = false;
        self.progress.needed.store(segment, Ordering::Release);
        Ok(())
    }

    fn show_progress(&self) {
        self.progress.waiting.store(self.waiting.len() as u64, Ordering::Relaxed);
        let oldest = self.waiting.front().map_or(0, |waiting| waiting.time_ms);
        self.progress.oldest_ms.store(oldest, Ordering::Relaxed);
    }
}

/// Completes when the server ends and a request that is under way should have been answered.
async fn last_words(stop: &mut watch::Receiver<bool>) {
    // Whoever could say so is gone as well.
    let _ = stop.wait_for(|stop| *stop).await;
    sleep(LAST_WORDS).await;
}
