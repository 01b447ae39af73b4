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
    /// Nothing is begun after it.
    pub(super) until: Instant,
    /// Nothing is begun when it says so either.
    pub(super) stop: watch::Receiver<bool>,
    /// Nor when somebody found that the server cannot be reached.
    pub(super) unreachable: AtomicBool,
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
    /// To be tried again.
    Failed(String),
    /// Given up.
    Dead(String),
}

/// What a round has come to.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) tried: Vec<Tried>,
    /// Why the server cannot be reached, if so.
    pub(super) unreachable: Option<String>,
}

/// The end of a chain that is not its own end.
#[derive(Debug)]
struct Unreachable(String);

impl Round<'_> {
    /// Sends the entries, different channels at the same time and each in its order.
    pub(super) async fn send(self, entries: Vec<Entry>) -> Report {
        let chains = chains(entries, |entry| &entry.channels);
        let mut report = Report { tried: Vec::new(), unreachable: None };
        let mut ended =
            stream::iter(chains).map(|chain| self.send_chain(chain)).buffer_unordered(self.concurrency);
        while let Some((tried, end)) = ended.next().await {
            report.tried.extend(tried);
            report.unreachable = report.unreachable.or(end.err().map(|Unreachable(reason)| reason));
        }
        drop(ended);
        report
    }

    /// Sends one after the other, up to the first one that has to be tried again.
    async fn send_chain(&self, chain: Vec<Entry>) -> (Vec<Tried>, Result<(), Unreachable>) {
        let mut tried = Vec::new();
        for entry in chain {
            if self.is_over() {
                break;
            }
            match self.attempt(&entry).await {
                Ok(verdict) => {
                    let held = matches!(verdict, Verdict::Failed(_));
                    tried.push(Tried { entry, verdict });
                    if held {
                        break;
                    }
                }
                Err(unreachable) => {
                    self.unreachable.store(true, Ordering::Relaxed);
                    return (tried, Err(unreachable));
                }
            }
        }
        (tried, Ok(()))
    }

    fn is_over(&self) -> bool {
        self.unreachable.load(Ordering::Relaxed) || *self.stop.borrow() || Instant::now() >= self.until
    }

    async fn attempt(&self, entry: &Entry) -> Result<Verdict, Unreachable> {
        let message = match &entry.message {
            Ok(message) => message,
            Err(reason) => {
                metrics::failed(Reason::Refused);
                return Ok(Verdict::Dead(format!("the entry cannot be read: {reason}")));
            }
        };
        let Err(error) = self.broadcaster.send_once(message).await else {
            trace!(event.id = %entry.event_id, event.name = %entry.name, "Delivered");
            return Ok(Verdict::Delivered);
        };
        if error.is_unreachable() {
            metrics::failed(Reason::Unreachable);
            return Err(Unreachable(error.to_string()));
        }
        // What was answered with 200 may have arrived, and who answers like that would answer the same again.
        if error.is_event_refused() || matches!(error.root(), BroadcastError::Answer { .. }) {
            metrics::failed(Reason::Refused);
            return Ok(Verdict::Dead(error.to_string()));
        }
        metrics::failed(Reason::Status);
        if entry.attempts.saturating_add(1) >= self.max_tries {
            Ok(Verdict::Dead(error.to_string()))
        } else {
            Ok(Verdict::Failed(error.to_string()))
        }
    }
}
