//! What carries messages away.

mod http;
mod recorder;
mod trigger;

pub(crate) use http::{Http, escape};
pub use recorder::Recorder;
#[cfg(feature = "outbox")]
pub(crate) use trigger::requests;

use tracing::{debug, info};

use crate::{BroadcastError, Message};

#[derive(Debug)]
pub(crate) enum Driver {
    Http(Box<Http>),
    Log,
    Null,
    Recorder(Recorder),
}

/// Whether a request is sent again after a fault that may pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attempts {
    Once,
    AsConfigured,
}

impl Driver {
    pub(crate) async fn send(&self, message: &Message, attempts: Attempts) -> Result<(), BroadcastError> {
        match self {
            Self::Http(http) => http.send(message, attempts).await,
            Self::Log => log(message),
            Self::Null => Ok(()),
            Self::Recorder(recorder) => recorder.record(message),
        }
    }

    pub(crate) async fn send_batch(&self, messages: &[Message]) -> Result<(), BroadcastError> {
        match self {
            Self::Http(http) => http.send_batch(messages).await,
            Self::Log => messages.iter().try_for_each(log),
            Self::Null => Ok(()),
            Self::Recorder(recorder) => messages.iter().try_for_each(|message| recorder.record(message)),
        }
    }

    /// The server, for a question that only a server can answer.
    pub(crate) fn server(&self) -> Result<&Http, BroadcastError> {
        match self {
            Self::Http(http) => Ok(http),
            Self::Log => Err(BroadcastError::NoServer("log")),
            Self::Null => Err(BroadcastError::NoServer("null")),
            Self::Recorder(_) => Err(BroadcastError::NoServer("recorder")),
        }
    }
}

fn log(message: &Message) -> Result<(), BroadcastError> {
    let name = message.name().as_str();
    let channels = trigger::list(message.channels());
    info!(event.name = name, event.channels = channels, "Broadcasting `{name}` on {channels}");
    debug!(event.name = name, event.data = message.data(), "Payload of `{name}`");
    Ok(())
}
