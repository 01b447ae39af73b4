//! What the routes answer is what the server takes.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request},
};
use gema_broadcast::{
    Access, BroadcastUser, ChannelAuthorizer, Credentials, EncryptionKey, Guard, Join, UserData,
};
use gema_testkit::{PusherClient, TestServer};
use serde_json::{Value, json};
use tower::ServiceExt as _;

#[derive(Debug, Clone)]
struct User(u64);

impl BroadcastUser for User {
    fn broadcast_id(&self) -> String {
        self.0.to_string()
    }
}

type Joining = Join<User, ()>;

fn routes() -> Router {
    let app = gema_testkit::Credentials::of_tests();
    let encryption_key = Some(EncryptionKey::new([7; 32]));
    let credentials = Credentials { key: app.key, secret: app.secret, encryption_key };
    let guard = Guard::new(async |head, ()| Ok::<_, String>(user_of(&head.headers)));
    ChannelAuthorizer::new(credentials, guard)
        .private("user.{id}", async |join: Joining, id: u64| join.user.0 == id)
        .encrypted("user.{id}", async |join: Joining, id: u64| join.user.0 == id)
        .presence("room.{room}", async |_: Joining, _: u64| Access::Member(json!({ "name": "Ani ✓" })))
        .presence("hall", async |_: Joining| true)
        .user(async |user: User, ()| {
            Some(UserData { id: user.broadcast_id(), user_info: None, watchlist: Vec::new() })
        })
        .routes()
}

fn user_of(headers: &HeaderMap) -> Option<User> {
    headers.get("user")?.to_str().ok()?.parse().map(User).ok()
}

/// What the routes grant user 1.
async fn answer(path: &str, fields: &Value) -> Value {
    let request = Request::post(path).header("content-type", "application/json").header("user", 1);
    let response = routes().oneshot(request.body(Body::from(fields.to_string())).unwrap()).await.unwrap();
    assert_eq!(response.status(), 200);
    serde_json::from_slice(&to_bytes(response.into_body(), usize::MAX).await.unwrap()).unwrap()
}

/// Subscribes with what the routes grant, as pusher-js does: the shared secret stays with the client.
async fn subscribe(client: &mut PusherClient, channel: &str) -> Value {
    let fields = json!({ "socket_id": client.socket_id.to_string(), "channel_name": channel });
    let mut data = answer("/broadcasting/auth", &fields).await;
    data["channel"] = channel.into();
    data.as_object_mut().unwrap().remove("shared_secret");
    client.send("pusher:subscribe", data).await;
    let event = client.expect_event("pusher_internal:subscription_succeeded").await;
    assert_eq!(event.channel.as_deref(), Some(channel));
    event.json()
}

#[tokio::test]
async fn a_client_subscribes_with_what_the_route_answers() {
    let server = TestServer::start(|settings| settings);
    let mut client = server.connect().await;
    assert_eq!(subscribe(&mut client, "private-user.1").await, json!({}));
    assert_eq!(subscribe(&mut client, "private-encrypted-user.1").await, json!({}));
    let presence = json!({ "count": 1, "ids": ["1"], "hash": { "1": { "name": "Ani ✓" } } });
    assert_eq!(subscribe(&mut client, "presence-room.7").await, json!({ "presence": presence }));
    let presence = json!({ "count": 1, "ids": ["1"], "hash": { "1": null } });
    assert_eq!(subscribe(&mut client, "presence-hall").await, json!({ "presence": presence }));
    server.api().trigger("private-user.1", "OrderShipped", "{}").await;
    client.expect_event("OrderShipped").await;
    server.stop().await;
}

#[tokio::test]
async fn a_grant_is_for_one_connection() {
    let server = TestServer::start(|settings| settings);
    let (mut client, other) = (server.connect().await, server.connect().await);
    let fields = json!({ "socket_id": other.socket_id.to_string(), "channel_name": "private-user.1" });
    let mut data = answer("/broadcasting/auth", &fields).await;
    data["channel"] = "private-user.1".into();
    client.send("pusher:subscribe", data).await;
    client.expect_error(4009).await;
    server.stop().await;
}

#[tokio::test]
async fn a_client_signs_in_with_what_the_route_answers() {
    let server = TestServer::start(|settings| settings);
    let mut client = server.connect().await;
    let fields = json!({ "socket_id": client.socket_id.to_string() });
    let data = answer("/broadcasting/user-auth", &fields).await;
    client.send("pusher:signin", data).await;
    client.expect_event("pusher:signin_success").await;
    client.subscribe("#server-to-user-1").await;
    server.stop().await;
}
