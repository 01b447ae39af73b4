//! Webhooks: telling applications what happens at their channels, whatever happens to the receiver or to the server.
//!
//! Facts come from the registries, in one order, into the `journal`, which is in a file before any client can know of
//! them. Each webhook has a task that reads the file (`endpoint`), makes of facts what there is to tell (`story`),
//! sends it (`request`) and remembers how far it has come (`checkpoint`).

mod backoff;
mod batch;
mod checkpoint;
mod clock;
mod endpoint;
mod journal;
mod line;
mod names;
mod reader;
pub(crate) mod request;
mod spool;
mod story;

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, atomic::Ordering},
    time::Duration,
};

use gema_hub::{App, Fact};
use tokio::{
    sync::watch,
    task::{JoinSet, spawn_blocking},
    time::{MissedTickBehavior, interval, timeout},
};

use crate::metrics::{Dropped, Metrics};
use checkpoint::Checkpoint;
use endpoint::{Endpoint, Prepared, Progress};
use journal::{Bounds, Journal};
use line::Entry;
use reader::Reader;
pub use spool::SpoolError;

/// A spool has about so many segments when it is full.
const SEGMENTS: u64 = 16;
/// How often the spool is tidied up.
const TIDY: Duration = Duration::from_secs(1);
/// How long the tasks may take for their end: a second for a request that is under way, the rest for a slow disk.
const END: Duration = Duration::from_secs(10);

/// Where the spool is, and how large it may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpoolConfig {
    /// The folder.
    pub path: PathBuf,
    /// Bytes that wait in it.
    pub size: u64,
    /// Whether each write waits for the disk.
    pub fsync: bool,
}

/// Takes facts from everywhere and tells them to the receivers. Without an application that has webhooks it does nothing,
/// and touches no file.
#[derive(Debug)]
pub struct WebhookSender {
    config: SpoolConfig,
    metrics: Arc<Metrics>,
    journal: OnceLock<Arc<Journal>>,
    tasks: tokio::sync::Mutex<Tasks>,
    progress: Mutex<Vec<Arc<Progress>>>,
}

#[derive(Debug)]
struct Tasks {
    stop: watch::Sender<bool>,
    running: JoinSet<()>,
}

impl WebhookSender {
    /// A sender without applications.
    #[must_use]
    pub fn new(config: SpoolConfig, metrics: Arc<Metrics>) -> Self {
        let tasks = Tasks { stop: watch::Sender::new(false), running: JoinSet::new() };
        Self {
            config,
            metrics,
            journal: OnceLock::new(),
            tasks: tokio::sync::Mutex::new(tasks),
            progress: Mutex::default(),
        }
    }

    /// Notes a fact for an application's webhooks.
    pub(crate) fn record(&self, webhooks: &gema_hub::Webhooks, fact: &Fact<'_>) {
        if webhooks.follow(fact)
            && let Some(journal) = self.journal.get()
        {
            journal.push(Some(&webhooks.app_id), &Entry::Fact(fact.clone()));
        }
    }

    /// Makes what has been noted survive the process; to be called before anything is written to a client.
    pub(crate) fn sync(&self) {
        if let Some(journal) = self.journal.get() {
            journal.sync();
        }
    }

    /// As [`sync`](Self::sync), where much has been noted: to be called while nothing is written to clients for long, and no
    /// stripe is locked.
    pub(crate) fn sync_if_much(&self) {
        if let Some(journal) = self.journal.get() {
            journal.sync_if_much();
        }
    }

    /// Tells the webhooks of these applications from here on, and no others. What waits for those that stay goes on
    /// waiting.
    ///
    /// # Errors
    /// When an application has webhooks and the spool cannot be used; nothing has changed then.
    pub async fn apply(self: &Arc<Self>, apps: &[Arc<App>]) -> Result<(), SpoolError> {
        let mut tasks = self.tasks.lock().await;
        if apps.iter().all(|app| app.webhooks.is_none()) && self.journal.get().is_none() {
            return Ok(());
        }
        let (sender, apps) = (Arc::clone(self), apps.to_vec());
        let prepare = move || {
            let journal = sender.journal()?;
            prepare(&apps, &journal).map(|prepared| (journal, prepared))
        };
        let (journal, prepared) = spawn_blocking(prepare).await.expect("preparing does not panic")?;
        // What can fail has not: from here on those that were told before are no longer.
        tasks.stop().await;
        let (sender, of_tasks) = (Arc::clone(self), Arc::clone(&journal));
        let open = move || sender.open(&of_tasks, prepared);
        let endpoints = spawn_blocking(open).await.expect("opening does not panic");
        let Tasks { stop, running } = &mut *tasks;
        for endpoint in endpoints {
            running.spawn(endpoint.run(stop.subscribe()));
        }
        running.spawn(Arc::clone(self).tidy(journal, stop.subscribe()));
        Ok(())
    }

    /// Ends: what has been noted is in the file, and what has not been told yet waits there for the next process.
    pub async fn stop(&self) {
        self.sync();
        self.tasks.lock().await.stop().await;
        if let Some(journal) = self.journal.get() {
            journal.close();
        }
    }

    /// Goes on with what the tasks have written that have ended, and forgets those that have no successor.
    fn open(&self, journal: &Arc<Journal>, prepared: Vec<Prepared>) -> Vec<Endpoint> {
        let names: Vec<String> = prepared.iter().map(|prepared| prepared.name().to_owned()).collect();
        let open = |prepared| Endpoint::open(prepared, Arc::clone(journal), Arc::clone(&self.metrics));
        let endpoints: Vec<Endpoint> = prepared.into_iter().map(open).collect();
        let forget = |name: &str, state: Option<Checkpoint>| {
            let lost = state.map_or(0, |state| waiting(journal, name, &state));
            tracing::warn!(
                "The webhook {name} is no longer configured; {lost} events that waited for it are dropped"
            );
            self.metrics.count_webhook_dropped(Dropped::Removed, lost);
        };
        if let Err(error) = checkpoint::forget_others(journal.folder(), &names, forget) {
            tracing::error!(%error, "What is left of webhooks that are no longer configured cannot be deleted");
            self.metrics.count_spool_error();
        }
        *lock(&self.progress) = endpoints.iter().map(Endpoint::progress).collect();
        endpoints
    }

    fn journal(&self) -> Result<Arc<Journal>, SpoolError> {
        if let Some(journal) = self.journal.get() {
            return Ok(Arc::clone(journal));
        }
        let SpoolConfig { path, size, fsync } = &self.config;
        let bounds = Bounds { spool: *size, segment: (size / SEGMENTS).max(1), fsync: *fsync };
        let journal = Arc::new(Journal::open(path, bounds, Arc::clone(&self.metrics))?);
        Ok(Arc::clone(self.journal.get_or_init(|| journal)))
    }

    /// Keeps the spool within its bound, and tells how it is.
    async fn tidy(self: Arc<Self>, journal: Arc<Journal>, mut stop: watch::Receiver<bool>) {
        let mut tick = interval(TIDY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = tick.tick() => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
            // Something may wait that could not be written, while nothing happens.
            journal.sync();
            self.tidy_up(&journal);
        }
    }

    fn tidy_up(&self, journal: &Journal) {
        let progress = lock(&self.progress);
        let needed = progress.iter().map(|progress| progress.needed.load(Ordering::Acquire));
        journal.delete_before(needed.min().unwrap_or_else(|| journal.newest().first));
        let first = journal.first_within_bound();
        for progress in progress.iter().filter(|progress| progress.needed.load(Ordering::Acquire) < first) {
            progress.give_up.store(first, Ordering::Release);
            progress.told_to_give_up.notify_waiters();
        }
        let (written, now) = (journal.written(), journal.now_ms());
        let behind = progress.iter().map(|progress| {
            let unread = written.saturating_sub(progress.read.load(Ordering::Relaxed));
            unread + progress.waiting.load(Ordering::Relaxed)
        });
        let oldest = progress.iter().map(|progress| progress.oldest_ms.load(Ordering::Relaxed));
        let oldest = oldest.filter(|oldest| *oldest > 0).min();
        let age = oldest.map_or(Duration::ZERO, |at| Duration::from_millis(now.saturating_sub(at)));
        self.metrics.show_webhooks(journal.bytes(), behind.max().unwrap_or(0), age);
    }
}

impl Tasks {
    async fn stop(&mut self) {
        self.stop.send_replace(true);
        let ended = timeout(END, async { while self.running.join_next().await.is_some() {} }).await;
        if ended.is_err() {
            tracing::error!("Webhooks were cut off, {} seconds after they should have ended", END.as_secs());
            self.running.abort_all();
        }
        *self = Self { stop: watch::Sender::new(false), running: JoinSet::new() };
    }
}

/// Does for each webhook whatever may fail.
fn prepare(apps: &[Arc<App>], journal: &Journal) -> Result<Vec<Prepared>, SpoolError> {
    let folder = journal.folder();
    let kept = checkpoint::kept(folder).map_err(|error| folder.fault(error))?;
    let all = apps.iter().flat_map(|app| app.webhooks.iter().map(move |webhooks| (app, &webhooks.endpoints)));
    let all: Vec<_> =
        all.flat_map(|(app, webhooks)| webhooks.iter().map(move |webhook| (app, webhook))).collect();
    let ids: Vec<_> = all.iter().map(|(app, webhook)| (app.id.as_str(), *webhook)).collect();
    let named = names::assign(&ids, &kept).into_iter().zip(all);
    named
        .map(|(name, (app, webhook))| Prepared::new(name, Arc::clone(app), webhook.clone(), folder))
        .collect()
}

/// How much waits for a receiver: what it was to be told, and about as many events as there are lines that nobody has
/// read for it.
fn waiting(journal: &Arc<Journal>, name: &str, state: &Checkpoint) -> u64 {
    let mut reader = Reader::new(Arc::clone(journal), state.position);
    let mut waiting = state.waiting.len() as u64;
    let is_its = |app_id: &str| match &state.owner {
        Some(owner) => owner.app == app_id,
        None => name.rsplitn(3, '-').nth(2) == Some(names::of_app(app_id).as_str()),
    };
    while let Ok(Some(line)) = reader.next() {
        waiting += u64::from(line::parse_app(line).is_some_and(is_its));
    }
    waiting
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
