//! A client as pusher-js is one.

use gema_protocol::{
    names::SocketId,
    signature::{sign_channel, sign_user},
};
use serde_json::{Value, json};

use crate::{Credentials, Event, WebSocket};

/// A client that is connected and knows its socket id.
#[derive(Debug)]
pub struct PusherClient {
    /// The connection below, for all that a well-behaved client does not do.
    pub socket: WebSocket,
    /// The id of the connection.
    pub socket_id: SocketId,
    /// The application that it signs for.
    pub app: Credentials,
}

impl PusherClient {
    /// Waits for the server's welcome, which must be the first message.
    ///
    /// # Panics
    /// When something else comes, or the welcome is not as clients need it.
    pub async fn greet(mut socket: WebSocket, app: Credentials) -> Self {
        let welcome = socket.expect_event("pusher:connection_established").await;
        let data = welcome.json();
        assert!(data["activity_timeout"].as_u64().is_some_and(|seconds| seconds > 0), "{welcome:?}");
        let socket_id = data["socket_id"].as_str().and_then(|id| id.parse().ok());
        let socket_id = socket_id.unwrap_or_else(|| panic!("no socket id: {welcome:?}"));
        Self { socket, socket_id, app }
    }

    /// Sends a message with these data and waits for nothing.
    pub async fn send(&mut self, event: &str, data: Value) {
        self.socket.send_text(json!({ "event": event, "data": data }).to_string()).await;
    }

    /// Subscribes and waits for the answer; answers the data of `subscription_succeeded`. Channels that need a
    /// signature get one.
    ///
    /// # Panics
    /// When something else comes before.
    pub async fn subscribe(&mut self, channel: &str) -> Value {
        let data = self.subscription(channel, None);
        self.expect_subscribed(channel, data).await
    }

    /// Subscribes to a presence channel as this user.
    ///
    /// # Panics
    /// When something else comes before the answer.
    pub async fn join(&mut self, channel: &str, user_id: &str) -> Value {
        let member = json!({ "user_id": user_id }).to_string();
        let data = self.subscription(channel, Some(&member));
        self.expect_subscribed(channel, data).await
    }

    /// The data of a subscription, with a signature where the channel needs one.
    #[must_use]
    pub fn subscription(&self, channel: &str, channel_data: Option<&str>) -> Value {
        let Credentials { key, secret, .. } = &self.app;
        let auth = if channel.starts_with("private-") || channel.starts_with("presence-") {
            sign_channel(key, secret, &self.socket_id, channel, channel_data)
        } else {
            String::new()
        };
        match channel_data {
            Some(channel_data) => json!({ "channel": channel, "auth": auth, "channel_data": channel_data }),
            None => json!({ "channel": channel, "auth": auth }),
        }
    }

    async fn expect_subscribed(&mut self, channel: &str, data: Value) -> Value {
        self.send("pusher:subscribe", data).await;
        let answer = self.expect_event("pusher_internal:subscription_succeeded").await;
        assert_eq!(answer.channel.as_deref(), Some(channel));
        answer.json()
    }

    /// Unsubscribes; there is no answer.
    pub async fn unsubscribe(&mut self, channel: &str) {
        self.send("pusher:unsubscribe", json!({ "channel": channel })).await;
    }

    /// Signs in as a user and waits for the answer.
    ///
    /// # Panics
    /// When something else comes before.
    pub async fn sign_in(&mut self, user_id: &str) {
        let user = json!({ "id": user_id }).to_string();
        let auth = sign_user(&self.app.key, &self.app.secret, &self.socket_id, &user);
        self.send("pusher:signin", json!({ "auth": auth, "user_data": user })).await;
        self.expect_event("pusher:signin_success").await;
    }

    /// Sends a client event.
    pub async fn whisper(&mut self, channel: &str, event: &str, data: Value) {
        let message = json!({ "event": event, "channel": channel, "data": data });
        self.socket.send_text(message.to_string()).await;
    }

    /// Asks for a pong, which must be the next message: nothing has come before.
    ///
    /// # Panics
    /// When something else comes.
    pub async fn expect_nothing_before_pong(&mut self) {
        self.send("pusher:ping", json!({})).await;
        self.expect_event("pusher:pong").await;
    }

    /// The next event.
    pub async fn next_event(&mut self) -> Event {
        self.socket.next_event().await
    }

    /// The next event, which must have this name.
    pub async fn expect_event(&mut self, name: &str) -> Event {
        self.socket.expect_event(name).await
    }

    /// The next error, which must have this code.
    pub async fn expect_error(&mut self, code: u16) -> Event {
        self.socket.expect_error(code).await
    }
}
