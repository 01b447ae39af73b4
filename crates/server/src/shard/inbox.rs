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

/// The sending half. It never blocks: whoever publishes asks [`has_room`](Self::has_room) first and waits for
/// [`room`](Self::room). What clients cause is told in any case, and so passes the limit: shards read from clients up to
/// twice the limit ([calm](Self::is_calm)), so that publishers alone never keep them from it, and up to four times the
/// limit a client event is [taken](Self::takes_client_events).
#[derive(Debug)]
pub struct InboxSender<T> {
    sender: mpsc::Sender<T>,
    urgent: mpsc::Sender<T>,
    shared: Arc<Shared>,
}

/// The receiving half, owned by the shard.
#[derive(Debug)]
pub struct Inbox<T> {
    receiver: mpsc::Receiver<T>,
    urgent: mpsc::Receiver<T>,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    waker: Waker,
    /// Whether the shard will look into the inbox without being woken.
    awake: AtomicBool,
    queued: AtomicUsize,
    queued_urgent: AtomicUsize,
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
    let (urgent, urgent_receiver) = mpsc::channel();
    let shared = Arc::new(Shared {
        waker: Waker::new(poll.registry(), super::WAKER)?,
        awake: AtomicBool::new(false),
        queued: AtomicUsize::new(0),
        queued_urgent: AtomicUsize::new(0),
        bytes: AtomicUsize::new(0),
        taken: AtomicU64::new(0),
        limit,
        room: Notify::new(),
    });
    let inbox = Inbox { receiver, urgent: urgent_receiver, shared: Arc::clone(&shared) };
    Ok((InboxSender { sender, urgent, shared }, inbox))
}

impl<T: Measured> InboxSender<T> {
    /// Puts something in. After the shard has ended nobody is left to receive it, and it is dropped.
    pub fn push(&self, item: T) {
        self.shared.bytes.fetch_add(item.size(), Ordering::Relaxed);
        self.shared.queued.fetch_add(1, Ordering::SeqCst);
        self.send(&self.sender, item);
    }

    /// Puts something in that does not wait behind what is there: only others that came in this way.
    pub fn push_urgent(&self, item: T) {
        self.shared.queued_urgent.fetch_add(1, Ordering::SeqCst);
        self.send(&self.urgent, item);
    }

    fn send(&self, sender: &mpsc::Sender<T>, item: T) {
        if sender.send(item).is_ok()
            && !self.shared.awake.swap(true, Ordering::SeqCst)
            && let Err(error) = self.shared.waker.wake()
        {
            tracing::error!(%error, "A shard cannot be woken");
        }
    }

    /// Whether the limit is not reached: more may be published.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.waiting_bytes() < self.shared.limit
    }

    /// Whether so little waits that more may be read from clients. Publishers stop long before, and it ends long before
    /// client events are refused, so that what has been read need not be.
    #[must_use]
    pub fn is_calm(&self) -> bool {
        self.waiting_bytes() < self.shared.limit.saturating_mul(2)
    }

    /// Whether a client event has room.
    #[must_use]
    pub fn takes_client_events(&self) -> bool {
        self.waiting_bytes() < self.shared.limit.saturating_mul(4)
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
        self.queued() > 0 || self.shared.queued_urgent.load(Ordering::SeqCst) > 0
    }

    /// The shard will look into the inbox without being woken.
    pub(super) fn awake(&self) {
        self.shared.awake.store(true, Ordering::SeqCst);
    }

    /// How many things are in the inbox.
    pub(crate) fn queued(&self) -> usize {
        self.shared.queued.load(Ordering::SeqCst)
    }

    /// Takes the oldest out of what is urgent; `None` when nothing has arrived yet.
    pub(crate) fn take_urgent(&self) -> Option<T> {
        let item = self.urgent.try_recv().ok()?;
        self.shared.queued_urgent.fetch_sub(1, Ordering::SeqCst);
        self.shared.taken.fetch_add(1, Ordering::Relaxed);
        Some(item)
    }

    /// Takes the oldest out; `None` when nothing has arrived yet.
    pub(crate) fn take(&self) -> Option<T> {
        let item = self.receiver.try_recv().ok()?;
        self.shared.queued.fetch_sub(1, Ordering::SeqCst);
        self.shared.taken.fetch_add(1, Ordering::Relaxed);
        let before = self.shared.bytes.fetch_sub(item.size(), Ordering::Relaxed);
        // Below the limit, so that those who wait are woken once, and not for the place of each message.
        let room = self.shared.limit - self.shared.limit / 8;
        if before >= room && before - item.size() < room {
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
        assert!(sender.has_room());
        sender.push(2);
        assert!(!sender.has_room() && sender.is_calm());
        sender.push(3);
        assert!(!sender.is_calm() && sender.takes_client_events());
        (4..=6).for_each(|item| sender.push(item));
        assert!(!sender.takes_client_events());
        assert!(inbox.prepare_to_sleep());
        assert_eq!([inbox.take(), inbox.take(), inbox.take()], [Some(1), Some(2), Some(3)]);
        assert_eq!(
            [inbox.take(), inbox.take(), inbox.take(), inbox.take()],
            [Some(4), Some(5), Some(6), None]
        );
        assert!(sender.has_room() && sender.is_calm());
        assert!(!inbox.prepare_to_sleep());
    }

    #[test]
    fn what_is_urgent_wakes_and_comes_first_in_its_own_order() {
        let poll = Poll::new().unwrap();
        let (sender, inbox) = inbox::<u32>(&poll, 15).unwrap();
        sender.push_urgent(1);
        assert!(inbox.prepare_to_sleep());
        (2..=3).for_each(|item| sender.push(item));
        sender.push_urgent(4);
        assert_eq!([inbox.take_urgent(), inbox.take_urgent(), inbox.take_urgent()], [Some(1), Some(4), None]);
        assert_eq!((inbox.take(), sender.taken()), (Some(2), 3));
    }

    #[test]
    fn publishers_that_wait_are_woken_once_however_many_messages_are_taken() {
        let poll = Poll::new().unwrap();
        let (sender, inbox) = inbox::<u32>(&poll, 800).unwrap();
        (0..100).for_each(|item| sender.push(item));
        let mut wakes = 0;
        for _ in 0..100 {
            let mut waiting = std::pin::pin!(sender.shared.room.notified());
            assert!(!waiting.as_mut().enable());
            inbox.take().unwrap();
            wakes += u32::from(waiting.as_mut().enable());
        }
        assert_eq!(wakes, 1);
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
