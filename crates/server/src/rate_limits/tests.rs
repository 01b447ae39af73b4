use std::{net::Ipv6Addr, time::Duration};

use governor::clock::FakeRelativeClock;

use super::*;

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn number(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap()
}

fn keyed(per_minute: u32, most: usize) -> (Keyed<FakeRelativeClock>, FakeRelativeClock) {
    let clock = FakeRelativeClock::default();
    (Keyed::with_clock(Quota::per_minute(number(per_minute)), most, &clock), clock)
}

#[test]
fn an_address_may_do_so_many_at_once_then_its_share_of_the_minute_and_others_are_not_concerned() {
    let (limit, clock) = keyed(6, 100);
    for _ in 0..6 {
        limit.check(ip("192.0.2.1")).unwrap();
    }
    assert_eq!(limit.check(ip("192.0.2.1")), Err(RetryAfter(10)));
    assert_eq!(limit.check(ip("::ffff:192.0.2.1")), Err(RetryAfter(10)));
    limit.check(ip("192.0.2.2")).unwrap();
    limit.check(ip("2001:db8::1")).unwrap();
    clock.advance(Duration::from_millis(9_500));
    assert_eq!(limit.check(ip("192.0.2.1")), Err(RetryAfter(1)));
    clock.advance(Duration::from_millis(500));
    limit.check(ip("192.0.2.1")).unwrap();
    assert!(limit.check(ip("192.0.2.1")).is_err());
    clock.advance(Duration::from_secs(60));
    for _ in 0..6 {
        limit.check(ip("192.0.2.1")).unwrap();
    }
}

#[test]
fn all_addresses_of_a_network_of_ipv6_share_one_limit() {
    let (limit, _) = keyed(2, 100);
    limit.check(ip("2001:db8:1:2::1")).unwrap();
    limit.check(ip("2001:db8:1:2:ffff::9")).unwrap();
    assert!(limit.check(ip("2001:db8:1:2::3")).is_err());
    limit.check(ip("2001:db8:1:3::1")).unwrap();
}

#[test]
fn quiet_addresses_are_forgotten_and_busy_ones_are_not() {
    let (limit, clock) = keyed(6, 100_000);
    for host in 0..10_000 {
        limit.check(IpAddr::V4((host << 8).into())).unwrap();
    }
    clock.advance(Duration::from_secs(60));
    limit.check(ip("192.0.2.1")).unwrap();
    limit.sweep();
    assert_eq!(limit.len(), 1);
}

#[test]
fn whoever_has_countless_addresses_fills_no_memory_and_escapes_no_limit() {
    let (limit, clock) = keyed(5, 1_000);
    let attacker =
        |at: u64| IpAddr::V6(Ipv6Addr::from_bits((0x2001_0db8_u128 << 96) | (u128::from(at) << 64)));
    let allowed = (1..=100_000).filter(|at| limit.check(attacker(*at)).is_ok()).count();
    // Each network once while there was room, then all of them together.
    assert_eq!(allowed, 1_000 + 5);
    assert_eq!(limit.len(), 1_001);
    // Others are told apart all the same: of another network of IPv6, and of IPv4.
    limit.check(ip("2a00::1")).unwrap();
    for _ in 0..5 {
        limit.check(ip("192.0.2.1")).unwrap();
    }
    assert!(limit.check(ip("192.0.2.1")).is_err());
    limit.check(ip("192.0.2.2")).unwrap();

    // Whoever has countless networks fills twice as much and no more.
    for at in 0..100_000_u128 {
        let _ = limit.check(IpAddr::V6(Ipv6Addr::from_bits(at << 96)));
    }
    assert!(limit.len() <= 2_000 + 1 + 2, "{}", limit.len());
    clock.advance(Duration::from_secs(90));
    limit.sweep();
    assert_eq!(limit.len(), 0);
}

#[test]
fn places_are_given_back_and_leave_nothing_behind() {
    let places = Arc::<Places>::default();
    let first = places.take(ip("192.0.2.1"), 2).unwrap();
    let _second = places.take(ip("192.0.2.1"), 2).unwrap();
    assert!(places.take(ip("192.0.2.1"), 2).is_none());
    let neighbour = places.take(ip("192.0.2.2"), 2).unwrap();
    drop(first);
    let _third = places.take(ip("::ffff:192.0.2.1"), 2).unwrap();
    assert!(places.take(ip("192.0.2.1"), 2).is_none());
    drop(neighbour);
    assert_eq!(places.addresses(), 1);
    assert!(places.take(ip("192.0.2.1"), 3).is_some(), "the limit is a higher one now");
    let many: Vec<_> =
        (0..10_000).map(|host| places.take(IpAddr::V4((host << 8).into()), 2).unwrap()).collect();
    assert_eq!(places.addresses(), 10_001);
    drop(many);
    assert_eq!(places.addresses(), 1);
}

#[test]
fn who_goes_on_after_as_many_refusals_as_were_allowed_is_not_listened_to() {
    let connects = Counted { limit: number(3), counts: Arc::new(Connects::new(number(3), 100)) };
    let limits = RateLimits {
        addresses: ArcSwap::from_pointee(Addresses { connects: Some(connects), ..Addresses::default() }),
        open: Arc::default(),
        publishes: ArcSwap::default(),
    };
    let attacker = ip("192.0.2.1");
    for _ in 0..3 {
        limits.connect(attacker).unwrap();
    }
    for _ in 0..3 {
        assert_eq!(limits.connect(attacker).unwrap_err(), TooMany::Connects);
        assert!(!limits.is_shunned(attacker));
    }
    assert_eq!(limits.connect(attacker).unwrap_err(), TooMany::Connects);
    assert!(limits.is_shunned(attacker));
    assert!(!limits.is_shunned(ip("192.0.2.2")));
    limits.connect(ip("192.0.2.2")).unwrap();
    limits.sweep();
    assert!(limits.is_shunned(attacker), "its time has not passed");
}

#[test]
fn the_shunned_are_bounded_and_are_forgiven() {
    let shunned = Shunned::new(10);
    for host in 0..100 {
        shunned.insert(IpAddr::V4(host.into()), 60);
    }
    assert!(shunned.contains(IpAddr::V4(9.into())));
    assert!(!shunned.contains(IpAddr::V4(10.into())));
    let shunned = Shunned::new(10);
    shunned.insert(ip("192.0.2.1"), 0);
    assert!(!shunned.contains(ip("192.0.2.1")));
    shunned.sweep();
    shunned.insert(ip("192.0.2.1"), 60);
    assert!(shunned.contains(ip("192.0.2.1")));
}
