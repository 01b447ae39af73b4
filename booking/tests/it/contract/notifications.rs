use serde_json::{Value, json};

use super::api::Api;

on_both_databases!(
    what_happens_to_a_booking_is_kept,
    notifications_are_filtered,
    notifications_are_marked_as_read,
    what_was_read_is_said_somehow,
);

async fn what_happens_to_a_booking_is_kept(api: Api) {
    let yoga = api.world.session(10).await;
    let (siti, budi) = (api.register("siti").await, api.register("budi").await);
    let booking = api.book(&siti, &yoga).await;
    let answer = api.get("/api/v1/notifications").bearer(&siti.token).await.expect(200);
    let entry = &answer["data"]["notifications"][0];
    let code = booking["booking_code"].as_str().unwrap();
    assert_eq!(
        answer["data"],
        json!({
            "unread_count": 1,
            "notifications": [{
                "id": entry["id"], "type": "booking", "title": "Booking Update",
                "message": format!("Your booking {code} status has been updated to pending"),
                "data": entry["data"], "created_at": "2026-11-23T05:04:09.000000Z", "read_at": null,
            }],
        })
    );
    let data = &entry["data"];
    assert_eq!((&data["booking_id"], &data["booking_code"]), (&booking["id"], &booking["booking_code"]));
    assert_eq!((&data["status"], &data["payment_status"]), (&json!("pending"), &json!("unpaid")));
    let answer = api.get("/api/v1/notifications").bearer(&budi.token).await.expect(200);
    assert_eq!(answer["data"], json!({ "unread_count": 0, "notifications": [] }));
}

async fn notifications_are_filtered(api: Api) {
    let yoga = api.world.session(10).await;
    let (siti, admin) = (api.register("siti").await, api.register_admin().await);
    api.book(&siti, &yoga).await;
    let body = json!({ "message": "Tutup besok" });
    api.post("/api/v1/admin/notifications", body).bearer(&admin.token).await.expect(201);
    let kinds = async |query: &str| {
        let answer = api.get(&format!("/api/v1/notifications{query}")).bearer(&siti.token).await.expect(200);
        let list = answer["data"]["notifications"].as_array().unwrap().clone();
        (list.iter().map(|entry| entry["type"].clone()).collect::<Vec<_>>(), answer["links"]["first"].clone())
    };
    assert_eq!(kinds("").await.0, ["system", "booking"]);
    assert_eq!(kinds("?type=system").await.0, ["system"]);
    assert_eq!(kinds("?type=payment").await.0, [] as [Value; 0]);
    let (list, first) = kinds("?unread=1&type=booking").await;
    assert_eq!(list, ["booking"]);
    assert_eq!(first, "/api/v1/notifications?type=booking&unread=true&per_page=15&page=1");
    let answer = api.get("/api/v1/notifications?type=x&unread=maybe").bearer(&siti.token).await.expect(422);
    assert_eq!(
        answer["errors"],
        json!({
            "type": ["The selected type is invalid."],
            "unread": ["The unread field must be true or false."],
        })
    );
}

async fn notifications_are_marked_as_read(api: Api) {
    let yoga = api.world.session(10).await;
    let (siti, budi) = (api.register("siti").await, api.register("budi").await);
    for _ in 0..3 {
        api.book(&siti, &yoga).await;
    }
    api.book(&budi, &yoga).await;
    let ids = async |token: &str| -> Vec<i64> {
        let answer = api.get("/api/v1/notifications").bearer(token).await.expect(200);
        let list = answer["data"]["notifications"].as_array().unwrap().clone();
        list.iter().map(|entry| entry["id"].as_i64().unwrap()).collect()
    };
    let (own, others) = (ids(&siti.token).await, ids(&budi.token).await);
    let read = async |body: Value| {
        api.post("/api/v1/notifications/read", body).bearer(&siti.token).await.expect(200)
    };
    let answer = read(json!({ "ids": [own[0], others[0], 999_999] })).await;
    let data = json!({ "marked": 1, "unread_count": 2 });
    assert_eq!(answer, json!({ "success": true, "message": "Notifications marked as read", "data": data }));
    assert_eq!(read(json!({ "ids": [own[0]] })).await["data"], json!({ "marked": 0, "unread_count": 2 }));
    assert_eq!(read(json!({ "ids": [] })).await["data"], json!({ "marked": 0, "unread_count": 2 }));
    let answer = api.get("/api/v1/notifications?unread=true").bearer(&siti.token).await.expect(200);
    assert_eq!(answer["meta"]["total"], 2);
    assert_eq!(read(json!({ "all": true })).await["data"], json!({ "marked": 2, "unread_count": 0 }));
    let answer = api.get("/api/v1/notifications").bearer(&budi.token).await.expect(200);
    assert_eq!(answer["data"]["unread_count"], 1);
}

async fn what_was_read_is_said_somehow(api: Api) {
    let siti = api.register("siti").await;
    let read = |body: Value| api.post("/api/v1/notifications/read", body).bearer(&siti.token);
    for nothing in [json!({}), json!({ "ids": null }), json!({ "all": false })] {
        let sentence = "The ids field is required when none of all are present.";
        read(nothing).await.expect_invalid("ids", sentence);
    }
    read(json!({ "ids": 7 })).await.expect_invalid("ids", "The ids field must be an array.");
    let answer = read(json!({ "ids": [1, "2", 0] })).await.expect(422);
    assert_eq!(
        answer["errors"],
        json!({
            "ids.1": ["The ids.1 field must be an integer."],
            "ids.2": ["The selected ids.2 is invalid."],
        })
    );
    let many: Vec<i64> = (1..=101).collect();
    let answer = read(json!({ "ids": many })).await;
    answer.expect_invalid("ids", "The ids field must not have more than 100 items.");
}
