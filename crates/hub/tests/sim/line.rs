//! What the server says, as the lines that [`World::lines`](crate::world::World::lines) answers.

use crate::app::quoted;

pub(crate) fn error(code: u16, message: &str) -> String {
    format!(r#"{{"event":"pusher:error","data":{{"code":{code},"message":{}}}}}"#, quoted(message))
}

/// An error message and the subscription error that follows it.
pub(crate) fn refused(channel: &str, code: u16, (kind, status): (&str, u16), message: &str) -> [String; 2] {
    let (kind, text) = (quoted(kind), quoted(message));
    let data = format!(r#"{{"type":{kind},"error":{text},"status":{status}}}"#);
    let refusal = format!(
        r#"{{"event":"pusher:subscription_error","channel":{},"data":{}}}"#,
        quoted(channel),
        quoted(&data)
    );
    [error(code, message), refusal]
}

/// The kind and status of a refusal for want of a valid signature.
pub(crate) const AUTH: (&str, u16) = ("AuthError", 401);
/// The kind and status of a refusal because of a limit.
pub(crate) const LIMIT: (&str, u16) = ("LimitReached", 413);
/// The kind and status of a refusal because of a name.
pub(crate) const NAME: (&str, u16) = ("InvalidChannel", 400);

pub(crate) fn succeeded(channel: &str, data: &str) -> String {
    internal("subscription_succeeded", channel, data)
}

pub(crate) fn added(channel: &str, member: &str) -> String {
    internal("member_added", channel, member)
}

pub(crate) fn removed(channel: &str, user: &str) -> String {
    internal("member_removed", channel, &format!(r#"{{"user_id":{}}}"#, quoted(user)))
}

pub(crate) fn count(channel: &str, count: usize) -> String {
    internal("subscription_count", channel, &format!(r#"{{"subscription_count":{count}}}"#))
}

pub(crate) fn cache_miss(channel: &str) -> String {
    format!(r#"{{"event":"pusher:cache_miss","channel":{},"data":"{{}}"}}"#, quoted(channel))
}

/// What [`World::publish`](crate::world::World::publish) sends.
pub(crate) fn event(channel: &str, data: &str) -> String {
    format!(r#"{{"event":"e","channel":{},"data":{}}}"#, quoted(channel), quoted(data))
}

pub(crate) fn pong() -> String {
    r#"{"event":"pusher:pong","data":"{}"}"#.to_owned()
}

/// A message about users that are watched; `events` is the JSON of the list.
pub(crate) fn watched(events: &str) -> String {
    let data = format!(r#"{{"events":[{events}]}}"#);
    format!(r#"{{"event":"pusher_internal:watchlist_events","data":{}}}"#, quoted(&data))
}

pub(crate) fn signed_in(user_data: &str) -> String {
    let data = format!(r#"{{"user_data":{}}}"#, quoted(user_data));
    format!(r#"{{"event":"pusher:signin_success","data":{}}}"#, quoted(&data))
}

/// A rejection: an error message and a close frame with the same code and text.
pub(crate) fn rejected(code: u16, message: &str) -> [String; 2] {
    [error(code, message), format!("<close {code} {message}>")]
}

fn internal(event: &str, channel: &str, data: &str) -> String {
    format!(r#"{{"event":"pusher_internal:{event}","channel":{},"data":{}}}"#, quoted(channel), quoted(data))
}
