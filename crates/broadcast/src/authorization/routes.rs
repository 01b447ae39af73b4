//! The routes where clients ask.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{StatusCode, header::CACHE_CONTROL},
    response::{IntoResponse as _, Response},
    routing::get,
};
use gema_protocol::names::SocketId;
use serde::Serialize;

use super::{
    BroadcastUser, ChannelAuthorizer,
    decision::Grant,
    guard::Users,
    refusal::{Refusal, Told},
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
        let (head, body) = request.into_parts();
        let head = Arc::new(head);
        let mut users = Users::new(&self.guards, Arc::clone(&head), state);
        let channels = Fields::read(&head, body).await.and_then(|fields| fields.channels());
        match channels {
            Ok((socket_id, Asked::One(channel))) => {
                Ok(granted(&self.authorize(&mut users, socket_id, &channel).await?))
            }
            Ok((socket_id, Asked::Several(names))) => {
                let channels = self.answers(&mut users, socket_id, names).await;
                Ok(granted(&Answers { channels }))
            }
            Err(mistake) => Err(users.mistaken(mistake).await),
        }
    }

    /// What each of these channels would have got alone, its status included.
    async fn answers(
        &self,
        users: &mut Users<'_, U, S>,
        socket_id: SocketId,
        names: Vec<String>,
    ) -> BTreeMap<String, Outcome> {
        let mut answers = BTreeMap::new();
        for name in names {
            if answers.contains_key(&name) {
                continue;
            }
            let answer = match channel_name(&name) {
                Ok(channel) => self.authorize(users, socket_id, &channel).await,
                Err(mistakes) => Err(users.mistaken(mistakes.into()).await),
            };
            let (status, answer) = match answer {
                Ok(grant) => (StatusCode::OK, Answer::Granted(grant)),
                Err(refusal) => (refusal.status(), Answer::Refused(refusal.told())),
            };
            answers.insert(name, Outcome { status: status.as_u16(), answer });
        }
        answers
    }

    async fn answer_user(&self, state: &S, request: Request) -> Result<Response, Refusal> {
        let (head, body) = request.into_parts();
        let head = Arc::new(head);
        let mut users = Users::new(&self.guards, Arc::clone(&head), state);
        let signing_in = self.signing_in(&mut users).await?;
        let socket_id = Fields::read(&head, body).await?.socket_id()?;
        Ok(granted(&self.sign_in(signing_in, state, socket_id).await?))
    }
}

/// The answers to a list of channels.
#[derive(Serialize)]
struct Answers {
    channels: BTreeMap<String, Outcome>,
}

/// What one channel of a list has got.
#[derive(Serialize)]
struct Outcome {
    status: u16,
    #[serde(flatten)]
    answer: Answer,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Answer {
    Granted(Grant),
    Refused(Told),
}

/// An answer for this client alone.
fn granted(answer: &impl Serialize) -> Response {
    ([(CACHE_CONTROL, "no-store")], Json(answer)).into_response()
}
