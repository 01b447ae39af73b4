use axum::http::{Method, Request};
use serde_json::json;

use super::*;
use crate::Access;

fn rooms() -> Router {
    let authorizer = with_user_rule()
        .presence("room.{room}", async |join: Joining, _room: u64| {
            Access::Member(json!({ "name": join.user.name }))
        })
        .presence("hall", async |_: Joining| true)
        .encrypted("foobar", async |_: Joining| true);
    router(authorizer)
}

#[tokio::test]
async fn a_private_channel_is_signed_with_its_full_name() {
    let (status, body) = ask(&rooms(), asking(Some(1), "private-user.1")).await;
    let auth = "app-key:be7a3bb3754538dcd22cb9a00fd945f7030a1f80d317dabe0369ef3f3ec10c99";
    assert_eq!((status, body), (200, json!({ "auth": auth })));
}

#[tokio::test]
async fn a_presence_channel_is_signed_with_the_member_byte_for_byte() {
    let (status, body) = ask(&rooms(), asking(Some(1), "presence-room.1")).await;
    let auth = "app-key:16f1146570a64c625c1a3a24a02758573de644e277eb6ca735fd0232537764e7";
    let channel_data = r#"{"user_id":"1","user_info":{"name":"Ani"}}"#;
    assert_eq!((status, body), (200, json!({ "auth": auth, "channel_data": channel_data })));
}

#[tokio::test]
async fn a_member_without_information_has_an_id_alone() {
    let (_, body) = ask(&rooms(), asking(Some(7), "presence-hall")).await;
    assert_eq!(body["channel_data"], r#"{"user_id":"7"}"#);
}

#[tokio::test]
async fn an_encrypted_channel_comes_with_its_shared_secret() {
    let mut credentials = credentials();
    credentials.key = "278d425bdf160c739803".to_owned();
    credentials.secret = Secret::new("7ad3773142a6692b25b8");
    credentials.encryption_key = Some(EncryptionKey::new(*b"cAzRH3W9FZM3iXqSNIGtKztwNuCz9xMV"));
    let authorizer = ChannelAuthorizer::new(credentials, guard("user"))
        .encrypted("foobar", async |_: Joining| true)
        .encrypted("cache-foobar", async |_: Joining| true);
    let router = router(authorizer);

    let request = form(Some(1), "socket_id=1234.1234&channel_name=private-encrypted-foobar");
    let signature = "e6a18892d037c5d5e76a2265df4f086ffc38631605530dfd214aa5bff495f533";
    let (status, body) = ask(&router, request).await;
    let auth = format!("278d425bdf160c739803:{signature}");
    let shared_secret = "r7GpOda7zlSgGrIPZdpJ+/BqMoBHqUMnfLcoh+vVF8M=";
    assert_eq!((status, body), (200, json!({ "auth": auth, "shared_secret": shared_secret })));

    let request = form(Some(1), "socket_id=1234.1234&channel_name=private-encrypted-cache-foobar");
    let signature = "b9b56ee68b2117189dbac324760a1f9958070108e3ef45232e5dcbba37dbb831";
    let (_, body) = ask(&router, request).await;
    assert_eq!(body["auth"], format!("278d425bdf160c739803:{signature}"));
}

#[tokio::test]
async fn a_member_beyond_a_presence_channel_is_merely_allowed() {
    let authorizer = authorizer().private("a", async |_: Joining| Access::Member(json!({ "name": "Ani" })));
    let (status, body) = ask(&router(authorizer), asking(Some(1), "private-a")).await;
    assert_eq!((status, body.as_object().unwrap().len()), (200, 1), "{body}");
}

#[tokio::test]
async fn get_and_post_and_nested_routes_answer_the_same() {
    let routes = with_user_rule().routes();
    let router = routes.clone().nest("/api", routes).with_state(App::default());
    let query = "socket_id=1234.5678&channel_name=private-user.1";
    let expected = ask(&router, asking(Some(1), "private-user.1")).await;
    assert_eq!(expected.0, 200);
    for path in ["/broadcasting/auth", "/api/broadcasting/auth"] {
        let get = Request::get(format!("{path}?{query}")).header("user", 1).body(Body::empty()).unwrap();
        assert_eq!(ask(&router, get).await, expected, "GET {path}");
        let form = post(path, Some(1), "application/x-www-form-urlencoded; charset=UTF-8", query);
        assert_eq!(ask(&router, form).await, expected, "form {path}");
        let json = r#"{"socket_id":"1234.5678","channel_name":"private-user.1"}"#;
        let json = post(path, Some(1), "Application/JSON; charset=utf-8", json);
        assert_eq!(ask(&router, json).await, expected, "JSON {path}");
    }
}

#[tokio::test]
async fn other_methods_are_not_allowed() {
    let mut request = asking(Some(1), "private-user.1");
    *request.method_mut() = Method::PUT;
    let response = router(with_user_rule()).oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
}
