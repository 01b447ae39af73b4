use serde_json::{Value, json};

use super::api::Api;

const PATHS: [&str; 2] = ["/api/broadcasting/auth", "/broadcasting/auth"];

on_both_databases!(
    the_own_channels_are_granted_on_both_paths,
    an_administrator_listens_to_everybody,
    nothing_else_is_granted,
    without_a_token_nothing_is_granted,
    what_is_missing_is_told,
    several_channels_are_asked_for_at_once,
    no_connection_is_signed_in,
);

fn fields(channel: &str) -> Value {
    json!({ "socket_id": "1234.5678", "channel_name": channel })
}

/// The user with id 1 is the first to register, so that the guide's example of a signature fits.
async fn the_own_channels_are_granted_on_both_paths(api: Api) {
    let siti = api.register("siti").await;
    assert_eq!(siti.id, 1);
    let auth = "app-key:be7a3bb3754538dcd22cb9a00fd945f7030a1f80d317dabe0369ef3f3ec10c99";
    let granted = json!({ "auth": auth });
    for path in PATHS {
        let answer = api.post(path, fields("private-user.1")).bearer(&siti.token).await;
        assert_eq!(answer.expect(200), granted);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let query = format!("{path}?socket_id=1234.5678&channel_name=private-user.1");
        assert_eq!(api.get(&query).bearer(&siti.token).await.expect(200), granted);
        // pusher-js posts a form.
        let form = "socket_id=1234.5678&channel_name=private-user.1";
        let call = super::call::Call::new(&api, "POST", path).raw("application/x-www-form-urlencoded", form);
        assert_eq!(call.bearer(&siti.token).await.expect(200), granted);
        api.post(path, fields("private-booking.1")).bearer(&siti.token).await.expect(200);
    }
}

async fn an_administrator_listens_to_everybody(api: Api) {
    let (siti, admin) = (api.register("siti").await, api.register_admin().await);
    for channel in ["user", "booking"] {
        let name = format!("private-{channel}.{}", siti.id);
        api.post(PATHS[0], fields(&name)).bearer(&admin.token).await.expect(200);
    }
}

async fn nothing_else_is_granted(api: Api) {
    let (siti, budi) = (api.register("siti").await, api.register("budi").await);
    let (id, other) = (siti.id, budi.id);
    for channel in [
        format!("private-user.{other}"),
        format!("private-booking.{other}"),
        format!("private-user.0{id}"),
        format!("private-user.-{id}"),
        format!("private-user.{id}abc"),
        format!("private-user.{id}.{id}"),
        format!("private-encrypted-user.{id}"),
        format!("presence-user.{id}"),
        "private-user.null".to_owned(),
        "private-anything".to_owned(),
        "availability".to_owned(),
    ] {
        let answer = api.post(PATHS[0], fields(&channel)).bearer(&siti.token).await;
        assert_eq!(answer.expect(403), json!({ "message": "Forbidden" }), "{channel}");
    }
    let token = api.restricted(&siti, &["notifications:read"]).await;
    api.post(PATHS[0], fields(&format!("private-user.{id}"))).bearer(&token).await.expect(403);
}

async fn without_a_token_nothing_is_granted(api: Api) {
    let siti = api.register("siti").await;
    for path in PATHS {
        let answer = api.post(path, fields(&format!("private-user.{}", siti.id))).await;
        assert_eq!(answer.expect(401), json!({ "message": "Unauthorized" }));
        let answer = api.post(path, fields("private-user.1")).bearer("null").await;
        assert_eq!(answer.expect(401), json!({ "message": "Unauthorized" }));
        let query = format!("{path}?socket_id=1234.5678&channel_name=private-user.1");
        assert_eq!(api.get(&query).await.expect(401), json!({ "message": "Unauthorized" }));
    }
}

async fn what_is_missing_is_told(api: Api) {
    let siti = api.register("siti").await;
    let answer = api.post(PATHS[0], json!({})).bearer(&siti.token).await.expect(422);
    assert!(
        answer["errors"]["socket_id"].is_array() && answer["errors"]["channel_name"].is_array(),
        "{answer}"
    );
    let body = json!({ "socket_id": "abc", "channel_name": "private-user.1" });
    let answer = api.post(PATHS[0], body).bearer(&siti.token).await.expect(422);
    assert!(answer["errors"]["socket_id"].is_array(), "{answer}");
    let call = super::call::Call::new(&api, "POST", PATHS[0]).raw("application/json", "{");
    call.bearer(&siti.token).await.expect(400);
    let call = super::call::Call::new(&api, "POST", PATHS[0]).raw("text/plain", "x");
    call.bearer(&siti.token).await.expect(415);
    let call = super::call::Call::new(&api, "POST", PATHS[0]).raw("application/json", "x".repeat(70_000));
    call.bearer(&siti.token).await.expect(413);
}

async fn several_channels_are_asked_for_at_once(api: Api) {
    let siti = api.register("siti").await;
    let (own, other) = (format!("private-user.{}", siti.id), format!("private-user.{}", siti.id + 1));
    let body = json!({ "socket_id": "1234.5678", "channel_names": [own, other, "private-a b"] });
    let answer = api.post(PATHS[0], body).bearer(&siti.token).await.expect(200);
    let channels = &answer["channels"];
    assert_eq!(channels[&own]["status"], 200);
    assert!(channels[&own]["auth"].is_string());
    assert_eq!(channels[&other], json!({ "status": 403, "message": "Forbidden" }));
    assert_eq!(channels["private-a b"]["status"], 422);
}

async fn no_connection_is_signed_in(api: Api) {
    let siti = api.register("siti").await;
    for path in ["/api/broadcasting/user-auth", "/broadcasting/user-auth"] {
        let answer = api.post(path, json!({ "socket_id": "1.2" })).bearer(&siti.token).await;
        assert_eq!(answer.expect(403), json!({ "message": "Forbidden" }));
        api.get(&format!("{path}?socket_id=1.2")).bearer(&siti.token).await.expect(403);
    }
}
