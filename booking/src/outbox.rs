//! `booking outbox`: what an operator does about events that could not be sent.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use gema_broadcast::outbox::OutboxError;

use crate::{Outgoing, cli::Outbox, domain::Timestamp};

/// What came of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What to print.
    pub text: String,
    /// Whether there was what the command was about.
    pub found: bool,
}

/// Does what was asked.
///
/// # Errors
/// When the database does not answer.
pub async fn execute(outgoing: &Outgoing, command: Outbox) -> Result<Report, OutboxError> {
    let report = |found: bool, done: String, missing: &str| Report {
        text: if found { done } else { format!("{missing}\n") },
        found,
    };
    Ok(match command {
        Outbox::List { limit } => Report { text: list(outgoing, limit).await?, found: true },
        Outbox::Retry { event_id } => {
            let found = outgoing.retry(event_id).await?;
            report(found, format!("{event_id} will be sent.\n"), "No such event was given up.")
        }
        Outbox::RetryAll => {
            let count = outgoing.retry_all().await?;
            Report { text: format!("{count} events will be sent.\n"), found: true }
        }
        Outbox::Discard { event_id } => {
            let found = outgoing.discard(event_id).await?;
            report(found, format!("{event_id} is discarded.\n"), "No such event was given up.")
        }
    })
}

async fn list(outgoing: &Outgoing, limit: u32) -> Result<String, OutboxError> {
    let status = outgoing.status().await?;
    let age =
        status.oldest_age.map_or_else(String::new, |age| format!(", the first for {} s", age.as_secs()));
    let mut text = format!("{} wait to be sent{age}; {} were given up.\n", status.pending, status.dead);
    for letter in outgoing.dead_letters(limit).await? {
        let dead_at = Timestamp::from(DateTime::<Utc>::from(letter.dead_at));
        // A String never refuses a write.
        let _ = writeln!(
            text,
            "{}  {}  {}  {} tries until {dead_at}\n    {}",
            letter.event_id,
            letter.name,
            letter.channels.join(","),
            letter.attempts,
            letter.last_error
        );
    }
    Ok(text)
}
