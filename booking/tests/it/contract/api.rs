//! The application in a test: its router, database and clocks.

use std::{
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
};

use axum::{Router, http::HeaderValue};
use booking::{
    clock::Clock,
    db::{DatabaseUrl, Db},
    domain::{NewSession, Password, Registration, Role, Session, Timestamp},
    http::{AppState, ClientConfig, HttpOptions, LimitClock, router},
    services::{Services, Settings},
};
use gema_broadcast::{Credentials, Secret};
use governor::clock::FakeRelativeClock;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{call::Call, document::Document};

/// The moment at which tests begin: 12:04 in Jakarta, where all sessions are.
pub(crate) const START: &str = "2026-11-23T05:04:09Z";
/// The day of [`START`] in Jakarta.
pub(crate) const TODAY: &str = "2026-11-23";
/// The day after.
pub(crate) const TOMORROW: &str = "2026-11-24";

/// The password of everybody.
pub(crate) const PASSWORD: &str = "kata-sandi-rahasia";

pub(crate) struct Api {
    pub(crate) router: Router,
    pub(crate) document: Document,
    pub(crate) services: Services,
    pub(crate) clock: Clock,
    pub(crate) limit_clock: FakeRelativeClock,
    _directory: Option<TempDir>,
}

/// Somebody with a token.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) id: i64,
    pub(crate) email: String,
    pub(crate) token: String,
}

impl Api {
    pub(crate) async fn on_sqlite() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", directory.path().join("booking.sqlite3").display());
        let mut api = Self::at(&url, options()).await;
        api._directory = Some(directory);
        api
    }

    /// In a database of its own on the server that `scripts/with-postgres` starts.
    pub(crate) async fn on_postgres() -> Self {
        static DATABASES: AtomicU32 = AtomicU32::new(0);
        let server = std::env::var("GEMA_TEST_POSTGRES")
            .expect("GEMA_TEST_POSTGRES is not set: run the tests with scripts/with-postgres");
        let name = format!("contract_{}_{}", std::process::id(), DATABASES.fetch_add(1, Ordering::Relaxed));
        let Db::Postgres(pool) = Db::connect(&server.parse().unwrap()).await.unwrap() else {
            panic!("GEMA_TEST_POSTGRES is no URL of PostgreSQL: {server}");
        };
        sqlx::query(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&pool).await.unwrap();
        pool.close().await;
        Self::at(&server.replace("///postgres?", &format!("///{name}?")), options()).await
    }

    /// The same database behind a router with other options.
    pub(crate) fn with_options(mut self, change: impl FnOnce(&mut HttpOptions)) -> Self {
        let mut options = options();
        options.limit_clock = LimitClock::Manual(self.limit_clock.clone());
        change(&mut options);
        self.router = router(AppState::new(self.services.clone(), options));
        self
    }

    async fn at(url: &str, mut options: HttpOptions) -> Self {
        let url: DatabaseUrl = url.parse().unwrap();
        let db = Db::connect(&url).await.unwrap();
        db.migrate().await.unwrap();
        let clock = Clock::manual(Timestamp::from(START.parse::<chrono::DateTime<chrono::Utc>>().unwrap()));
        let services = Services::new(&db, &clock, Settings::default());
        let limit_clock = FakeRelativeClock::default();
        options.limit_clock = LimitClock::Manual(limit_clock.clone());
        let router = router(AppState::new(services.clone(), options));
        let document = Document::new(serde_json::to_value(booking::http::openapi()).unwrap());
        Self { router, document, services, clock, limit_clock, _directory: None }
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
        let registration = Registration {
            name: "admin".to_owned(),
            email: "admin@example.com".parse().unwrap(),
            password: Password::new(PASSWORD.to_owned()),
            device_name: "test".to_owned(),
        };
        let user = self.services.accounts.add(&registration, Role::Admin).await.unwrap();
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

    pub(crate) async fn add_session(&self, name: &str, places: i64) -> Session {
        let session = NewSession {
            name: name.to_owned(),
            start_time: "07:00".parse().unwrap(),
            end_time: "08:00".parse().unwrap(),
            max_capacity: places,
            timezone: "Asia/Jakarta".parse().unwrap(),
            price: 75_000,
        };
        self.services.catalogue.add(&session).await.unwrap()
    }

    /// Books tomorrow's place.
    pub(crate) async fn book(&self, person: &Person, session: &Session) -> Value {
        let body = json!({ "session_id": session.id, "booking_date": TOMORROW });
        self.post("/api/v1/bookings", body).bearer(&person.token).await.expect(201)["data"]["booking"].clone()
    }
}

fn options() -> HttpOptions {
    HttpOptions {
        allowed_origins: Vec::<HeaderValue>::new(),
        rate_limit: NonZeroU32::new(300).unwrap(),
        login_rate_limit: NonZeroU32::new(5).unwrap(),
        limit_clock: LimitClock::default(),
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
