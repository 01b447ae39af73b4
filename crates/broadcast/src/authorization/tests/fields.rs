use serde_json::json;

use super::*;

async fn check(request: Request<Body>, status: u16, body: Value) {
    assert_eq!(ask(&router(with_user_rule()), request).await, (status, body));
}

#[tokio::test]
async fn missing_fields_are_all_named_as_laravel_does() {
    let both = json!({
        "message": "The socket id field is required. (and 1 more error)",
        "errors": {
            "socket_id": ["The socket id field is required."],
            "channel_name": ["The channel name field is required."],
        },
    });
    check(form(Some(1), ""), 422, both.clone()).await;
    check(form(Some(1), "socket_id=&channel_name="), 422, both.clone()).await;
    check(json(Some(1), &json!({})), 422, both.clone()).await;
    check(json(Some(1), &json!({ "socket_id": null, "channel_name": null })), 422, both.clone()).await;
    let get = Request::get("/broadcasting/auth").header("user", 1).body(Body::empty()).unwrap();
    check(get, 422, both).await;
}

#[tokio::test]
async fn a_malformed_field_is_named_with_the_reason() {
    let one = |field: &str, message: &str| json!({ "message": message, "errors": { field: [message] } });
    let malformed =
        one("socket_id", "The socket id field must be two numbers with a point, such as 1234.5678.");
    for id in
        ["1234", "1.2.3", "a.b", "1.2%20", "%2B1.2", "-1.2", "1.2%00", "%EF%BC%91.2", "1.2:private-user.2"]
    {
        let body = format!("socket_id={id}&channel_name=private-user.1");
        check(form(Some(1), body), 422, malformed.clone()).await;
    }
    let number = json!({ "socket_id": 1234.5678, "channel_name": "private-user.1" });
    check(json(Some(1), &number), 422, one("socket_id", "The socket id field must be a string.")).await;

    let name = json!({ "socket_id": "1.2", "channel_name": { "private-user": 1 } });
    check(json(Some(1), &name), 422, one("channel_name", "The channel name field must be a string.")).await;
    let message = "The channel name field is invalid: channel name `private-user 1` has ' '; allowed are A-Z a-z 0-9 _ \
                   - = @ , . ;.";
    let body = "socket_id=1.2&channel_name=private-user+1";
    check(form(Some(1), body), 422, one("channel_name", message)).await;
    let message =
        "The channel name field is invalid: a channel name has at most 200 bytes, this one has 208.";
    let body = format!("socket_id=1.2&channel_name=private-{}", "a".repeat(200));
    check(form(Some(1), body), 422, one("channel_name", message)).await;
}

#[tokio::test]
async fn the_message_stands_before_the_errors_as_in_laravel() {
    let list = json!({ "socket_id": "1.2", "channel_names": ["private a"] });
    let cases = [
        (form(Some(1), ""), r#"{"message":"#),
        (json(Some(1), &list), r#"{"channels":{"private a":{"status":422,"message":"#),
    ];
    for (request, beginning) in cases {
        let response = router(with_user_rule()).oneshot(request).await.unwrap();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let body = std::str::from_utf8(&body).unwrap();
        assert!(body.starts_with(beginning) && body.contains(r#","errors":{"#), "{body}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_told_to_users_only() {
    let unauthorized = || json!({ "message": "Unauthorized" });
    check(form(None, ""), 401, unauthorized()).await;
    check(form(None, "socket_id=1.2&channel_name=private a"), 401, unauthorized()).await;
    check(json(None, &json!([])), 401, unauthorized()).await;
    check(form(None, "a".repeat(70_000)), 401, unauthorized()).await;
    check(post("/broadcasting/auth", None, "text/plain", "x"), 401, unauthorized()).await;
    check(Request::get("/broadcasting/auth").body(Body::empty()).unwrap(), 401, unauthorized()).await;

    let list = json!({ "socket_id": "1.2", "channel_names": ["private a"] });
    let channels = json!({ "private a": { "status": 401, "message": "Unauthorized" } });
    check(json(None, &list), 200, json!({ "channels": channels })).await;
}

#[tokio::test]
async fn a_user_whom_only_the_guard_of_a_rule_knows_is_told_what_is_wrong() {
    let router = router(with_user_rule().guarded_by([guard("web")]));
    let mut request = form(None, "");
    request.headers_mut().insert("web", 1.into());
    assert_eq!(status_of(&router, request).await, 422);
}

#[tokio::test]
async fn a_field_that_is_given_twice_is_refused() {
    let twice = |field: &str, name: &str| {
        let message = format!("The {name} field must be given once.");
        json!({ "message": message, "errors": { field: [message] } })
    };
    for body in [
        "socket_id=1.2&channel_name=private-user.1&channel_name=private-user.2",
        "socket_id=1.2&channel_name=private-user.1&channel_name[]=private-user.2",
        "socket_id=1.2&channel_name[]=private-user.1&channel_name=private-user.2",
    ] {
        check(form(Some(1), body), 422, twice("channel_name", "channel name")).await;
    }
    let body = "socket_id=1.2&socket_id=1.2&channel_name=private-user.1";
    check(form(Some(1), body), 422, twice("socket_id", "socket id")).await;
}

#[tokio::test]
async fn other_fields_are_ignored() {
    let router = router(with_user_rule());
    let body =
        "user=2&socket_id=1.2&channel_name=private-user.1&channel_name[x]=private-user.2&x[]=1&user_id=2";
    assert_eq!(status_of(&router, form(Some(1), body)).await, 200);
}

#[tokio::test]
async fn a_body_in_another_form_is_refused() {
    let message = |what: &str| json!({ "message": format!("{what}; send application/x-www-form-urlencoded or application/json.") });
    let body = "socket_id=1.2&channel_name=private-user.1";
    for media_type in ["text/plain", "multipart/form-data", "application/x-www-form-urlencoded2"] {
        let request = post("/broadcasting/auth", Some(1), media_type, body);
        check(request, 415, message(&format!("Content type `{media_type}` is not supported"))).await;
    }
    let request = Request::post("/broadcasting/auth").header("user", 1).body(body.into()).unwrap();
    check(request, 415, message("There is no content type")).await;
    let query = format!("/broadcasting/auth?{body}");
    let request = Request::post(query).header("user", 1).body(Body::empty()).unwrap();
    check(request, 415, message("There is no content type")).await;
}

#[tokio::test]
async fn a_body_that_is_no_json_object_is_refused() {
    let request = |body: &'static str| post("/broadcasting/auth", Some(1), "application/json", body);
    check(request("[]"), 400, json!({ "message": "The body is no JSON object." })).await;
    for body in ["", "{", "{\"socket_id\":\"1.2\"", "\u{0}"] {
        let (status, answer) = ask(&router(with_user_rule()), request(body)).await;
        assert_eq!(status, 400, "{body}");
        assert!(answer["message"].as_str().unwrap().contains("JSON"), "{answer}");
    }
}

#[tokio::test]
async fn a_body_of_more_than_64_kib_is_refused() {
    let router = router(with_user_rule());
    let body = "socket_id=1.2&channel_name=private-user.1&filler=";
    let fits = body.to_owned() + &"a".repeat(64 * 1024 - body.len());
    assert_eq!(status_of(&router, form(Some(1), fits.clone())).await, 200);
    let too_long = json!({ "message": "The body is longer than 65536 bytes." });
    assert_eq!(ask(&router, form(Some(1), fits.clone() + "a")).await, (413, too_long.clone()));
    let request = post("/broadcasting/auth", Some(1), "application/json", "[".repeat(65_537));
    assert_eq!(ask(&router, request).await, (413, too_long));
}
