use gema_protocol::signature::verify_user;
use serde_json::json;

use super::*;
use crate::UserData;

fn signing_in(user: Option<u64>) -> Request<Body> {
    post("/broadcasting/user-auth", user, "application/x-www-form-urlencoded", "socket_id=1234.1234")
}

#[tokio::test]
async fn a_user_is_signed_in_with_the_data_of_the_resolver() {
    let credentials = Credentials {
        key: "278d425bdf160c739803".to_owned(),
        secret: Secret::new("7ad3773142a6692b25b8"),
        encryption_key: None,
    };
    let authorizer = ChannelAuthorizer::new(credentials, guard("user")).user(async |user: User, _| {
        Some(UserData { id: user.broadcast_id(), user_info: None, watchlist: Vec::new() })
    });
    let (status, body) = ask(&router(authorizer), signing_in(Some(12345))).await;
    let auth = "278d425bdf160c739803:4708d583dada6a56435fb8bc611c77c359a31eebde13337c16ab43aa6de336ba";
    assert_eq!((status, body), (200, json!({ "auth": auth, "user_data": r#"{"id":"12345"}"# })));
}

#[tokio::test]
async fn user_information_and_watchlist_are_signed_as_they_are_sent() {
    let authorizer = authorizer().user(async |user: User, _| {
        let user_info = Some(json!({ "name": user.name }));
        Some(UserData { id: user.broadcast_id(), user_info, watchlist: vec!["2".to_owned()] })
    });
    let (_, body) = ask(&router(authorizer), signing_in(Some(1))).await;
    let user_data = body["user_data"].as_str().unwrap();
    assert_eq!(user_data, r#"{"id":"1","user_info":{"name":"Ani"},"watchlist":["2"]}"#);
    let auth = body["auth"].as_str().unwrap();
    let Credentials { key, secret, .. } = credentials();
    verify_user(&key, &secret.clone().into(), auth, &"1234.1234".parse().unwrap(), user_data).unwrap();
}

#[tokio::test]
async fn whom_the_resolver_does_not_know_cannot_sign_in() {
    let nobody = router(authorizer().user(async |_, _| None));
    assert_eq!(status_of(&nobody, signing_in(Some(1))).await, 403);
    assert_eq!(status_of(&nobody, signing_in(None)).await, 401);
    let failing = router(authorizer().user(async |_, _| Err::<Option<UserData>, _>("no database")));
    assert_eq!(status_of(&failing, signing_in(Some(1))).await, 500);
    let empty = UserData { id: String::new(), user_info: None, watchlist: Vec::new() };
    let nameless = router(authorizer().user(move |_, _| std::future::ready(Some(empty.clone()))));
    assert_eq!(status_of(&nameless, signing_in(Some(1))).await, 500);
}

#[tokio::test]
async fn without_a_resolver_nobody_signs_in() {
    for user in [Some(1), None] {
        assert_eq!(status_of(&router(with_user_rule()), signing_in(user)).await, 403);
    }
}

#[tokio::test]
async fn a_sign_in_needs_a_socket_id() {
    let router = router(authorizer().user(async |_, _| None));
    let request = post("/broadcasting/user-auth", Some(1), "application/json", "{}");
    let message = "The socket id field is required.";
    let expected = json!({ "message": message, "errors": { "socket_id": [message] } });
    assert_eq!(ask(&router, request).await, (422, expected));
    let request = post("/broadcasting/user-auth", None, "text/plain", "x");
    assert_eq!(status_of(&router, request).await, 401, "a user comes before a body");
    let get = "/broadcasting/user-auth?socket_id=1234.1234";
    let get = Request::get(get).header("user", 1).body(Body::empty()).unwrap();
    assert_eq!(status_of(&router, get).await, 403);
}
