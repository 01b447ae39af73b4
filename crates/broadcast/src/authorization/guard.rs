//! Who asks.

use std::{fmt, sync::Arc};

use axum::{
    BoxError,
    extract::FromRequestParts,
    http::request::Parts,
    response::{IntoResponse as _, Response},
};
use futures_util::future::BoxFuture;
use tracing::error;

use super::refusal::Refusal;

type Find<U, S> =
    dyn Fn(Arc<Parts>, S) -> BoxFuture<'static, Result<Option<U>, BoxError>> + Send + Sync + 'static;

/// Finds the user of a request by its head: a bearer token, a session cookie. Cloning is cheap, and a clone is the
/// same guard.
///
/// A guard runs at most once per request, however many channels and patterns ask for its user.
pub struct Guard<U, S>(Arc<Find<U, S>>);

impl<U: 'static, S: 'static> Guard<U, S> {
    /// A guard out of an async function of the request's head and the state. It answers nothing where there is no
    /// user, and an error where it cannot know: that is a 500 whose cause goes to the log only.
    ///
    /// ```
    /// # use gema_broadcast::Guard;
    /// # #[derive(Clone)] struct User;
    /// # #[derive(Clone)] struct App;
    /// # impl App { async fn user_of_token(&self, token: &str) -> Result<Option<User>, std::io::Error> { Ok(None) } }
    /// let guard = Guard::new(async |head, app: App| {
    ///     let header = head.headers.get("authorization").and_then(|value| value.to_str().ok());
    ///     match header.and_then(|value| value.strip_prefix("Bearer ")) {
    ///         Some(token) => app.user_of_token(token).await,
    ///         None => Ok(None),
    ///     }
    /// });
    /// ```
    pub fn new<F, Fut, E>(find: F) -> Self
    where
        F: Fn(Arc<Parts>, S) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Option<U>, E>> + Send + 'static,
        E: Into<BoxError>,
    {
        Self(Arc::new(move |head, state| {
            let finding = find(head, state);
            Box::pin(async move { finding.await.map_err(Into::into) })
        }))
    }

    /// A guard out of an extractor that the application has for its other routes. If it rejects the request with a
    /// status of 300 to 499, such as a redirect to the page of the login, there is no user; any other rejection is
    /// an error.
    ///
    /// ```
    /// # use axum::{extract::FromRequestParts, http::{StatusCode, request::Parts}};
    /// # use gema_broadcast::Guard;
    /// # #[derive(Clone)] struct User;
    /// # #[derive(Clone)] struct App;
    /// struct Authenticated(User);
    /// # impl FromRequestParts<App> for Authenticated {
    /// #     type Rejection = StatusCode;
    /// #     async fn from_request_parts(_: &mut Parts, _: &App) -> Result<Self, StatusCode> { Ok(Self(User)) }
    /// # }
    ///
    /// let guard: Guard<User, App> = Guard::extractor(|Authenticated(user)| user);
    /// ```
    pub fn extractor<E>(user_of: impl Fn(E) -> U + Clone + Send + Sync + 'static) -> Self
    where
        E: FromRequestParts<S> + Send,
        U: Send,
        S: Send + Sync,
    {
        Self::new(move |head: Arc<Parts>, state: S| {
            let user_of = user_of.clone();
            async move {
                let mut head = Parts::clone(&head);
                match E::from_request_parts(&mut head, &state).await {
                    Ok(extracted) => Ok(Some(user_of(extracted))),
                    Err(rejection) => no_user(&rejection.into_response()),
                }
            }
        })
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl<U, S> Clone for Guard<U, S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<U, S> fmt::Debug for Guard<U, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Guard(..)")
    }
}

fn no_user<U>(rejection: &Response) -> Result<Option<U>, String> {
    let status = rejection.status();
    if status.is_redirection() || status.is_client_error() {
        Ok(None)
    } else {
        Err(format!("the extractor of the user rejects the request with {status}"))
    }
}

/// The users of one request, each of them found when it is first asked for.
pub(super) struct Users<'a, U, S> {
    guards: &'a [Guard<U, S>],
    head: Arc<Parts>,
    state: &'a S,
    /// By guard: nothing while it has not run, then what it answered. Failures are logged when they happen.
    answers: Vec<Option<Result<Option<U>, GuardFailed>>>,
}

/// A guard could not know who asks.
#[derive(Debug, Clone, Copy)]
struct GuardFailed;

impl<'a, U: Clone + 'static, S: Clone + 'static> Users<'a, U, S> {
    pub(super) fn new(guards: &'a [Guard<U, S>], head: Arc<Parts>, state: &'a S) -> Self {
        let answers = guards.iter().map(|_| None).collect();
        Self { guards, head, state, answers }
    }

    pub(super) fn state(&self) -> &'a S {
        self.state
    }

    /// The user of the first of these guards that finds one.
    pub(super) async fn first(&mut self, guards: &[usize]) -> Result<Option<U>, Refusal> {
        for &guard in guards {
            if let Some(user) = self.of(guard).await.map_err(|GuardFailed| Refusal::Failed)? {
                return Ok(Some(user));
            }
        }
        Ok(None)
    }

    /// What to tell whoever has sent a request with this mistake: no more to somebody whom no guard knows than that.
    pub(super) async fn mistaken(&mut self, mistake: Refusal) -> Refusal {
        let all: Vec<usize> = (0..self.guards.len()).collect();
        match self.first(&all).await {
            Ok(Some(_)) => mistake,
            Ok(None) => Refusal::Unauthorized,
            Err(failed) => failed,
        }
    }

    async fn of(&mut self, guard: usize) -> Result<Option<U>, GuardFailed> {
        if let Some(answer) = &self.answers[guard] {
            return answer.clone();
        }
        let answer = (self.guards[guard].0)(Arc::clone(&self.head), self.state.clone()).await;
        let answer = answer.map_err(|cause| {
            error!(error = &*cause, "The user of a channel authorization could not be found");
            GuardFailed
        });
        self.answers[guard] = Some(answer.clone());
        answer
    }
}
