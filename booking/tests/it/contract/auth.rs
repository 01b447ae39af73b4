use std::time::Duration;

use serde_json::json;

use super::api::{Api, PASSWORD};

on_both_databases!(
    registering_makes_a_user_and_a_token,
    everything_wrong_with_a_registration_is_told_at_once,
    no_text_breaks_the_database,
    an_address_registers_once,
    logging_in_makes_a_token,
    a_wrong_password_and_an_unknown_address_are_one_error,
    attempts_to_log_in_are_limited,
    a_token_does_what_its_abilities_say,
    logging_out_revokes_one_token_or_all,
    a_token_expires,
    a_text_that_is_no_token_is_unauthenticated,
);

async fn registering_makes_a_user_and_a_token(api: Api) {
    let body = json!({
        "name": " Siti Aminah ", "email": "Siti@Example.com", "password": PASSWORD, "role": "admin", "roles": ["admin"],
    });
    let answer = api.post("/api/v1/auth/register", body).await;
    let body = answer.expect(201);
    let user = json!({
        "id": body["data"]["user"]["id"], "name": "Siti Aminah", "email": "siti@example.com", "roles": ["user"],
        "created_at": "2026-11-23T05:04:09.000000Z",
    });
    let token = body["data"]["token"].as_str().unwrap();
    assert_eq!(
        body,
        json!({
            "success": true,
            "message": "Registered successfully",
            "data": { "token": token, "token_type": "Bearer", "user": user },
        })
    );
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let (_, secret) = token.split_once('|').unwrap();
    assert!(secret.starts_with("gema_") && secret.len() == 53, "{token}");
    let me = api.get("/api/v1/user").bearer(token).await.expect(200);
    assert_eq!(me, json!({ "success": true, "data": { "user": user } }));
}

async fn everything_wrong_with_a_registration_is_told_at_once(api: Api) {
    let answer = api.post("/api/v1/auth/register", json!({})).await;
    let errors = json!({
        "name": ["The name field is required."],
        "email": ["The email field is required."],
        "password": ["The password field is required."],
    });
    let message = "The name field is required. (and 2 more errors)";
    assert_eq!(answer.expect(422), json!({ "message": message, "errors": errors }));
    assert_eq!(answer.header("content-language"), Some("en"));

    let body = json!({ "name": 7, "email": "siti", "password": "kurang", "device_name": ["x"] });
    let answer = api.post("/api/v1/auth/register", body.clone()).await;
    let errors = json!({
        "name": ["The name field must be a string."],
        "email": ["The email field must be a valid email address."],
        "password": ["The password field must be at least 8 characters."],
        "device_name": ["The device name field must be a string."],
    });
    let message = "The name field must be a string. (and 3 more errors)";
    assert_eq!(answer.expect(422), json!({ "message": message, "errors": errors }));

    let answer = api.post("/api/v1/auth/register", body).indonesian().await;
    let errors = json!({
        "name": ["Nama harus berupa string."],
        "email": ["Surel harus berupa alamat surel yang valid."],
        "password": ["Kata sandi minimal berisi 8 karakter."],
        "device_name": ["Nama perangkat harus berupa string."],
    });
    let message = "Nama harus berupa string. (dan 3 kesalahan lainnya)";
    assert_eq!(answer.expect(422), json!({ "message": message, "errors": errors }));
    assert_eq!(answer.header("content-language"), Some("id"));
    assert_eq!(answer.header("vary"), Some("accept-language"));
}

async fn no_text_breaks_the_database(api: Api) {
    let body = |name: &str| json!({ "name": name, "email": "siti@example.com", "password": PASSWORD });
    let answer = api.post("/api/v1/auth/register", body("a\0b")).await;
    answer.expect_invalid("name", "The name field format is invalid.");
    let name = "'; DROP TABLE users; -- 🧘 \u{202e}\n";
    let answer = api.post("/api/v1/auth/register", body(name)).await.expect(201);
    assert_eq!(answer["data"]["user"]["name"], name.trim());
}

async fn an_address_registers_once(api: Api) {
    api.register("siti").await;
    let body = json!({ "name": "Siti", "email": "SITI@example.com", "password": PASSWORD });
    let answer = api.post("/api/v1/auth/register", body.clone()).await;
    answer.expect_invalid("email", "The email has already been taken.");
    let answer = api.post("/api/v1/auth/register", body).indonesian().await;
    answer.expect_invalid("email", "Surel sudah ada sebelumnya.");
}

async fn logging_in_makes_a_token(api: Api) {
    let siti = api.register("siti").await;
    let body = json!({ "email": siti.email, "password": PASSWORD, "device_name": "Firefox" });
    let answer = api.post("/api/v1/auth/login", body).await.expect(200);
    assert_eq!(answer["success"], true);
    assert_eq!(answer["message"], "Logged in successfully");
    assert_eq!(answer["data"]["user"]["id"], siti.id);
    let token = answer["data"]["token"].as_str().unwrap();
    assert_ne!(token, siti.token);
    api.get("/api/v1/user").bearer(token).await.expect(200);
    api.get("/api/v1/user").bearer(&siti.token).await.expect(200);
}

async fn a_wrong_password_and_an_unknown_address_are_one_error(api: Api) {
    let siti = api.register("siti").await;
    for email in [siti.email.as_str(), "budi@example.com"] {
        let body = json!({ "email": email, "password": "salah sekali" });
        let answer = api.post("/api/v1/auth/login", body.clone()).await;
        answer.expect_invalid("email", "These credentials do not match our records.");
        let answer = api.post("/api/v1/auth/login", body).indonesian().await;
        answer.expect_invalid("email", "Identitas tersebut tidak cocok dengan data kami.");
    }
}

async fn attempts_to_log_in_are_limited(api: Api) {
    let body = |email: &str| json!({ "email": email, "password": "salah sekali" });
    for _ in 0..5 {
        api.post("/api/v1/auth/login", body("siti@example.com")).await.expect(422);
    }
    let answer = api.post("/api/v1/auth/login", body("Siti@example.com")).await;
    answer.expect_message(429, "Too Many Attempts.");
    assert_eq!(answer.header("retry-after"), Some("12"));
    assert_eq!(answer.header("x-ratelimit-limit"), Some("5"));
    assert_eq!(answer.header("x-ratelimit-remaining"), Some("0"));

    api.post("/api/v1/auth/login", body("budi@example.com")).await.expect(422);
    api.post("/api/v1/auth/login", body("siti@example.com")).from("192.0.2.2").await.expect(422);
    api.limit_clock.advance(Duration::from_secs(12));
    api.post("/api/v1/auth/login", body("siti@example.com")).await.expect(422);
    api.post("/api/v1/auth/login", body("siti@example.com")).await.expect(429);
}

async fn a_token_does_what_its_abilities_say(api: Api) {
    let siti = api.register("siti").await;
    let token = api.restricted(&siti, &["bookings:read"]).await;
    api.get("/api/v1/bookings").bearer(&token).await.expect(200);
    api.get("/api/v1/user").bearer(&token).await.expect(200);
    let body = json!({ "session_id": 1, "booking_date": "2026-11-24" });
    let answer = api.post("/api/v1/bookings", body).bearer(&token).await;
    answer.expect_message(403, "This action is unauthorized.");
    api.get("/api/v1/notifications").bearer(&token).await.expect(403);

    let body = json!({ "email": siti.email, "password": PASSWORD, "abilities": ["bookings:read", "fly", 7] });
    let answer = api.post("/api/v1/auth/login", body).await.expect(422);
    assert_eq!(
        answer["errors"],
        json!({
            "abilities.1": ["The selected abilities.1 is invalid."],
            "abilities.2": ["The abilities.2 field must be a string."],
        })
    );
    let nothing = api.restricted(&siti, &[]).await;
    api.get("/api/v1/bookings").bearer(&nothing).await.expect(403);
}

async fn logging_out_revokes_one_token_or_all(api: Api) {
    let siti = api.register("siti").await;
    let (second, third) = (api.restricted(&siti, &["*"]).await, api.restricted(&siti, &["*"]).await);
    let logout = |token: &str, body| api.post("/api/v1/auth/logout", body).bearer(token);

    let answer = logout(&siti.token, json!({})).await.expect(200);
    assert_eq!(answer, json!({ "success": true, "message": "Logged out successfully", "data": {} }));
    api.get("/api/v1/user").bearer(&siti.token).await.expect_message(401, "Unauthenticated.");
    api.get("/api/v1/user").bearer(&second).await.expect(200);

    let answer = logout(&second, json!({ "all": "yes" })).await;
    answer.expect_invalid("all", "The all field must be true or false.");
    logout(&second, json!({ "all": true })).await.expect(200);
    api.get("/api/v1/user").bearer(&third).await.expect(401);
}

async fn a_token_expires(api: Api) {
    let siti = api.register("siti").await;
    api.world.advance(30 * 24 * 3600 - 1);
    api.get("/api/v1/user").bearer(&siti.token).await.expect(200);
    api.world.advance(1);
    api.get("/api/v1/user").bearer(&siti.token).await.expect(401);
}

async fn a_text_that_is_no_token_is_unauthenticated(api: Api) {
    let siti = api.register("siti").await;
    let (id, secret) = siti.token.split_once('|').unwrap();
    let other_row = format!("{}|{secret}", id.parse::<i64>().unwrap() + 1);
    for token in ["", "null", "undefined", "1|x", secret, &other_row, &siti.token[..siti.token.len() - 1]] {
        let answer = api.get("/api/v1/user").bearer(token).await;
        answer.expect_message(401, "Unauthenticated.");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"), "{token}");
    }
    let call = api.get("/api/v1/user").header("authorization", &format!("Basic {}", siti.token));
    call.await.expect(401);
    api.get(&format!("/api/v1/user?token={}", siti.token.replace('|', "%7C"))).await.expect(401);
}
