//! Applications for tests.

use std::{sync::Arc, time::Duration};

use gema_hub::{App, AppNumber, ClientEvents, Limits};
use gema_protocol::{
    names::SocketId,
    signature::{Secret, sign_channel, sign_user},
};

/// An application with all features, without a rate limit, that pings after 30 seconds and waits 10.
pub(crate) fn app(number: u32) -> App {
    App {
        number: AppNumber(number),
        id: number.to_string(),
        key: format!("key-{number}"),
        secrets: Secret::new(format!("secret-{number}")).into(),
        allowed_origins: vec!["*".to_owned()],
        ping_interval: Duration::from_secs(30),
        pong_timeout: Duration::from_secs(10),
        activity_timeout: Duration::from_secs(120),
        client_events: ClientEvents::Members,
        subscription_counts: false,
        watchlists: true,
        cache_ttl: Duration::from_secs(60),
        rate_limit: None,
        limits: Limits {
            connections: None,
            message_size: 10_000,
            event_size: 1_000,
            channels_per_connection: 100,
            presence_members: 100,
            presence_member_size: 1_024,
            outbox_size: 1 << 20,
        },
        webhooks: None,
    }
}

/// [`app`] with a change.
pub(crate) fn app_with(change: impl FnOnce(&mut App)) -> Arc<App> {
    let mut app = app(1);
    change(&mut app);
    Arc::new(app)
}

/// The text of a `pusher:subscribe` that is signed as the kind of its channel demands.
pub(crate) fn subscribe(app: &App, socket_id: SocketId, channel: &str, channel_data: Option<&str>) -> String {
    let signed = channel.starts_with("private-") || channel.starts_with("presence-");
    let auth = if signed {
        sign_channel(&app.key, app.secrets.oldest(), &socket_id, channel, channel_data)
    } else {
        String::new()
    };
    subscribe_with(channel, &auth, channel_data)
}

/// The text of a `pusher:subscribe` with this `auth`.
pub(crate) fn subscribe_with(channel: &str, auth: &str, channel_data: Option<&str>) -> String {
    let mut data = serde_json::json!({ "channel": channel, "auth": auth });
    if let Some(channel_data) = channel_data {
        data["channel_data"] = channel_data.into();
    }
    serde_json::json!({ "event": "pusher:subscribe", "data": data }).to_string()
}

/// The text of a `pusher:unsubscribe`.
pub(crate) fn unsubscribe(channel: &str) -> String {
    serde_json::json!({ "event": "pusher:unsubscribe", "data": { "channel": channel } }).to_string()
}

/// The text of a signed `pusher:signin`.
pub(crate) fn sign_in(app: &App, socket_id: SocketId, user_data: &str) -> String {
    let auth = sign_user(&app.key, app.secrets.oldest(), &socket_id, user_data);
    serde_json::json!({ "event": "pusher:signin", "data": { "auth": auth, "user_data": user_data } })
        .to_string()
}

/// A text as JSON.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
