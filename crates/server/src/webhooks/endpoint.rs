//! The task of one webhook: it reads the spool, finds out what there is to tell, and tells it.

mod opening;
mod sending;

pub(super) use opening::Prepared;

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
    task::{spawn_blocking, yield_now},
    time::{Instant, sleep, sleep_until},
};

use super::{
    batch::MOST_EVENTS,
    checkpoint::{Checkpoint, Files, Place, Waiting},
    journal::Journal,
    line::{self, Entry},
    names::Owner,
    reader::Reader,
    request::Poster,
    story::Story,
};
use crate::metrics::{Dropped, Metrics};

/// How long an event waits for others that go with it.
const BATCH_WAIT: Duration = Duration::from_millis(250);
/// Events that are read ahead.
const READ_AHEAD: usize = 64;
/// Lines after which others get their turn.
const AT_ONCE: u32 = 256;
/// How often the state is written.
const CHECKPOINT: Duration = Duration::from_secs(5);
/// How long to wait when the spool cannot be read, or a tick has not arrived.
const PAUSE: Duration = Duration::from_secs(1);

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
    /// Shared with the task that writes the state, and with nobody else while it changes: so it is never copied.
    story: Arc<Story>,
    /// What is to be told, in its order.
    waiting: VecDeque<Waiting>,
    /// When the first of them came to stand there.
    since: Instant,
    /// The last event that was accepted, or given up.
    accepted: Place,
    /// When the state was written, and whether it has changed since.
    written_at: Instant,
    changed: bool,
    /// Whether that has failed.
    failing: bool,
}

impl Endpoint {
    /// What others may know of it.
    pub(super) fn progress(&self) -> Arc<Progress> {
        Arc::clone(&self.progress)
    }

    /// Tells what there is to tell, until `stop` says so.
    pub(super) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            if let Err(error) = self.turn(&mut stop).await {
                tracing::error!(
                    %error,
                    "The spool of webhooks cannot be used; trying again in {} seconds", PAUSE.as_secs()
                );
                self.metrics.count_spool_error();
                tokio::select! {
                    () = sleep(PAUSE) => {}
                    () = ended(&mut stop) => {}
                }
            }
        }
        self.write_checkpoint().await;
    }

    async fn turn(&mut self, stop: &mut watch::Receiver<bool>) -> io::Result<()> {
        let journal = Arc::clone(&self.journal);
        let grown = journal.grown();
        self.give_up_what_must().await?;
        let mut lines = 0;
        while self.waiting.len() < READ_AHEAD && self.read_line()? {
            yield_after(&mut lines).await;
        }
        self.show_progress();
        self.write_checkpoint_if_due().await;
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
            () = ended(stop) => {}
        }
        Ok(())
    }

    /// When there is something to do though nothing happens.
    fn next_deadline(&mut self) -> Option<Instant> {
        let departure = Arc::make_mut(&mut self.story).next_departure().map(|at_ms| {
            let left = Duration::from_millis(at_ms.saturating_sub(self.journal.now_ms()));
            // While the file cannot be written another tick would not help.
            Instant::now() + if self.journal.is_synced() { left } else { left.max(PAUSE) }
        });
        let batch = (!self.waiting.is_empty()).then(|| self.since + BATCH_WAIT);
        let checkpoint = self.changed.then(|| self.written_at + CHECKPOINT);
        [departure, batch, checkpoint].into_iter().flatten().min()
    }

    /// A departure is told by the first line that is not before its time; where none comes by itself, this makes one.
    fn tick_if_due(&mut self) {
        let departure = Arc::make_mut(&mut self.story).next_departure();
        let is_due = departure.is_some_and(|at_ms| at_ms <= self.journal.now_ms());
        if is_due && self.journal.is_synced() {
            self.journal.tick();
        }
    }

    // === reading ===

    /// Reads a line, if there is one.
    fn read_line(&mut self) -> io::Result<bool> {
        let Some(text) = self.reader.next()? else { return Ok(false) };
        let Ok(mut line) = line::parse(text, &self.app.id) else {
            tracing::error!("A line of the spool of webhooks is damaged and cannot be told");
            self.metrics.count_webhook_dropped(Dropped::SpoolError, 1);
            return Ok(true);
        };
        let (seq, time_ms) = (line.seq, line.time_ms);
        let Self { story, waiting, webhook, accepted, since, .. } = self;
        if matches!(&line.entry, Entry::Fact(fact) if !webhook.follows(fact.kind(), fact.channel())) {
            line.entry = Entry::OfOthers;
        }
        let mut index = 0;
        Arc::make_mut(story).handle_line(line, |fact| {
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
        let mut lost = self.drop_waiting_before(first);
        let mut lines = 0;
        while self.reader.position().segment < first && self.read_line()? {
            lost += self.drop_waiting_before(first);
            yield_after(&mut lines).await;
        }
        self.metrics.count_webhook_dropped(Dropped::SpoolFull, lost as u64);
        if lost > 0 {
            tracing::error!(
                app.id = %self.app.id,
                "The spool of webhooks is full (GEMA_WEBHOOK_SPOOL_SIZE): {lost} events for {} are given up",
                self.poster.shown(),
            );
        }
        self.write_checkpoint().await;
        // Also if that has failed: there may be no room for it before these segments are gone.
        self.make_room();
        Ok(())
    }

    /// What waits may be behind that line already, as what the last one that was read has told: it stays.
    fn drop_waiting_before(&mut self, first: u64) -> usize {
        let count = self.waiting.partition_point(|waiting| waiting.place.seq < first);
        self.drop_waiting(count)
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

    // === state ===

    fn has_left_a_segment(&self) -> bool {
        self.reader.position().segment != self.progress.needed.load(Ordering::Relaxed)
    }

    fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            url: self.poster.shown(),
            owner: Some(Owner::of(&self.app.id, &self.webhook)),
            position: self.reader.position(),
            read: self.progress.read.load(Ordering::Relaxed),
            story: Arc::clone(&self.story),
            waiting: self.waiting.iter().cloned().collect(),
        }
    }

    async fn write_checkpoint_if_due(&mut self) {
        let has_left = self.has_left_a_segment() && !self.failing;
        if self.changed && (has_left || self.written_at.elapsed() >= CHECKPOINT) {
            self.write_checkpoint().await;
        }
    }

    /// Writes the state. Where that fails the webhook goes on telling: with an old state it would only repeat itself.
    async fn write_checkpoint(&mut self) {
        self.written_at = Instant::now();
        match self.try_to_write_checkpoint().await {
            Ok(()) => (self.changed, self.failing) = (false, false),
            Err(error) => self.handle_failed_checkpoint(&error),
        }
    }

    fn handle_failed_checkpoint(&mut self, error: &io::Error) {
        self.metrics.count_spool_error();
        if !self.failing {
            tracing::error!(
                %error,
                app.id = %self.app.id,
                "The state of the webhook {} cannot be written; after a crash it would repeat itself",
                self.poster.shown(),
            );
        }
        self.failing = true;
        if matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
            self.make_room();
        }
    }

    async fn try_to_write_checkpoint(&mut self) -> io::Result<()> {
        self.files.write_accepted(self.accepted)?;
        let checkpoint = self.checkpoint();
        let (journal, name) = (Arc::clone(&self.journal), self.files.name().to_owned());
        let segment = checkpoint.position.segment;
        let write = move || Files::write(journal.folder(), &name, &checkpoint);
        spawn_blocking(write).await.map_err(io::Error::other)??;
        self.progress.needed.fetch_max(segment, Ordering::AcqRel);
        Ok(())
    }

    /// On a full disk the state needs the room of the segments that are read already: all but those with events that
    /// wait are let go, though the state that is written may still need them.
    fn make_room(&self) {
        let read = self.reader.position().segment;
        let waits = self.waiting.front().map_or(read, |waiting| self.journal.segment_of(waiting.place.seq));
        self.progress.needed.fetch_max(waits.min(read), Ordering::AcqRel);
    }

    fn show_progress(&self) {
        self.progress.waiting.store(self.waiting.len() as u64, Ordering::Relaxed);
        let oldest = self.waiting.front().map_or(0, |waiting| waiting.time_ms);
        self.progress.oldest_ms.store(oldest, Ordering::Relaxed);
    }
}

/// Completes when it is time to end. It has to look at the value, since others may have looked before.
async fn ended(stop: &mut watch::Receiver<bool>) {
    // Whoever could say so is gone as well.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Lets others have their turn now and then.
async fn yield_after(lines: &mut u32) {
    *lines += 1;
    if lines.is_multiple_of(AT_ONCE) {
        yield_now().await;
    }
}

#[cfg(test)]
mod tests;
