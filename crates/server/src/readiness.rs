//! Whether the server can serve: `/ready`.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use crate::{
    directory::Inboxes,
    metrics::process::{max_fds, open_fds},
    shard::Order,
};

/// How long a shard may leave a heartbeat unanswered.
const PATIENCE: Duration = Duration::from_secs(5);
/// Per cent of the open files with which no further connection should be sent here.
const MOST_FILES: u64 = 95;

/// Whether the server can serve. Heartbeats go through the inboxes of the shards: whoever answers them does what else
/// is in there as well.
#[derive(Debug)]
pub struct Readiness {
    started: Instant,
    shutting_down: AtomicBool,
    beats: Vec<Beat>,
}

/// The last heartbeat of a shard. Times are milliseconds since the start.
#[derive(Debug, Default)]
struct Beat {
    sent: AtomicU64,
    sent_at: AtomicU64,
    heard: Arc<AtomicU64>,
    /// How much the shard had taken out of its inbox when it was last looked at, and when that had last grown.
    taken: AtomicU64,
    taken_at: AtomicU64,
}

impl Beat {
    /// How long the shard has left the heartbeat unanswered.
    fn silent(&self, now: u64) -> Duration {
        let is_answered = self.heard.load(Relaxed) == self.sent.load(Relaxed);
        since(if is_answered { now } else { self.sent_at.load(Relaxed) }, now)
    }

    /// How long the shard has taken nothing although there was something.
    fn stuck(&self, now: u64) -> Duration {
        self.silent(now).min(since(self.taken_at.load(Relaxed), now))
    }
}

fn since(then: u64, now: u64) -> Duration {
    Duration::from_millis(now.saturating_sub(then))
}

/// Why the server cannot serve.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotReady {
    /// It has been told to stop.
    #[error("the server is shutting down")]
    ShuttingDown,
    /// A shard is stuck, or far behind.
    #[error("shard {shard} has not answered for {seconds} seconds")]
    Shard {
        /// The shard.
        shard: usize,
        /// How long it has been silent.
        seconds: u64,
    },
    /// A connection more would soon be refused.
    #[error("{open} of {most} files are open (raise the limit: ulimit -n, LimitNOFILE=)")]
    Files {
        /// Open files.
        open: u64,
        /// Most open files.
        most: u64,
    },
}

impl Readiness {
    /// That of a server with so many shards, which is ready.
    #[must_use]
    pub fn new(shards: usize) -> Self {
        let beats = std::iter::repeat_with(Beat::default).take(shards).collect();
        Self { started: Instant::now(), shutting_down: AtomicBool::new(false), beats }
    }

    /// The server has been told to stop.
    pub fn shut_down(&self) {
        self.shutting_down.store(true, Relaxed);
    }

    /// Sends a heartbeat to each shard that has answered the last one; to be called about once a second, and by one
    /// thread.
    pub fn beat(&self, inboxes: &Inboxes) {
        self.beat_at(self.now(), inboxes);
    }

    fn beat_at(&self, now: u64, inboxes: &Inboxes) {
        for (beat, inbox) in self.beats.iter().zip(inboxes) {
            let taken = inbox.taken();
            if beat.taken.swap(taken, Relaxed) != taken {
                beat.taken_at.store(now, Relaxed);
            }
            let number = beat.sent.load(Relaxed);
            if beat.heard.load(Relaxed) == number {
                beat.sent_at.store(now, Relaxed);
                beat.sent.store(number + 1, Relaxed);
                inbox.push(Order::Heartbeat { number: number + 1, heard: Arc::clone(&beat.heard) });
            }
        }
    }

    /// Whether the server can serve.
    ///
    /// # Errors
    /// Why it cannot.
    pub fn verdict(&self) -> Result<(), NotReady> {
        self.verdict_at(self.now())?;
        // Only where the system tells without listing them: everybody may ask this.
        match (open_fds(), max_fds()) {
            (Some(open), most) if open * 100 > most * MOST_FILES => Err(NotReady::Files { open, most }),
            _ => Ok(()),
        }
    }

    fn verdict_at(&self, now: u64) -> Result<(), NotReady> {
        if self.shutting_down.load(Relaxed) {
            return Err(NotReady::ShuttingDown);
        }
        let silent = self.beats.iter().map(|beat| beat.silent(now));
        match silent.enumerate().find(|(_, silent)| *silent > PATIENCE) {
            Some((shard, silent)) => Err(NotReady::Shard { shard, seconds: silent.as_secs() }),
            None => Ok(()),
        }
    }

    /// Whether all shards go on. One that is far behind does, though the server is [not ready](Self::verdict) for more;
    /// without one that does not, the process is not alive, whatever else it does.
    #[must_use]
    pub fn all_shards_go_on(&self) -> bool {
        self.all_go_on_at(self.now())
    }

    fn all_go_on_at(&self, now: u64) -> bool {
        self.beats.iter().all(|beat| beat.stuck(now) <= PATIENCE)
    }

    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use mio::Poll;
    use tokio::sync::mpsc;

    use super::*;
    use crate::shard::inbox;

    #[test]
    fn a_shard_that_does_not_answer_makes_the_server_not_ready_until_it_does() {
        let poll = Poll::new().unwrap();
        let (sender, inbox) = inbox(&poll, 1000).unwrap();
        let (readiness, inboxes) = (Readiness::new(1), vec![sender]);
        readiness.beat(&inboxes);
        readiness.beat(&inboxes);
        assert_eq!(inbox.queued(), 1, "a shard that is stuck is not asked again and again");
        let late = readiness.now() + 7_000;
        assert_eq!(readiness.verdict_at(late - 6_000), Ok(()));
        let silent = NotReady::Shard { shard: 0, seconds: 7 };
        assert_eq!(readiness.verdict_at(late), Err(silent));
        let Some(Order::Heartbeat { number, heard }) = inbox.take() else { panic!("no heartbeat") };
        heard.store(number, Relaxed);
        assert_eq!(readiness.verdict_at(late), Ok(()));
        readiness.beat(&inboxes);
        assert_eq!(inbox.queued(), 1);
    }

    #[test]
    fn a_shard_that_is_far_behind_goes_on_and_one_that_takes_nothing_does_not() {
        let poll = Poll::new().unwrap();
        let (sender, inbox) = inbox(&poll, 1000).unwrap();
        let (readiness, inboxes) = (Readiness::new(1), vec![sender]);
        let (waiting, _) = mpsc::channel(1);
        let look_after = |milliseconds| {
            readiness.beat_at(milliseconds, &inboxes);
            (readiness.verdict_at(milliseconds).is_ok(), readiness.all_go_on_at(milliseconds))
        };
        (0..10).for_each(|_| inboxes[0].push(Order::Passed(waiting.clone())));
        assert_eq!(look_after(1_000), (true, true));
        for second in 2..=10 {
            inbox.take().unwrap();
            assert_eq!(look_after(1_000 * second), (second <= 6, true), "after {second} seconds");
        }
        assert_eq!(look_after(15_000), (false, true));
        assert_eq!(look_after(15_001), (false, false));
        inbox.take().unwrap();
        assert_eq!(look_after(16_000), (false, true));
    }

    #[test]
    fn a_server_that_is_told_to_stop_is_not_ready() {
        let readiness = Readiness::new(0);
        assert_eq!(readiness.verdict(), Ok(()));
        readiness.shut_down();
        assert_eq!(readiness.verdict(), Err(NotReady::ShuttingDown));
    }
}
