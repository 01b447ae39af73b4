use serde_json::{Value, json};

use super::{
    api::{Api, Person, TODAY, TOMORROW},
    call::Call,
};

on_both_databases!(
    a_repeated_request_gets_the_same_answer_and_changes_nothing,
    a_key_is_for_one_request,
    a_malformed_key_is_refused,
    a_refused_request_may_be_tried_again_with_its_key,
    paying_and_cancelling_can_be_repeated,
    of_requests_at_once_one_does_it,
    a_key_is_forgotten_after_a_day,
);

fn keyed<'a>(api: &'a Api, person: &Person, path: &str, key: &str, body: Value) -> Call<'a> {
    api.post(path, body).bearer(&person.token).header("idempotency-key", key)
}

async fn total(api: &Api, person: &Person) -> Value {
    api.get("/api/v1/bookings").bearer(&person.token).await.expect(200)["meta"]["total"].clone()
}

async fn a_repeated_request_gets_the_same_answer_and_changes_nothing(api: Api) {
    let yoga = api.world.session(10).await;
    let (siti, budi) = (api.register("siti").await, api.register("budi").await);
    let body = json!({ "session_id": yoga.id, "booking_date": TODAY });
    let first = keyed(&api, &siti, "/api/v1/bookings", "key-1", body.clone()).await;
    first.expect(201);
    assert_eq!(first.header("idempotency-replayed"), None);
    let second = keyed(&api, &siti, "/api/v1/bookings", "key-1", body.clone()).await;
    second.expect(201);
    assert_eq!(second.header("idempotency-replayed"), Some("true"));
    assert_eq!(second.body, first.body);
    assert_eq!(total(&api, &siti).await, 1);

    let other = keyed(&api, &budi, "/api/v1/bookings", "key-1", body).await;
    other.expect(201);
    assert_eq!(other.header("idempotency-replayed"), None);
}

async fn a_key_is_for_one_request(api: Api) {
    let yoga = api.world.session(10).await;
    let siti = api.register("siti").await;
    let body = json!({ "session_id": yoga.id, "booking_date": TODAY });
    let answer = keyed(&api, &siti, "/api/v1/bookings", "key-1", body.clone()).await.expect(201);
    let other = json!({ "session_id": yoga.id, "booking_date": TOMORROW });
    let answer_to_other = keyed(&api, &siti, "/api/v1/bookings", "key-1", other.clone()).await;
    answer_to_other.expect_invalid("idempotency_key", "The idempotency key was used with another request.");
    let answer_to_other = keyed(&api, &siti, "/api/v1/bookings", "key-1", other).indonesian().await;
    let sentence = "Kunci idempotensi sudah dipakai untuk permintaan lain.";
    answer_to_other.expect_invalid("idempotency_key", sentence);
    let path = format!("/api/v1/bookings/{}/cancel", answer["data"]["booking"]["id"]);
    keyed(&api, &siti, &path, "key-1", body).await.expect(422);
    assert_eq!(total(&api, &siti).await, 1);
}

async fn a_malformed_key_is_refused(api: Api) {
    let yoga = api.world.session(10).await;
    let siti = api.register("siti").await;
    let body = json!({ "session_id": yoga.id, "booking_date": TODAY });
    for key in ["", "a b", "é", &"x".repeat(256)] {
        let answer = keyed(&api, &siti, "/api/v1/bookings", key, body.clone()).await;
        answer.expect_message(400, "The Idempotency-Key header must have 1 to 255 visible ASCII characters.");
    }
    let call = keyed(&api, &siti, "/api/v1/bookings", "a", body.clone()).header("idempotency-key", "b");
    call.await.expect(400);
    keyed(&api, &siti, "/api/v1/bookings", &"~".repeat(255), body).await.expect(201);
}

async fn a_refused_request_may_be_tried_again_with_its_key(api: Api) {
    let yoga = api.world.session(1).await;
    let (siti, budi) = (api.register("siti").await, api.register("budi").await);
    let booking = api.book(&siti, &yoga).await;
    let body = json!({ "session_id": yoga.id, "booking_date": TOMORROW });
    keyed(&api, &budi, "/api/v1/bookings", "key-1", body.clone()).await.expect(409);
    let cancel = format!("/api/v1/bookings/{}/cancel", booking["id"]);
    api.post(&cancel, json!({})).bearer(&siti.token).await.expect(200);
    let answer = keyed(&api, &budi, "/api/v1/bookings", "key-1", body).await;
    answer.expect(201);
    assert_eq!(answer.header("idempotency-replayed"), None);
}

async fn paying_and_cancelling_can_be_repeated(api: Api) {
    let yoga = api.world.session(10).await;
    let siti = api.register("siti").await;
    let booking = api.book(&siti, &yoga).await;
    for (action, key) in [("pay", "key-1"), ("cancel", "key-2")] {
        let path = format!("/api/v1/bookings/{}/{action}", booking["id"]);
        let first = keyed(&api, &siti, &path, key, json!({})).await;
        first.expect(200);
        let second = keyed(&api, &siti, &path, key, json!({})).await;
        second.expect(200);
        assert_eq!(second.header("idempotency-replayed"), Some("true"));
        assert_eq!(second.body, first.body);
    }
}

async fn of_requests_at_once_one_does_it(api: Api) {
    let yoga = api.world.session(10).await;
    let siti = api.register("siti").await;
    let body = json!({ "session_id": yoga.id, "booking_date": TODAY });
    let book = async || keyed(&api, &siti, "/api/v1/bookings", "key-1", body.clone()).await;
    let answers = [tokio::join!(book(), book(), book())].map(|(a, b, c)| [a, b, c]);
    let mut done = 0;
    for answer in answers.iter().flatten() {
        match (answer.status, answer.header("idempotency-replayed")) {
            (201, None) => done += 1,
            (201, Some("true")) => {}
            (409, None) => {
                answer.expect_message(409, "A request with this Idempotency-Key is in progress.");
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(done, 1);
    assert_eq!(total(&api, &siti).await, 1);
}

async fn a_key_is_forgotten_after_a_day(api: Api) {
    let yoga = api.world.session(10).await;
    let siti = api.register("siti").await;
    let body = json!({ "session_id": yoga.id, "booking_date": "2026-11-30" });
    keyed(&api, &siti, "/api/v1/bookings", "key-1", body.clone()).await.expect(201);
    api.world.advance(25 * 3600);
    let answer = keyed(&api, &siti, "/api/v1/bookings", "key-1", body).await;
    answer.expect(201);
    assert_eq!(answer.header("idempotency-replayed"), None);
}
