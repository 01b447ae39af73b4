//! `GET /channels`, `/channels/{channel}` and `/channels/{channel}/users`.

use std::{sync::Arc, time::Instant};

use axum::extract::State;
use gema_hub::{App, ChannelKey, ChannelSnapshot};
use gema_protocol::{
    api::{ApiError, CacheInfo, ChannelInfo, InfoSet, answer},
    names::ChannelName,
};
use serde::Deserialize;

use super::{
    Server,
    answer::{Json, Refusal},
    names::Names,
    signed::Signed,
};

/// The channel that a path names.
#[derive(Debug, Deserialize)]
pub(super) struct ChannelPath {
    channel: String,
}

pub(super) async fn list(State(server): State<Arc<Server>>, signed: Signed) -> Result<Json, Refusal> {
    let (app, query) = (&signed.app, signed.query());
    let prefix = query.get("filter_by_prefix").unwrap_or_default();
    let info = InfoSet::parse(&query.get("info").unwrap_or_default());
    if info.user_count && !prefix.starts_with("presence-") {
        return Err(ApiError::bad_request(
            "info",
            "user_count is known for presence channels only: filter_by_prefix must begin with presence-",
        )
        .into());
    }
    let channels: Vec<_> = server
        .directory
        .channels(app.number, &prefix, info.cache)
        .into_iter()
        .map(|(name, snapshot)| {
            let shown = shown(&name, snapshot, info);
            (name, shown)
        })
        .collect();
    Ok(Json(answer::channels(&channels)))
}

pub(super) async fn show(
    State(server): State<Arc<Server>>,
    Names(path): Names<ChannelPath>,
    signed: Signed,
) -> Result<Json, Refusal> {
    let name = channel_of(&path)?;
    let info = InfoSet::parse(&signed.query().get("info").unwrap_or_default());
    if info.user_count && !name.is_presence() {
        return Err(ApiError::bad_request("info", "user_count is known for presence channels only").into());
    }
    if info.cache && !name.is_cache() {
        return Err(ApiError::bad_request("info", "cache is known for cache channels only").into());
    }
    let snapshot = snapshot_of(&server, &signed.app, &name);
    let occupied = Some(snapshot.subscriptions > 0);
    Ok(Json(answer::channel(&ChannelInfo { occupied, ..shown(&name, snapshot, info) })))
}

pub(super) async fn users(
    State(server): State<Arc<Server>>,
    Names(path): Names<ChannelPath>,
    signed: Signed,
) -> Result<Json, Refusal> {
    let name = channel_of(&path)?;
    if !name.is_presence() {
        return Err(ApiError::bad_request("channel", "Users are known for presence channels only").into());
    }
    let key = ChannelKey { app: signed.app.number, name };
    Ok(Json(answer::users(&server.directory.users(&key))))
}

/// What a trigger answers about a channel: attributes that it does not have are left out.
pub(super) fn info_of_triggered(
    server: &Server,
    app: &App,
    name: &ChannelName,
    info: InfoSet,
) -> ChannelInfo {
    shown(name, snapshot_of(server, app, name), info)
}

fn channel_of(path: &ChannelPath) -> Result<ChannelName, ApiError> {
    path.channel.parse().map_err(|error| ApiError::bad_request("channel", format!("{error}")))
}

fn snapshot_of(server: &Server, app: &App, name: &ChannelName) -> ChannelSnapshot {
    server.directory.channel(&ChannelKey { app: app.number, name: name.clone() })
}

fn shown(name: &ChannelName, snapshot: ChannelSnapshot, info: InfoSet) -> ChannelInfo {
    let cached = snapshot.cached.map(|event| CacheInfo {
        // Rounded up: what is still replayed has time left.
        ttl: event.expires_at.saturating_duration_since(Instant::now()).as_secs() + 1,
        data: event.data.into(),
    });
    ChannelInfo {
        occupied: None,
        user_count: (info.user_count && name.is_presence()).then_some(snapshot.users),
        subscription_count: info.subscription_count.then_some(snapshot.subscriptions),
        cache: (info.cache && name.is_cache()).then_some(cached),
    }
}
