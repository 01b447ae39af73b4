//! `POST /events` and `POST /batch_events`.

use std::{sync::Arc, time::Instant};

use axum::extract::State;
use gema_hub::App;
use gema_protocol::api::{ApiError, ApiStatus, Batch, ChannelInfo, Trigger, answer};

use super::{
    Server,
    answer::{Json, Refusal},
    channels::info_of_triggered,
    signed::Signed,
};
use crate::{
    directory::Event,
    metrics::{Limit, PublishResult, Source},
};

pub(super) async fn trigger(State(server): State<Arc<Server>>, signed: Signed) -> Result<Json, Refusal> {
    let accepted = Instant::now();
    let answer = publish_one(&server, &signed, accepted).await;
    count(&server, &signed.app, (Source::Http, accepted), answer.as_ref().map(|_| 1));
    answer
}

pub(super) async fn trigger_batch(
    State(server): State<Arc<Server>>,
    signed: Signed,
) -> Result<Json, Refusal> {
    let accepted = Instant::now();
    let answer = publish_batch(&server, &signed, accepted).await;
    count(&server, &signed.app, (Source::Batch, accepted), answer.as_ref().map(|(events, _)| *events));
    Ok(answer?.1)
}

/// Counts so many events, or one request that was refused.
fn count(server: &Server, app: &App, (source, accepted): (Source, Instant), events: Result<usize, &Refusal>) {
    let (result, events) = match events {
        Ok(events) => (PublishResult::Ok, events as u64),
        Err(refusal) if refusal.status() == ApiStatus::Unavailable => (PublishResult::Busy, 1),
        Err(_) => (PublishResult::Refused, 1),
    };
    server.metrics.count_publish(app, source, (result, events), accepted.elapsed());
}

async fn publish_one(server: &Server, signed: &Signed, accepted: Instant) -> Result<Json, Refusal> {
    let app = &signed.app;
    let trigger = Trigger::parse(&signed.body, signed.query(), app.limits.event_size)?;
    publish(server, app, std::slice::from_ref(&trigger), accepted).await?;
    if trigger.info.is_empty() {
        return Ok(Json(answer::EMPTY.to_owned()));
    }
    let info = |name| info_of_triggered(server, app, name, trigger.info);
    let channels: Vec<_> = trigger.channels.iter().map(|name| (name.clone(), info(name))).collect();
    Ok(Json(answer::channels(&channels)))
}

/// Answers how many events there were as well.
async fn publish_batch(
    server: &Server,
    signed: &Signed,
    accepted: Instant,
) -> Result<(usize, Json), Refusal> {
    let Signed { app, body, .. } = signed;
    let batch = Batch::parse(body, app.limits.event_size)?;
    publish(server, app, &batch.events, accepted).await?;
    let events = batch.events.len();
    if batch.events.iter().all(|event| event.info.is_empty()) {
        return Ok((events, Json(answer::EMPTY.to_owned())));
    }
    let info = |event: &Trigger| match &*event.channels {
        [name, ..] if !event.info.is_empty() => info_of_triggered(server, app, name, event.info),
        _ => ChannelInfo::default(),
    };
    Ok((events, Json(answer::batch(&batch.events.iter().map(info).collect::<Vec<_>>()))))
}

/// Publishes all events in order. A publisher waits while a shard has no room, but not for ever.
async fn publish(server: &Server, app: &App, triggers: &[Trigger], accepted: Instant) -> Result<(), Refusal> {
    if let Err(retry_after) = server.limits.publish(app, triggers.len()) {
        server.metrics.count_limit_hit(Limit::Publishes);
        let limit = app.limits.publishes_per_second.unwrap_or_default();
        let message = format!(
            "The application publishes at most {limit} events in a second (GEMA_APP_MAX_PUBLISHES_PER_SECOND)."
        );
        return Err(Refusal::too_many("app_id", message, retry_after));
    }
    let all = async {
        for Trigger { name, data, channels, socket_id, .. } in triggers {
            for channel in channels {
                let event = Event { name: name.as_str(), data, except: *socket_id, accepted };
                server.directory.publish(app, channel, &event).await;
                let (channel, event) = (channel.as_str(), name.as_str());
                tracing::trace!(
                    app.id = app.id,
                    channel.name = channel,
                    event.name = event,
                    "An event is published"
                );
            }
        }
    };
    let patience = server.config().request_timeout;
    tokio::time::timeout(patience, all).await.map_err(|_| {
        ApiError::new(
            ApiStatus::Unavailable,
            "channels",
            "The server is over capacity, not every channel has got the event (GEMA_INBOX_SIZE).",
        )
        .into()
    })
}
