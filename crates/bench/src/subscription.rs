//! How a connection subscribes.

use anyhow::Context as _;
use gema_protocol::{names::SocketId, signature::sign_channel};
use serde_json::{Value, json};

use crate::{connection::Connection, target::Target};

/// What a connection subscribes to.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// Its name says of which kind it is.
    pub(crate) channel: String,
    /// Who it is there, in a presence channel.
    pub(crate) user_id: Option<String>,
}

impl Place {
    /// In a channel that needs no user.
    pub(crate) fn in_channel(channel: impl Into<String>) -> Self {
        Self { channel: channel.into(), user_id: None }
    }
}

/// What the server calls a connection, from its first message.
pub(crate) fn socket_id(established: &Value) -> anyhow::Result<SocketId> {
    let data = established["data"].as_str().context("connection_established has no data")?;
    let data: Value = serde_json::from_str(data)?;
    Ok(data["socket_id"].as_str().context("there is no socket id")?.parse()?)
}

/// Subscribes a connection that has been told its socket id, with the signature that the application would give it.
pub(crate) fn send(connection: &mut Connection, target: &Target, place: &Place) -> anyhow::Result<()> {
    let Place { channel, user_id } = place;
    let mut data = json!({ "channel": channel });
    let channel_data = user_id.as_ref().map(|user_id| json!({ "user_id": user_id }).to_string());
    if channel.starts_with("private-") || channel.starts_with("presence-") {
        let socket_id = connection.socket_id.as_ref().context("there is no socket id yet")?;
        data["auth"] =
            sign_channel(&target.key, &target.secret, socket_id, channel, channel_data.as_deref()).into();
    }
    if let Some(channel_data) = channel_data {
        data["channel_data"] = channel_data.into();
    }
    connection.send(&json!({ "event": "pusher:subscribe", "data": data }).to_string())
}
