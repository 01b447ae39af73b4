use serde_json::json;

use super::api::{Api, TODAY, TOMORROW};

on_both_databases!(
    sessions_are_listed_and_shown,
    what_names_no_session_is_not_found,
    availability_is_per_day,
    a_day_is_written_in_full,
);

async fn sessions_are_listed_and_shown(api: Api) {
    let yoga = api.world.session(10).await;
    let session = json!({
        "id": yoga.id, "name": "Yoga Pagi", "start_time": "07:00", "end_time": "20:00", "max_capacity": 10,
        "timezone": "Asia/Jakarta", "price": 75_000,
    });
    let answer = api.get("/api/v1/sessions").await.expect(200);
    assert_eq!(answer, json!({ "success": true, "data": { "sessions": [session] } }));
    let answer = api.get(&format!("/api/v1/sessions/{}", yoga.id)).await.expect(200);
    assert_eq!(answer, json!({ "success": true, "data": { "session": session } }));
}

async fn what_names_no_session_is_not_found(api: Api) {
    for id in ["1", "0", "01", "-1", "1.0", "abc", "9223372036854775808", "%20"] {
        let answer = api.get(&format!("/api/v1/sessions/{id}")).await;
        answer.expect_message(404, "There is no such session.");
    }
}

async fn availability_is_per_day(api: Api) {
    let yoga = api.world.session(10).await;
    let siti = api.register("siti").await;
    api.book(&siti, &yoga).await;
    let entry = |date: &str, taken: i64, version: &serde_json::Value| {
        json!({
            "session_id": yoga.id, "session_name": "Yoga Pagi", "date": date, "start_time": "07:00",
            "end_time": "20:00", "current_capacity": taken, "max_capacity": 10, "available_slots": 10 - taken,
            "version": version,
        })
    };
    for (query, date, taken) in [
        ("", TODAY, 0),
        ("?date=", TODAY, 0),
        ("?date=2026-11-23", TODAY, 0),
        ("?date=2026-11-24", TOMORROW, 1),
    ] {
        let answer = api.get(&format!("/api/v1/availability{query}")).await.expect(200);
        let version = &answer["data"]["availability"][0]["version"];
        let expected = json!({ "success": true, "data": { "availability": [entry(date, taken, version)] } });
        assert_eq!(answer, expected, "{query}");
    }
}

async fn a_day_is_written_in_full(api: Api) {
    for date in ["2026-11-3", "2026-02-30", "tomorrow", "2026-11-23T00:00:00Z"] {
        let answer = api.get(&format!("/api/v1/availability?date={date}")).await;
        answer.expect_invalid("date", "The date field must match the format Y-m-d.");
        let answer = api.get(&format!("/api/v1/availability?date={date}")).indonesian().await;
        answer.expect_invalid("date", "Tanggal harus cocok dengan format Y-m-d.");
    }
}
