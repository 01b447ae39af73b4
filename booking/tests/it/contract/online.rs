use axum::{Router, body::Body, http::Request};
use booking::http::{AppState, webhooks};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::api::{Api, options};

on_both_databases!(
    who_is_online_is_what_webhooks_have_told,
    a_webhook_that_is_not_signed_changes_nothing,
    administrators_alone_see_who_is_online,
);

/// The route of webhooks, beside those of the document.
fn receiver(api: &Api) -> Router {
    webhooks(AppState::new(api.world.services.clone(), options(&api.limit_clock)))
}

/// HMAC-SHA256, as the server signs.
fn sign(secret: &str, body: &str) -> String {
    let key = |pad: u8| {
        let mut key = [pad; 64];
        key.iter_mut().zip(secret.bytes()).for_each(|(pad, byte)| *pad ^= byte);
        key
    };
    let inner = Sha256::new().chain_update(key(0x36)).chain_update(body).finalize();
    hex::encode(Sha256::new().chain_update(key(0x5c)).chain_update(inner).finalize())
}

/// What a webhook with these events, as `+7` and `-7`, is answered with.
async fn tell(api: &Api, changes: &[String], secret: &str) -> u16 {
    let event = |change: &String| {
        let (sign, user) = change.split_at(1);
        let name = if sign == "+" { "channel_occupied" } else { "channel_vacated" };
        json!({ "name": name, "channel": format!("private-user.{user}"), "id": "x-1-0" })
    };
    let mut events: Vec<Value> = changes.iter().map(event).collect();
    events.push(json!({ "name": "channel_occupied", "channel": "availability", "id": "x-2-0" }));
    let body = json!({ "time_ms": 1_700_000_000_000_u64, "events": events }).to_string();
    let request = Request::post("/webhooks/gema")
        .header("x-pusher-key", "app-key")
        .header("x-pusher-signature", sign(secret, &body))
        .header("content-type", "application/json")
        .body(Body::from(body))
        .unwrap();
    tower::ServiceExt::oneshot(receiver(api), request).await.unwrap().status().as_u16()
}

async fn online(api: &Api, token: &str) -> (Value, Vec<i64>) {
    let data = api.get("/api/v1/admin/online").bearer(token).await.expect(200)["data"].clone();
    let ids = data["users"].as_array().unwrap().iter().map(|user| user["id"].as_i64().unwrap());
    (data["count"].clone(), ids.collect())
}

async fn who_is_online_is_what_webhooks_have_told(api: Api) {
    let (siti, admin) = (api.register("siti").await, api.register_admin().await);
    assert_eq!(online(&api, &admin.token).await, (json!(0), vec![]));
    let (siti_came, admin_came) = (format!("+{}", siti.id), format!("+{}", admin.id));
    assert_eq!(tell(&api, &[siti_came.clone(), "+999".to_owned()], "app-secret").await, 204);
    api.world.advance(60);
    assert_eq!(tell(&api, std::slice::from_ref(&admin_came), "app-secret").await, 204);
    assert_eq!(online(&api, &admin.token).await, (json!(2), vec![admin.id, siti.id]));
    // The same again changes nothing, not even since when.
    api.world.advance(60);
    assert_eq!(tell(&api, &[siti_came], "app-secret").await, 204);
    assert_eq!(online(&api, &admin.token).await, (json!(2), vec![admin.id, siti.id]));
    assert_eq!(tell(&api, &[format!("-{}", admin.id)], "app-secret").await, 204);
    assert_eq!(online(&api, &admin.token).await, (json!(1), vec![siti.id]));
}

async fn a_webhook_that_is_not_signed_changes_nothing(api: Api) {
    let admin = api.register_admin().await;
    assert_eq!(tell(&api, &[format!("+{}", admin.id)], "another-secret").await, 401);
    let request = Request::post("/webhooks/gema").body(Body::from("{}")).unwrap();
    let answer = tower::ServiceExt::oneshot(receiver(&api), request).await.unwrap();
    assert_eq!(answer.status().as_u16(), 401);
    assert_eq!(online(&api, &admin.token).await, (json!(0), vec![]));
}

async fn administrators_alone_see_who_is_online(api: Api) {
    let siti = api.register("siti").await;
    let answer = api.get("/api/v1/admin/online").bearer(&siti.token).await;
    answer.expect_message(403, "This action is unauthorized.");
    api.get("/api/v1/admin/online").await.expect_message(401, "Unauthenticated.");
}
