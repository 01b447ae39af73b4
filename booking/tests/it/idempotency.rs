//! Requests that are repeated.

use std::sync::Arc;

use booking::{
    domain::{NewBooking, Role, Session, User},
    services::{
        Conflict, Idempotency, IdempotencyClaim, Origin, Outcome, ServiceError, Services, StoredAnswer,
    },
};

use crate::{
    database::on_both_databases,
    world::{World, day, done, principal},
};

on_both_databases!(
    a_repeated_request_is_answered_with_the_first_answer,
    a_storm_of_repetitions_makes_one_booking,
    a_storm_through_two_processes_makes_one_booking,
    a_key_is_not_used_for_another_request,
    keys_of_different_users_have_nothing_to_do_with_each_other,
    a_refused_request_leaves_its_key_free,
    a_key_is_free_again_after_a_day,
);

fn origin(user: &User, key: &str, fingerprint: u8) -> Origin {
    let claim = IdempotencyClaim { user_id: user.id, key: key.to_owned(), fingerprint: [fingerprint; 32] };
    let render = Arc::new(|booking: &booking::domain::Booking| StoredAnswer {
        status: 201,
        body: format!("{{\"code\":\"{}\"}}", booking.booking_code),
    });
    Origin { except: None, idempotency: Some(Idempotency { claim, render }) }
}

fn wish(user: &User, session: &Session) -> NewBooking {
    NewBooking { user_id: user.id, session_id: session.id, booking_date: day("2026-11-24") }
}

async fn a_repeated_request_is_answered_with_the_first_answer(world: World) {
    let (user, session) = (world.user("siti", Role::User).await, world.session(5).await);
    let bookings = &world.services.bookings;
    let booking = done(bookings.create(wish(&user, &session), origin(&user, "k", 1)).await.unwrap());
    let events = world.outbox().await;
    let body = format!("{{\"code\":\"{}\"}}", booking.booking_code);
    for _ in 0..3 {
        let again = bookings.create(wish(&user, &session), origin(&user, "k", 1)).await.unwrap();
        assert_eq!(again, Outcome::Replayed(StoredAnswer { status: 201, body: body.clone() }));
    }
    assert_eq!(world.outbox().await, events);
    assert_eq!(world.places(&session, "2026-11-24").await.current_capacity, 1);
}

/// How many of the requests were done, replayed, and told to wait.
async fn storm(processes: &[Services], user: &User, session: &Session) -> [usize; 3] {
    let mut requests = Vec::new();
    for number in 0..40 {
        let bookings = processes[number % processes.len()].bookings.clone();
        let (wish, origin) = (wish(user, session), origin(user, "storm", 1));
        requests.push(tokio::spawn(async move { bookings.create(wish, origin).await }));
    }
    let mut counts = [0; 3];
    for request in requests {
        match request.await.unwrap() {
            Ok(Outcome::Done(_)) => counts[0] += 1,
            Ok(Outcome::Replayed(_)) => counts[1] += 1,
            Err(ServiceError::IdempotencyInProgress) => counts[2] += 1,
            Err(other) => panic!("{other}"),
        }
    }
    counts
}

async fn a_storm_of_repetitions_makes_one_booking(world: World) {
    let (user, session) = (world.user("siti", Role::User).await, world.session(50).await);
    let [made, replayed, waiting] = storm(std::slice::from_ref(&world.services), &user, &session).await;
    assert_eq!((made, made + replayed + waiting), (1, 40));
    assert_eq!(world.count("SELECT COUNT(*) FROM bookings").await, 1);
    assert_eq!(world.outbox().await.len(), 2);
    let last = world.services.bookings.create(wish(&user, &session), origin(&user, "storm", 1)).await;
    assert!(matches!(last, Ok(Outcome::Replayed(_))));
}

async fn a_storm_through_two_processes_makes_one_booking(world: World) {
    let (user, session) = (world.user("siti", Role::User).await, world.session(50).await);
    let processes = [world.services.clone(), world.another().await];
    let [made, ..] = storm(&processes, &user, &session).await;
    assert_eq!(made, 1);
    assert_eq!(world.count("SELECT COUNT(*) FROM bookings").await, 1);
}

async fn a_key_is_not_used_for_another_request(world: World) {
    let (user, session) = (world.user("siti", Role::User).await, world.session(5).await);
    let bookings = &world.services.bookings;
    let booking = done(bookings.create(wish(&user, &session), origin(&user, "k", 1)).await.unwrap());
    let other = bookings.cancel(booking.id, &principal(&user), origin(&user, "k", 2)).await;
    assert!(matches!(other, Err(ServiceError::IdempotencyMismatch)));
    assert_eq!(world.places(&session, "2026-11-24").await.current_capacity, 1);
}

async fn keys_of_different_users_have_nothing_to_do_with_each_other(world: World) {
    let session = world.session(5).await;
    for name in ["siti", "budi"] {
        let user = world.user(name, Role::User).await;
        let outcome = world.services.bookings.create(wish(&user, &session), origin(&user, "k", 1)).await;
        assert!(matches!(outcome, Ok(Outcome::Done(_))));
    }
}

async fn a_refused_request_leaves_its_key_free(world: World) {
    let (user, session) = (world.user("siti", Role::User).await, world.session(1).await);
    let bookings = &world.services.bookings;
    let first = world.book(&user, &session, "2026-11-24").await;
    let refused = bookings.create(wish(&user, &session), origin(&user, "k", 1)).await;
    assert!(matches!(refused, Err(ServiceError::Conflict(Conflict::SessionFull))));
    assert_eq!(world.count("SELECT COUNT(*) FROM idempotency_keys").await, 0);
    world.cancel(&user, first.id).await.unwrap();
    let again = bookings.create(wish(&user, &session), origin(&user, "k", 1)).await;
    assert!(matches!(again, Ok(Outcome::Done(_))));
}

async fn a_key_is_free_again_after_a_day(world: World) {
    let (user, session) = (world.user("siti", Role::User).await, world.session(5).await);
    let create = || world.services.bookings.create(wish(&user, &session), origin(&user, "k", 1));
    let first = done(create().await.unwrap());
    world.advance(24 * 3600 - 1);
    assert!(matches!(create().await, Ok(Outcome::Replayed(_))));
    world.advance(1);
    let wish = NewBooking { booking_date: day("2026-11-25"), ..wish(&user, &session) };
    let second = world.services.bookings.create(wish, origin(&user, "k", 2)).await.unwrap();
    assert_ne!(done(second).id, first.id);
    world.advance(24 * 3600);
    world.services.clerk.round().await.unwrap();
    assert_eq!(world.count("SELECT COUNT(*) FROM idempotency_keys").await, 0);
}
