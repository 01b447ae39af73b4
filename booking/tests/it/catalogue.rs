//! Sessions and how many of their places are free.

use booking::domain::{NewSession, Role};

use crate::{database::on_both_databases, world::World};

on_both_databases!(
    sessions_come_in_the_order_of_their_times,
    availability_is_of_one_day,
    today_is_told_by_each_sessions_time_zone,
);

fn session(name: &str, start: &str, end: &str, zone: &str) -> NewSession {
    NewSession {
        name: name.to_owned(),
        start_time: start.parse().unwrap(),
        end_time: end.parse().unwrap(),
        max_capacity: 3,
        timezone: zone.parse().unwrap(),
        price: 0,
    }
}

async fn sessions_come_in_the_order_of_their_times(world: World) {
    for (name, start, end) in [("b", "09:00", "10:00"), ("a", "07:00", "08:00"), ("c", "09:00", "09:30")] {
        world.services.catalogue.add(&session(name, start, end, "Asia/Jakarta")).await.unwrap();
    }
    let sessions = world.services.catalogue.sessions().await.unwrap();
    assert_eq!(sessions.iter().map(|session| session.name.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
    let json = serde_json::to_string(&sessions[0]).unwrap();
    let expected = "{\"id\":2,\"name\":\"a\",\"start_time\":\"07:00\",\"end_time\":\"08:00\",\
                    \"max_capacity\":3,\"timezone\":\"Asia/Jakarta\",\"price\":0}";
    assert_eq!(json, expected);
}

async fn availability_is_of_one_day(world: World) {
    let (user, yoga) = (world.user("siti", Role::User).await, world.session(3).await);
    world.book(&user, &yoga, "2026-11-24").await;
    world.book(&user, &yoga, "2026-11-24").await;
    let json = serde_json::to_string(&world.places(&yoga, "2026-11-24").await).unwrap();
    let expected = "{\"session_id\":1,\"session_name\":\"Yoga Pagi\",\"date\":\"2026-11-24\",\
                    \"start_time\":\"07:00\",\"end_time\":\"20:00\",\"current_capacity\":2,\
                    \"max_capacity\":3,\"available_slots\":1,\"version\":2}";
    assert_eq!(json, expected);
    let free = world.places(&yoga, "2026-11-25").await;
    assert_eq!((free.current_capacity, free.available_slots, free.version), (0, 3, 0));
}

async fn today_is_told_by_each_sessions_time_zone(world: World) {
    let catalogue = &world.services.catalogue;
    catalogue.add(&session("west", "08:00", "09:00", "Pacific/Honolulu")).await.unwrap();
    catalogue.add(&session("east", "07:00", "08:00", "Asia/Jakarta")).await.unwrap();
    let today = catalogue.availability(None).await.unwrap();
    let dates: Vec<_> =
        today.iter().map(|places| (places.session_name.as_str(), places.date.to_string())).collect();
    assert_eq!(dates, [("east", "2026-11-23".to_owned()), ("west", "2026-11-22".to_owned())]);
}
