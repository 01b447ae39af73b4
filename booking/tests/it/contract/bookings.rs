use serde_json::{Value, json};

use super::api::{Api, TODAY, TOMORROW};
use crate::world::START;

on_both_databases!(
    a_booking_is_made_as_the_guide_says,
    what_the_server_decides_cannot_be_sent,
    only_an_administrator_books_for_others,
    everything_wrong_with_a_booking_is_told_at_once,
    a_session_that_is_full_is_a_conflict,
    a_booking_is_seen_by_its_user_and_administrators,
    a_list_has_the_own_bookings,
    a_cancelled_booking_stays_cancelled,
    a_payment_is_started_once,
    somebody_elses_booking_cannot_be_changed,
    a_socket_id_is_two_numbers,
    the_connection_of_the_caller_is_not_told,
);

async fn a_booking_is_made_as_the_guide_says(api: Api) {
    let yoga = api.world.session(10).await;
    let siti = api.register("siti").await;
    let body = json!({ "session_id": yoga.id, "booking_date": TOMORROW });
    let call = api.post("/api/v1/bookings", body).bearer(&siti.token).header("x-socket-id", "123.456");
    let answer = call.await.expect(201);
    let booking = &answer["data"]["booking"];
    let code = booking["booking_code"].as_str().unwrap();
    assert!(code.starts_with("BK-20261124-") && code.len() == 18, "{code}");
    assert_eq!(
        answer,
        json!({
            "success": true,
            "message": "Booking created successfully",
            "data": { "booking": {
                "id": booking["id"], "session_id": yoga.id, "user_id": siti.id, "booking_date": TOMORROW,
                "booking_code": code, "status": "pending", "payment_status": "unpaid",
                "created_at": "2026-11-23T05:04:09.000000Z", "updated_at": "2026-11-23T05:04:09.000000Z",
                "version": booking["version"],
            } },
        })
    );
    assert!(booking["id"].is_i64() && booking["version"].is_i64());
}

async fn what_the_server_decides_cannot_be_sent(api: Api) {
    let yoga = api.world.session(10).await;
    let siti = api.register("siti").await;
    let body = json!({
        "session_id": yoga.id, "booking_date": TODAY, "id": 77, "status": "confirmed", "payment_status": "paid",
        "booking_code": "BK-20260101-AAAAAA", "created_at": "2000-01-01", "version": 9, "expires_at": START,
    });
    let answer = api.post("/api/v1/bookings", body).bearer(&siti.token).await.expect(201);
    let booking = &answer["data"]["booking"];
    assert_eq!((&booking["status"], &booking["payment_status"]), (&json!("pending"), &json!("unpaid")));
    assert_ne!(booking["id"], 77);
    assert_ne!(booking["booking_code"], "BK-20260101-AAAAAA");
    assert_eq!(booking["created_at"], "2026-11-23T05:04:09.000000Z");
}

async fn only_an_administrator_books_for_others(api: Api) {
    let yoga = api.world.session(10).await;
    let (siti, budi, admin) =
        (api.register("siti").await, api.register("budi").await, api.register_admin().await);
    let owner = async |token: &str, user_id: Value| {
        let body = json!({ "session_id": yoga.id, "booking_date": TODAY, "user_id": user_id });
        api.post("/api/v1/bookings", body).bearer(token).await
    };
    let user_of = |answer: Value| answer["data"]["booking"]["user_id"].clone();
    assert_eq!(user_of(owner(&siti.token, json!(budi.id)).await.expect(201)), siti.id);
    assert_eq!(user_of(owner(&admin.token, json!(budi.id)).await.expect(201)), budi.id);
    assert_eq!(user_of(owner(&admin.token, json!(null)).await.expect(201)), admin.id);
    let answer = owner(&admin.token, json!(999_999)).await;
    answer.expect_invalid("user_id", "The selected user id is invalid.");
    let answer = owner(&admin.token, json!("1")).await;
    answer.expect_invalid("user_id", "The user id field must be an integer.");
}

async fn everything_wrong_with_a_booking_is_told_at_once(api: Api) {
    let yoga = api.world.session(10).await;
    let siti = api.register("siti").await;
    let check = async |body: Value, message: &str, errors: Value| {
        let answer = api.post("/api/v1/bookings", body).bearer(&siti.token).await;
        assert_eq!(answer.expect(422), json!({ "message": message, "errors": errors }));
    };
    let id = yoga.id.get();
    let format = "The booking date field must match the format Y-m-d.";
    let integer = "The session id field must be an integer.";
    let required = "The session id field is required.";
    let nothing =
        json!({ "session_id": [required], "booking_date": ["The booking date field is required."] });
    let one_more = "The session id field is required. (and 1 more error)";
    check(json!({}), one_more, nothing.clone()).await;
    check(json!({ "session_id": null, "booking_date": "  " }), one_more, nothing).await;
    let both = json!({ "session_id": [integer], "booking_date": [format] });
    let body = json!({ "session_id": "1", "booking_date": "24-11-2026" });
    check(body, &format!("{integer} (and 1 more error)"), both).await;
    for wrong in [json!(1.5), json!(true), json!([1]), json!({ "id": 1 })] {
        check(
            json!({ "session_id": wrong, "booking_date": TODAY }),
            integer,
            json!({ "session_id": [integer] }),
        )
        .await;
    }
    let text = "The booking date field must be a string.";
    check(json!({ "session_id": id, "booking_date": 20_261_124 }), text, json!({ "booking_date": [text] }))
        .await;
    let unknown = "The selected session id is invalid.";
    for wrong in [0, -1, id + 1] {
        check(
            json!({ "session_id": wrong, "booking_date": TODAY }),
            unknown,
            json!({ "session_id": [unknown] }),
        )
        .await;
    }
    let past = "The booking date field must be a date after or equal to today.";
    let body = json!({ "session_id": id, "booking_date": "2026-11-22" });
    check(body.clone(), past, json!({ "booking_date": [past] })).await;
    let answer = api.post("/api/v1/bookings", body).bearer(&siti.token).indonesian().await;
    let past = "Tanggal pemesanan harus berisi tanggal setelah atau sama dengan hari ini.";
    answer.expect_invalid("booking_date", past);
}

async fn a_session_that_is_full_is_a_conflict(api: Api) {
    let yoga = api.world.session(1).await;
    let (siti, budi) = (api.register("siti").await, api.register("budi").await);
    let booking = api.book(&siti, &yoga).await;
    let body = json!({ "session_id": yoga.id, "booking_date": TOMORROW });
    let answer = api.post("/api/v1/bookings", body.clone()).bearer(&budi.token).await;
    answer.expect_message(409, "Session is fully booked");
    let cancel = format!("/api/v1/bookings/{}/cancel", booking["id"]);
    api.post(&cancel, json!({})).bearer(&siti.token).await.expect(200);
    api.post("/api/v1/bookings", body).bearer(&budi.token).await.expect(201);
}

async fn a_booking_is_seen_by_its_user_and_administrators(api: Api) {
    let yoga = api.world.session(10).await;
    let (siti, budi, admin) =
        (api.register("siti").await, api.register("budi").await, api.register_admin().await);
    let booking = api.book(&siti, &yoga).await;
    let path = format!("/api/v1/bookings/{}", booking["booking_code"].as_str().unwrap());
    for token in [&siti.token, &admin.token] {
        let answer = api.get(&path).bearer(token).await.expect(200);
        assert_eq!(answer, json!({ "success": true, "data": { "booking": booking } }));
    }
    let answer = api.get(&format!("{path}?include=session")).bearer(&siti.token).await.expect(200);
    assert_eq!(answer["data"]["booking"]["session"]["name"], "Yoga Pagi");
    let answer = api.get(&format!("{path}?include=user")).bearer(&siti.token).await;
    answer.expect_invalid("include", "The selected include is invalid.");
    api.get(&path).bearer(&budi.token).await.expect_message(403, "This action is unauthorized.");
    for code in ["BK-20261124-000000", "1", "x", "bk-20261124-000000"] {
        let answer = api.get(&format!("/api/v1/bookings/{code}")).bearer(&siti.token).await;
        answer.expect_message(404, "There is no such booking.");
    }
}

async fn a_list_has_the_own_bookings(api: Api) {
    let yoga = api.world.session(10).await;
    let (siti, budi, admin) =
        (api.register("siti").await, api.register("budi").await, api.register_admin().await);
    let (first, other, second) =
        (api.book(&siti, &yoga).await, api.book(&budi, &yoga).await, api.book(&siti, &yoga).await);
    let list = async |token: &str, query: &str| {
        let answer = api.get(&format!("/api/v1/bookings{query}")).bearer(token).await.expect(200);
        answer["data"]["bookings"].clone()
    };
    assert_eq!(list(&siti.token, "").await, json!([second, first]));
    assert_eq!(list(&siti.token, &format!("?user_id={}", budi.id)).await, json!([second, first]));
    assert_eq!(list(&admin.token, "").await, json!([second, other, first]));
    assert_eq!(list(&admin.token, &format!("?user_id={}", budi.id)).await, json!([other]));
    assert_eq!(list(&siti.token, "?status=cancelled").await, json!([]));
    assert_eq!(
        list(&siti.token, "?status=pending&include=session").await[0]["session"]["id"],
        json!(yoga.id)
    );
    let answer = api.get("/api/v1/bookings?status=done&user_id=01").bearer(&siti.token).await.expect(422);
    assert_eq!(
        answer["errors"],
        json!({
            "status": ["The selected status is invalid."],
            "user_id": ["The selected user id is invalid."],
        })
    );
}

async fn a_cancelled_booking_stays_cancelled(api: Api) {
    let yoga = api.world.session(10).await;
    let siti = api.register("siti").await;
    let booking = api.book(&siti, &yoga).await;
    let path = format!("/api/v1/bookings/{}/cancel", booking["id"]);
    // As pusher-js and fetch do it: no body at all.
    let answer = super::call::Call::new(&api, "POST", &path).bearer(&siti.token).await.expect(200);
    let mut cancelled = booking.clone();
    cancelled["status"] = json!("cancelled");
    cancelled["version"] = answer["data"]["booking"]["version"].clone();
    let message = "Booking cancelled successfully";
    assert_eq!(answer, json!({ "success": true, "message": message, "data": { "booking": cancelled } }));
    assert!(cancelled["version"].as_i64() > booking["version"].as_i64());
    let answer = api.post(&path, json!({})).bearer(&siti.token).await;
    answer.expect_message(409, "A booking that is cancelled cannot become cancelled.");
    let pay = format!("/api/v1/bookings/{}/pay", booking["id"]);
    let answer = api.post(&pay, json!({})).bearer(&siti.token).await;
    answer.expect_message(409, "A booking that is cancelled cannot be paid.");
}

async fn a_payment_is_started_once(api: Api) {
    let yoga = api.world.session(10).await;
    let siti = api.register("siti").await;
    let booking = api.book(&siti, &yoga).await;
    let path = format!("/api/v1/bookings/{}/pay", booking["id"]);
    for wrong in [json!("maybe"), json!("")] {
        let answer = api.post(&path, json!({ "outcome": wrong })).bearer(&siti.token).await;
        if wrong == json!("") {
            answer.expect(200);
        } else {
            answer.expect_invalid("outcome", "The selected outcome is invalid.");
        }
    }
    let answer = api.post(&path, json!({ "outcome": "fail" })).bearer(&siti.token).await;
    answer.expect_message(409, "A payment that is pending cannot become pending.");
    let shown = format!("/api/v1/bookings/{}", booking["booking_code"].as_str().unwrap());
    let answer = api.get(&shown).bearer(&siti.token).await.expect(200);
    assert_eq!(answer["data"]["booking"]["payment_status"], "pending");
}

async fn somebody_elses_booking_cannot_be_changed(api: Api) {
    let yoga = api.world.session(10).await;
    let (siti, budi, admin) =
        (api.register("siti").await, api.register("budi").await, api.register_admin().await);
    let booking = api.book(&siti, &yoga).await;
    for action in ["pay", "cancel"] {
        let path = format!("/api/v1/bookings/{}/{action}", booking["id"]);
        let answer = api.post(&path, json!({})).bearer(&budi.token).await;
        answer.expect_message(403, "This action is unauthorized.");
        for id in ["999999", "0", "01", "x"] {
            let answer =
                api.post(&format!("/api/v1/bookings/{id}/{action}"), json!({})).bearer(&siti.token).await;
            answer.expect_message(404, "There is no such booking.");
        }
        api.post(&path, json!({})).bearer(&admin.token).await.expect(200);
    }
}

async fn a_socket_id_is_two_numbers(api: Api) {
    let yoga = api.world.session(10).await;
    let siti = api.register("siti").await;
    let book = |socket: &str| {
        let body = json!({ "session_id": yoga.id, "booking_date": TODAY });
        api.post("/api/v1/bookings", body).bearer(&siti.token).header("x-socket-id", socket)
    };
    for wrong in ["abc", "1", "1.", "undefined", "1.2.3", "é"] {
        book(wrong).await.expect_invalid("socket_id", "The socket id field format is invalid.");
    }
    for right in ["", "1.2", " 99.1 "] {
        book(right).await.expect(201);
    }
}

async fn the_connection_of_the_caller_is_not_told(api: Api) {
    let yoga = api.world.session(10).await;
    let (siti, admin) = (api.register("siti").await, api.register_admin().await);
    let sockets = async || -> Vec<_> {
        api.world.take_outbox().await.into_iter().map(|event| event.socket_id).collect()
    };
    let booking = api.book(&siti, &yoga).await;
    assert_eq!(sockets().await, [None, None]);
    let (id, socket) = (&booking["id"], "123.456");
    let bookings = "/api/v1/bookings";
    let body = json!({ "session_id": yoga.id, "booking_date": TODAY });
    for (call, token) in [
        (api.post(bookings, body), &siti.token),
        (api.post(&format!("{bookings}/{id}/pay"), json!({})), &siti.token),
        (api.post(&format!("{bookings}/{id}/cancel"), json!({})), &siti.token),
        (
            api.patch(&format!("/api/v1/admin/sessions/{}", yoga.id), json!({ "max_capacity": 9 })),
            &admin.token,
        ),
        (api.post("/api/v1/admin/notifications", json!({ "message": "Halo" })), &admin.token),
    ] {
        let answer = call.bearer(token).header("x-socket-id", socket).await;
        assert!(answer.status < 300, "{answer:?}");
        let sockets = sockets().await;
        assert!(!sockets.is_empty() && sockets.iter().all(|s| s.as_deref() == Some(socket)), "{sockets:?}");
    }
}
