//! Who may subscribe to which channel: Laravel's `routes/channels.php` and `/broadcasting/auth`.

mod access;
mod decision;
mod guard;
mod handler;
mod pattern;
mod refusal;
mod request;
mod routes;
#[cfg(test)]
mod tests;
mod user;

use std::{fmt, sync::Arc};

use axum::{BoxError, Router};
use futures_util::future::BoxFuture;
use gema_protocol::names::{ChannelName, SocketId};

use self::pattern::Pattern;
pub use self::{
    access::{Access, IntoAccess},
    guard::Guard,
    handler::{BoundHandler, Handler},
    user::{IntoUserData, UserData},
};
use crate::Credentials;

/// A user as subscribers to presence channels know them.
pub trait BroadcastUser {
    /// The id, which is a text on the wire whatever it is in the application: not empty, at most 128 characters.
    fn broadcast_id(&self) -> String;
}

/// What a handler decides about, beside the parameters in the channel's name.
#[derive(Debug, Clone)]
pub struct Join<U, S> {
    /// Who wants to subscribe.
    pub user: U,
    /// The state of the application's router.
    pub state: S,
    /// The whole name of the channel, prefix included.
    pub channel: ChannelName,
    /// The connection.
    pub socket_id: SocketId,
}

/// The rules of an application about its channels, and the routes where clients ask for them.
///
/// A pattern is a channel's name without its prefix, in which `{name}` stands for one or more characters other
/// than a point. The whole name has to match. What matches is asked in the order of registration; see [`Access`]
/// for what the answers mean, and [`Handler`] for what a handler may be. A channel that no rule allows is refused.
///
/// A rule is for the one kind of channel that it is registered for. (In Laravel one rule serves the private,
/// encrypted and presence channels of a name, so that a rule written for `private-booking.7` also lets people into
/// `presence-booking.7`, where they see who else is there.) A cache channel's `cache-` is a part of the name as
/// the pattern sees it, as in Laravel: `private-cache-prices` needs a rule for `cache-prices`.
///
/// ```
/// use axum::Router;
/// use gema_broadcast::{Access, BroadcastUser, ChannelAuthorizer, Credentials, Guard, Join, Secret};
/// # use gema_broadcast::SocketId;
///
/// #[derive(Clone)]
/// struct User {
///     id: u64,
///     name: String,
/// }
///
/// impl BroadcastUser for User {
///     fn broadcast_id(&self) -> String {
///         self.id.to_string()
///     }
/// }
///
/// # #[derive(Clone)] struct App;
/// # async fn user_of(_: &axum::http::HeaderMap) -> Result<Option<User>, std::io::Error> { Ok(None) }
/// fn routes(credentials: Credentials) -> Router<App> {
///     let guard = Guard::new(async |head, _: App| user_of(&head.headers).await);
///     ChannelAuthorizer::new(credentials, guard)
///         .private("user.{id}", async |join: Join<User, App>, id: u64| join.user.id == id)
///         .presence("room.{room}", async |join: Join<User, App>, _room: u64| {
///             Access::Member(serde_json::json!({ "name": join.user.name }))
///         })
///         .routes()
/// }
/// # let secret = Secret::new("app-secret");
/// # let router = routes(Credentials { key: "app-key".to_owned(), secret, encryption_key: None });
/// # let _: Router = router.with_state(App);
/// ```
///
/// # Mistakes
///
/// A mistake in a rule is one in the program, like a mistake in a path for axum's `Router`: when the application
/// starts, the method that registers the rule panics and names the line of the rule. Such mistakes are malformed
/// patterns (a brace without the other, a parameter without a name or with that of another, a character that no
/// channel has, the prefix that the method implies) and a handler that takes another number of parameters than the
/// pattern has.
///
/// # Requests
///
/// `GET` and `POST` on `/broadcasting/auth` and `/broadcasting/user-auth`, below whatever path the application
/// nests the routes in. The query of a `GET`, and a form or JSON in a `POST` of at most 64 KiB, say `socket_id`
/// and `channel_name`.
///
/// | status | when |
/// |---|---|
/// | 200 | granted: `auth`, on presence channels `channel_data`, on encrypted ones `shared_secret` |
/// | 401 | there is no user |
/// | 403 | the user may not, or no rule is for this channel; public channels need no authorization and get none |
/// | 413, 415, 400 | the body is too long, or of another content type, or malformed |
/// | 422 | a field is missing or malformed, in Laravel's form: `message`, then `errors` |
/// | 500 | a guard or handler has failed, or there is no encryption key; the log says more |
///
/// What is wrong with a request, users only are told: to all others it is 401 whatever its body.
///
/// With a list in place of the name (`channel_names` in JSON, `channel_names[]` in a form; at most 100) the answer
/// is 200 and holds for each channel the status and the answer that it would have got alone:
/// `{"channels":{"private-a":{"status":200,"auth":"…"},"private-b":{"status":403,"message":"Forbidden"}}}`.
/// A list that holds anything but texts that are not empty, and one without a name or with more than 100, is refused
/// as a whole with 422, since it says that the client does not know what it asks for.
/// `js/batched-authorization.js` is a handler for pusher-js and Laravel Echo that asks like this.
pub struct ChannelAuthorizer<U, S> {
    credentials: Credentials,
    /// The first one is that of all rules that have none of their own.
    guards: Vec<Guard<U, S>>,
    rules: Vec<Rule<U, S>>,
    resolver: Option<Box<Resolver<U, S>>>,
}

/// The kinds of channels that need an authorization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Private,
    Encrypted,
    Presence,
}

struct Rule<U, S> {
    kind: Kind,
    pattern: Pattern,
    /// Indices of guards; never empty.
    guards: Vec<usize>,
    bind: Box<Bind<U, S>>,
}

type Bind<U, S> = dyn Fn(&[&str]) -> Option<BoundHandler<U, S>> + Send + Sync;
type Resolver<U, S> = dyn Fn(U, S) -> BoxFuture<'static, Result<Option<UserData>, BoxError>> + Send + Sync;

const DEFAULT_GUARD: usize = 0;

impl<U, S> ChannelAuthorizer<U, S>
where
    U: BroadcastUser + Clone + Send + Sync + 'static,
    S: Clone + Send + Sync + 'static,
{
    /// Without rules, which grants nothing. `guard` finds the user for all rules that have no guards of their own.
    #[must_use]
    pub fn new(credentials: Credentials, guard: Guard<U, S>) -> Self {
        Self { credentials, guards: vec![guard], rules: Vec::new(), resolver: None }
    }

    /// A rule for channels `private-<pattern>`.
    ///
    /// # Panics
    /// When the pattern is malformed, or has another number of parameters than the handler.
    #[must_use]
    #[track_caller]
    pub fn private<T>(self, pattern: &str, handler: impl Handler<U, S, T>) -> Self {
        self.rule(Kind::Private, pattern, handler)
    }

    /// A rule for channels `presence-<pattern>`, whose subscribers know of each other. With [`Access::Member`] the
    /// handler says what the others see beside the user's id.
    ///
    /// # Panics
    /// When the pattern is malformed, or has another number of parameters than the handler.
    #[must_use]
    #[track_caller]
    pub fn presence<T>(self, pattern: &str, handler: impl Handler<U, S, T>) -> Self {
        self.rule(Kind::Presence, pattern, handler)
    }

    /// A rule for channels `private-encrypted-<pattern>`. The credentials need an
    /// [`encryption_key`](Credentials::encryption_key).
    ///
    /// # Panics
    /// When the pattern is malformed, or has another number of parameters than the handler.
    #[must_use]
    #[track_caller]
    pub fn encrypted<T>(self, pattern: &str, handler: impl Handler<U, S, T>) -> Self {
        self.rule(Kind::Encrypted, pattern, handler)
    }

    #[track_caller]
    fn rule<T>(mut self, kind: Kind, pattern: &str, handler: impl Handler<U, S, T>) -> Self {
        self.rules.push(Rule::new(kind, pattern, handler));
        self
    }

    /// Replaces the guards of the rule registered last: its user is that of the first guard which finds one. If
    /// none does, the rule does not match; the guard of the other rules is not asked then.
    ///
    /// # Panics
    /// When there is no rule yet, or no guard in the list.
    #[must_use]
    #[track_caller]
    pub fn guarded_by(mut self, guards: impl IntoIterator<Item = Guard<U, S>>) -> Self {
        let indices: Vec<usize> = guards.into_iter().map(|guard| self.index_of(guard)).collect();
        let rule = self.rules.last_mut().expect("`guarded_by` belongs behind a rule, and there is none yet");
        assert!(!indices.is_empty(), "{} needs a guard: `guarded_by` has got an empty list", rule.describe());
        rule.guards = indices;
        self
    }

    /// Lets users sign in (`pusher:signin`). The resolver says as whom: an async function of the user, whom the
    /// guard given to [`new`](Self::new) has found, and of the state. Without a resolver `/broadcasting/user-auth`
    /// is 403.
    #[must_use]
    pub fn user<F, Fut>(mut self, resolver: F) -> Self
    where
        F: Fn(U, S) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoUserData> + Send + 'static,
    {
        self.resolver = Some(Box::new(move |user, state| {
            let resolving = resolver(user, state);
            Box::pin(async move { resolving.await.into_user_data() })
        }));
        self
    }

    /// The routes, `/broadcasting/auth` and `/broadcasting/user-auth`. They can be cloned, so that an application
    /// can have them both at its root and nested.
    pub fn routes(self) -> Router<S> {
        routes::router(Arc::new(self))
    }

    /// The place of a guard in the list, where each is once: so it runs once per request.
    fn index_of(&mut self, guard: Guard<U, S>) -> usize {
        self.guards.iter().position(|known| known.is(&guard)).unwrap_or_else(|| {
            self.guards.push(guard);
            self.guards.len() - 1
        })
    }
}

impl<U, S> fmt::Debug for ChannelAuthorizer<U, S> {
    /// Shows which rules there are, in their order.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rules: Vec<String> = self.rules.iter().map(Rule::describe).collect();
        f.debug_struct("ChannelAuthorizer")
            .field("credentials", &self.credentials)
            .field("rules", &rules)
            .finish_non_exhaustive()
    }
}

impl<U, S> Rule<U, S> {
    #[track_caller]
    fn new<T, H: Handler<U, S, T>>(kind: Kind, pattern: &str, handler: H) -> Self {
        let pattern = match Pattern::of_channels(pattern) {
            Ok(pattern) => pattern,
            Err(mistake) => panic!("pattern `{pattern}` of {kind} channels {mistake}"),
        };
        assert!(
            pattern.parameters() == H::PARAMETERS,
            "pattern `{}` of {kind} channels has {} parameters, and its handler takes {}",
            pattern.as_str(),
            pattern.parameters(),
            H::PARAMETERS,
        );
        let bind = Box::new(move |parameters: &[&str]| handler.bind(parameters));
        Self { kind, pattern, guards: vec![DEFAULT_GUARD], bind }
    }

    fn describe(&self) -> String {
        format!("the rule `{}` of {} channels", self.pattern.as_str(), self.kind)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Private => "private",
            Self::Encrypted => "encrypted",
            Self::Presence => "presence",
        })
    }
}
