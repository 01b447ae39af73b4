use serde_json::{Value, json};

use super::api::{Api, TOMORROW};

on_both_databases!(
    administrators_only,
    a_token_without_the_ability_makes_an_administrator_a_user,
    a_booking_is_changed,
    a_booking_moves_only_as_it_may,
    a_session_is_changed,
    a_session_keeps_the_places_that_are_taken,
    everybody_is_told,
);

async fn administrators_only(api: Api) {
    let (siti, admin) = (api.register("siti").await, api.register_admin().await);
    let without = api.restricted(&admin, &["bookings:read", "bookings:write"]).await;
    let ordinary = api.restricted(&siti, &["admin"]).await;
    for token in [&siti.token, &without, &ordinary] {
        for path in ["/api/v1/admin/bookings/1", "/api/v1/admin/sessions/1"] {
            let answer = api.patch(path, json!({ "x": 1 })).bearer(token).await;
            answer.expect_message(403, "This action is unauthorized.");
        }
        let answer = api.post("/api/v1/admin/notifications", json!({})).bearer(token).await;
        answer.expect_message(403, "This action is unauthorized.");
    }
}

async fn a_token_without_the_ability_makes_an_administrator_a_user(api: Api) {
    let yoga = api.world.session(10).await;
    let (siti, admin) = (api.register("siti").await, api.register_admin().await);
    let booking = api.book(&siti, &yoga).await;
    let token = api.restricted(&admin, &["bookings:read", "bookings:write"]).await;

    let path = format!("/api/v1/bookings/{}", booking["booking_code"].as_str().unwrap());
    api.get(&path).bearer(&token).await.expect_message(403, "This action is unauthorized.");
    for verb in ["cancel", "pay"] {
        let path = format!("/api/v1/bookings/{}/{verb}", booking["id"]);
        let answer = api.post(&path, json!({})).bearer(&token).await;
        answer.expect_message(403, "This action is unauthorized.");
    }
    for query in ["", &format!("?user_id={}", siti.id)] {
        let list = api.get(&format!("/api/v1/bookings{query}")).bearer(&token).await.expect(200);
        assert_eq!(list["data"]["bookings"], json!([]), "{query}");
    }
    let body = json!({ "session_id": yoga.id, "booking_date": TOMORROW, "user_id": siti.id });
    let own = api.post("/api/v1/bookings", body).bearer(&token).await.expect(201);
    assert_eq!(own["data"]["booking"]["user_id"], admin.id);
    let body = json!({ "socket_id": "1.2", "channel_name": format!("private-user.{}", siti.id) });
    api.post("/broadcasting/auth", body).bearer(&token).await.expect(403);

    let path = format!("/api/v1/bookings/{}/cancel", booking["id"]);
    let token = api.restricted(&admin, &["bookings:write", "admin"]).await;
    api.post(&path, json!({})).bearer(&token).await.expect(200);
}

async fn a_booking_is_changed(api: Api) {
    let yoga = api.world.session(10).await;
    let (siti, admin) = (api.register("siti").await, api.register_admin().await);
    let booking = api.book(&siti, &yoga).await;
    let path = format!("/api/v1/admin/bookings/{}", booking["id"]);
    let answer = api.patch(&path, json!({ "status": "confirmed" })).bearer(&admin.token).await.expect(200);
    assert_eq!(answer["message"], "Booking updated successfully");
    assert_eq!(answer["data"]["booking"]["status"], "confirmed");
    assert_eq!(answer["data"]["booking"]["user_id"], siti.id);
    let answer = api.patch(&path, json!({ "status": "cancelled" })).bearer(&admin.token).await.expect(200);
    assert_eq!(answer["data"]["booking"]["status"], "cancelled");

    let answer = api.patch(&path, json!({ "status": "x", "payment_status": 7 })).bearer(&admin.token).await;
    assert_eq!(
        answer.expect(422)["errors"],
        json!({
            "status": ["The selected status is invalid."],
            "payment_status": ["The payment status field must be a string."],
        })
    );
    let sentence = "The status field is required when none of payment status are present.";
    api.patch(&path, json!({})).bearer(&admin.token).await.expect_invalid("status", sentence);
    for id in ["999999", "01"] {
        let path = format!("/api/v1/admin/bookings/{id}");
        let answer = api.patch(&path, json!({ "status": "confirmed" })).bearer(&admin.token).await;
        answer.expect_message(404, "There is no such booking.");
    }
}

async fn a_booking_moves_only_as_it_may(api: Api) {
    let yoga = api.world.session(10).await;
    let (siti, admin) = (api.register("siti").await, api.register_admin().await);
    let booking = api.book(&siti, &yoga).await;
    let path = format!("/api/v1/admin/bookings/{}", booking["id"]);
    let answer = api.patch(&path, json!({ "status": "completed" })).bearer(&admin.token).await;
    answer.expect_message(409, "A booking that is pending cannot become completed.");
    let answer = api.patch(&path, json!({ "payment_status": "refunded" })).bearer(&admin.token).await;
    answer.expect_message(409, "A payment that is unpaid cannot become refunded.");
}

async fn a_session_is_changed(api: Api) {
    let yoga = api.world.session(10).await;
    let admin = api.register_admin().await;
    let path = format!("/api/v1/admin/sessions/{}", yoga.id);
    let patch = |body: Value| api.patch(&path, body).bearer(&admin.token);
    let body = json!({
        "name": "Yoga Sore", "start_time": "17:00", "end_time": "18:30", "price": 90_000, "max_capacity": 12,
    });
    let answer = patch(body).await.expect(200);
    let session = json!({
        "id": yoga.id, "name": "Yoga Sore", "start_time": "17:00", "end_time": "18:30", "max_capacity": 12,
        "timezone": "Asia/Jakarta", "price": 90_000,
    });
    let message = "Session updated successfully";
    assert_eq!(answer, json!({ "success": true, "message": message, "data": { "session": session } }));

    patch(json!({ "max_capacity": 3, "date": TOMORROW })).await.expect(200);
    let answer = api.get(&format!("/api/v1/availability?date={TOMORROW}")).await.expect(200);
    assert_eq!(answer["data"]["availability"][0]["max_capacity"], 3);
    let answer = api.get("/api/v1/availability").await.expect(200);
    assert_eq!(answer["data"]["availability"][0]["max_capacity"], 12);

    let body = json!({ "name": "", "start_time": "7:00", "price": -1, "max_capacity": "x", "date": "besok" });
    assert_eq!(
        patch(body).await.expect(422)["errors"],
        json!({
            "name": ["The name field must be at least 1 characters."],
            "start_time": ["The start time field must match the format H:i."],
            "price": ["The price field must be at least 0."],
            "max_capacity": ["The max capacity field must be an integer."],
            "date": ["The date field must match the format Y-m-d."],
        })
    );
    let answer = patch(json!({ "name": "x", "date": TOMORROW })).await;
    answer.expect_invalid("max_capacity", "The max capacity field is required.");
    let sentence =
        "The name field is required when none of start time / end time / price / max capacity are present.";
    patch(json!({})).await.expect_invalid("name", sentence);
    let sentence = "The end time field must be a date after start time.";
    patch(json!({ "end_time": "17:00" })).await.expect_invalid("end_time", sentence);
    let sentence = "The date field must be a date after or equal to today.";
    patch(json!({ "max_capacity": 1, "date": "2026-11-22" })).await.expect_invalid("date", sentence);
    let answer = api.patch("/api/v1/admin/sessions/999999", json!({ "price": 1 })).bearer(&admin.token).await;
    answer.expect_message(404, "There is no such session.");
}

async fn a_session_keeps_the_places_that_are_taken(api: Api) {
    let yoga = api.world.session(10).await;
    let (siti, admin) = (api.register("siti").await, api.register_admin().await);
    for _ in 0..2 {
        api.book(&siti, &yoga).await;
    }
    let path = format!("/api/v1/admin/sessions/{}", yoga.id);
    for body in [json!({ "max_capacity": 1 }), json!({ "max_capacity": 1, "date": TOMORROW })] {
        let answer = api.patch(&path, body.clone()).bearer(&admin.token).await;
        let sentence = "The max capacity field must be at least 2: so many places are booked already.";
        answer.expect_invalid("max_capacity", sentence);
        let answer = api.patch(&path, body).bearer(&admin.token).indonesian().await;
        let sentence = "Kapasitas maksimal minimal bernilai 2: sebanyak itu sudah dipesan.";
        answer.expect_invalid("max_capacity", sentence);
    }
    api.patch(&path, json!({ "max_capacity": 2 })).bearer(&admin.token).await.expect(200);
}

async fn everybody_is_told(api: Api) {
    let (siti, admin) = (api.register("siti").await, api.register_admin().await);
    let announce = |body: Value| api.post("/api/v1/admin/notifications", body).bearer(&admin.token);
    let answer =
        announce(json!({ "title": "Jadwal", "message": "Pindah ke studio 2.", "level": "warning" })).await;
    let answer = answer.expect(201);
    let notification = &answer["data"]["notification"];
    assert_eq!(answer["message"], "Notification sent successfully");
    assert_eq!(
        *notification,
        json!({
            "id": notification["id"], "type": "system", "title": "Jadwal", "message": "Pindah ke studio 2.",
            "data": notification["data"], "created_at": "2026-11-23T05:04:09.000000Z", "read_at": null,
        })
    );
    assert_eq!(notification["data"]["level"], "warning");
    let list = api.get("/api/v1/notifications").bearer(&siti.token).await.expect(200);
    assert_eq!(list["data"]["notifications"][0]["message"], "Pindah ke studio 2.");

    let answer = announce(json!({ "message": "Halo" })).await.expect(201);
    assert_eq!(answer["data"]["notification"]["title"], "System Notification");
    let answer =
        announce(json!({ "message": "x".repeat(1001), "title": "x".repeat(256), "level": "fatal" })).await;
    assert_eq!(
        answer.expect(422)["errors"],
        json!({
            "title": ["The title field must not be greater than 255 characters."],
            "message": ["The message field must not be greater than 1000 characters."],
            "level": ["The selected level is invalid."],
        })
    );
}
