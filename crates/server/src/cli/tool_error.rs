//! Why a tool has not done its work: what, where, and how to mend it.

use std::{error::Error, io};

use super::Exit;
use crate::config::{InvalidSetting, report};

/// Why a tool has not done its work.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// The configuration, which is to say where the server is, is wrong.
    #[error("{}", report(.0).trim_end())]
    Configuration(Vec<InvalidSetting>),
    /// An argument is wrong.
    #[error("{0}")]
    Argument(String),
    /// The server cannot be reached.
    #[error("cannot reach {address} ({from}): {reason}\n{remedy}")]
    Unreachable {
        /// The address.
        address: String,
        /// Where the address is from.
        from: String,
        /// What the system says.
        reason: String,
        /// What to do.
        remedy: &'static str,
    },
    /// The server says no.
    #[error("{address} refuses: {reason}{}", paragraph(.remedy))]
    Refused {
        /// The address.
        address: String,
        /// What it says.
        reason: String,
        /// What to do, if that is known.
        remedy: Option<String>,
    },
    /// The server is there, and not healthy.
    #[error("{address} is not healthy: {reason}")]
    Unhealthy {
        /// The address.
        address: String,
        /// What it says.
        reason: String,
    },
    /// Standard input cannot be read.
    #[error("failed to read standard input: {0}")]
    Input(#[source] io::Error),
    /// The output cannot be written.
    #[error("failed to print: {0}")]
    Print(#[from] io::Error),
    /// The system refuses what every program needs.
    #[error("failed to start: {0}")]
    Runtime(#[source] io::Error),
}

impl ToolError {
    /// How the process ends.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Configuration(_) | Self::Argument(_) => Exit::Usage,
            Self::Unreachable { .. }
            | Self::Refused { .. }
            | Self::Unhealthy { .. }
            | Self::Input(_)
            | Self::Print(_)
            | Self::Runtime(_) => Exit::Failure,
        }
    }
}

fn paragraph(remedy: &Option<String>) -> String {
    remedy.as_ref().map_or_else(String::new, |remedy| format!("\n{remedy}"))
}

/// An error and its causes, without those that the text before says already.
pub(super) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let cause = error.to_string();
        if !text.contains(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
        source = error.source();
    }
    text
}

/// What to do about a connection that does not come about.
pub(super) fn remedy_of(reason: &str) -> &'static str {
    let reason = reason.to_ascii_lowercase();
    if reason.contains("refused") {
        "Is the server running? `gema start` starts it; --url names another address, --local asks the one it listens on."
    } else if reason.contains("corrupt message") || reason.contains("invalidcontenttype") {
        "The server does not speak TLS there: use http:// (REVERB_SCHEME=http)."
    } else if reason.contains("certificate") {
        "The certificate is not trusted here: SSL_CERT_FILE names further authorities, --insecure checks nothing."
    } else if reason.contains("lookup") || reason.contains("resolve") || reason.contains("no address") {
        "Is the name right? --url names another address, --local asks the one it listens on."
    } else {
        "Is that the server's address, and does a firewall let one through?"
    }
}
