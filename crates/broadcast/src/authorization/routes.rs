//! The routes where clients ask.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{StatusCode, header::CACHE_CONTROL},
    response::{IntoResponse as _, Response},
    routing::get,
};
use gema_protocol::names::SocketId;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{
    BroadcastUser, ChannelAuthorizer,
    guard::Users,
    refusal::{Mistakes, Refusal},
    request::{Asked, Fields, MAX_BODY, channel_name},
};

pub(super) fn router<U, S>(authorizer: Arc<ChannelAuthorizer<U, S>>) -> Router<S>
where
    U: BroadcastUser + Clone + Send + Sync + 'static,
    S: Clone + Send + Sync + 'static,
{
    let of_users = Arc::clone(&authorizer);
    let channels = move |State(state): State<S>, request: Request| {
        let authorizer = Arc::clone(&authorizer);
        async move { authorizer.answer_channels(&state, request).await }
    };
    let users = move |State(state): State<S>, request: Request| {
        let authorizer = Arc::clone(&of_users);
        async move { authorizer.answer_user(&state, request).await }
    };
    Router::new()
        .route("/broadcasting/auth", get(channels.clone()).post(channels))
        .route("/broadcasting/user-auth", get(users.clone()).post(users))
        .layer(DefaultBodyLimit::max(MAX_BODY))
}

impl<U, S> ChannelAuthorizer<U, S>
where
    U: BroadcastUser + Clone + Send + Sync + 'static,
    S: Clone + Send + Sync + 'static,
{
    async fn answer_channels(&self, state: &S, request: Request) -> Result<Response, Refusal> {
        let (head, fields) = Fields::read(request).await?;
        let mut mistakes = Mistakes::default();
        let socket_id = mistakes.collect(fields.socket_id());
        let asked = mistakes.collect(fields.asked());
        let (Some(socket_id), Some(asked)) = (socket_id, asked) else { return Err(mistakes.into()) };
        let mut users = Users::new(&self.guards, head, state);
        match asked {
            Asked::One(channel) => Ok(granted(&self.authorize(&mut users, socket_id, &channel).await?)),
            Asked::Several(names) => Ok(granted(&self.answers(&mut users, socket_id, names).await)),
        }
    }

    /// What each of these channels would have got alone, its status included.
    async fn answers(&self, users: &mut Users<'_, U, S>, socket_id: SocketId, names: Vec<String>) -> Value {
        let mut answers = Map::new();
        for name in names {
            if answers.contains_key(&name) {
                continue;
            }
            let answer = match channel_name(&name) {
                Ok(channel) => self.authorize(users, socket_id, &channel).await,
                Err(mistakes) => Err(mistakes.into()),
            };
            let (status, mut answer) = match answer {
                Ok(grant) => (StatusCode::OK, json!(grant)),
                Err(refusal) => (refusal.status(), refusal.body()),
            };
            answer["status"] = status.as_u16().into();
            answers.insert(name, answer);
        }
        json!({ "channels": answers })
    }

    async fn answer_user(&self, state: &S, request: Request) -> Result<Response, Refusal> {
        let (head, fields) = Fields::read(request).await?;
        let socket_id = fields.socket_id()?;
        let mut users = Users::new(&self.guards, head, state);
        Ok(granted(&self.sign_in(&mut users, socket_id).await?))
    }
}

/// An answer for this client alone.
fn granted(answer: &impl Serialize) -> Response {
    ([(CACHE_CONTROL, "no-store")], Json(answer)).into_response()
}
