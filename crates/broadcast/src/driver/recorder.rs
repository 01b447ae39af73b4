//! A driver for tests of applications.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard},
};

use gema_protocol::names::{ChannelName, SocketId};
use serde_json::Value;

use crate::{BroadcastError, BroadcastEvent, Channel, Channels, Message};

/// Keeps every message in place of sending it. Clones share what they keep.
///
/// ```
/// # use gema_broadcast::{Broadcaster, Channel};
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), gema_broadcast::BroadcastError> {
/// let (broadcaster, recorder) = Broadcaster::recorder();
/// broadcaster.event("Ping").on(Channel::public("news")).send().await?;
/// assert_eq!(recorder.messages()[0].name().as_str(), "Ping");
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Default)]
pub struct Recorder(Arc<Mutex<Vec<Message>>>);

impl Recorder {
    /// All messages, the oldest first, as they would have been sent. Those for encrypted channels are not yet
    /// sealed.
    #[must_use]
    pub fn messages(&self) -> Vec<Message> {
        self.lock().clone()
    }

    /// Asserts that an event with a payload like this was broadcast.
    ///
    /// # Panics
    /// When there was none.
    #[track_caller]
    pub fn assert_broadcast<E: BroadcastEvent>(&self, predicate: impl Fn(&Value) -> bool) {
        let found = self.of::<E>().iter().any(|message| predicate(&payload(message)));
        assert!(found, "no such `{}` was broadcast, but {}", E::NAME, self.summary());
    }

    /// Asserts that an event was broadcast on these channels, all of them and no others, in whatever order.
    ///
    /// # Panics
    /// When there was none.
    #[track_caller]
    pub fn assert_broadcast_on<E: BroadcastEvent>(&self, channels: impl Into<Channels>) {
        let channels = channels.into();
        let expected: BTreeSet<&str> = channels.iter().map(Channel::as_str).collect();
        let is_on = |message: &Message| {
            message.channels().iter().map(ChannelName::as_str).collect::<BTreeSet<_>>() == expected
        };
        let found = self.of::<E>().iter().any(is_on);
        assert!(found, "no `{}` was broadcast on {expected:?} alone, but {}", E::NAME, self.summary());
    }

    /// Asserts that an event was broadcast to all but this connection; with `None`, to everybody.
    ///
    /// # Panics
    /// When there was none.
    #[track_caller]
    pub fn assert_broadcast_except<E: BroadcastEvent>(&self, socket_id: impl Into<Option<SocketId>>) {
        let socket_id = socket_id.into();
        let found = self.of::<E>().iter().any(|message| message.socket_id() == socket_id);
        let whom =
            socket_id.map_or_else(|| "everybody".to_owned(), |socket_id| format!("all but {socket_id}"));
        assert!(found, "no `{}` was broadcast to {whom}, but {}", E::NAME, self.summary());
    }

    /// Asserts how many events of a type were broadcast.
    ///
    /// # Panics
    /// When it were more or fewer.
    #[track_caller]
    pub fn assert_broadcast_times<E: BroadcastEvent>(&self, times: usize) {
        let found = self.of::<E>().len();
        let summary = self.summary();
        assert!(found == times, "`{}` was broadcast {found} times, not {times}: {summary}", E::NAME);
    }

    /// Asserts that no event of a type was broadcast.
    ///
    /// # Panics
    /// When there was one.
    #[track_caller]
    pub fn assert_not_broadcast<E: BroadcastEvent>(&self) {
        self.assert_broadcast_times::<E>(0);
    }

    /// Asserts that nothing was broadcast.
    ///
    /// # Panics
    /// When something was.
    #[track_caller]
    pub fn assert_nothing_broadcast(&self) {
        assert!(self.lock().is_empty(), "nothing should be broadcast, but {}", self.summary());
    }

    pub(super) fn record(&self, message: &Message) -> Result<(), BroadcastError> {
        self.lock().push(message.clone());
        Ok(())
    }

    fn of<E: BroadcastEvent>(&self) -> Vec<Message> {
        self.lock().iter().filter(|message| message.name().as_str() == E::NAME).cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Message>> {
        self.0.lock().expect("nobody panics while holding the messages")
    }

    fn summary(&self) -> String {
        let messages = self.lock();
        if messages.is_empty() {
            return "nothing was".to_owned();
        }
        let line = |message: &Message| {
            let name = message.name().as_str();
            let channels: Vec<_> = message.channels().iter().map(|channel| format!("`{channel}`")).collect();
            let except = message.socket_id().map(|socket_id| format!(" to all but {socket_id}"));
            let (channels, except) = (channels.join(", "), except.unwrap_or_default());
            format!("\n  {name} on {channels}{except}: {}", message.data())
        };
        format!("there were:{}", messages.iter().map(line).collect::<String>())
    }
}

fn payload(message: &Message) -> Value {
    serde_json::from_str(message.data()).expect("the payload of a message is JSON")
}
