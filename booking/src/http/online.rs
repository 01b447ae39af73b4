//! Who has a page open: what the WebSocket server tells, and the list.

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
    routing::post,
};
use gema_broadcast::{InvalidWebhook, Webhook, WebhookEvent};
use serde::Serialize;
use tracing::warn;
use utoipa::ToSchema;

use super::{AppState, bearer::Admin, envelope::Success, error::ApiError};
use crate::{
    domain::{OnlineUser, UserId},
    services::Presence,
};

/// Where the server sends its webhooks.
pub(crate) const WEBHOOKS: &str = "/webhooks/gema";

/// The channel that every page of a user is subscribed to.
const OF_USER: &str = "private-user.";

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OnlineData {
    /// How many there are.
    #[schema(example = 1)]
    count: u64,
    /// The latest hundred, the latest first.
    users: Vec<OnlineUser>,
}

/// Who is online
///
/// Users with a page that is open, as the webhooks of the WebSocket server tell.
#[utoipa::path(
    get, path = "/api/v1/admin/online", operation_id = "listOnline", tag = "admin",
    security(("bearer" = ["admin"])),
    responses((status = 200, description = "Who they are", body = Success<OnlineData>)),
)]
pub(crate) async fn list(State(state): State<AppState>, _: Admin) -> Result<Success<OnlineData>, ApiError> {
    let (count, users) = state.services().online.list().await?;
    Ok(Success::of(OnlineData { count, users }))
}

/// What nobody but the WebSocket server may ask, so it is no part of the document.
pub(super) fn routes() -> Router<AppState> {
    Router::new().route(WEBHOOKS, post(take))
}

/// A webhook. One that cannot be noted is answered with an error, so that it comes again.
async fn take(
    State(state): State<AppState>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<impl IntoResponse, ApiError> {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let (key, signature) = (header("x-pusher-key"), header("x-pusher-signature"));
    let webhook = match Webhook::verify(state.credentials(), key, signature, &body) {
        Ok(webhook) => webhook,
        Err(error) => {
            warn!(%error, "A webhook is refused");
            return Ok(match error {
                InvalidWebhook::Body(_) | InvalidWebhook::Event { .. } => StatusCode::BAD_REQUEST,
                InvalidWebhook::MissingHeader(_)
                | InvalidWebhook::UnknownKey(_)
                | InvalidWebhook::Signature => StatusCode::UNAUTHORIZED,
            });
        }
    };
    let changes: Vec<Presence> = webhook.events.iter().filter_map(presence).collect();
    if !changes.is_empty() {
        state.services().online.note(&changes).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// What an event says of a user, if it is about one.
fn presence(event: &WebhookEvent) -> Option<Presence> {
    let user = |channel: &str| channel.strip_prefix(OF_USER)?.parse::<UserId>().ok();
    match event {
        WebhookEvent::ChannelOccupied { channel } => user(channel.as_str()).map(Presence::Came),
        WebhookEvent::ChannelVacated { channel } => user(channel.as_str()).map(Presence::Left),
        _ => None,
    }
}
