//! The JSON of successful answers. It is always an object: the PHP and .NET SDKs fail on anything else.

use serde::{Serialize, Serializer};

use crate::names::{ChannelName, UserId};

/// The answer when there is nothing to tell.
pub const EMPTY: &str = "{}";
/// The answer of a healthy server.
pub const HEALTHY: &str = r#"{"health":"OK"}"#;

/// What an answer tells about a channel; absent is what was not asked for or does not apply.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ChannelInfo {
    /// Whether anybody has subscribed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occupied: Option<bool>,
    /// How many users are in a presence channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_count: Option<u64>,
    /// How many connections have subscribed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscription_count: Option<u64>,
    /// The last event of a cache channel; a null if it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache: Option<Option<CacheInfo>>,
}

/// The last event of a cache channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CacheInfo {
    /// The event's data, verbatim.
    pub data: String,
    /// For how many seconds the channel still keeps it.
    pub ttl: u64,
}

/// One channel: `{"occupied":true}`.
#[must_use]
pub fn channel(info: &ChannelInfo) -> String {
    json(info)
}

/// Several channels in this order: `{"channels":{"a":{},"b":{}}}`. None is `{"channels":{}}`.
#[must_use]
pub fn channels(channels: &[(ChannelName, ChannelInfo)]) -> String {
    #[derive(Serialize)]
    struct Channels<'a> {
        #[serde(serialize_with = "as_object")]
        channels: &'a [(ChannelName, ChannelInfo)],
    }
    json(&Channels { channels })
}

/// One entry for each event of a batch: `{"batch":[{},{"user_count":1}]}`.
#[must_use]
pub fn batch(batch: &[ChannelInfo]) -> String {
    #[derive(Serialize)]
    struct Batch<'a> {
        batch: &'a [ChannelInfo],
    }
    json(&Batch { batch })
}

/// The users of a presence channel: `{"users":[{"id":"1"}]}`.
#[must_use]
pub fn users(users: &[UserId]) -> String {
    #[derive(Serialize)]
    struct Users<'a> {
        users: Vec<User<'a>>,
    }
    #[derive(Serialize)]
    struct User<'a> {
        id: &'a str,
    }
    json(&Users { users: users.iter().map(|user| User { id: user.as_str() }).collect() })
}

/// The number of connections: `{"connections":7}`.
#[must_use]
pub fn connections(connections: u64) -> String {
    format!(r#"{{"connections":{connections}}}"#)
}

fn as_object<S: Serializer>(
    channels: &&[(ChannelName, ChannelInfo)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(channels.iter().map(|(name, info)| (name.as_str(), info)))
}

fn json(answer: &impl Serialize) -> String {
    serde_json::to_string(answer).expect("structs with string keys always serialise")
}
