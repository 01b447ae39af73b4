//! What only the server knows, and what it is told besides events.

use std::collections::BTreeMap;

use gema_protocol::{
    api::InfoSet,
    names::{ChannelName, UserId},
};
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::Value;

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
    /// The payload as it was sent; that of a client event, which Reverb keeps as well, is JSON.
    #[serde(default, deserialize_with = "text_or_json")]
    pub data: String,
    /// For how many seconds the channel still keeps it. Reverb keeps it while anybody has subscribed, and does not say
    /// this.
    pub ttl: Option<u64>,
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
            channels: PhpMap<ChannelInfo>,
        }
        let info = info_list(info);
        let prefix = filter_by_prefix.map(|prefix| ("filter_by_prefix", prefix));
        let params: Vec<_> = prefix.into_iter().chain(info_param(&info)).collect();
        self.driver.server()?.get("/channels", &params).await.map(|answer: Answer| answer.channels.into())
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
            users: PhpList<User>,
        }
        #[derive(Deserialize)]
        struct User {
            #[serde(deserialize_with = "text_or_number")]
            id: String,
        }
        let path = format!("/channels/{}/users", escape(channel.as_str()));
        let Answer { users } = self.driver.server()?.get(&path, &[]).await?;
        let parse = |User { id }: User| {
            id.parse().map_err(|error| BroadcastError::Answer { reason: format!("{error}"), body: id })
        };
        Vec::from(users).into_iter().map(parse).collect()
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

/// A map as PHP writes it: without entries it is a list.
#[derive(Deserialize)]
#[serde(untagged, expecting = "neither a map as expected nor the empty list that PHP writes for one")]
enum PhpMap<T> {
    Entries(BTreeMap<String, T>),
    Empty([(); 0]),
}

impl<T> From<PhpMap<T>> for BTreeMap<String, T> {
    fn from(map: PhpMap<T>) -> Self {
        match map {
            PhpMap::Entries(entries) => entries,
            PhpMap::Empty([]) => Self::new(),
        }
    }
}

/// A list as PHP writes it: with gaps, which Reverb leaves where it removes doubles, it is a map.
#[derive(Deserialize)]
#[serde(untagged, expecting = "neither a list as expected nor the map that PHP writes for one with gaps")]
enum PhpList<T> {
    Items(Vec<T>),
    Numbered(BTreeMap<String, T>),
}

impl<T> From<PhpList<T>> for Vec<T> {
    fn from(list: PhpList<T>) -> Self {
        match list {
            PhpList::Items(items) => items,
            PhpList::Numbered(items) => items.into_values().collect(),
        }
    }
}

fn text_or_json<'de, D: Deserializer<'de>>(value: D) -> Result<String, D::Error> {
    Ok(match Value::deserialize(value)? {
        Value::String(text) => text,
        other => other.to_string(),
    })
}

/// An id, of which Reverb keeps the type that it has got.
fn text_or_number<'de, D: Deserializer<'de>>(value: D) -> Result<String, D::Error> {
    match Value::deserialize(value)? {
        Value::String(text) => Ok(text),
        Value::Number(number) => Ok(number.to_string()),
        other => Err(D::Error::custom(format_args!("`{other}` is no id"))),
    }
}
