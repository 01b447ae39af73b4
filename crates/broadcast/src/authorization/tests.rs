//! The routes as clients see them, without sockets.

mod answers;
mod batch;
mod failures;
mod fields;
mod guards;
mod hostile;
mod rules;
mod sign_in;

use std::{
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode},
};
use gema_protocol::signature::Secret;
use serde_json::Value;
use tower::ServiceExt as _;

use super::{BroadcastUser, ChannelAuthorizer, Guard, Join};
use crate::{Credentials, EncryptionKey};

/// The state of the tests' application.
#[derive(Clone, Default)]
pub(super) struct App {
    /// How often a guard has run.
    pub(super) guard_runs: Arc<AtomicUsize>,
    /// What handlers want to tell the test, in order.
    pub(super) calls: Arc<Mutex<Vec<String>>>,
}

impl App {
    pub(super) fn note(&self, call: impl Into<String>) {
        self.calls.lock().unwrap().push(call.into());
    }

    pub(super) fn notes(&self) -> Vec<String> {
        self.calls.lock().unwrap().clone()
    }

    pub(super) fn guard_runs(&self) -> usize {
        self.guard_runs.load(Ordering::Relaxed)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct User {
    pub(super) id: u64,
    pub(super) name: &'static str,
}

impl BroadcastUser for User {
    fn broadcast_id(&self) -> String {
        self.id.to_string()
    }
}

pub(super) type Joining = Join<User, App>;

/// A guard that takes the user's id from a header.
pub(super) fn guard(header: &'static str) -> Guard<User, App> {
    Guard::new(async move |head, app: App| {
        app.guard_runs.fetch_add(1, Ordering::Relaxed);
        Ok::<_, io::Error>(user_of(&head.headers, header))
    })
}

fn user_of(headers: &HeaderMap, header: &str) -> Option<User> {
    let id = headers.get(header)?.to_str().ok()?.parse().ok()?;
    Some(User { id, name: "Ani" })
}

pub(super) fn credentials() -> Credentials {
    let secret = Secret::new("app-secret");
    let encryption_key = Some(EncryptionKey::new(*b"czRH3W9FZM3iXqSNIGtKztwNuCz9xMV6"));
    Credentials { key: "app-key".to_owned(), secret, encryption_key }
}

/// No rules yet; the header `user` says who asks.
pub(super) fn authorizer() -> ChannelAuthorizer<User, App> {
    ChannelAuthorizer::new(credentials(), guard("user"))
}

/// The rule of the guide: everybody has a channel.
pub(super) fn with_user_rule() -> ChannelAuthorizer<User, App> {
    authorizer().private("user.{id}", async |join: Joining, id: u64| join.user.id == id)
}

pub(super) fn router(authorizer: ChannelAuthorizer<User, App>) -> Router {
    authorizer.routes().with_state(App::default())
}

/// The request of pusher-js.
pub(super) fn form(user: Option<u64>, body: impl Into<Body>) -> Request<Body> {
    post("/broadcasting/auth", user, "application/x-www-form-urlencoded", body)
}

/// A request with the channel in a form, escaped as browsers do it.
pub(super) fn asking(user: Option<u64>, channel: &str) -> Request<Body> {
    let channel = percent_encoding::utf8_percent_encode(channel, percent_encoding::NON_ALPHANUMERIC);
    form(user, format!("socket_id=1234.5678&channel_name={channel}"))
}

pub(super) fn json(user: Option<u64>, body: &Value) -> Request<Body> {
    post("/broadcasting/auth", user, "application/json", body.to_string())
}

pub(super) fn post(path: &str, user: Option<u64>, media_type: &str, body: impl Into<Body>) -> Request<Body> {
    let mut request = Request::post(path).header("content-type", media_type);
    if let Some(user) = user {
        request = request.header("user", user);
    }
    request.body(body.into()).unwrap()
}

/// Status and JSON of the answer.
pub(super) async fn ask(router: &Router, request: Request<Body>) -> (u16, Value) {
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status();
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.headers()["cache-control"], "no-store");
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status.as_u16(), serde_json::from_slice(&body).unwrap())
}

/// The status of the answer, whose body has to grant something if it is 200 and nothing if it is not.
pub(super) async fn status_of(router: &Router, request: Request<Body>) -> u16 {
    let (status, body) = ask(router, request).await;
    assert_eq!(status == StatusCode::OK.as_u16(), body.get("auth").is_some(), "{body}");
    assert_eq!(status == StatusCode::OK.as_u16(), body.get("message").is_none(), "{body}");
    status
}
