//! What goes into the outbox: names, channels, payloads and their order, to the letter.

use booking::{
    domain::{
        Announcement, BookingChanges, BookingStatus, NewBooking, NotificationLevel, PaymentOutcome,
        PaymentStatus, Role, SessionChanges,
    },
    services::Origin,
};
use gema_broadcast::SocketId;

use crate::{
    contract::document::Document,
    database::on_both_databases,
    world::{Event, World, day, done, principal},
};

on_both_databases!(
    a_booking_tells_everybody_the_places_and_its_user_the_status,
    a_payment_tells_its_user,
    a_cancellation_tells_places_money_and_status,
    an_expiry_tells_places_and_status,
    a_capacity_tells_everybody,
    an_announcement_tells_everybody,
    who_did_it_is_left_out_if_they_say_who_they_are,
);

/// What waits, as names and payloads; it must go to the channels of `user`, or to everybody, and be what the OpenAPI
/// document says.
fn told(events: &[Event], user: i64) -> Vec<(&str, String)> {
    let document = Document::new(serde_json::to_value(booking::http::openapi()).unwrap());
    for event in events {
        let schema = &document.json()["components"]["schemas"][&event.name];
        assert!(schema.is_object(), "{} has no schema", event.name);
        document.conforms(schema, &serde_json::from_str(&event.data).unwrap(), &event.name);
        let channels = match event.name.as_str() {
            "AvailabilityUpdated" | "CapacityUpdated" => "[\"availability\"]".to_owned(),
            "SystemNotification" => "[\"notifications\"]".to_owned(),
            _ => format!("[\"private-booking.{user}\",\"private-user.{user}\"]"),
        };
        assert_eq!(event.channels, channels, "{}", event.name);
        assert_eq!(event.socket_id, None);
    }
    events.iter().map(Event::told).collect()
}

fn availability(slots: i64, version: i64, at: &str) -> (&'static str, String) {
    let payload = format!(
        "{{\"session_id\":1,\"session_name\":\"Yoga Pagi\",\"date\":\"2026-11-24\",\"available_slots\":{slots},\
         \"total_capacity\":3,\"updated_at\":\"{at}\",\"version\":{version}}}"
    );
    ("AvailabilityUpdated", payload)
}

fn state(
    name: &'static str,
    code: &str,
    [status, payment]: [&str; 2],
    end: (&str, i64),
) -> (&'static str, String) {
    let (at, version) = end;
    let payload = format!(
        "{{\"booking_id\":1,\"booking_code\":\"{code}\",\"status\":\"{status}\",\"payment_status\":\"{payment}\",\
         \"updated_at\":\"{at}\",\"version\":{version}}}"
    );
    (name, payload)
}

const AT_9: &str = "2026-11-23T05:04:09.000000Z";
const AT_11: &str = "2026-11-23T05:04:11.000000Z";
const BOOKING: &str = "BookingStatusUpdated";
const PAYMENT: &str = "PaymentStatusUpdated";

async fn a_booking_tells_everybody_the_places_and_its_user_the_status(world: World) {
    let (user, session) = (world.user("siti", Role::User).await, world.session(3).await);
    let booking = world.book(&user, &session, "2026-11-24").await;
    let code = booking.booking_code.as_str();
    let events = world.take_outbox().await;
    let expected = [availability(2, 1, AT_9), state(BOOKING, code, ["pending", "unpaid"], (AT_9, 1))];
    assert_eq!(told(&events, user.id.get()), expected);
}

async fn a_payment_tells_its_user(world: World) {
    let (user, session) = (world.user("siti", Role::User).await, world.session(3).await);
    let booking = world.book(&user, &session, "2026-11-24").await;
    let code = booking.booking_code.as_str();
    world.take_outbox().await;
    world.pay(&user, booking.id, PaymentOutcome::Fail).await.unwrap();
    world.advance(2);
    world.services.clerk.round().await.unwrap();
    world.pay(&user, booking.id, PaymentOutcome::Succeed).await.unwrap();
    world.advance(2);
    world.services.clerk.round().await.unwrap();
    let at_13 = "2026-11-23T05:04:13.000000Z";
    let events = world.take_outbox().await;
    let expected = [
        state(PAYMENT, code, ["pending", "pending"], (AT_9, 2)),
        state(PAYMENT, code, ["pending", "failed"], (AT_11, 3)),
        state(PAYMENT, code, ["pending", "pending"], (AT_11, 4)),
        state(PAYMENT, code, ["confirmed", "paid"], (at_13, 5)),
        state(BOOKING, code, ["confirmed", "paid"], (at_13, 5)),
    ];
    assert_eq!(told(&events, user.id.get()), expected);
}

async fn a_cancellation_tells_places_money_and_status(world: World) {
    let (user, session) = (world.user("siti", Role::User).await, world.session(3).await);
    let booking = world.book(&user, &session, "2026-11-24").await;
    let code = booking.booking_code.as_str();
    let paid = |payment| BookingChanges { status: None, payment_status: Some(payment) };
    world.change(booking.id, paid(PaymentStatus::Pending)).await.unwrap();
    world.change(booking.id, paid(PaymentStatus::Paid)).await.unwrap();
    world.take_outbox().await;
    world.advance(2);
    let cancelled = BookingChanges { status: Some(BookingStatus::Cancelled), payment_status: None };
    world.change(booking.id, cancelled).await.unwrap();
    let events = world.take_outbox().await;
    let expected = [
        availability(3, 2, AT_11),
        state(PAYMENT, code, ["cancelled", "refunded"], (AT_11, 4)),
        state(BOOKING, code, ["cancelled", "refunded"], (AT_11, 4)),
    ];
    assert_eq!(told(&events, user.id.get()), expected);
}

async fn an_expiry_tells_places_and_status(world: World) {
    let (user, session) = (world.user("siti", Role::User).await, world.session(3).await);
    let booking = world.book(&user, &session, "2026-11-24").await;
    world.take_outbox().await;
    world.advance(30 * 60);
    world.services.clerk.round().await.unwrap();
    let at = "2026-11-23T05:34:09.000000Z";
    let events = world.take_outbox().await;
    let code = booking.booking_code.as_str();
    let expected = [availability(3, 2, at), state(BOOKING, code, ["expired", "unpaid"], (at, 2))];
    assert_eq!(told(&events, user.id.get()), expected);
}

async fn a_capacity_tells_everybody(world: World) {
    let (user, session) = (world.user("siti", Role::User).await, world.session(3).await);
    world.book(&user, &session, "2026-11-23").await;
    world.book(&user, &session, "2026-11-24").await;
    world.book(&user, &session, "2026-11-24").await;
    world.take_outbox().await;
    for date in [Some("2026-11-24"), None] {
        let changes =
            SessionChanges { max_capacity: Some(8), date: date.map(day), ..SessionChanges::default() };
        world.services.catalogue.update(session.id, changes, None).await.unwrap();
    }
    let events = world.take_outbox().await;
    let expected = [
        format!(
            "{{\"session_id\":1,\"current_capacity\":2,\"max_capacity\":8,\"date\":\"2026-11-24\",\
             \"updated_at\":\"{AT_9}\",\"version\":3}}"
        ),
        format!(
            "{{\"session_id\":1,\"current_capacity\":1,\"max_capacity\":8,\"date\":null,\
             \"updated_at\":\"{AT_9}\",\"version\":4}}"
        ),
        format!(
            "{{\"session_id\":1,\"current_capacity\":2,\"max_capacity\":8,\"date\":\"2026-11-24\",\
             \"updated_at\":\"{AT_9}\",\"version\":5}}"
        ),
    ];
    assert_eq!(told(&events, 0), expected.map(|payload| ("CapacityUpdated", payload)));
}

async fn an_announcement_tells_everybody(world: World) {
    for title in [Some("Besok"), None] {
        let announcement = Announcement {
            title: title.map(str::to_owned),
            message: "Studio tutup".to_owned(),
            level: NotificationLevel::Success,
        };
        world.services.notifications.announce(announcement, None).await.unwrap();
    }
    let events = world.take_outbox().await;
    let expected = [("1", "\"Besok\""), ("2", "null")].map(|(id, title)| {
        let payload = format!(
            "{{\"id\":\"{id}\",\"title\":{title},\"message\":\"Studio tutup\",\"level\":\"success\",\
             \"updated_at\":\"{AT_9}\"}}"
        );
        ("SystemNotification", payload)
    });
    assert_eq!(told(&events, 0), expected);
}

async fn who_did_it_is_left_out_if_they_say_who_they_are(world: World) {
    let (user, session) = (world.user("siti", Role::User).await, world.session(3).await);
    let socket: SocketId = "123.456".parse().unwrap();
    let origin = || Origin { except: Some(socket), idempotency: None };
    let bookings = &world.services.bookings;
    let wish = NewBooking { user_id: user.id, session_id: session.id, booking_date: day("2026-11-24") };
    let id = done(bookings.create(wish, origin()).await.unwrap()).id;
    bookings.pay(id, &principal(&user), PaymentOutcome::Succeed, origin()).await.unwrap();
    bookings.cancel(id, &principal(&user), origin()).await.unwrap();
    let changes = SessionChanges { max_capacity: Some(8), ..SessionChanges::default() };
    world.services.catalogue.update(session.id, changes, Some(socket)).await.unwrap();
    let events = world.take_outbox().await;
    assert_eq!(events.len(), 2 + 1 + 3 + 1);
    assert!(events.iter().all(|event| event.socket_id.as_deref() == Some("123.456")), "{events:?}");
}
