//! Sending what was taken.

use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::{StreamExt, stream};
use tokio::{sync::watch, time::Instant};
use tracing::trace;

use super::{
    entry::Entry,
    lanes::chains,
    metrics::{self, Reason},
};
use crate::{BroadcastError, Broadcaster};

/// One round of a relay: what its chains have in common while they are sent.
#[derive(Debug)]
pub(super) struct Round<'a> {
    pub(super) broadcaster: &'a Broadcaster,
    /// How many chains are sent at the same time.
    pub(super) concurrency: usize,
    /// With so many tries an entry is given up.
    pub(super) max_tries: u32,
    /// Nothing is begun after it but the first entry: a round in which nothing happens would be followed by a wait.
    pub(super) until: Instant,
    /// Nothing is begun when it says so either.
    pub(super) stop: watch::Receiver<bool>,
    /// Whether an entry has been begun.
    pub(super) begun: AtomicBool,
    /// What is known of the server.
    pub(super) seen: Seen,
}

/// What the entries of a round have found out about the server.
#[derive(Debug, Default)]
pub(super) struct Seen {
    absent: AtomicBool,
    answering: AtomicBool,
}

/// An entry for which there is something to write down.
#[derive(Debug)]
pub(super) struct Tried {
    pub(super) entry: Entry,
    pub(super) verdict: Verdict,
}

/// What became of an entry.
#[derive(Debug)]
pub(super) enum Verdict {
    Delivered,
    /// The server was not there. It is not the entry's fault, unless the [`Availability`](super::availability) says
    /// so.
    Absent(String),
    /// To be tried again.
    Failed(String),
    /// Given up.
    Dead(String),
}

/// What a round has come to.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) tried: Vec<Tried>,
    /// Whether the server has answered at all.
    pub(super) answered: bool,
    /// Whether some entries were not begun that could have been.
    pub(super) unfinished: bool,
}

impl Verdict {
    /// Of a try that counts.
    pub(super) fn failed(entry: &Entry, reason: String, max_tries: u32) -> Self {
        if entry.attempts.saturating_add(1) >= max_tries { Self::Dead(reason) } else { Self::Failed(reason) }
    }
}

impl Round<'_> {
    /// Sends the entries, different channels at the same time and each in its order. What has waited longest since
    /// it was last tried, or was never tried, comes first: an entry at which the server seems absent must not be the
    /// one by which this is found out each time.
    pub(super) async fn send(self, entries: Vec<Entry>) -> Report {
        let mut chains = chains(entries, |entry| &entry.channels);
        chains.sort_by_key(|chain| chain.first().map(|entry| entry.available_at));
        let mut tried = Vec::new();
        let mut unfinished = false;
        let mut ended =
            stream::iter(chains).map(|chain| self.send_chain(chain)).buffer_unordered(self.concurrency);
        while let Some((of_chain, cut_short)) = ended.next().await {
            tried.extend(of_chain);
            unfinished |= cut_short;
        }
        drop(ended);
        Report { tried, answered: self.seen.answering.into_inner(), unfinished }
    }

    /// Sends one after the other, up to the first one that has to be tried again. Whether it was ended before.
    async fn send_chain(&self, chain: Vec<Entry>) -> (Vec<Tried>, bool) {
        let mut tried = Vec::new();
        for entry in chain {
            if self.is_over() {
                return (tried, true);
            }
            self.begun.store(true, Ordering::Relaxed);
            let verdict = self.attempt(&entry).await;
            let held = matches!(verdict, Verdict::Absent(_) | Verdict::Failed(_));
            tried.push(Tried { entry, verdict });
            if held {
                break;
            }
        }
        (tried, false)
    }

    fn is_over(&self) -> bool {
        let late = self.begun.load(Ordering::Relaxed) && Instant::now() >= self.until;
        self.seen.only_absence() || *self.stop.borrow() || late
    }

    async fn attempt(&self, entry: &Entry) -> Verdict {
        let message = match &entry.message {
            Ok(message) => message,
            Err(reason) => {
                metrics::failed(Reason::Refused);
                return Verdict::Dead(format!("the entry cannot be read: {reason}"));
            }
        };
        let Err(error) = self.broadcaster.send_once(message).await else {
            self.seen.answering.store(true, Ordering::Relaxed);
            trace!(event.id = %entry.event_id, event.name = %entry.name, "Delivered");
            return Verdict::Delivered;
        };
        if error.is_server_absent() {
            self.seen.absent.store(true, Ordering::Relaxed);
            metrics::failed(Reason::Unreachable);
            return Verdict::Absent(error.to_string());
        }
        let answer = matches!(error.root(), BroadcastError::Answer { .. });
        if answer || matches!(error.root(), BroadcastError::Status { .. }) {
            self.seen.answering.store(true, Ordering::Relaxed);
        }
        // What was answered with 200 may have arrived, and a server that is none would say the same again.
        if answer || error.is_event_refused() {
            metrics::failed(Reason::Refused);
            return Verdict::Dead(error.to_string());
        }
        metrics::failed(Reason::Status);
        Verdict::failed(entry, error.to_string(), self.max_tries)
    }
}

impl Seen {
    fn only_absence(&self) -> bool {
        self.absent.load(Ordering::Relaxed) && !self.answering.load(Ordering::Relaxed)
    }
}
