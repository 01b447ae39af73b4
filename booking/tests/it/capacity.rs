//! How many places there are.

use booking::{
    domain::{Role, Session, SessionChanges},
    services::{Rule, ServiceError},
};

use crate::{
    database::on_both_databases,
    world::{World, day},
};

on_both_databases!(
    a_capacity_for_all_days_is_for_those_without_their_own,
    a_day_may_have_a_capacity_of_its_own,
    no_capacity_is_lower_than_what_is_booked,
    versions_of_a_day_only_grow,
    days_with_their_own_capacity_are_told_after_a_capacity_for_all,
    bookings_and_a_lower_capacity_at_once_do_not_overbook,
    a_session_that_does_not_exist_cannot_be_changed,
    a_session_ends_after_it_begins,
);

fn capacity(places: i64, date: Option<&str>) -> SessionChanges {
    SessionChanges { max_capacity: Some(places), date: date.map(day), ..SessionChanges::default() }
}

async fn set(world: &World, session: &Session, changes: SessionChanges) -> Result<Session, ServiceError> {
    world.services.catalogue.update(session.id, changes, None).await
}

fn refused(result: Result<Session, ServiceError>) -> (&'static str, Rule) {
    match result.unwrap_err() {
        ServiceError::Invalid { field, rule } => (field, rule),
        other => panic!("{other}"),
    }
}

async fn a_capacity_for_all_days_is_for_those_without_their_own(world: World) {
    let (user, session) = (world.user("siti", Role::User).await, world.session(10).await);
    world.book(&user, &session, "2026-11-24").await;
    set(&world, &session, capacity(4, Some("2026-11-25"))).await.unwrap();
    let changed = set(&world, &session, capacity(6, None)).await.unwrap();
    assert_eq!(changed.max_capacity, 6);
    let mut places = Vec::new();
    for date in ["2026-11-24", "2026-11-25", "2026-11-26"] {
        places.push(world.places(&session, date).await.max_capacity);
    }
    assert_eq!(places, [6, 4, 6]);
}

async fn a_day_may_have_a_capacity_of_its_own(world: World) {
    let (user, session) = (world.user("siti", Role::User).await, world.session(10).await);
    set(&world, &session, capacity(1, Some("2026-11-24"))).await.unwrap();
    world.book(&user, &session, "2026-11-24").await;
    assert!(world.try_book(user.id, session.id, "2026-11-24").await.is_err());
    assert_eq!(world.services.catalogue.session(session.id).await.unwrap().max_capacity, 10);
    let past = set(&world, &session, capacity(1, Some("2026-11-22"))).await;
    assert_eq!(refused(past), ("date", Rule::TodayOrLater));
    // None at all is a capacity, too.
    set(&world, &session, capacity(0, Some("2026-11-25"))).await.unwrap();
    assert!(world.try_book(user.id, session.id, "2026-11-25").await.is_err());
}

async fn no_capacity_is_lower_than_what_is_booked(world: World) {
    let (user, session) = (world.user("siti", Role::User).await, world.session(10).await);
    for (date, bookings) in [("2026-11-24", 3), ("2026-11-25", 5)] {
        for _ in 0..bookings {
            world.book(&user, &session, date).await;
        }
    }
    world.take_outbox().await;
    let all = set(&world, &session, capacity(4, None)).await;
    assert_eq!(refused(all), ("max_capacity", Rule::AtLeastBooked(5)));
    let one = set(&world, &session, capacity(2, Some("2026-11-24"))).await;
    assert_eq!(refused(one), ("max_capacity", Rule::AtLeastBooked(3)));
    assert_eq!(world.outbox().await, []);
    assert_eq!(world.places(&session, "2026-11-26").await.max_capacity, 10);
    set(&world, &session, capacity(5, None)).await.unwrap();

    // What is over does not matter any more.
    world.advance(3 * 24 * 3600);
    set(&world, &session, capacity(1, None)).await.unwrap();
    assert_eq!(world.places(&session, "2026-11-25").await.max_capacity, 5);
}

async fn versions_of_a_day_only_grow(world: World) {
    let (user, session) = (world.user("siti", Role::User).await, world.session(10).await);
    let mut last = [0; 3];
    for round in 0..4 {
        let booking = world.book(&user, &session, "2026-11-24").await;
        set(&world, &session, capacity(20 + round, None)).await.unwrap();
        set(&world, &session, capacity(30 + round, Some("2026-11-25"))).await.unwrap();
        world.cancel(&user, booking.id).await.unwrap();
        for (last, date) in last.iter_mut().zip(["2026-11-24", "2026-11-25", "2026-11-26"]) {
            let version = world.places(&session, date).await.version;
            assert!(version > *last, "{date}: {version} after {last}");
            *last = version;
        }
    }
    // A day without a row begins where the last change of all days was.
    let before = world.places(&session, "2026-11-27").await.version;
    world.book(&user, &session, "2026-11-27").await;
    assert_eq!(world.places(&session, "2026-11-27").await.version, before + 1);
}

async fn days_with_their_own_capacity_are_told_after_a_capacity_for_all(world: World) {
    let (user, session) = (world.user("siti", Role::User).await, world.session(10).await);
    for (date, places) in [("2026-11-25", 2), ("2026-11-23", 30)] {
        set(&world, &session, capacity(places, Some(date))).await.unwrap();
    }
    for date in ["2026-11-23", "2026-11-23", "2026-11-24"] {
        world.book(&user, &session, date).await;
    }
    world.take_outbox().await;
    set(&world, &session, capacity(5, None)).await.unwrap();
    world.book(&user, &session, "2026-11-23").await;
    world.book(&user, &session, "2026-11-25").await;
    world.book(&user, &session, "2026-11-26").await;
    let told: Vec<_> = world
        .outbox()
        .await
        .iter()
        .filter(|event| event.name != "BookingStatusUpdated")
        .map(|event| {
            let data: serde_json::Value = serde_json::from_str(&event.data).unwrap();
            let [date, taken, most, free, version] =
                ["date", "current_capacity", "max_capacity", "available_slots", "version"]
                    .map(|field| data[field].to_string());
            [date, taken, most, free, version].join(" ")
        })
        .collect();
    // Today's own capacity is not what all days are told of, and every version of a day is told once.
    let expected = [
        "null 0 5 null 4",
        "\"2026-11-23\" 2 30 null 5",
        "\"2026-11-25\" 0 2 null 5",
        "\"2026-11-23\" null null 27 6",
        "\"2026-11-25\" null null 1 6",
        "\"2026-11-26\" null null 4 5",
    ];
    assert_eq!(told, expected);
}

async fn bookings_and_a_lower_capacity_at_once_do_not_overbook(world: World) {
    let (user, session) = (world.user("siti", Role::User).await, world.session(30).await);
    let mut tasks = Vec::new();
    for number in 0..30 {
        let (services, user, session) = (world.services.clone(), user.clone(), session.clone());
        tasks.push(tokio::spawn(async move {
            if number % 3 == 0 {
                drop(services.catalogue.update(session.id, capacity(5 + number, None), None).await);
                return;
            }
            let booking = booking::domain::NewBooking {
                user_id: user.id,
                session_id: session.id,
                booking_date: day("2026-11-24"),
            };
            drop(services.bookings.create(booking, booking::services::Origin::default()).await);
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    let places = world.places(&session, "2026-11-24").await;
    let capacity = world.services.catalogue.session(session.id).await.unwrap().max_capacity;
    assert_eq!(places.max_capacity, capacity, "the day has followed the session");
    assert!(places.current_capacity <= capacity);
    assert_eq!(places.current_capacity, world.count("SELECT COUNT(*) FROM bookings").await);
}

async fn a_session_that_does_not_exist_cannot_be_changed(world: World) {
    let session = Session { id: 999.try_into().unwrap(), ..world.session(1).await };
    let missing = set(&world, &session, capacity(1, None)).await;
    assert!(matches!(missing, Err(ServiceError::NotFound("session"))));
}

async fn a_session_ends_after_it_begins(world: World) {
    let session = world.session(1).await;
    let times = |start: &str, end: &str| SessionChanges {
        start_time: Some(start.parse().unwrap()),
        end_time: Some(end.parse().unwrap()),
        ..SessionChanges::default()
    };
    for (start, end) in [("09:00", "09:00"), ("09:00", "08:59")] {
        let wrong = set(&world, &session, times(start, end)).await;
        assert_eq!(refused(wrong), ("end_time", Rule::LaterThan("start_time")));
    }
    let changes =
        SessionChanges { name: Some("Yoga Siang".to_owned()), price: Some(0), ..times("12:00", "13:30") };
    let changed = set(&world, &session, changes).await.unwrap();
    assert_eq!(changed, world.services.catalogue.session(session.id).await.unwrap());
    assert_eq!((changed.name.as_str(), changed.price, changed.max_capacity), ("Yoga Siang", 0, 1));
    assert_eq!(world.outbox().await, [], "nobody subscribes to names and prices");
}
