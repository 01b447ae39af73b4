//! Messages to clients.
//!
//! `data` is a JSON string in every message but `pusher:error`, whose data is an object: that is what the Swift and
//! .NET clients read.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::{
    names::{ChannelName, SocketId, UserId},
    ws::{self, Frame},
};

/// What the server can say. [`encode`](Self::encode) makes the one frame that all receivers share.
#[derive(Debug, Clone)]
pub enum ServerMessage<'a> {
    /// The first message of an accepted connection.
    ConnectionEstablished {
        /// The id of the connection.
        socket_id: SocketId,
        /// Seconds of silence after which the client should ping.
        activity_timeout: u64,
    },
    /// An error; the connection stays open unless a close frame follows.
    Error {
        /// A number of [`codes`](crate::codes).
        code: u16,
        /// What is wrong, for the developer of the client.
        message: &'a str,
    },
    /// The server wants a sign of life.
    Ping,
    /// The answer to `pusher:ping`.
    Pong,
    /// A subscription was accepted.
    SubscriptionSucceeded {
        /// The channel.
        channel: &'a ChannelName,
        /// The data: `{}`, or on presence channels what [`presence_data`] made.
        data: &'a str,
    },
    /// A subscription was refused.
    SubscriptionError {
        /// The channel as the client named it.
        channel: &'a str,
        /// The kind of error: `AuthError` for a signature, else `LimitReached` or `InvalidChannel`.
        kind: &'a str,
        /// What is wrong.
        error: &'a str,
        /// The HTTP status that says the same.
        status: u16,
    },
    /// A user is signed in.
    SigninSuccess {
        /// What the client sent, byte for byte.
        user_data: &'a str,
    },
    /// A user's first connection joined a presence channel.
    MemberAdded {
        /// The channel.
        channel: &'a ChannelName,
        /// The user.
        member: &'a Member,
    },
    /// A user's last connection left a presence channel.
    MemberRemoved {
        /// The channel.
        channel: &'a ChannelName,
        /// The user.
        user_id: &'a UserId,
    },
    /// The cache channel has no event to replay.
    CacheMiss {
        /// The channel.
        channel: &'a ChannelName,
    },
    /// How many connections are subscribed.
    SubscriptionCount {
        /// The channel.
        channel: &'a ChannelName,
        /// The connections.
        count: u64,
    },
    /// Which watched users are online and offline.
    WatchlistEvents {
        /// Users with at least one signed-in connection.
        online: &'a [UserId],
        /// Users with none.
        offline: &'a [UserId],
    },
    /// An event of an application or a client.
    Event {
        /// Its name.
        event: &'a str,
        /// Its channel.
        channel: &'a ChannelName,
        /// Its data, opaque.
        data: &'a str,
        /// The sender of a client event on a presence channel.
        user_id: Option<&'a UserId>,
    },
}

/// A member of a presence channel.
#[derive(Debug, Clone)]
pub struct Member {
    /// The user.
    pub user_id: UserId,
    /// What the application tells the other members about the user, as it was signed.
    pub user_info: Option<Box<RawValue>>,
}

/// A message as it is written: an internal one ends with its channel, an event with its data.
#[derive(Serialize)]
struct Wire<'a, D> {
    event: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<&'a str>,
    data: D,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<&'a str>,
}

#[derive(Serialize)]
struct ErrorData<'a> {
    code: u16,
    message: &'a str,
}

#[derive(Serialize)]
struct SubscriptionErrorData<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    error: &'a str,
    status: u16,
}

#[derive(Serialize)]
struct MemberData<'a> {
    user_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_info: Option<&'a RawValue>,
}

impl ServerMessage<'_> {
    /// The message as a text frame.
    #[must_use]
    pub fn encode(&self) -> Frame {
        ws::text(&self.to_json())
    }

    /// The message as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        match self {
            Self::ConnectionEstablished { socket_id, activity_timeout } => {
                let data = format!(r#"{{"socket_id":"{socket_id}","activity_timeout":{activity_timeout}}}"#);
                wire("pusher:connection_established", None, &data)
            }
            Self::Error { code, message } => wire("pusher:error", None, ErrorData { code: *code, message }),
            Self::Ping => wire("pusher:ping", None, "{}"),
            Self::Pong => wire("pusher:pong", None, "{}"),
            Self::SubscriptionSucceeded { channel, data } => {
                wire("pusher_internal:subscription_succeeded", Some(channel.as_str()), *data)
            }
            Self::SubscriptionError { channel, kind, error, status } => {
                let data = json(&SubscriptionErrorData { kind, error, status: *status });
                wire("pusher:subscription_error", Some(channel), &data)
            }
            Self::SigninSuccess { user_data } => {
                let data = serde_json::json!({ "user_data": user_data }).to_string();
                wire("pusher:signin_success", None, &data)
            }
            Self::MemberAdded { channel, member } => {
                let data =
                    MemberData { user_id: member.user_id.as_str(), user_info: member.user_info.as_deref() };
                wire("pusher_internal:member_added", Some(channel.as_str()), json(&data))
            }
            Self::MemberRemoved { channel, user_id } => {
                let data = MemberData { user_id: user_id.as_str(), user_info: None };
                wire("pusher_internal:member_removed", Some(channel.as_str()), json(&data))
            }
            Self::CacheMiss { channel } => wire("pusher:cache_miss", Some(channel.as_str()), "{}"),
            Self::SubscriptionCount { channel, count } => {
                let data = format!(r#"{{"subscription_count":{count}}}"#);
                wire("pusher_internal:subscription_count", Some(channel.as_str()), &data)
            }
            Self::WatchlistEvents { online, offline } => {
                wire("pusher_internal:watchlist_events", None, watchlist_data(online, offline))
            }
            Self::Event { event, channel, data, user_id } => json(&Wire {
                event,
                channel: Some(channel.as_str()),
                data,
                user_id: user_id.map(UserId::as_str),
            }),
        }
    }
}

/// The data of a presence channel's `subscription_succeeded`: its members in the order in which they joined.
#[must_use]
pub fn presence_data<'a>(members: impl Iterator<Item = &'a Member> + Clone) -> String {
    #[derive(Serialize)]
    struct Presence<'a> {
        count: usize,
        ids: Vec<&'a str>,
        hash: Hash<'a>,
    }
    #[derive(Serialize)]
    struct Data<'a> {
        presence: Presence<'a>,
    }
    /// In the order given; a map type would sort.
    struct Hash<'a>(Vec<&'a Member>);
    impl Serialize for Hash<'_> {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_map(self.0.iter().map(|member| (member.user_id.as_str(), &member.user_info)))
        }
    }
    let hash: Vec<&Member> = members.collect();
    let ids: Vec<&str> = hash.iter().map(|member| member.user_id.as_str()).collect();
    json(&Data { presence: Presence { count: ids.len(), ids, hash: Hash(hash) } })
}

fn watchlist_data(online: &[UserId], offline: &[UserId]) -> String {
    #[derive(Serialize)]
    struct Change<'a> {
        name: &'a str,
        user_ids: Vec<&'a str>,
    }
    #[derive(Serialize)]
    struct Data<'a> {
        events: Vec<Change<'a>>,
    }
    let events = [("online", online), ("offline", offline)]
        .into_iter()
        .filter(|(_, users)| !users.is_empty())
        .map(|(name, users)| Change { name, user_ids: users.iter().map(UserId::as_str).collect() })
        .collect();
    json(&Data { events })
}

fn wire(event: &str, channel: Option<&str>, data: impl Serialize) -> String {
    json(&Wire { event, channel, data, user_id: None })
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("texts and numbers always serialise")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel(name: &str) -> ChannelName {
        name.parse().unwrap()
    }

    fn member(user_id: &str, user_info: Option<&str>) -> Member {
        Member {
            user_id: user_id.parse().unwrap(),
            user_info: user_info.map(|info| RawValue::from_string(info.to_owned()).unwrap()),
        }
    }

    fn check(message: &ServerMessage<'_>, expected: &str) {
        assert_eq!(message.to_json(), expected);
        assert_eq!(message.encode().payload(), expected.as_bytes());
    }

    #[test]
    fn connection_messages_have_their_golden_form() {
        let socket_id = SocketId { random: 123_456, place: 7_890_123 };
        check(
            &ServerMessage::ConnectionEstablished { socket_id, activity_timeout: 120 },
            r#"{"event":"pusher:connection_established","data":"{\"socket_id\":\"123456.7890123\",\"activity_timeout\":120}"}"#,
        );
        check(
            &ServerMessage::Error { code: 4001, message: "Application does not exist" },
            r#"{"event":"pusher:error","data":{"code":4001,"message":"Application does not exist"}}"#,
        );
        check(&ServerMessage::Ping, r#"{"event":"pusher:ping","data":"{}"}"#);
        check(&ServerMessage::Pong, r#"{"event":"pusher:pong","data":"{}"}"#);
        check(
            &ServerMessage::SigninSuccess { user_data: r#"{"id":"u1"}"# },
            r#"{"event":"pusher:signin_success","data":"{\"user_data\":\"{\\\"id\\\":\\\"u1\\\"}\"}"}"#,
        );
    }

    #[test]
    fn channel_messages_have_their_golden_form() {
        let name = channel("c");
        check(
            &ServerMessage::SubscriptionSucceeded { channel: &name, data: "{}" },
            r#"{"event":"pusher_internal:subscription_succeeded","channel":"c","data":"{}"}"#,
        );
        check(
            &ServerMessage::SubscriptionError {
                channel: "private-c",
                kind: "AuthError",
                error: "no",
                status: 401,
            },
            r#"{"event":"pusher:subscription_error","channel":"private-c","data":"{\"type\":\"AuthError\",\"error\":\"no\",\"status\":401}"}"#,
        );
        check(
            &ServerMessage::CacheMiss { channel: &name },
            r#"{"event":"pusher:cache_miss","channel":"c","data":"{}"}"#,
        );
        check(
            &ServerMessage::SubscriptionCount { channel: &name, count: 3 },
            r#"{"event":"pusher_internal:subscription_count","channel":"c","data":"{\"subscription_count\":3}"}"#,
        );
        check(
            &ServerMessage::Event {
                event: "App\\Events\\X",
                channel: &name,
                data: "{\"a\":1}",
                user_id: None,
            },
            r#"{"event":"App\\Events\\X","channel":"c","data":"{\"a\":1}"}"#,
        );
    }

    #[test]
    fn members_keep_their_order_and_their_numbers() {
        let name = channel("presence-c");
        let members = [member("9", Some(r#"{"n":12345678901234567890123}"#)), member("10", None)];
        assert_eq!(
            presence_data(members.iter()),
            r#"{"presence":{"count":2,"ids":["9","10"],"hash":{"9":{"n":12345678901234567890123},"10":null}}}"#
        );
        check(
            &ServerMessage::MemberAdded {
                channel: &name,
                member: &member("118", Some(r#"{"name":"Phil"}"#)),
            },
            r#"{"event":"pusher_internal:member_added","channel":"presence-c","data":"{\"user_id\":\"118\",\"user_info\":{\"name\":\"Phil\"}}"}"#,
        );
        check(
            &ServerMessage::MemberRemoved { channel: &name, user_id: &"118".parse().unwrap() },
            r#"{"event":"pusher_internal:member_removed","channel":"presence-c","data":"{\"user_id\":\"118\"}"}"#,
        );
        let sender = "118".parse().unwrap();
        check(
            &ServerMessage::Event { event: "client-a", channel: &name, data: "1", user_id: Some(&sender) },
            r#"{"event":"client-a","channel":"presence-c","data":"1","user_id":"118"}"#,
        );
    }

    #[test]
    fn watchlists_name_only_the_states_that_occur() {
        let (a, b) = ("a".parse().unwrap(), "b".parse().unwrap());
        check(
            &ServerMessage::WatchlistEvents { online: std::slice::from_ref(&a), offline: &[b] },
            r#"{"event":"pusher_internal:watchlist_events","data":"{\"events\":[{\"name\":\"online\",\"user_ids\":[\"a\"]},{\"name\":\"offline\",\"user_ids\":[\"b\"]}]}"}"#,
        );
        check(
            &ServerMessage::WatchlistEvents { online: &[a], offline: &[] },
            r#"{"event":"pusher_internal:watchlist_events","data":"{\"events\":[{\"name\":\"online\",\"user_ids\":[\"a\"]}]}"}"#,
        );
    }
}
