//! Places are taken and given back.

use booking::{
    domain::{
        BookingChanges, BookingFilter, BookingStatus, NewBooking, PageRequest, PaymentOutcome, PaymentStatus,
        Role, User,
    },
    services::{Conflict, Origin, Rule, ServiceError, Services, Settings},
};

use crate::{
    database::on_both_databases,
    world::{World, day, principal},
};

on_both_databases!(
    of_a_hundred_at_once_ten_get_the_ten_places,
    two_processes_share_the_places,
    those_who_come_and_go_at_once_leave_the_counters_right,
    a_cancelled_place_can_be_booked_again,
    a_booking_is_cancelled_once,
    days_and_sessions_have_places_of_their_own,
    what_cannot_be_booked_is_said_by_field,
    yesterday_is_told_by_the_sessions_time_zone,
    days_can_be_booked_a_year_ahead,
    a_user_may_leave_so_many_bookings_unpaid,
    other_peoples_bookings_are_for_administrators_only,
    lists_are_filtered_and_paged_newest_first,
    administrators_move_bookings_as_the_state_machines_allow,
    an_administrator_who_cancels_gives_place_and_money_back,
    a_change_that_changes_nothing_tells_nothing,
    a_failed_transaction_leaves_nothing_in_the_outbox,
);

fn invalid<T: std::fmt::Debug>(result: Result<T, ServiceError>) -> (&'static str, Rule) {
    match result.unwrap_err() {
        ServiceError::Invalid { field, rule } => (field, rule),
        other => panic!("{other}"),
    }
}

fn conflict<T: std::fmt::Debug>(result: Result<T, ServiceError>) -> Conflict {
    match result.unwrap_err() {
        ServiceError::Conflict(conflict) => conflict,
        other => panic!("{other}"),
    }
}

async fn of_a_hundred_at_once_ten_get_the_ten_places(world: World) {
    let (user, session) = (world.user("siti", Role::User).await, world.session(10).await);
    let attempts = (0..100).map(|_| {
        let bookings = world.services.bookings.clone();
        let booking =
            NewBooking { user_id: user.id, session_id: session.id, booking_date: day("2026-11-24") };
        tokio::spawn(async move {
            loop {
                match bookings.create(booking.clone(), Origin::default()).await {
                    // So many in front of it are too many for a slow machine: nothing has been begun yet.
                    Err(ServiceError::Database(sqlx::Error::PoolTimedOut)) => {}
                    outcome => return outcome,
                }
            }
        })
    });
    let attempts: Vec<_> = attempts.collect();
    let (mut made, mut full) = (0, 0);
    for attempt in attempts {
        match attempt.await.unwrap() {
            Ok(_) => made += 1,
            Err(ServiceError::Conflict(Conflict::SessionFull)) => full += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!((made, full), (10, 90));
    let places = world.places(&session, "2026-11-24").await;
    assert_eq!((places.current_capacity, places.available_slots, places.version), (10, 0, 10));
    assert_eq!(world.count("SELECT COUNT(*) FROM bookings").await, 10);
    assert_eq!(world.count("SELECT COUNT(DISTINCT booking_code) FROM bookings").await, 10);
    assert_eq!(world.count("SELECT COUNT(*) FROM notifications").await, 10);

    let slots: Vec<i64> = world
        .outbox()
        .await
        .iter()
        .filter(|event| event.name == "AvailabilityUpdated")
        .map(|event| {
            serde_json::from_str::<serde_json::Value>(&event.data).unwrap()["available_slots"].as_i64()
        })
        .map(Option::unwrap)
        .collect();
    assert_eq!(slots, [9, 8, 7, 6, 5, 4, 3, 2, 1, 0], "events are in the order of the changes");
}

async fn two_processes_share_the_places(world: World) {
    let (user, session) = (world.user("siti", Role::User).await, world.session(10).await);
    let processes = [world.services.clone(), world.another().await];
    let mut attempts = Vec::new();
    for number in 0..40 {
        let bookings = processes[number % 2].bookings.clone();
        let booking =
            NewBooking { user_id: user.id, session_id: session.id, booking_date: day("2026-11-24") };
        attempts.push(tokio::spawn(async move { bookings.create(booking, Origin::default()).await }));
    }
    let mut made = 0;
    for attempt in attempts {
        match attempt.await.unwrap() {
            Ok(_) => made += 1,
            Err(ServiceError::Conflict(Conflict::SessionFull)) => {}
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(made, 10);
    assert_eq!(world.places(&session, "2026-11-24").await.current_capacity, 10);
}

async fn those_who_come_and_go_at_once_leave_the_counters_right(world: World) {
    let (user, session) = (world.user("siti", Role::User).await, world.session(5).await);
    let tasks: Vec<_> = (0..30)
        .map(|number| {
            let (bookings, user) = (world.services.bookings.clone(), user.clone());
            let booking =
                NewBooking { user_id: user.id, session_id: session.id, booking_date: day("2026-11-24") };
            tokio::spawn(async move {
                let Ok(outcome) = bookings.create(booking, Origin::default()).await else { return };
                if number % 2 == 0 {
                    let id = crate::world::done(outcome).id;
                    bookings.cancel(id, &principal(&user), Origin::default()).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let held = world
        .count("SELECT COUNT(*) FROM bookings WHERE status IN ('pending', 'confirmed', 'completed')")
        .await;
    assert_eq!(world.places(&session, "2026-11-24").await.current_capacity, held);
    assert!(held <= 5);
}

async fn a_cancelled_place_can_be_booked_again(world: World) {
    let (user, session) = (world.user("siti", Role::User).await, world.session(1).await);
    let first = world.book(&user, &session, "2026-11-24").await;
    assert_eq!(conflict(world.try_book(user.id, session.id, "2026-11-24").await), Conflict::SessionFull);
    world.cancel(&user, first.id).await.unwrap();
    let places = world.places(&session, "2026-11-24").await;
    assert_eq!((places.current_capacity, places.available_slots, places.version), (0, 1, 2));
    let second = world.book(&user, &session, "2026-11-24").await;
    assert_ne!(first.booking_code, second.booking_code);
}

async fn a_booking_is_cancelled_once(world: World) {
    let (user, session) = (world.user("siti", Role::User).await, world.session(5).await);
    let booking = world.book(&user, &session, "2026-11-24").await;
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let (bookings, user) = (world.services.bookings.clone(), user.clone());
            tokio::spawn(
                async move { bookings.cancel(booking.id, &principal(&user), Origin::default()).await },
            )
        })
        .collect();
    let mut cancelled = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => cancelled += 1,
            refused => {
                let (from, to) = (BookingStatus::Cancelled, BookingStatus::Cancelled);
                assert_eq!(conflict(refused), Conflict::BookingMove { from, to });
            }
        }
    }
    assert_eq!(cancelled, 1);
    assert_eq!(world.places(&session, "2026-11-24").await.current_capacity, 0);
}

async fn days_and_sessions_have_places_of_their_own(world: World) {
    let user = world.user("siti", Role::User).await;
    let (first, second) = (world.session(1).await, world.session(1).await);
    world.book(&user, &first, "2026-11-24").await;
    world.book(&user, &first, "2026-11-25").await;
    world.book(&user, &second, "2026-11-24").await;
    assert_eq!(world.places(&second, "2026-11-25").await.available_slots, 1);
}

async fn what_cannot_be_booked_is_said_by_field(world: World) {
    let (user, session) = (world.user("siti", Role::User).await, world.session(1).await);
    let nobody = 999.try_into().unwrap();
    let nothing = 999.try_into().unwrap();
    let refused = [
        invalid(world.try_book(user.id, nothing, "2026-11-24").await),
        invalid(world.try_book(nobody, session.id, "2026-11-24").await),
        invalid(world.try_book(user.id, session.id, "2026-11-22").await),
    ];
    assert_eq!(
        refused,
        [("session_id", Rule::Exists), ("user_id", Rule::Exists), ("booking_date", Rule::TodayOrLater)]
    );
    assert_eq!(world.count("SELECT COUNT(*) FROM session_dates").await, 0);
}

async fn yesterday_is_told_by_the_sessions_time_zone(world: World) {
    let (user, session) = (world.user("siti", Role::User).await, world.session(5).await);
    // 19:59:59 in Jakarta, when the session is nearly over.
    world.advance(7 * 3600 + 55 * 60 + 50);
    world.book(&user, &session, "2026-11-23").await;
    world.advance(1);
    for _ in 0..2 {
        let late = world.try_book(user.id, session.id, "2026-11-23").await;
        assert_eq!(invalid(late), ("booking_date", Rule::NotOver));
        // 23:59:59, then midnight; in UTC it is still the 23rd.
        world.advance(3 * 3600 + 59 * 60 + 59);
    }
    world.advance(1);
    let late = world.try_book(user.id, session.id, "2026-11-23").await;
    assert_eq!(invalid(late), ("booking_date", Rule::TodayOrLater));
}

async fn days_can_be_booked_a_year_ahead(world: World) {
    let (user, session) = (world.user("siti", Role::User).await, world.session(5).await);
    world.book(&user, &session, "2027-11-23").await;
    for early in ["2027-11-24", "9999-12-31"] {
        let refused = world.try_book(user.id, session.id, early).await;
        assert_eq!(invalid(refused), ("booking_date", Rule::NotLaterThan(day("2027-11-23"))));
    }
}

async fn a_user_may_leave_so_many_bookings_unpaid(world: World) {
    let settings = Settings { max_pending: 3.try_into().unwrap(), ..Settings::default() };
    let limited = Services::new(&world.db, &world.clock, settings);
    let session = world.session(50).await;
    let (siti, budi) = (world.user("siti", Role::User).await, world.user("budi", Role::User).await);
    let admin = world.user("admin", Role::Admin).await;
    let book = async |user: &User| {
        let booking =
            NewBooking { user_id: user.id, session_id: session.id, booking_date: day("2026-11-24") };
        limited.bookings.create(booking, Origin::default()).await.map(crate::world::done)
    };
    let at_once: Vec<_> = (0..10)
        .map(|_| {
            let (bookings, user_id, session_id) = (limited.bookings.clone(), siti.id, session.id);
            let booking = NewBooking { user_id, session_id, booking_date: day("2026-11-24") };
            tokio::spawn(async move { bookings.create(booking, Origin::default()).await })
        })
        .collect();
    let mut made = 0;
    for attempt in at_once {
        match attempt.await.unwrap() {
            Ok(_) => made += 1,
            refused => assert_eq!(conflict(refused), Conflict::TooManyPending(3.try_into().unwrap())),
        }
    }
    assert_eq!(made, 3);
    book(&budi).await.unwrap();
    for _ in 0..4 {
        book(&admin).await.unwrap();
    }

    // One is paid: one more may be made.
    let filter = BookingFilter { user_id: Some(siti.id), status: None };
    let first =
        limited.bookings.list(filter, PageRequest { page: 1, per_page: 1 }).await.unwrap().items[0].id;
    world.pay(&siti, first, PaymentOutcome::Succeed).await.unwrap();
    assert!(book(&siti).await.is_err());
    world.advance(2);
    world.services.clerk.round().await.unwrap();
    book(&siti).await.unwrap();
    assert!(book(&siti).await.is_err());
}

async fn other_peoples_bookings_are_for_administrators_only(world: World) {
    let session = world.session(5).await;
    let (siti, budi) = (world.user("siti", Role::User).await, world.user("budi", Role::User).await);
    let admin = world.user("admin", Role::Admin).await;
    let booking = world.book(&siti, &session, "2026-11-24").await;
    let bookings = &world.services.bookings;
    for allowed in [&siti, &admin] {
        assert_eq!(bookings.by_id(booking.id, &principal(allowed)).await.unwrap(), booking);
        assert_eq!(bookings.by_code(&booking.booking_code, &principal(allowed)).await.unwrap(), booking);
    }
    let refused = [
        bookings.by_id(booking.id, &principal(&budi)).await.unwrap_err(),
        bookings.by_code(&booking.booking_code, &principal(&budi)).await.unwrap_err(),
        world.cancel(&budi, booking.id).await.unwrap_err(),
        world.pay(&budi, booking.id, PaymentOutcome::Succeed).await.unwrap_err(),
    ];
    assert!(refused.iter().all(|error| matches!(error, ServiceError::Forbidden)), "{refused:?}");
    let missing = bookings.by_id(999.try_into().unwrap(), &principal(&siti)).await;
    assert!(matches!(missing, Err(ServiceError::NotFound("booking"))));
}

async fn lists_are_filtered_and_paged_newest_first(world: World) {
    let session = world.session(50).await;
    let (siti, budi) = (world.user("siti", Role::User).await, world.user("budi", Role::User).await);
    let mut own = Vec::new();
    for _ in 0..5 {
        own.push(world.book(&siti, &session, "2026-11-24").await.id);
        world.book(&budi, &session, "2026-11-24").await;
    }
    world.cancel(&siti, own[0]).await.unwrap();
    let list = |user_id, status, page| {
        world.services.bookings.list(BookingFilter { user_id, status }, PageRequest { page, per_page: 2 })
    };
    let second = list(Some(siti.id), None, 2).await.unwrap();
    assert_eq!(second.items.iter().map(|booking| booking.id).collect::<Vec<_>>(), [own[2], own[1]]);
    assert_eq!((second.total, second.last_page()), (5, 3));
    let cancelled = list(None, Some(BookingStatus::Cancelled), 1).await.unwrap();
    assert_eq!((cancelled.total, cancelled.items[0].id, cancelled.last_page()), (1, own[0], 1));
    assert_eq!(list(None, None, 1).await.unwrap().total, 10);
    let beyond = list(Some(budi.id), Some(BookingStatus::Expired), 9).await.unwrap();
    assert_eq!((beyond.items.len(), beyond.total, beyond.last_page()), (0, 0, 1));
}

async fn administrators_move_bookings_as_the_state_machines_allow(world: World) {
    let (user, session) = (world.user("siti", Role::User).await, world.session(5).await);
    let id = world.book(&user, &session, "2026-11-24").await.id;
    let status = |status| BookingChanges { status: Some(status), payment_status: None };
    let payment = |payment| BookingChanges { status: None, payment_status: Some(payment) };
    let (from, to) = (BookingStatus::Pending, BookingStatus::Completed);
    assert_eq!(conflict(world.change(id, status(to)).await), Conflict::BookingMove { from, to });
    let (from, to) = (PaymentStatus::Unpaid, PaymentStatus::Paid);
    assert_eq!(conflict(world.change(id, payment(to)).await), Conflict::PaymentMove { from, to });

    world.change(id, payment(PaymentStatus::Pending)).await.unwrap();
    // Without an order the provider has nothing to answer.
    world.advance(60);
    assert_eq!(world.services.clerk.round().await.unwrap().settled, 0);
    let both =
        BookingChanges { status: Some(BookingStatus::Confirmed), payment_status: Some(PaymentStatus::Paid) };
    let confirmed = world.change(id, both).await.unwrap();
    assert_eq!((confirmed.status, confirmed.payment_status), (BookingStatus::Confirmed, PaymentStatus::Paid));
    assert_eq!(confirmed.version, 3);
    assert!(matches!(
        world.change(999.try_into().unwrap(), both).await,
        Err(ServiceError::NotFound("booking"))
    ));
}

async fn an_administrator_who_cancels_gives_place_and_money_back(world: World) {
    let (user, session) = (world.user("siti", Role::User).await, world.session(1).await);
    let id = world.book(&user, &session, "2026-11-24").await.id;
    world.pay(&user, id, PaymentOutcome::Succeed).await.unwrap();
    world.advance(2);
    world.services.clerk.round().await.unwrap();
    let cancelled = BookingChanges { status: Some(BookingStatus::Cancelled), payment_status: None };
    let booking = world.change(id, cancelled).await.unwrap();
    assert_eq!(booking.payment_status, PaymentStatus::Refunded);
    assert_eq!(world.places(&session, "2026-11-24").await.available_slots, 1);
}

async fn a_change_that_changes_nothing_tells_nothing(world: World) {
    let (user, session) = (world.user("siti", Role::User).await, world.session(1).await);
    let booking = world.book(&user, &session, "2026-11-24").await;
    world.take_outbox().await;
    let same =
        BookingChanges { status: Some(BookingStatus::Pending), payment_status: Some(PaymentStatus::Unpaid) };
    assert_eq!(world.change(booking.id, same).await.unwrap(), booking);
    assert_eq!(world.outbox().await, []);
}

async fn a_failed_transaction_leaves_nothing_in_the_outbox(world: World) {
    let (user, session) = (world.user("siti", Role::User).await, world.session(1).await);
    world.book(&user, &session, "2026-11-24").await;
    let before = world.outbox().await;
    world.try_book(user.id, session.id, "2026-11-24").await.unwrap_err();
    assert_eq!(world.outbox().await, before);

    // The last statement of the transaction fails: everything before it goes as well.
    world.execute("ALTER TABLE broadcast_outbox RENAME TO elsewhere").await;
    let failed = world.try_book(user.id, session.id, "2026-11-25").await;
    assert!(matches!(failed, Err(ServiceError::Event(_))), "{failed:?}");
    assert_eq!(world.count("SELECT COUNT(*) FROM bookings").await, 1);
    assert_eq!(world.count("SELECT COUNT(*) FROM notifications").await, 1);
    assert_eq!(world.count("SELECT COUNT(*) FROM elsewhere").await, before.len() as i64);
}
