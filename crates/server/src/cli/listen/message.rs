//! A message of a server.

use serde::Deserialize;
use serde_json::{Value, value::RawValue};

/// A message of a server. Its data is a text, as it was sent to subscribers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) event: String,
    pub(super) channel: Option<String>,
    pub(super) data: String,
    /// The sender of a client event in a presence channel.
    pub(super) user_id: Option<String>,
}

#[derive(Deserialize)]
struct Wire {
    event: String,
    channel: Option<String>,
    data: Option<Box<RawValue>>,
    user_id: Option<Value>,
}

impl Message {
    /// Reads a message; servers differ in whether data is a text or JSON itself.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let Wire { event, channel, data, user_id } = serde_json::from_str(text).ok()?;
        let data = data.map_or_else(String::new, |raw| {
            serde_json::from_str::<String>(raw.get()).unwrap_or_else(|_| raw.get().to_owned())
        });
        let user_id = user_id.map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned));
        Some(Self { event, channel, data, user_id })
    }

    /// A member of the data, if that is an object.
    pub(super) fn member(&self, name: &str) -> Value {
        let mut data: Value = serde_json::from_str(&self.data).unwrap_or_default();
        data.get_mut(name).map_or(Value::Null, Value::take)
    }

    /// The same message under the name by which clients know it.
    pub(super) fn public(mut self) -> Self {
        if let Some(rest) = self.event.strip_prefix("pusher_internal:") {
            self.event = format!("pusher:{rest}");
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_may_be_a_text_or_an_object_or_nothing() {
        let read = |text: &str| Message::parse(text).unwrap();
        let message = read(r#"{"event":"e","channel":"c","data":"{\"a\":1}","user_id":"7"}"#);
        assert_eq!((message.data.as_str(), message.user_id.as_deref()), (r#"{"a":1}"#, Some("7")));
        assert_eq!(message.member("a"), 1);
        let error = read(r#"{"event":"pusher:error","data":{"code":4001,"message":"no"}}"#);
        assert_eq!((error.member("code"), error.channel.as_deref()), (4001.into(), None));
        assert_eq!(read(r#"{"event":"e"}"#).data, "");
        assert_eq!(Message::parse("[]"), None);
        let added = read(r#"{"event":"pusher_internal:member_added","channel":"presence-c","data":"{}"}"#);
        assert_eq!(added.public().event, "pusher:member_added");
    }
}
