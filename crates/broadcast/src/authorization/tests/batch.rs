use axum::http::Method;
use serde_json::json;

use super::*;
use crate::Access;

const OWN: &str = "app-key:be7a3bb3754538dcd22cb9a00fd945f7030a1f80d317dabe0369ef3f3ec10c99";

#[tokio::test]
async fn each_channel_gets_what_it_would_have_got_alone() {
    let authorizer = with_user_rule()
        .presence("hall", async |_: Joining| true)
        .private("broken", async |_: Joining| Err::<bool, _>("the database is gone"));
    let router = router(authorizer);
    let names =
        ["private-user.1", "private-user.2", "presence-hall", "private-broken", "a b", "private-user.1"];
    let (status, body) =
        ask(&router, json(Some(1), &json!({ "socket_id": "1234.5678", "channel_names": names }))).await;
    assert_eq!(status, 200);
    let channels = body["channels"].as_object().unwrap();
    assert_eq!(channels.len(), 5);
    assert_eq!(channels["private-user.1"], json!({ "status": 200, "auth": OWN }));
    assert_eq!(channels["private-user.2"], json!({ "status": 403, "message": "Forbidden" }));
    for name in names {
        let (status, mut alone) =
            ask(&router, json(Some(1), &json!({ "socket_id": "1234.5678", "channel_name": name }))).await;
        alone["status"] = status.into();
        assert_eq!(channels[name], alone, "{name}");
    }
}

#[tokio::test]
async fn lists_come_in_all_forms() {
    let router = router(with_user_rule());
    let expected = json!({ "channels": {
        "private-user.1": { "status": 200, "auth": OWN },
        "private-user.2": { "status": 403, "message": "Forbidden" },
    } });
    for body in [
        "socket_id=1234.5678&channel_names[]=private-user.1&channel_names[]=private-user.2",
        "channel_name[0]=private-user.1&channel_name[1]=private-user.2&socket_id=1234.5678",
        "socket_id=1234.5678&channel_name%5B%5D=private-user.1&channel_name%5B7%5D=private-user.2",
    ] {
        assert_eq!(ask(&router, form(Some(1), body)).await, (200, expected.clone()), "{body}");
        let get = format!("/broadcasting/auth?{body}");
        let get = Request::builder().method(Method::GET).uri(get).header("user", 1);
        assert_eq!(ask(&router, get.body(Body::empty()).unwrap()).await, (200, expected.clone()), "{body}");
    }
    let list = ["private-user.1", "private-user.2"];
    for field in ["channel_name", "channel_names"] {
        let request = json(Some(1), &json!({ "socket_id": "1234.5678", field: list }));
        assert_eq!(ask(&router, request).await, (200, expected.clone()), "{field}");
    }
}

#[tokio::test]
async fn the_user_is_found_once() {
    let app = App::default();
    let routes = with_user_rule().presence("{a}", async |_: Joining, _: String| Access::Skip).routes();
    let router = routes.with_state(app.clone());
    let names: Vec<String> =
        (0..100).map(|id| format!("{}-user-{id}", ["private", "presence"][id % 2])).collect();
    let (status, body) =
        ask(&router, json(Some(1), &json!({ "socket_id": "1.2", "channel_names": names }))).await;
    assert_eq!((status, body["channels"].as_object().unwrap().len()), (200, 100));
    assert_eq!(app.guard_runs(), 1);
}

#[tokio::test]
async fn without_a_user_no_channel_of_the_list_is_granted() {
    let request = json(None, &json!({ "socket_id": "1.2", "channel_names": ["private-user.1", "news"] }));
    let unauthorized = json!({ "status": 401, "message": "Unauthorized" });
    let expected = json!({ "channels": { "private-user.1": unauthorized, "news": unauthorized } });
    assert_eq!(ask(&router(with_user_rule()), request).await, (200, expected));
}

#[tokio::test]
async fn a_list_that_is_none_is_refused_as_a_whole() {
    let check = async |fields: Value, field: &str, message: &str| {
        let mut body = json!({ "socket_id": "1.2" });
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let expected = json!({ "message": message, "errors": { field: [message] } });
        assert_eq!(ask(&router(with_user_rule()), json(Some(1), &body)).await, (422, expected));
    };
    let names = |count: usize| vec!["private-user.1"; count];
    check(
        json!({ "channel_names": names(101) }),
        "channel_names",
        "The channel names field must not have more than 100 items.",
    )
    .await;
    check(
        json!({ "channel_names": [] }),
        "channel_names",
        "The channel names field must have at least 1 item.",
    )
    .await;
    check(json!({ "channel_names": "a" }), "channel_names", "The channel names field must be an array.")
        .await;
    check(
        json!({ "channel_names": ["a", 1] }),
        "channel_names.1",
        "The channel names.1 field must be a string.",
    )
    .await;
    check(json!({ "channel_name": [""] }), "channel_name.0", "The channel name.0 field is required.").await;
    check(
        json!({ "channel_name": "private-user.1", "channel_names": names(1) }),
        "channel_names",
        "The channel names field must not be there when there is a channel name field.",
    )
    .await;
}
