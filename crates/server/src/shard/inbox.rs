//! The way into a shard from other threads.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
        mpsc,
    },
};

use mio::{Poll, Waker};
use tokio::sync::Notify;

/// What a thing counts for in a queue that is bounded in bytes.
pub trait Measured {
    /// The bytes.
    fn size(&self) -> usize;
}

/// The sending half. It never blocks: whoever wants to send data asks [`has_room`](Self::has_room) first and waits
/// for [`room`](Self::room). What a shard must know in any case (a new connection, a member that left) may pass the
/// limit: by no more than what the shards read at once, because they read no more while an inbox is not
/// [calm](Self::is_calm).
#[derive(Debug)]
pub struct InboxSender<T> {
    sender: mpsc::Sender<T>,
    shared: Arc<Shared>,
}

/// The receiving half, owned by the shard.
#[derive(Debug)]
pub struct Inbox<T> {
    receiver: mpsc::Receiver<T>,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    waker: Waker,
    /// Whether the shard will look into the inbox without being woken.
    awake: AtomicBool,
    queued: AtomicUsize,
    bytes: AtomicUsize,
    /// How many things have been taken out, ever.
    taken: AtomicU64,
    limit: usize,
    room: Notify,
}

/// An inbox that wakes `poll` and has room for `limit` bytes.
///
/// # Errors
/// When the system has no descriptor for the waker.
pub fn inbox<T: Measured>(poll: &Poll, limit: usize) -> io::Result<(InboxSender<T>, Inbox<T>)> {
    let (sender, receiver) = mpsc::channel();
    let shared = Arc::new(Shared {
        waker: Waker::new(poll.registry(), super::WAKER)?,
        awake: AtomicBool::new(false),
        queued: AtomicUsize::new(0),
        bytes: AtomicUsize::new(0),
        taken: AtomicU64::new(0),
        limit,
        room: Notify::new(),
    });
    Ok((InboxSender { sender, shared: Arc::clone(&shared) }, Inbox { receiver, shared }))
}

impl<T: Measured> InboxSender<T> {
    /// Puts something in. After the shard has ended nobody is left to receive it, and it is dropped.
    pub fn push(&self, item: T) {
        self.shared.bytes.fetch_add(item.size(), Ordering::Relaxed);
        self.shared.queued.fetch_add(1, Ordering::SeqCst);
        if self.sender.send(item).is_ok()
            && !self.shared.awake.swap(true, Ordering::SeqCst)
            && let Err(error) = self.shared.waker.wake()
        {
            tracing::error!(%error, "A shard cannot be woken");
        }
    }

    /// Whether the limit is not reached.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.shared.bytes.load(Ordering::Relaxed) < self.shared.limit
    }

    /// Whether so little waits that more may be read from clients. That ends long before the limit, so that what has
    /// been read need not be refused, and what applications publish finds room.
    #[must_use]
    pub fn is_calm(&self) -> bool {
        self.shared.bytes.load(Ordering::Relaxed) < self.shared.limit / 8
    }

    /// Bytes that wait.
    #[must_use]
    pub fn waiting_bytes(&self) -> usize {
        self.shared.bytes.load(Ordering::Relaxed)
    }

    /// How many things have been taken out, ever: a shard that still takes something is behind, and not stuck.
    #[must_use]
    pub fn taken(&self) -> u64 {
        self.shared.taken.load(Ordering::Relaxed)
    }

    /// Waits until there is room.
    pub async fn room(&self) {
        loop {
            let room = self.shared.room.notified();
            if self.has_room() {
                return;
            }
            room.await;
        }
    }
}

impl<T: Measured> Inbox<T> {
    /// From here on the shard has to be woken. Answers whether something came in meanwhile.
    pub(super) fn prepare_to_sleep(&self) -> bool {
        self.shared.awake.store(false, Ordering::SeqCst);
        self.queued() > 0
    }

    /// The shard will look into the inbox without being woken.
    pub(super) fn awake(&self) {
        self.shared.awake.store(true, Ordering::SeqCst);
    }

    /// How many things are in the inbox.
    pub(crate) fn queued(&self) -> usize {
        self.shared.queued.load(Ordering::SeqCst)
    }

    /// Takes the oldest out; `None` when nothing has arrived yet.
    pub(crate) fn take(&self) -> Option<T> {
        let item = self.receiver.try_recv().ok()?;
        self.shared.queued.fetch_sub(1, Ordering::SeqCst);
        self.shared.taken.fetch_add(1, Ordering::Relaxed);
        let before = self.shared.bytes.fetch_sub(item.size(), Ordering::Relaxed);
        if before >= self.shared.limit {
            self.shared.room.notify_waiters();
        }
        Some(item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Measured for u32 {
        fn size(&self) -> usize {
            10
        }
    }

    #[test]
    fn items_come_out_in_order_and_give_their_room_back() {
        let poll = Poll::new().unwrap();
        let (sender, inbox) = inbox::<u32>(&poll, 15).unwrap();
        assert!(!inbox.prepare_to_sleep());
        sender.push(1);
        assert!(sender.has_room() && !sender.is_calm());
        sender.push(2);
        assert!(!sender.has_room());
        assert!(inbox.prepare_to_sleep());
        assert_eq!([inbox.take(), inbox.take(), inbox.take()], [Some(1), Some(2), None]);
        assert!(sender.has_room() && sender.is_calm());
        assert!(!inbox.prepare_to_sleep());
    }

    #[tokio::test]
    async fn a_publisher_waits_for_room() {
        let poll = Poll::new().unwrap();
        let (sender, inbox) = inbox::<u32>(&poll, 5).unwrap();
        sender.push(1);
        let sender = Arc::new(sender);
        let waiting = tokio::spawn({
            let sender = Arc::clone(&sender);
            async move { sender.room().await }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        assert_eq!(inbox.take(), Some(1));
        waiting.await.unwrap();
    }
}
