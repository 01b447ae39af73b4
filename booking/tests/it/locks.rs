//! PostgreSQL: what happens when several want the same rows at the same time. The tests hold rows themselves, so that
//! who comes first is no accident.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use booking::{
    db::{DatabaseUrl, Db},
    domain::{
        Announcement, NewBooking, NotificationLevel, Notifications, Role, Session, SessionChanges, User,
    },
    services::{
        Idempotency, IdempotencyClaim, Origin, Outcome, ServiceError, Services, Settings, StoredAnswer,
    },
};
use gema_testkit::{eventually, within_patience};
use sqlx::{PgPool, Postgres, Transaction, postgres::PgPoolOptions};

use crate::{
    database::Kind,
    world::{World, day, done, principal},
};

/// A day that somebody has booked.
const DAY: &str = "2026-11-24";

fn pool(world: &World) -> &PgPool {
    match &world.db {
        Db::Postgres(pool) => pool,
        Db::Sqlite { .. } => panic!("these tests are PostgreSQL's"),
    }
}

/// A transaction that holds the row of [`DAY`].
async fn hold_day(world: &World) -> Transaction<'static, Postgres> {
    let mut tx = pool(world).begin().await.unwrap();
    sqlx::query("UPDATE session_dates SET booked = booked WHERE date = DATE '2026-11-24'")
        .execute(&mut *tx)
        .await
        .unwrap();
    tx
}

/// Waits until so many wait for a lock.
async fn waiting(world: &World, count: i64) {
    const SQL: &str = "SELECT COUNT(*) FROM pg_stat_activity \
         WHERE datname = current_database() AND wait_event_type = 'Lock'";
    eventually(count, async || world.count(SQL).await).await;
}

fn wish(user: &User, session: &Session, date: &str) -> NewBooking {
    NewBooking { user_id: user.id, session_id: session.id, booking_date: day(date) }
}

/// The services as a process has them that does not wait for locks.
async fn impatient(world: &World) -> Services {
    let DatabaseUrl::Postgres(options) = world.home.url() else { panic!("these tests are PostgreSQL's") };
    let options = options.options([("lock_timeout", "20ms")]);
    let pool = PgPoolOptions::new().connect_with(options).await.unwrap();
    Services::new(&Db::Postgres(pool), &world.clock, Settings::default())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_can_be_changed_while_many_book_it() {
    let world = World::new(Kind::Postgres).await;
    let session = world.session(1000).await;
    let over = Arc::new(AtomicBool::new(false));
    let mut customers = Vec::new();
    for number in 0..8 {
        let user = world.user(&format!("user{number}"), Role::User).await;
        let (bookings, session, over) = (world.services.bookings.clone(), session.clone(), Arc::clone(&over));
        customers.push(tokio::spawn(async move {
            // A day for each, so that they wait for nothing but the session.
            let date = format!("2026-12-{:02}", number + 1);
            while !over.load(Ordering::Relaxed) {
                let made = bookings.create(wish(&user, &session, &date), Origin::default()).await;
                bookings.cancel(done(made.unwrap()).id, &principal(&user), Origin::default()).await.unwrap();
            }
        }));
    }
    let booked = async || i64::from(world.count("SELECT COUNT(*) FROM bookings").await > 20);
    eventually(1, booked).await;
    for places in 0..5 {
        let changes = SessionChanges { max_capacity: Some(2000 + places), ..SessionChanges::default() };
        world.services.catalogue.update(session.id, changes, None).await.unwrap();
    }
    over.store(true, Ordering::Relaxed);
    for customer in customers {
        customer.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_moment_of_a_change_is_when_its_turn_has_come() {
    let world = World::new(Kind::Postgres).await;
    let (user, session) = (world.user("siti", Role::User).await, world.session(5).await);
    let first = world.book(&user, &session, DAY).await;
    let admin = world.user("admin", Role::Admin).await;

    let held = hold_day(&world).await;
    let (bookings, new) = (world.services.bookings.clone(), wish(&admin, &session, DAY));
    let booking = tokio::spawn(async move { bookings.create(new, Origin::default()).await });
    waiting(&world, 1).await;
    let (bookings, by) = (world.services.bookings.clone(), user.clone());
    let cancelling =
        tokio::spawn(async move { bookings.cancel(first.id, &principal(&by), Origin::default()).await });
    waiting(&world, 2).await;
    world.advance(5);
    held.commit().await.unwrap();
    let now = world.clock.now();
    let booked = done(within_patience("the booking", booking).await.unwrap().unwrap());
    assert_eq!((booked.created_at, booked.updated_at), (now, now));
    let cancelled = done(within_patience("the cancellation", cancelling).await.unwrap().unwrap());
    assert_eq!(cancelled.updated_at, now);
}

#[tokio::test(flavor = "multi_thread")]
async fn notifications_are_marked_in_one_order_whatever_the_order_of_the_request() {
    const SQL: &str =
        "INSERT INTO notification_reads (user_id, notification_id, read_at) VALUES ($1, $2, now())";
    let world = World::new(Kind::Postgres).await;
    let user = world.user("siti", Role::User).await;
    let mut ids = Vec::new();
    for message in ["a", "b"] {
        let announcement =
            Announcement { title: None, message: message.to_owned(), level: NotificationLevel::Success };
        ids.push(world.services.notifications.announce(announcement, None).await.unwrap().id);
    }
    let mut other = pool(&world).begin().await.unwrap();
    sqlx::query(SQL).bind(user.id).bind(ids[0]).execute(&mut *other).await.unwrap();
    let (centre, reader) = (world.services.notifications.clone(), user.clone());
    let these = Notifications::These(vec![ids[1], ids[0], ids[1]]);
    let marking = tokio::spawn(async move { centre.mark_read(&reader, these).await });
    waiting(&world, 1).await;
    // The request waits for the first and so does not have the second.
    sqlx::query("SET LOCAL lock_timeout = '100ms'").execute(&mut *other).await.unwrap();
    sqlx::query(SQL).bind(user.id).bind(ids[1]).execute(&mut *other).await.unwrap();
    other.rollback().await.unwrap();
    assert_eq!(within_patience("the request", marking).await.unwrap().unwrap(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_another_process_is_answering_is_in_progress() {
    let world = World::new(Kind::Postgres).await;
    let (user, session) = (world.user("siti", Role::User).await, world.session(5).await);
    world.book(&user, &session, DAY).await;
    let origin = || {
        let claim = IdempotencyClaim { user_id: user.id, key: "k".to_owned(), fingerprint: [1; 32] };
        let render = Arc::new(|_: &_| StoredAnswer { status: 201, body: String::new() });
        Origin { except: None, idempotency: Some(Idempotency { claim, render }) }
    };
    let other = impatient(&world).await;
    let held = hold_day(&world).await;
    let (bookings, new, first) = (world.services.bookings.clone(), wish(&user, &session, DAY), origin());
    let answering = tokio::spawn(async move { bookings.create(new, first).await });
    waiting(&world, 1).await;
    let refused = other.bookings.create(wish(&user, &session, DAY), origin()).await;
    assert!(matches!(refused, Err(ServiceError::IdempotencyInProgress)), "{refused:?}");
    held.commit().await.unwrap();
    within_patience("the first request", answering).await.unwrap().unwrap();
    let replayed = other.bookings.create(wish(&user, &session, DAY), origin()).await;
    assert!(matches!(replayed, Ok(Outcome::Replayed(_))), "{replayed:?}");
}
