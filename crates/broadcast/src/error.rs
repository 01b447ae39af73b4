//! The one error of sending.

use gema_protocol::names::ChannelName;

use crate::{InvalidMessage, InvalidSetting};

/// Why an event was not sent, or a question not answered.
#[derive(Debug, thiserror::Error)]
pub enum BroadcastError {
    /// The event itself is not one that can be sent.
    #[error(transparent)]
    Message(#[from] InvalidMessage),
    /// No answer came: the server is not there, or not in time.
    #[error("the server at {server} cannot be reached: {reason}")]
    Unreachable {
        /// Where it should be.
        server: String,
        /// What went wrong.
        reason: String,
    },
    /// The server has answered, but not with 200.
    #[error("the server answered {status}: {body}")]
    Status {
        /// The status.
        status: u16,
        /// The beginning of the answer.
        body: String,
    },
    /// The server has answered 200, but not with the JSON that the protocol knows.
    #[error("the server answered 200, but not as the protocol says ({reason}): {body}")]
    Answer {
        /// What is wrong with it.
        reason: String,
        /// The beginning of the answer.
        body: String,
    },
    /// One of several requests for one event, or for one batch, has failed. Those before it have succeeded,
    /// those after it were not tried.
    #[error("request {number} of {total} ({what}) has failed: {source}")]
    Part {
        /// Which one, counted from 1.
        number: usize,
        /// How many there are.
        total: usize,
        /// What it was to send.
        what: String,
        /// What went wrong.
        source: Box<Self>,
    },
    /// An event is for an encrypted channel, and there is no key.
    #[error(
        "channel `{0}` is encrypted, but there is no encryption key: set BROADCAST_ENCRYPTION_KEY, for example to \
         the output of `openssl rand -base64 32`"
    )]
    NoEncryptionKey(ChannelName),
    /// There is no URL for this: `.` and `..` cannot stand between two slashes of one.
    #[error("a channel, user or app that is called `.` or `..` cannot be part of the path `{0}`")]
    Path(String),
    /// This connection sends nothing to a server, so that there is nobody to ask.
    #[error("the broadcast connection `{0}` has no server that could answer; use `reverb` or `pusher`")]
    NoServer(&'static str),
    /// The settings are wrong; these are all the mistakes.
    #[error("broadcasting is not configured:\n{}", InvalidSetting::report(.0))]
    Config(Vec<InvalidSetting>),
    /// The HTTP client cannot be made: no certificates, or a host that cannot be part of a URL.
    #[error("there is no HTTP client for {server}: {reason}")]
    Client {
        /// Where it should send to.
        server: String,
        /// What went wrong.
        reason: String,
    },
}

impl BroadcastError {
    /// Whether nobody has answered: it says nothing about the event.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        matches!(self.root(), Self::Unreachable { .. })
    }

    /// Whether the same may succeed if it is tried again.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self.root() {
            Self::Unreachable { .. } => true,
            Self::Status { status, .. } => *status >= 500,
            _ => false,
        }
    }

    /// Whether the event itself is at fault, so that it will be refused for ever.
    #[must_use]
    pub fn is_event_refused(&self) -> bool {
        match self.root() {
            Self::Message(_) => true,
            Self::Status { status, .. } => matches!(status, 400 | 413 | 422),
            _ => false,
        }
    }

    fn root(&self) -> &Self {
        match self {
            Self::Part { source, .. } => source.root(),
            other => other,
        }
    }
}
