//! A message of the server.

use serde_json::Value;

/// A message of the server, in the form that all clients expect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its name.
    pub name: String,
    /// Its channel, if it has one.
    pub channel: Option<String>,
    /// Its data as it stands in the message: a text, or an object in `pusher:error`.
    pub data: Value,
    /// The sender of a client event.
    pub user_id: Option<String>,
}

impl Event {
    /// Reads a message.
    ///
    /// # Panics
    /// When some client could not read it: it is no JSON object with a text `event`, its `data` is not a text, or
    /// that of a `pusher:error` not an object with a number and a text.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut message: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
        let mut take_text = |key: &str| match message[key].take() {
            Value::Null => None,
            Value::String(text) => Some(text),
            other => panic!("`{key}` is no text but {other}: {text}"),
        };
        let name = take_text("event").unwrap_or_else(|| panic!("no event: {text}"));
        let (channel, user_id) = (take_text("channel"), take_text("user_id"));
        let data = message["data"].take();
        if name == "pusher:error" {
            assert!(data["code"].is_u64() && data["message"].is_string(), "{text}");
        } else {
            assert!(data.is_string(), "{text}");
        }
        Self { name, channel, data, user_id }
    }

    /// The data as a text.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn text(&self) -> &str {
        self.data.as_str().unwrap_or_else(|| panic!("the data is no text: {self:?}"))
    }

    /// What the text of the data says as JSON; the data itself of a `pusher:error`.
    ///
    /// # Panics
    /// When the text is not JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        match &self.data {
            Value::String(text) => {
                serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
            }
            object => object.clone(),
        }
    }

    /// The code of a `pusher:error`.
    #[must_use]
    pub fn code(&self) -> Option<u64> {
        self.data["code"].as_u64()
    }

    /// The message of a `pusher:error`; nothing for other events.
    #[must_use]
    pub fn message(&self) -> &str {
        self.data["message"].as_str().unwrap_or_default()
    }
}
