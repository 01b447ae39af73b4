//! The demonstration.

use booking::{
    domain::{Abilities, Login, Password, Role},
    seed::{Seeded, accounts, seed},
};

use crate::{
    database::{Kind, on_both_databases},
    world::{World, query},
};

on_both_databases!(
    everything_is_there_and_nothing_is_overbooked,
    the_accounts_can_log_in_with_the_passwords_that_are_shown,
    the_same_seed_makes_the_same,
    seeding_again_doubles_nothing,
    a_day_later_one_more_day_is_filled,
);

async fn plant(world: &World, number: u64) -> Seeded {
    seed(&world.services, &world.db, &world.clock, number).await.unwrap()
}

/// All bookings as texts.
async fn bookings(world: &World) -> Vec<String> {
    const SQL: &str = "SELECT b.booking_code || ' ' || b.status || ' ' || b.payment_status || ' ' || u.email \
         || ' ' || s.name FROM bookings b JOIN users u ON u.id = b.user_id JOIN sessions s ON s.id = b.session_id \
         ORDER BY b.id";
    query!(&world.db, pool => sqlx::query_scalar(SQL).fetch_all(pool))
}

async fn everything_is_there_and_nothing_is_overbooked(world: World) {
    let seeded = plant(&world, 42).await;
    assert_eq!((seeded.accounts.len(), seeded.sessions), (3, 6));
    assert_eq!(seeded.bookings, world.count("SELECT COUNT(*) FROM bookings").await as u64);
    assert!(seeded.bookings > 200, "{}", seeded.bookings);
    let wrong = "SELECT COUNT(*) FROM session_dates d WHERE booked <> (SELECT COUNT(*) FROM bookings b \
         WHERE b.session_id = d.session_id AND b.booking_date = d.date \
         AND b.status IN ('pending', 'confirmed', 'completed'))";
    assert_eq!(world.count(wrong).await, 0);
    let nearly_full = "SELECT COUNT(*) FROM session_dates WHERE booked * 10 >= capacity * 9";
    assert!(world.count(nearly_full).await > 5);
    assert!(world.count("SELECT COUNT(*) FROM session_dates WHERE booked < capacity / 2").await > 5);
    assert!(world.count("SELECT COUNT(DISTINCT date) FROM session_dates").await == 14);
    for customer in ["siti", "budi"] {
        let own = bookings(&world).await.iter().filter(|row| row.contains(&format!(" {customer}@"))).count();
        assert!(own > 0, "{customer} has no booking");
    }
    assert_eq!(world.outbox().await.len(), 1, "nobody wants to hear of a thousand bookings at once");
}

async fn the_accounts_can_log_in_with_the_passwords_that_are_shown(world: World) {
    let made = plant(&world, 42).await.accounts;
    let roles: Vec<_> = made.iter().map(|account| (account.email.as_str(), account.role)).collect();
    let expected = [
        ("admin@example.com", Role::Admin),
        ("siti@example.com", Role::User),
        ("budi@example.com", Role::User),
    ];
    assert_eq!(roles, expected);
    for account in accounts(42) {
        let login = Login {
            email: account.email,
            password: Password::new(account.password),
            device_name: "test".to_owned(),
            abilities: Abilities::all(),
        };
        let (user, _) = world.services.accounts.login(login).await.unwrap();
        assert_eq!(user.role, account.role);
    }
}

async fn the_same_seed_makes_the_same(world: World) {
    let (same, other) = (World::new(Kind::Sqlite).await, World::new(Kind::Sqlite).await);
    plant(&world, 42).await;
    plant(&same, 42).await;
    plant(&other, 43).await;
    assert_eq!(bookings(&world).await, bookings(&same).await);
    assert_ne!(bookings(&world).await, bookings(&other).await);
    let passwords = |seed| accounts(seed).map(|account| account.password);
    assert_eq!(passwords(42), passwords(42));
    assert_ne!(passwords(42), passwords(43));
}

async fn seeding_again_doubles_nothing(world: World) {
    plant(&world, 42).await;
    let before = bookings(&world).await;
    let again = plant(&world, 42).await;
    assert_eq!((again.accounts.len(), again.sessions, again.bookings), (3, 0, 0));
    assert_eq!(bookings(&world).await, before);
    assert!(plant(&world, 43).await.accounts.is_empty(), "these passwords are those of another seed");
    assert_eq!(world.count("SELECT COUNT(*) FROM users").await, 3);
    assert_eq!(world.count("SELECT COUNT(*) FROM notifications").await, 1);
}

async fn a_day_later_one_more_day_is_filled(world: World) {
    plant(&world, 42).await;
    world.advance(24 * 3600);
    let next = plant(&world, 42).await;
    assert!(next.bookings > 0);
    assert_eq!(world.count("SELECT COUNT(DISTINCT date) FROM session_dates").await, 15);
}
