//! One request for an event that waits in the outbox, as the database has it and as it is sent.

use crate::{ChannelName, EventId, Message, driver::requests};

/// What is written when an event is put into the outbox, for each request that it needs: so none is repeated because
/// another one has failed.
#[derive(Debug)]
pub struct NewEntry {
    pub(super) event_id: String,
    /// Which request of the event, counted from 1.
    pub(super) part: i32,
    pub(super) name: String,
    pub(super) channels: String,
    pub(super) data: String,
    pub(super) socket_id: Option<String>,
    /// Unix milliseconds.
    pub(super) created_at: i64,
}

impl NewEntry {
    /// Of a message that carries this id already.
    pub(super) fn all_of(
        message: &Message,
        id: EventId,
        created_at: i64,
    ) -> impl Iterator<Item = Self> + Send {
        let entry = move |(part, channels): (i32, Vec<&ChannelName>)| {
            let names: Vec<&str> = channels.into_iter().map(ChannelName::as_str).collect();
            Self {
                event_id: id.to_string(),
                part,
                name: message.name().as_str().to_owned(),
                channels: serde_json::json!(names).to_string(),
                data: message.data().to_owned(),
                socket_id: message.socket_id().map(|socket| socket.to_string()),
                created_at,
            }
        };
        (1..).zip(requests(message.channels())).map(entry)
    }
}

/// What must be known of an undelivered entry to tell which others have to wait for it.
#[derive(Debug)]
pub(super) struct Outline {
    pub(super) id: i64,
    pub(super) channels: Vec<String>,
    /// Unix milliseconds.
    pub(super) available_at: i64,
}

/// `id, channels, available_at`
pub(super) type OutlineRow = (i64, String, i64);

impl From<OutlineRow> for Outline {
    fn from((id, channels, available_at): OutlineRow) -> Self {
        Self { id, channels: read_channels(&channels), available_at }
    }
}

/// An entry that a relay has taken.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) id: i64,
    pub(super) event_id: String,
    pub(super) name: String,
    pub(super) channels: Vec<String>,
    /// How often it was tried in vain.
    pub(super) attempts: u32,
    /// Since when it was due; 0 if it was never tried. Unix milliseconds.
    pub(super) available_at: i64,
    /// What to send, or why the row cannot be read.
    pub(super) message: Result<Message, String>,
}

/// `id, event_id, name, channels, data, socket_id, attempts, available_at`
pub(super) type EntryRow = (i64, String, String, String, String, Option<String>, i32, i64);

impl From<EntryRow> for Entry {
    fn from((id, event_id, name, channels, data, socket_id, attempts, available_at): EntryRow) -> Self {
        let channels = read_channels(&channels);
        let message = read_message(&name, &channels, data, socket_id.as_deref());
        let attempts = u32::try_from(attempts).unwrap_or(0);
        Self { id, event_id, name, channels, attempts, available_at, message }
    }
}

/// The names in a column; none if it is not what was written, and then [`read_message`] says so.
pub(super) fn read_channels(json: &str) -> Vec<String> {
    serde_json::from_str(json).unwrap_or_default()
}

/// Only what somebody else has changed in the table, or what a later version forbids, cannot be read.
fn read_message(
    name: &str,
    channels: &[String],
    data: String,
    socket_id: Option<&str>,
) -> Result<Message, String> {
    if channels.is_empty() {
        return Err("its channels are not a JSON array of names".to_owned());
    }
    let name = name.parse().map_err(|error| format!("its name: {error}"))?;
    let channels: Result<Vec<ChannelName>, _> = channels.iter().map(|channel| channel.parse()).collect();
    let channels = channels.map_err(|error| format!("its channels: {error}"))?;
    let socket_id =
        socket_id.map(str::parse).transpose().map_err(|error| format!("its socket_id: {error}"))?;
    Ok(Message::from_parts(name, channels, data, socket_id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, channels: &str, socket_id: Option<&str>) -> EntryRow {
        (7, "id".into(), name.into(), channels.into(), "{}".into(), socket_id.map(Into::into), 2, 0)
    }

    #[test]
    fn a_row_becomes_the_message_that_was_written() {
        let entry = Entry::from(row("Paid", r#"["private-a","b"]"#, Some("1.2")));
        let message = entry.message.unwrap();
        assert_eq!(message.name().as_str(), "Paid");
        assert_eq!(
            message.channels().iter().map(ChannelName::as_str).collect::<Vec<_>>(),
            ["private-a", "b"]
        );
        assert_eq!(message.data(), "{}");
        assert_eq!(message.socket_id().unwrap().to_string(), "1.2");
        assert_eq!(entry.attempts, 2);
    }

    #[test]
    fn a_row_that_cannot_be_read_says_why() {
        let reason = |row| Entry::from(row).message.unwrap_err();
        assert!(reason(row("", r#"["a"]"#, None)).starts_with("its name: "));
        assert!(reason(row("Paid", r#"["a b"]"#, None)).starts_with("its channels: "));
        assert!(reason(row("Paid", "[]", None)).starts_with("its channels are not"));
        assert!(reason(row("Paid", "a,b", None)).starts_with("its channels are not"));
        assert!(reason(row("Paid", r#"["a"]"#, Some("1"))).starts_with("its socket_id: "));
    }
}
