//! The application over a database of its own, at a moment that the test sets.

use std::time::Duration;

use booking::{
    clock::Clock,
    db::Db,
    domain::{
        Abilities, Availability, Booking, BookingChanges, BookingId, NewBooking, NewSession, PaymentOutcome,
        Principal, Registration, Role, Session, SessionId, User, UserId,
    },
    services::{Origin, Outcome, ServiceError, Services, Settings},
};
use chrono::{DateTime, NaiveDate, Utc};

use crate::database::{Home, Kind};

/// Noon in Jakarta.
pub(crate) const START: &str = "2026-11-23T05:04:09Z";

/// The application.
pub(crate) struct World {
    pub(crate) services: Services,
    pub(crate) clock: Clock,
    pub(crate) db: Db,
    pub(crate) home: Home,
}

/// An event that waits in the outbox.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Event {
    pub(crate) name: String,
    /// A JSON array.
    pub(crate) channels: String,
    /// JSON.
    pub(crate) data: String,
    pub(crate) socket_id: Option<String>,
}

/// Runs the same query on either database.
macro_rules! query {
    ($db:expr, $pool:ident => $query:expr) => {
        match $db {
            booking::db::Db::Sqlite { writer: $pool, .. } => $query.await.unwrap(),
            booking::db::Db::Postgres($pool) => $query.await.unwrap(),
        }
    };
}

pub(crate) use query;

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(crate) fn done<T>(outcome: Outcome<T>) -> T {
    match outcome {
        Outcome::Done(value) => value,
        Outcome::Replayed(answer) => panic!("it was replayed: {answer:?}"),
    }
}

impl World {
    pub(crate) async fn new(kind: Kind) -> Self {
        let home = Home::new(kind).await;
        let db = home.open().await;
        let clock = Clock::manual(START.parse::<DateTime<Utc>>().unwrap().into());
        let services = Services::new(&db, &clock, Settings::default());
        Self { services, clock, db, home }
    }

    /// The same database as another process sees it.
    pub(crate) async fn another(&self) -> Services {
        Services::new(&self.home.open().await, &self.clock, Settings::default())
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// A user without a password that anybody knows: hashing takes its time.
    pub(crate) async fn user(&self, name: &str, role: Role) -> User {
        const SQL: &str = "INSERT INTO users (name, email, password_hash, role, created_at) \
             VALUES ($1, $2, '-', $3, $4) RETURNING id, name, email, role, created_at";
        let email = format!("{name}@example.com");
        let now = self.clock.now();
        query!(&self.db, pool => sqlx::query_as(SQL)
            .bind(name)
            .bind(&email)
            .bind(role.as_str())
            .bind(now)
            .fetch_one(pool))
    }

    pub(crate) async fn session(&self, capacity: i64) -> Session {
        let session = NewSession {
            name: "Yoga Pagi".to_owned(),
            start_time: "07:00".parse().unwrap(),
            end_time: "20:00".parse().unwrap(),
            max_capacity: capacity,
            timezone: "Asia/Jakarta".parse().unwrap(),
            price: 75_000,
        };
        self.services.catalogue.add(&session).await.unwrap()
    }

    pub(crate) async fn try_book(
        &self,
        user: UserId,
        session: SessionId,
        date: &str,
    ) -> Result<Booking, ServiceError> {
        let booking = NewBooking { user_id: user, session_id: session, booking_date: day(date) };
        self.services.bookings.create(booking, Origin::default()).await.map(done)
    }

    pub(crate) async fn book(&self, user: &User, session: &Session, date: &str) -> Booking {
        self.try_book(user.id, session.id, date).await.unwrap()
    }

    pub(crate) async fn cancel(&self, user: &User, id: BookingId) -> Result<Booking, ServiceError> {
        self.services.bookings.cancel(id, &principal(user), Origin::default()).await.map(done)
    }

    pub(crate) async fn pay(
        &self,
        user: &User,
        id: BookingId,
        outcome: PaymentOutcome,
    ) -> Result<Booking, ServiceError> {
        self.services.bookings.pay(id, &principal(user), outcome, Origin::default()).await.map(done)
    }

    pub(crate) async fn change(
        &self,
        id: BookingId,
        changes: BookingChanges,
    ) -> Result<Booking, ServiceError> {
        self.services.bookings.change(id, changes, None).await
    }

    pub(crate) async fn places(&self, session: &Session, date: &str) -> Availability {
        let all = self.services.catalogue.availability(Some(day(date))).await.unwrap();
        all.into_iter().find(|places| places.session_id == session.id).unwrap()
    }

    /// What waits in the outbox, in its order.
    pub(crate) async fn outbox(&self) -> Vec<Event> {
        const SQL: &str = "SELECT name, channels, data, socket_id FROM broadcast_outbox ORDER BY id";
        query!(&self.db, pool => sqlx::query_as(SQL).fetch_all(pool))
    }

    /// The same, and nothing waits any more.
    pub(crate) async fn take_outbox(&self) -> Vec<Event> {
        let events = self.outbox().await;
        self.execute("DELETE FROM broadcast_outbox").await;
        events
    }

    pub(crate) async fn execute(&self, sql: &'static str) {
        match &self.db {
            Db::Sqlite { writer, .. } => drop(sqlx::query(sql).execute(writer).await.unwrap()),
            Db::Postgres(pool) => drop(sqlx::query(sql).execute(pool).await.unwrap()),
        }
    }

    pub(crate) async fn count(&self, sql: &'static str) -> i64 {
        query!(&self.db, pool => sqlx::query_scalar(sql).fetch_one(pool))
    }
}

/// The user with a token for everything.
pub(crate) fn principal(user: &User) -> Principal {
    Principal { user: user.clone(), token_id: 1.try_into().unwrap(), abilities: Abilities::all() }
}

pub(crate) fn registration(name: &str, password: &str) -> Registration {
    Registration {
        name: name.to_owned(),
        email: format!("{name}@example.com").parse().unwrap(),
        password: booking::domain::Password::new(password.to_owned()),
        device_name: "test".to_owned(),
    }
}

impl Event {
    /// Name and payload, without the id that is different each time.
    pub(crate) fn told(&self) -> (&str, String) {
        let (payload, id) = self.data.rsplit_once(",\"event_id\":").unwrap();
        let id = id.trim_matches(['"', '}']);
        assert!(id.parse::<gema_broadcast::EventId>().is_ok(), "{id} is no event id");
        (self.name.as_str(), format!("{payload}}}"))
    }
}
