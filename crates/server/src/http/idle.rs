//! Which HTTP connection makes room for a new one.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

use tokio::task::AbortHandle;

/// What a connection has done and is doing, as far as that tells whether it can be spared.
#[derive(Debug, Default)]
pub(crate) struct Activity {
    /// Requests that are being answered.
    busy: AtomicU32,
    /// Requests so far.
    requests: AtomicU32,
    /// Whether there was a request that an application has signed.
    signed: AtomicBool,
}

/// A request is being answered, until this is dropped.
#[derive(Debug)]
pub(crate) struct Busy(Arc<Activity>);

/// The HTTP connections in the order of their coming. When there are as many as there may be, one that does nothing
/// makes room: otherwise whoever opens enough connections and says nothing would keep everybody else waiting.
#[derive(Debug, Default)]
pub(crate) struct IdleConnections {
    connections: VecDeque<Candidate>,
    /// With so many it is time to forget those that have ended.
    sweep_at: usize,
}

/// Fewer are not worth looking through.
const FEW: usize = 64;

#[derive(Debug)]
struct Candidate {
    activity: Arc<Activity>,
    task: AbortHandle,
    /// The number of its requests when it was last looked at.
    requests: u32,
}

// === impl Activity ===

impl Activity {
    /// A request has come.
    pub(crate) fn begin(self: &Arc<Self>) -> Busy {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.busy.fetch_add(1, Ordering::Relaxed);
        Busy(Arc::clone(self))
    }

    /// Whether any request has come.
    pub(crate) fn has_begun(&self) -> bool {
        self.requests.load(Ordering::Relaxed) > 0
    }

    /// An application has signed a request: the connection is worth more than one that anybody can open.
    pub(crate) fn confirm(&self) {
        self.signed.store(true, Ordering::Relaxed);
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.busy.fetch_sub(1, Ordering::Relaxed);
    }
}

// === impl IdleConnections ===

impl IdleConnections {
    /// A connection has come; the task serves it, and holds its activity as long as it lives.
    pub(crate) fn push(&mut self, activity: Arc<Activity>, task: AbortHandle) {
        // The handle keeps the memory of its task: in a rush of clients, of which each becomes a WebSocket at once, that
        // must not come to more than what those need that are really there.
        if self.connections.len() >= self.sweep_at {
            self.sweep();
        }
        self.connections.push_back(Candidate { activity, task, requests: 0 });
    }

    /// Ends a connection on which no request is being answered: the one that has been so for longest, and none of an
    /// application as long as there are others. Answers whether there was one.
    pub(crate) fn make_room(&mut self) -> bool {
        self.end_one(false) || self.end_one(true)
    }

    /// Forgets connections that have ended.
    pub(crate) fn sweep(&mut self) {
        self.connections.retain(|candidate| !candidate.has_ended());
        self.sweep_at = FEW.max(self.connections.len() * 2);
        if self.connections.len() < self.connections.capacity() / 4 {
            self.connections.shrink_to_fit();
        }
    }

    /// Whoever has had a request since it was last looked at goes to the back of the queue.
    fn end_one(&mut self, even_of_applications: bool) -> bool {
        // Twice: in the second round all are spared no longer that were spared for their last request.
        for _ in 0..self.connections.len() * 2 {
            let Some(mut candidate) = self.connections.pop_front() else { return false };
            if candidate.has_ended() {
                continue;
            }
            let requests = candidate.activity.requests.load(Ordering::Relaxed);
            let is_busy = candidate.activity.busy.load(Ordering::Relaxed) > 0;
            let is_spared = candidate.activity.signed.load(Ordering::Relaxed) && !even_of_applications;
            if !is_busy && !is_spared && requests == candidate.requests {
                candidate.task.abort();
                return true;
            }
            candidate.requests = requests;
            self.connections.push_back(candidate);
        }
        false
    }
}

impl Candidate {
    fn has_ended(&self) -> bool {
        self.task.is_finished() || Arc::strong_count(&self.activity) == 1
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use tokio::task::JoinSet;

    use super::*;

    /// So many connections that do nothing.
    fn connections(count: usize) -> (IdleConnections, Vec<Arc<Activity>>, JoinSet<()>) {
        let (mut idle, mut tasks) = (IdleConnections::default(), JoinSet::new());
        let activities: Vec<_> = (0..count).map(|_| Arc::new(Activity::default())).collect();
        for activity in &activities {
            idle.push(Arc::clone(activity), tasks.spawn(pending()));
        }
        (idle, activities, tasks)
    }

    /// Which connections are left.
    fn left(idle: &IdleConnections, activities: &[Arc<Activity>]) -> Vec<usize> {
        let is_left = |activity: &Arc<Activity>| {
            idle.connections.iter().any(|candidate| Arc::ptr_eq(&candidate.activity, activity))
        };
        (0..activities.len()).filter(|at| is_left(&activities[*at])).collect()
    }

    #[tokio::test]
    async fn the_oldest_that_has_said_nothing_makes_room() {
        let (mut idle, activities, mut tasks) = connections(3);
        assert!(idle.make_room());
        assert!(tasks.join_next().await.unwrap().unwrap_err().is_cancelled());
        assert_eq!(left(&idle, &activities), [1, 2]);
        assert!(idle.make_room() && idle.make_room());
        assert!(!idle.make_room());
    }

    #[tokio::test]
    async fn who_is_being_answered_is_never_ended() {
        let (mut idle, activities, _tasks) = connections(2);
        let busy: Vec<_> = activities.iter().map(Activity::begin).collect();
        assert!(!idle.make_room());
        drop(busy);
        assert!(idle.make_room());
    }

    #[tokio::test]
    async fn who_has_asked_lately_goes_after_those_who_have_not() {
        let (mut idle, activities, _tasks) = connections(3);
        drop(activities[0].begin());
        assert!(idle.make_room());
        assert_eq!(left(&idle, &activities), [0, 2]);
        assert!(idle.make_room());
        assert_eq!(left(&idle, &activities), [0]);
        assert!(idle.make_room());
    }

    #[tokio::test]
    async fn connections_of_applications_go_last() {
        let (mut idle, activities, _tasks) = connections(3);
        activities[0].confirm();
        activities[1].confirm();
        for expected in [&[0, 1][..], &[1], &[]] {
            assert!(idle.make_room());
            assert_eq!(left(&idle, &activities), expected);
        }
    }

    #[tokio::test]
    async fn a_rush_of_connections_that_end_at_once_is_forgotten_while_it_lasts() {
        let (mut idle, activities, mut tasks) = connections(100);
        for _ in 0..10_000 {
            idle.push(Arc::default(), tasks.spawn(pending()));
            assert!(idle.connections.len() <= 201);
        }
        assert_eq!(left(&idle, &activities).len(), 100);
    }

    #[tokio::test]
    async fn those_that_have_ended_are_forgotten() {
        let (mut idle, activities, mut tasks) = connections(100);
        drop(activities);
        idle.sweep();
        assert!(idle.connections.is_empty());
        assert!(!idle.make_room());
        tasks.shutdown().await;
    }
}
