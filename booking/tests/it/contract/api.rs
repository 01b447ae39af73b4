//! The application in a test: its router, database and clocks.

use std::num::NonZeroU32;

use axum::{Router, http::HeaderValue};
use booking::{
    domain::{Role, Session},
    http::{AppState, ClientConfig, HttpOptions, LimitClock, TrustedProxies, router},
};
use gema_broadcast::{Credentials, Secret};
use governor::clock::FakeRelativeClock;
use serde_json::{Value, json};

use super::{call::Call, document::Document};
use crate::{
    database::Kind,
    world::{World, registration},
};

/// The day on which tests begin, in Jakarta, where the sessions are.
pub(crate) const TODAY: &str = "2026-11-23";
/// The day after.
pub(crate) const TOMORROW: &str = "2026-11-24";

/// The password of everybody.
pub(crate) const PASSWORD: &str = "kata-sandi-rahasia";

pub(crate) struct Api {
    pub(crate) router: Router,
    pub(crate) document: Document,
    pub(crate) world: World,
    pub(crate) limit_clock: FakeRelativeClock,
}

/// Somebody with a token.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) id: i64,
    pub(crate) email: String,
    pub(crate) token: String,
}

impl Api {
    pub(crate) async fn new(kind: Kind) -> Self {
        let world = World::new(kind).await;
        let limit_clock = FakeRelativeClock::default();
        let router = router(AppState::new(world.services.clone(), options(&limit_clock)));
        let document = Document::new(serde_json::to_value(booking::http::openapi()).unwrap());
        Self { router, document, world, limit_clock }
    }

    /// The same database behind a router with other options.
    pub(crate) fn with_options(mut self, change: impl FnOnce(&mut HttpOptions)) -> Self {
        let mut options = options(&self.limit_clock);
        change(&mut options);
        self.router = router(AppState::new(self.world.services.clone(), options));
        self
    }

    pub(crate) fn get(&self, path: &str) -> Call<'_> {
        Call::new(self, "GET", path)
    }

    pub(crate) fn post(&self, path: &str, body: Value) -> Call<'_> {
        Call::new(self, "POST", path).json(body)
    }

    pub(crate) fn patch(&self, path: &str, body: Value) -> Call<'_> {
        Call::new(self, "PATCH", path).json(body)
    }

    /// Registers somebody.
    pub(crate) async fn register(&self, name: &str) -> Person {
        let email = format!("{name}@example.com");
        let body = json!({ "name": name, "email": email, "password": PASSWORD });
        let data = self.post("/api/v1/auth/register", body).await.expect(201)["data"].clone();
        Person {
            id: data["user"]["id"].as_i64().unwrap(),
            email,
            token: data["token"].as_str().unwrap().to_owned(),
        }
    }

    /// Makes an administrator, with a token.
    pub(crate) async fn register_admin(&self) -> Person {
        let registration = registration("admin", PASSWORD);
        let user = self.world.services.accounts.add(&registration, Role::Admin).await.unwrap();
        let mut admin = Person { id: user.id.get(), email: user.email.to_string(), token: String::new() };
        admin.token = self.restricted(&admin, &["*"]).await;
        admin
    }

    /// Another token of somebody, for these abilities only.
    pub(crate) async fn restricted(&self, person: &Person, abilities: &[&str]) -> String {
        let body = json!({ "email": person.email, "password": PASSWORD, "abilities": abilities });
        let answer = self.post("/api/v1/auth/login", body).await.expect(200);
        answer["data"]["token"].as_str().unwrap().to_owned()
    }

    /// Books tomorrow's place.
    pub(crate) async fn book(&self, person: &Person, session: &Session) -> Value {
        let body = json!({ "session_id": session.id, "booking_date": TOMORROW });
        self.post("/api/v1/bookings", body).bearer(&person.token).await.expect(201)["data"]["booking"].clone()
    }
}

pub(crate) fn options(clock: &FakeRelativeClock) -> HttpOptions {
    HttpOptions {
        allowed_origins: Vec::<HeaderValue>::new(),
        front_ends: None,
        trusted_proxies: TrustedProxies::default(),
        rate_limit: NonZeroU32::new(300).unwrap(),
        login_rate_limit: NonZeroU32::new(5).unwrap(),
        limit_clock: LimitClock::Manual(clock.clone()),
        client_config: ClientConfig {
            key: "app-key".to_owned(),
            host: "ws.example.com".to_owned(),
            port: 443,
            scheme: "https".to_owned(),
            path: String::new(),
            auth_endpoint: "/api/broadcasting/auth".to_owned(),
        },
        credentials: Credentials {
            key: "app-key".to_owned(),
            secret: Secret::new("app-secret"),
            encryption_key: None,
        },
    }
}
