//! What happens without anybody asking.

use booking::{
    domain::{BookingChanges, BookingStatus, PaymentOutcome, PaymentStatus, Role},
    services::{Conflict, ServiceError, Work},
};
use tokio::sync::oneshot;

use crate::{
    database::on_both_databases,
    world::{World, principal},
};

on_both_databases!(
    a_payment_that_succeeds_confirms_the_booking,
    a_payment_that_fails_can_be_tried_again,
    a_payment_is_ordered_once_at_a_time,
    an_unpaid_booking_expires_and_its_place_is_free,
    a_payment_after_the_time_is_refused_even_before_the_clerk_comes,
    a_payment_that_was_ordered_in_time_counts_when_it_arrives_late,
    a_payment_of_a_cancelled_booking_comes_to_nothing,
    a_payment_goes_on_when_an_administrator_confirms_its_booking,
    a_booking_is_completed_when_its_session_is_over,
    two_clerks_do_everything_once,
    the_clerk_works_until_it_is_told_to_stop,
);

const NOTHING: Work = Work { settled: 0, expired: 0, completed: 0 };

async fn a_payment_that_succeeds_confirms_the_booking(world: World) {
    let (user, session) = (world.user("siti", Role::User).await, world.session(5).await);
    let id = world.book(&user, &session, "2026-11-24").await.id;
    let ordered = world.pay(&user, id, PaymentOutcome::Succeed).await.unwrap();
    assert_eq!((ordered.status, ordered.payment_status), (BookingStatus::Pending, PaymentStatus::Pending));
    world.advance(1);
    assert_eq!(world.services.clerk.round().await.unwrap(), NOTHING);
    world.advance(1);
    assert_eq!(world.services.clerk.round().await.unwrap(), Work { settled: 1, ..NOTHING });
    let paid = world.services.bookings.by_id(id, &principal(&user)).await.unwrap();
    assert_eq!(
        (paid.status, paid.payment_status, paid.version),
        (BookingStatus::Confirmed, PaymentStatus::Paid, 3)
    );
    assert_eq!(paid.updated_at, world.clock.now());
    assert_eq!(world.services.clerk.round().await.unwrap(), NOTHING);
}

async fn a_payment_that_fails_can_be_tried_again(world: World) {
    let (user, session) = (world.user("siti", Role::User).await, world.session(5).await);
    let id = world.book(&user, &session, "2026-11-24").await.id;
    world.pay(&user, id, PaymentOutcome::Fail).await.unwrap();
    world.advance(2);
    world.services.clerk.round().await.unwrap();
    let failed = world.services.bookings.by_id(id, &principal(&user)).await.unwrap();
    assert_eq!((failed.status, failed.payment_status), (BookingStatus::Pending, PaymentStatus::Failed));
    world.pay(&user, id, PaymentOutcome::Succeed).await.unwrap();
    world.advance(2);
    world.services.clerk.round().await.unwrap();
    let paid = world.services.bookings.by_id(id, &principal(&user)).await.unwrap();
    assert_eq!((paid.status, paid.payment_status), (BookingStatus::Confirmed, PaymentStatus::Paid));
}

async fn a_payment_is_ordered_once_at_a_time(world: World) {
    let (user, session) = (world.user("siti", Role::User).await, world.session(5).await);
    let id = world.book(&user, &session, "2026-11-24").await.id;
    world.pay(&user, id, PaymentOutcome::Succeed).await.unwrap();
    let (from, to) = (PaymentStatus::Pending, PaymentStatus::Pending);
    let again = world.pay(&user, id, PaymentOutcome::Succeed).await;
    assert!(
        matches!(again, Err(ServiceError::Conflict(Conflict::PaymentMove { from: f, to: t })) if (f, t) == (from, to))
    );
    world.advance(2);
    world.services.clerk.round().await.unwrap();
    let paid = world.pay(&user, id, PaymentOutcome::Succeed).await;
    assert!(matches!(paid, Err(ServiceError::Conflict(Conflict::NotPayable(BookingStatus::Confirmed)))));
}

async fn an_unpaid_booking_expires_and_its_place_is_free(world: World) {
    let (user, session) = (world.user("siti", Role::User).await, world.session(1).await);
    let id = world.book(&user, &session, "2026-11-24").await.id;
    world.advance(30 * 60 - 1);
    assert_eq!(world.services.clerk.round().await.unwrap(), NOTHING);
    world.advance(1);
    assert_eq!(world.services.clerk.round().await.unwrap(), Work { expired: 1, ..NOTHING });
    let booking = world.services.bookings.by_id(id, &principal(&user)).await.unwrap();
    assert_eq!((booking.status, booking.payment_status), (BookingStatus::Expired, PaymentStatus::Unpaid));
    world.book(&user, &session, "2026-11-24").await;
}

async fn a_payment_after_the_time_is_refused_even_before_the_clerk_comes(world: World) {
    let (user, session) = (world.user("siti", Role::User).await, world.session(1).await);
    let id = world.book(&user, &session, "2026-11-24").await.id;
    world.advance(30 * 60);
    let late = world.pay(&user, id, PaymentOutcome::Succeed).await;
    assert!(matches!(late, Err(ServiceError::Conflict(Conflict::NotPayable(BookingStatus::Expired)))));
}

async fn a_payment_that_was_ordered_in_time_counts_when_it_arrives_late(world: World) {
    let (user, session) = (world.user("siti", Role::User).await, world.session(1).await);
    let id = world.book(&user, &session, "2026-11-24").await.id;
    world.advance(30 * 60 - 1);
    world.pay(&user, id, PaymentOutcome::Succeed).await.unwrap();
    world.advance(1);
    assert_eq!(world.services.clerk.round().await.unwrap(), NOTHING);
    world.advance(1);
    assert_eq!(world.services.clerk.round().await.unwrap(), Work { settled: 1, ..NOTHING });
    assert_eq!(
        world.services.bookings.by_id(id, &principal(&user)).await.unwrap().status,
        BookingStatus::Confirmed
    );
}

async fn a_payment_of_a_cancelled_booking_comes_to_nothing(world: World) {
    let (user, session) = (world.user("siti", Role::User).await, world.session(1).await);
    let id = world.book(&user, &session, "2026-11-24").await.id;
    world.pay(&user, id, PaymentOutcome::Succeed).await.unwrap();
    let cancelled = world.cancel(&user, id).await.unwrap();
    assert_eq!(
        (cancelled.status, cancelled.payment_status),
        (BookingStatus::Cancelled, PaymentStatus::Failed)
    );
    world.advance(2);
    assert_eq!(world.services.clerk.round().await.unwrap(), NOTHING);
    let again = world.pay(&user, id, PaymentOutcome::Succeed).await;
    assert!(matches!(again, Err(ServiceError::Conflict(Conflict::NotPayable(BookingStatus::Cancelled)))));
}

async fn a_payment_goes_on_when_an_administrator_confirms_its_booking(world: World) {
    let (user, session) = (world.user("siti", Role::User).await, world.session(5).await);
    let statuses = [BookingStatus::Confirmed, BookingStatus::Completed];
    for (outcome, paid) in
        [(PaymentOutcome::Succeed, PaymentStatus::Paid), (PaymentOutcome::Fail, PaymentStatus::Failed)]
    {
        for count in [1, 2] {
            let id = world.book(&user, &session, "2026-11-24").await.id;
            world.pay(&user, id, outcome).await.unwrap();
            for status in &statuses[..count] {
                let changes = BookingChanges { status: Some(*status), payment_status: None };
                let changed = world.change(id, changes).await.unwrap();
                assert_eq!(changed.payment_status, PaymentStatus::Pending);
            }
            world.advance(2);
            assert_eq!(world.services.clerk.round().await.unwrap(), Work { settled: 1, ..NOTHING });
            let booking = world.services.bookings.by_id(id, &principal(&user)).await.unwrap();
            assert_eq!((booking.status, booking.payment_status), (statuses[count - 1], paid));
        }
    }
}

async fn a_booking_is_completed_when_its_session_is_over(world: World) {
    let (user, session) = (world.user("siti", Role::User).await, world.session(5).await);
    let id = world.book(&user, &session, "2026-11-24").await.id;
    world.pay(&user, id, PaymentOutcome::Succeed).await.unwrap();
    world.advance(2);
    world.services.clerk.round().await.unwrap();
    // 20:00 in Jakarta on the 24th.
    world.advance(31 * 3600 + 55 * 60 + 48);
    assert_eq!(world.services.clerk.round().await.unwrap(), NOTHING);
    world.advance(1);
    assert_eq!(world.services.clerk.round().await.unwrap(), Work { completed: 1, ..NOTHING });
    let booking = world.services.bookings.by_id(id, &principal(&user)).await.unwrap();
    assert_eq!((booking.status, booking.payment_status), (BookingStatus::Completed, PaymentStatus::Paid));
    assert_eq!(world.places(&session, "2026-11-24").await.current_capacity, 1);
}

async fn two_clerks_do_everything_once(world: World) {
    let (user, session) = (world.user("siti", Role::User).await, world.session(20).await);
    for number in 0..20 {
        let id = world.book(&user, &session, "2026-11-24").await.id;
        if number % 2 == 0 {
            world.pay(&user, id, PaymentOutcome::Succeed).await.unwrap();
        }
    }
    world.advance(30 * 60);
    world.take_outbox().await;
    let other = world.another().await;
    let (one, two) = tokio::join!(world.services.clerk.round(), other.clerk.round());
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!((one.settled + two.settled, one.expired + two.expired), (10, 10));
    assert_eq!(world.places(&session, "2026-11-24").await.current_capacity, 10);
    let events = world.outbox().await;
    let count = |name: &str| events.iter().filter(|event| event.name == name).count();
    assert_eq!(
        (count("AvailabilityUpdated"), count("BookingStatusUpdated"), count("PaymentStatusUpdated")),
        (10, 20, 10)
    );
}

async fn the_clerk_works_until_it_is_told_to_stop(world: World) {
    let (user, session) = (world.user("siti", Role::User).await, world.session(5).await);
    let id = world.book(&user, &session, "2026-11-24").await.id;
    world.advance(30 * 60);
    let (stop, stopped) = oneshot::channel::<()>();
    let clerk = world.services.clerk.clone();
    let running = tokio::spawn(async move { clerk.run(async { drop(stopped.await) }).await });
    let expired = async {
        while world.services.bookings.by_id(id, &principal(&user)).await.unwrap().status
            != BookingStatus::Expired
        {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), expired).await.unwrap();
    stop.send(()).unwrap();
    running.await.unwrap();
}
