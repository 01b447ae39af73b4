//! What only the server knows, and what it is told besides events.

use std::collections::BTreeMap;

use gema_protocol::{
    api::InfoSet,
    names::{ChannelName, UserId},
};
use serde::Deserialize;

use super::Broadcaster;
use crate::{
    BroadcastError,
    driver::{Attempts, escape},
};

/// What the server tells about a channel. What was not asked for, or does not apply, is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct ChannelInfo {
    /// Whether anybody has subscribed. A list has only channels where somebody has, and does not say it.
    pub occupied: Option<bool>,
    /// How many users are in a presence channel.
    pub user_count: Option<u64>,
    /// How many connections have subscribed.
    pub subscription_count: Option<u64>,
    /// The last event of a cache channel, if it has one.
    pub cache: Option<CachedEvent>,
}

/// The last event of a cache channel.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct CachedEvent {
    /// The payload as it was sent.
    pub data: String,
    /// For how many seconds the channel still keeps it.
    pub ttl: u64,
}

/// Each of these fails with [`BroadcastError::NoServer`] where events go to the log, nowhere or to a
/// recorder.
impl Broadcaster {
    /// The channels that somebody has subscribed to, by name; those with a prefix if one is given.
    ///
    /// # Errors
    /// When the server does not tell: it counts users only with a prefix that begins with `presence-`.
    pub async fn channels(
        &self,
        filter_by_prefix: Option<&str>,
        info: InfoSet,
    ) -> Result<BTreeMap<String, ChannelInfo>, BroadcastError> {
        #[derive(Deserialize)]
        struct Answer {
            channels: BTreeMap<String, ChannelInfo>,
        }
        let info = info_list(info);
        let prefix = filter_by_prefix.map(|prefix| ("filter_by_prefix", prefix));
        let params: Vec<_> = prefix.into_iter().chain(info_param(&info)).collect();
        self.driver.server()?.get("/channels", &params).await.map(|answer: Answer| answer.channels)
    }

    /// What the server tells about a channel; that nobody has subscribed to it is not an error.
    ///
    /// # Errors
    /// When the server does not tell.
    pub async fn channel(&self, name: &ChannelName, info: InfoSet) -> Result<ChannelInfo, BroadcastError> {
        let info = info_list(info);
        let params: Vec<_> = info_param(&info).into_iter().collect();
        self.driver.server()?.get(&format!("/channels/{}", escape(name.as_str())), &params).await
    }

    /// The users in a presence channel.
    ///
    /// # Errors
    /// When the server does not tell, for example because it is not a presence channel.
    pub async fn users(&self, channel: &ChannelName) -> Result<Vec<UserId>, BroadcastError> {
        #[derive(Deserialize)]
        struct Answer {
            users: Vec<User>,
        }
        #[derive(Deserialize)]
        struct User {
            id: String,
        }
        let path = format!("/channels/{}/users", escape(channel.as_str()));
        let Answer { users } = self.driver.server()?.get(&path, &[]).await?;
        let parse = |User { id }: User| {
            id.parse().map_err(|error| BroadcastError::Answer { reason: format!("{error}"), body: id })
        };
        users.into_iter().map(parse).collect()
    }

    /// Closes all connections that are signed in as a user; that there is none is not an error.
    ///
    /// # Errors
    /// When the server did not do it.
    pub async fn terminate(&self, user_id: &UserId) -> Result<(), BroadcastError> {
        let path = format!("/users/{}/terminate_connections", escape(user_id.as_str()));
        self.driver.server()?.post(&path, "{}", Attempts::AsConfigured).await
    }
}

fn info_list(info: InfoSet) -> String {
    let InfoSet { user_count, subscription_count, cache } = info;
    [(user_count, "user_count"), (subscription_count, "subscription_count"), (cache, "cache")]
        .into_iter()
        .filter_map(|(wanted, name)| wanted.then_some(name))
        .collect::<Vec<_>>()
        .join(",")
}

fn info_param(list: &str) -> Option<(&'static str, &str)> {
    (!list.is_empty()).then_some(("info", list))
}
