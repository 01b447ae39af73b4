//! `POST /events` and `POST /batch_events`.

use std::sync::Arc;

use axum::extract::State;
use gema_hub::App;
use gema_protocol::api::{ApiError, ApiStatus, Batch, ChannelInfo, Trigger, answer};

use super::{
    Server,
    answer::{Json, Refusal},
    channels::info_of_triggered,
    signed::Signed,
};
use crate::{directory::Event, metrics::Limit};

pub(super) async fn trigger(State(server): State<Arc<Server>>, signed: Signed) -> Result<Json, Refusal> {
    let app = &signed.app;
    let trigger = Trigger::parse(&signed.body, signed.query(), app.limits.event_size)?;
    publish(&server, app, std::slice::from_ref(&trigger)).await?;
    if trigger.info.is_empty() {
        return Ok(Json(answer::EMPTY.to_owned()));
    }
    let info = |name| info_of_triggered(&server, app, name, trigger.info);
    let channels: Vec<_> = trigger.channels.iter().map(|name| (name.clone(), info(name))).collect();
    Ok(Json(answer::channels(&channels)))
}

pub(super) async fn trigger_batch(
    State(server): State<Arc<Server>>,
    signed: Signed,
) -> Result<Json, Refusal> {
    let Signed { app, body, .. } = signed;
    let batch = Batch::parse(&body, app.limits.event_size)?;
    publish(&server, &app, &batch.events).await?;
    if batch.events.iter().all(|event| event.info.is_empty()) {
        return Ok(Json(answer::EMPTY.to_owned()));
    }
    let info = |event: &Trigger| match &*event.channels {
        [name, ..] if !event.info.is_empty() => info_of_triggered(&server, &app, name, event.info),
        _ => ChannelInfo::default(),
    };
    Ok(Json(answer::batch(&batch.events.iter().map(info).collect::<Vec<_>>())))
}

/// Publishes all events in order. A publisher waits while a shard has no room, but not for ever.
async fn publish(server: &Server, app: &App, triggers: &[Trigger]) -> Result<(), Refusal> {
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
                let event = Event { name: name.as_str(), data, except: *socket_id };
                server.directory.publish(app, channel, &event).await;
            }
        }
    };
    tokio::time::timeout(server.config.request_timeout, all).await.map_err(|_| {
        ApiError::new(
            ApiStatus::Unavailable,
            "channels",
            "The server is over capacity, not every channel has got the event (GEMA_INBOX_SIZE).",
        )
        .into()
    })
}
