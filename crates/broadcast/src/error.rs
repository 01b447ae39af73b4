//! The one error of sending.

use crate::InvalidMessage;

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
}

impl BroadcastError {
    /// Whether nobody has answered: it says nothing about the event.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }

    /// Whether the same may succeed if it is tried again.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Message(_) => false,
            Self::Unreachable { .. } => true,
            Self::Status { status, .. } => *status >= 500,
        }
    }

    /// Whether the event itself is at fault, so that it will be refused for ever.
    #[must_use]
    pub fn is_event_refused(&self) -> bool {
        match self {
            Self::Message(_) => true,
            Self::Unreachable { .. } => false,
            Self::Status { status, .. } => matches!(status, 400 | 413 | 422),
        }
    }
}
