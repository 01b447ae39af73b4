//! What users are told, and that they read it.

use booking::domain::{
    Announcement, Notification, NotificationFilter, NotificationKind, NotificationLevel, Notifications,
    PageRequest, PaymentOutcome, Role, User,
};

use crate::{database::on_both_databases, world::World};

on_both_databases!(
    what_happened_to_a_booking_can_be_read_later,
    announcements_are_for_everybody_who_was_there,
    each_user_reads_for_themselves,
    lists_are_filtered_and_paged,
);

const ALL: NotificationFilter = NotificationFilter { kind: None, unread: false };

async fn list(world: &World, user: &User, filter: NotificationFilter) -> Vec<Notification> {
    let page = PageRequest { page: 1, per_page: 50 };
    world.services.notifications.list(user, filter, page).await.unwrap().items
}

fn announcement(title: Option<&str>, message: &str) -> Announcement {
    Announcement {
        title: title.map(str::to_owned),
        message: message.to_owned(),
        level: NotificationLevel::Warning,
    }
}

async fn what_happened_to_a_booking_can_be_read_later(world: World) {
    let (user, session) = (world.user("siti", Role::User).await, world.session(5).await);
    let booking = world.book(&user, &session, "2026-11-24").await;
    world.pay(&user, booking.id, PaymentOutcome::Fail).await.unwrap();
    let code = &booking.booking_code;
    let told: Vec<_> = list(&world, &user, ALL)
        .await
        .into_iter()
        .map(|item| (item.kind.as_str(), item.title, item.message))
        .collect();
    let expected = [
        ("payment", "Payment Update".to_owned(), format!("Payment for booking {code} has been pending")),
        (
            "booking",
            "Booking Update".to_owned(),
            format!("Your booking {code} status has been updated to pending"),
        ),
    ];
    assert_eq!(told, expected);

    let first = &list(&world, &user, ALL).await[1];
    let data = format!(
        "{{\"booking_id\":{},\"booking_code\":\"{code}\",\"status\":\"pending\",\"payment_status\":\"unpaid\",\
         \"updated_at\":\"2026-11-23T05:04:09.000000Z\",\"version\":1}}",
        booking.id
    );
    assert_eq!(first.data.as_json(), data);
    let json = serde_json::to_string(first).unwrap();
    assert!(json.starts_with(&format!("{{\"id\":{},\"type\":\"booking\",\"title\":", first.id)), "{json}");
}

async fn announcements_are_for_everybody_who_was_there(world: World) {
    let siti = world.user("siti", Role::User).await;
    world.advance(1);
    let said = world
        .services
        .notifications
        .announce(announcement(None, "Studio tutup lebih awal hari ini"), None)
        .await
        .unwrap();
    world.advance(1);
    let late = world.user("budi", Role::User).await;
    assert_eq!(list(&world, &late, ALL).await.len(), 0);
    let heard = &list(&world, &siti, ALL).await[0];
    assert_eq!((heard.id, heard.kind), (said.id, NotificationKind::System));
    assert_eq!(heard.title, "System Notification");
    let data = format!(
        "{{\"id\":\"{}\",\"title\":null,\"message\":\"Studio tutup lebih awal hari ini\",\
         \"level\":\"warning\",\"updated_at\":\"2026-11-23T05:04:10.000000Z\"}}",
        said.id
    );
    assert_eq!((heard.data.as_json(), said.data.as_json()), (data.as_str(), data.as_str()));
}

async fn each_user_reads_for_themselves(world: World) {
    let session = world.session(5).await;
    let (siti, budi) = (world.user("siti", Role::User).await, world.user("budi", Role::User).await);
    let centre = &world.services.notifications;
    let said = centre.announce(announcement(Some("Hari ini"), "x"), None).await.unwrap();
    world.book(&siti, &session, "2026-11-24").await;
    let own = list(&world, &siti, ALL).await[0].id;
    assert_eq!(centre.unread_count(&siti).await.unwrap(), 2);

    let other_peoples = Notifications::These(vec![own, 999.try_into().unwrap()]);
    assert_eq!(centre.mark_read(&budi, other_peoples).await.unwrap(), 0);
    assert_eq!(centre.mark_read(&siti, Notifications::These(vec![said.id, said.id])).await.unwrap(), 1);
    assert_eq!(centre.unread_count(&siti).await.unwrap(), 1);
    assert_eq!(centre.unread_count(&budi).await.unwrap(), 1);
    world.advance(5);
    assert_eq!(centre.mark_read(&siti, Notifications::All).await.unwrap(), 1);
    assert_eq!(centre.mark_read(&siti, Notifications::All).await.unwrap(), 0);
    let read: Vec<_> = list(&world, &siti, ALL).await.iter().map(|item| item.read_at).collect();
    assert_eq!(
        read,
        [Some(world.clock.now()), Some(world.clock.now().minus(std::time::Duration::from_secs(5)))]
    );
}

async fn lists_are_filtered_and_paged(world: World) {
    let (user, session) = (world.user("siti", Role::User).await, world.session(5).await);
    for _ in 0..3 {
        world.book(&user, &session, "2026-11-24").await;
    }
    world.services.notifications.announce(announcement(None, "x"), None).await.unwrap();
    let kind = |kind| NotificationFilter { kind: Some(kind), unread: false };
    assert_eq!(list(&world, &user, kind(NotificationKind::Booking)).await.len(), 3);
    assert_eq!(list(&world, &user, kind(NotificationKind::Payment)).await.len(), 0);
    let newest = list(&world, &user, ALL).await[0].id;
    world.services.notifications.mark_read(&user, Notifications::These(vec![newest])).await.unwrap();
    assert_eq!(list(&world, &user, NotificationFilter { kind: None, unread: true }).await.len(), 3);
    let page = PageRequest { page: 2, per_page: 3 };
    let second = world.services.notifications.list(&user, ALL, page).await.unwrap();
    assert_eq!((second.items.len(), second.total, second.last_page()), (1, 4, 2));
}
