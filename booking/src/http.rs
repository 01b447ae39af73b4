//! The API over HTTP, and beside it the pages of the front ends.
//!
//! A request goes through these layers, from the outside in: `observe` (counts it), `headers`, `cors`, `error` (writes and logs what went
//! wrong), panics, then for the API itself `bearer` (who asks) and `rate_limit` (how often), and at last its
//! handler, whose extractors make types of it (`validation`). Registering and logging in are without `bearer`: a token
//! is what they are for, and who brings one along is limited like everybody else at that address.

use std::{num::NonZeroU32, sync::Arc};

use axum::{
    Extension, Router,
    body::Bytes,
    http::HeaderValue,
    middleware::{from_fn, from_fn_with_state},
};
use gema_broadcast::Credentials;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::OpenApi as _;
use utoipa_axum::{router::OpenApiRouter, routes};

mod admin;
mod auth;
mod bearer;
mod body;
mod bookings;
mod broadcasting;
mod client_address;
mod config_json;
mod cors;
mod docs;
mod envelope;
mod error;
mod event_schemas;
mod front_ends;
mod headers;
mod idempotency;
mod locale;
mod messages;
mod notifications;
mod observe;
mod online;
mod openapi;
mod page;
mod path;
mod rate_limit;
mod sessions;
mod socket;
mod up;
mod validation;

pub use client_address::{InvalidProxies, TrustedProxies};
pub use config_json::ClientConfig;
pub use front_ends::{FrontEnds, NoFrontEnd};
pub use rate_limit::LimitClock;

use crate::services::Services;
use docs::DocumentText;
use rate_limit::RateLimits;

/// What the API has to know beside its services.
#[derive(Debug, Clone)]
pub struct HttpOptions {
    /// Origins whose pages may call the API from a browser, beside its own.
    pub allowed_origins: Vec<HeaderValue>,
    /// The front ends to serve beside the API, if any.
    pub front_ends: Option<FrontEnds>,
    /// The proxies that are believed what they say about the addresses of their clients.
    pub trusted_proxies: TrustedProxies,
    /// Requests per minute of a user, or of an address where there is no user.
    pub rate_limit: NonZeroU32,
    /// Attempts to log in per minute, of an address and an e-mail address together; registrations of an address.
    pub login_rate_limit: NonZeroU32,
    /// What the limits measure time with.
    pub limit_clock: LimitClock,
    /// What front ends are told.
    pub client_config: ClientConfig,
    /// What subscriptions are signed with.
    pub credentials: Credentials,
}

/// What handlers share. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct AppState(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    services: Services,
    limits: RateLimits,
    options: HttpOptions,
}

impl AppState {
    /// The state of a router.
    #[must_use]
    pub fn new(services: Services, options: HttpOptions) -> Self {
        let limits = RateLimits::new(options.rate_limit, options.login_rate_limit, &options.limit_clock);
        Self(Arc::new(Shared { services, limits, options }))
    }

    fn services(&self) -> &Services {
        &self.0.services
    }

    fn limits(&self) -> &RateLimits {
        &self.0.limits
    }

    fn trusted_proxies(&self) -> &TrustedProxies {
        &self.0.options.trusted_proxies
    }

    fn credentials(&self) -> &Credentials {
        &self.0.options.credentials
    }

    fn client_config(&self) -> &ClientConfig {
        &self.0.options.client_config
    }
}

/// All routes. Each request has to bring the address of its peer, [`ConnectInfo`](axum::extract::ConnectInfo): the
/// limits need them.
pub fn router(state: AppState) -> Router {
    let document = openapi().to_json().expect("the document is made of texts, numbers and lists");
    let options = &state.0.options;
    let limit = from_fn_with_state(state.clone(), rate_limit::limit);
    let limited = Router::from(api())
        .merge(broadcasting::routes(options.credentials.clone()))
        .layer(limit.clone())
        .layer(from_fn_with_state(state.clone(), bearer::authenticate))
        .merge(Router::from(entrance()).layer(limit))
        .layer(from_fn(headers::keep_out_of_caches));
    let mut router = Router::from(operation())
        .layer(Extension(DocumentText(Bytes::from(document))))
        .merge(limited)
        .merge(docs::swagger_ui());
    if let Some(front_ends) = &options.front_ends {
        router = router.merge(front_ends::routes(front_ends, &options.client_config));
    }
    router = with_errors(router);
    if !options.allowed_origins.is_empty() {
        router = router.layer(cors::layer(&options.allowed_origins));
    }
    router.layer(from_fn(headers::secure)).layer(from_fn(observe::observe)).with_state(state)
}

/// Where the WebSocket server tells who comes and goes. It is no part of the document: nobody else can ask it, since
/// what it takes is signed.
pub fn webhooks(state: AppState) -> Router {
    online::routes()
        .method_not_allowed_fallback(error::method_not_allowed)
        .layer(CatchPanicLayer::custom(error::panicked))
        .layer(from_fn(error::answer_errors))
        .layer(from_fn(headers::secure))
        .with_state(state)
}

/// Answers whatever goes wrong in the one form of errors, panics and unknown routes included.
fn with_errors<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    router
        .fallback(error::no_route)
        .method_not_allowed_fallback(error::method_not_allowed)
        .layer(CatchPanicLayer::custom(error::panicked))
        .layer(from_fn(error::answer_errors))
}

/// The document of all routes, and of what is broadcast.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    let mut document = openapi::Document::openapi();
    document.merge(entrance().into_openapi());
    document.merge(api().into_openapi());
    document.merge(broadcasting::document());
    document.merge(operation().into_openapi());
    openapi::complete(document)
}

/// The document as it is kept in `web/booking/openapi.json`, which the front ends' types are made of.
#[must_use]
pub fn openapi_text() -> String {
    let text = openapi().to_pretty_json().expect("the document is made of texts, numbers and lists");
    format!("{text}\n")
}

/// Where tokens come from. It is counted by address, whoever calls.
fn entrance() -> OpenApiRouter<AppState> {
    OpenApiRouter::default().routes(routes!(auth::register)).routes(routes!(auth::login))
}

/// What is counted, and may ask who calls.
fn api() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(auth::logout))
        .routes(routes!(auth::user))
        .routes(routes!(sessions::list))
        .routes(routes!(sessions::show))
        .routes(routes!(sessions::availability))
        .routes(routes!(bookings::list, bookings::create))
        .routes(routes!(bookings::show))
        .routes(routes!(bookings::cancel))
        .routes(routes!(bookings::pay))
        .routes(routes!(notifications::list))
        .routes(routes!(notifications::read))
        .routes(routes!(admin::change_booking))
        .routes(routes!(admin::change_session))
        .routes(routes!(admin::announce))
        .routes(routes!(online::list))
}

/// What everybody may ask as often as they like.
fn operation() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(up::up))
        .routes(routes!(config_json::config_json))
        .routes(routes!(docs::openapi_json))
}

#[cfg(test)]
mod tests {
    use axum::{body::to_bytes, extract::Request, http::StatusCode, routing::get};
    use tower::ServiceExt as _;

    use super::*;
    use crate::services::ServiceError;

    async fn answer(router: Router) -> (StatusCode, Bytes) {
        let response = with_errors(router)
            .oneshot(Request::get("/").body(axum::body::Body::empty()).unwrap())
            .await
            .unwrap();
        assert_eq!(response.headers()["content-type"], "application/json");
        (response.status(), to_bytes(response.into_body(), usize::MAX).await.unwrap())
    }

    #[tokio::test]
    async fn a_panic_is_a_500_that_tells_nothing() {
        let broken = Router::new().route("/", get(async || -> &'static str { panic!("secret") }));
        let expected = (StatusCode::INTERNAL_SERVER_ERROR, Bytes::from(r#"{"message":"Server Error"}"#));
        assert_eq!(answer(broken).await, expected);
    }

    #[tokio::test]
    async fn a_cause_is_not_told() {
        let broken = Router::new().route(
            "/",
            get(async || {
                error::ApiError::from(ServiceError::Database(sqlx::Error::Protocol("secret".into())))
            }),
        );
        let expected = (StatusCode::INTERNAL_SERVER_ERROR, Bytes::from(r#"{"message":"Server Error"}"#));
        assert_eq!(answer(broken).await, expected);
    }
}
