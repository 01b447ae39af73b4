use std::{num::NonZeroU32, time::Duration};

use serde_json::json;

use super::api::{Api, PASSWORD};

on_both_databases!(
    a_user_has_a_limit_wherever_they_are,
    an_address_has_a_limit,
    each_client_of_a_trusted_proxy_has_its_own_limits,
    a_token_does_not_lift_the_limit_of_an_address_that_logs_in,
    an_address_registers_some_users_in_a_minute,
    some_routes_have_no_limit,
);

fn limited(api: Api) -> Api {
    api.with_options(|options| options.rate_limit = NonZeroU32::new(4).unwrap())
}

async fn a_user_has_a_limit_wherever_they_are(api: Api) {
    let (siti, budi) = (api.register("siti").await, api.register("budi").await);
    let api = limited(api);
    for (address, remaining) in
        [("192.0.2.1", "3"), ("192.0.2.2", "2"), ("2001:db8::1", "1"), ("192.0.2.1", "0")]
    {
        let answer = api.get("/api/v1/user").bearer(&siti.token).from(address).await;
        answer.expect(200);
        assert_eq!(answer.header("x-ratelimit-limit"), Some("4"));
        assert_eq!(answer.header("x-ratelimit-remaining"), Some(remaining));
    }
    let answer = api.get("/api/v1/user").bearer(&siti.token).from("192.0.2.9").await;
    answer.expect_message(429, "Too Many Attempts.");
    assert_eq!(answer.header("retry-after"), Some("15"));
    assert_eq!(answer.header("x-ratelimit-limit"), Some("4"));
    assert_eq!(answer.header("x-ratelimit-remaining"), Some("0"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    api.get("/api/v1/user").bearer(&budi.token).await.expect(200);

    api.limit_clock.advance(Duration::from_secs(14));
    api.get("/api/v1/user").bearer(&siti.token).await.expect(429);
    api.limit_clock.advance(Duration::from_secs(1));
    api.get("/api/v1/user").bearer(&siti.token).await.expect(200);
    api.limit_clock.advance(Duration::from_secs(3600));
    let answer = api.get("/api/v1/user").bearer(&siti.token).await;
    assert_eq!(answer.header("x-ratelimit-remaining"), Some("3"));
}

async fn an_address_has_a_limit(api: Api) {
    let api = limited(api);
    for path in ["/api/v1/sessions", "/api/v1/user", "/api/v1/availability?date=x", "/broadcasting/auth"] {
        let answer = api.get(path).await;
        assert_eq!(answer.header("x-ratelimit-limit"), Some("4"), "{path}");
    }
    api.get("/api/v1/sessions").await.expect(429);
    // What proxies and liars write does not count.
    let answer = api.get("/api/v1/sessions").header("x-forwarded-for", "203.0.113.7").bearer("1|x").await;
    answer.expect(429);
    api.get("/api/v1/sessions").from("::ffff:192.0.2.1").await.expect(429);
    api.get("/api/v1/sessions").from("203.0.113.7").await.expect(200);
}

async fn each_client_of_a_trusted_proxy_has_its_own_limits(api: Api) {
    let api = api.with_options(|options| {
        options.rate_limit = NonZeroU32::new(4).unwrap();
        options.login_rate_limit = NonZeroU32::new(1).unwrap();
        options.trusted_proxies = "10.0.0.0/8".parse().unwrap();
    });
    let seen =
        |peer: &str, told: &str| api.get("/api/v1/sessions").from(peer).header("x-forwarded-for", told);
    // Whoever comes through one proxy or several, and whatever they have written themselves.
    for (peer, told, remaining) in [
        ("10.0.0.1", "203.0.113.7", "3"),
        ("10.0.0.1", "203.0.113.8", "3"),
        ("10.0.0.2", "198.51.100.1, 203.0.113.7", "2"),
        ("10.0.0.1", "203.0.113.7, 10.0.0.2", "1"),
        ("203.0.113.7", "198.51.100.1", "0"),
    ] {
        let answer = seen(peer, told).await;
        assert_eq!(answer.header("x-ratelimit-remaining"), Some(remaining), "{peer} {told}");
    }
    seen("10.0.0.1", "203.0.113.7").header("x-forwarded-for", "10.0.0.2").await.expect(429);
    // What is no address is not somebody else each time: it counts for the proxy.
    for (told, remaining) in [("unknown", "3"), ("203.0.113.9, _x", "2"), ("", "1")] {
        let answer = seen("10.0.0.1", told).await;
        assert_eq!(answer.header("x-ratelimit-remaining"), Some(remaining), "{told}");
    }

    let body =
        |name: &str| json!({ "name": name, "email": format!("{name}@example.com"), "password": PASSWORD });
    let register = |name: &str, told: &str| {
        api.post("/api/v1/auth/register", body(name)).from("10.0.0.1").header("x-forwarded-for", told)
    };
    register("ani", "192.0.2.10").await.expect(201);
    register("budi", "192.0.2.10").await.expect(429);
    register("budi", "192.0.2.11").await.expect(201);
    let login = |told: &str| {
        api.post("/api/v1/auth/login", body("ani")).from("10.0.0.1").header("x-forwarded-for", told)
    };
    login("192.0.2.10").await.expect(200);
    login("192.0.2.10").await.expect(429);
    login("192.0.2.11").await.expect(200);
}

async fn a_token_does_not_lift_the_limit_of_an_address_that_logs_in(api: Api) {
    let siti = api.register("siti").await;
    let api = limited(api);
    let login = |number: u32| {
        let body = json!({ "email": format!("nobody{number}@example.com"), "password": "salah sekali" });
        api.post("/api/v1/auth/login", body).bearer(&siti.token)
    };
    for number in 0..4 {
        login(number).await.expect(422);
    }
    login(4).await.expect_message(429, "Too Many Attempts.");
    api.post("/api/v1/auth/register", json!({})).bearer(&siti.token).await.expect(429);
    login(5).from("192.0.2.2").await.expect(422);
    api.get("/api/v1/user").bearer(&siti.token).await.expect(200);
}

async fn an_address_registers_some_users_in_a_minute(api: Api) {
    let register = |name: &str| {
        let email = format!("{name}@example.com");
        api.post("/api/v1/auth/register", json!({ "name": name, "email": email, "password": PASSWORD }))
    };
    for name in ["ani", "budi", "citra", "dewi"] {
        register(name).await.expect(201);
    }
    // Also one that comes to nothing costs a hash.
    register("dewi").await.expect(422);
    let body = json!({ "email": "ani@example.com", "password": PASSWORD });
    let login = api.post("/api/v1/auth/login", body).await.expect(200);
    let answer = register("eka").bearer(login["data"]["token"].as_str().unwrap()).await;
    answer.expect_message(429, "Too Many Attempts.");
    assert_eq!(answer.header("retry-after"), Some("12"));
    assert_eq!(answer.header("x-ratelimit-limit"), Some("5"));
    register("eka").from("192.0.2.2").await.expect(201);
    api.limit_clock.advance(Duration::from_secs(12));
    register("fitri").await.expect(201);
    register("gita").await.expect(429);
}

async fn some_routes_have_no_limit(api: Api) {
    let api = limited(api);
    for path in ["/up", "/config.json", "/api/openapi.json", "/nowhere"] {
        for _ in 0..6 {
            let answer = api.get(path).await;
            assert!(answer.status == 200 || path == "/nowhere", "{path}");
            assert_eq!(answer.header("x-ratelimit-limit"), None);
        }
    }
}
