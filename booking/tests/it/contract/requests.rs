use serde_json::json;

use super::{api::Api, call::Call};

on_both_databases!(
    a_token_comes_before_everything_else,
    a_body_is_a_json_object,
    a_route_that_is_not_there_is_a_json_404,
    a_method_that_is_not_there_is_a_json_405,
    head_is_get_without_a_body,
    operators_and_front_ends_are_answered,
);

async fn a_token_comes_before_everything_else(api: Api) {
    let mut protected = 0;
    for (method, path, operation) in api.document.operations() {
        let security = operation["security"].as_array().unwrap();
        if security.contains(&json!({})) {
            continue;
        }
        protected += 1;
        let path = path.replace("{id}", "1").replace("{code}", "x");
        let answer = Call::new(&api, &method, &path).raw("application/json", "not JSON").await;
        let message = answer.expect(401)["message"].clone();
        assert!(message == "Unauthenticated." || message == "Unauthorized", "{method} {path}");
    }
    assert_eq!(protected, 17);
}

async fn a_body_is_a_json_object(api: Api) {
    let siti = api.register("siti").await;
    let send = |content_type: &str, body: &str| {
        Call::new(&api, "POST", "/api/v1/bookings").raw(content_type, body.to_owned()).bearer(&siti.token)
    };
    let answer = send("application/json", "{\"session_id\": ").await.expect(400);
    let message = answer["message"].as_str().unwrap();
    assert!(
        message.starts_with("The request body is not valid JSON: ") && message.contains("line 1"),
        "{message}"
    );
    for body in ["[]", "1", "\"x\"", "null", "true"] {
        let answer = send("application/json", body).await;
        answer.expect_message(400, "The request body must be a JSON object.");
    }
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""] {
        let answer = send(content_type, "{}").await;
        answer.expect_message(415, "The request body must be sent as application/json.");
    }
    send("application/json; charset=utf-8", "{}").await.expect(422);
    send("application/json", "").await.expect(422);
    let long = format!("{{\"note\": \"{}\"}}", "x".repeat(64 * 1024));
    let answer = send("application/json", &long).await;
    answer.expect_message(413, "The request body must not be greater than 65536 bytes.");
    send("application/json", &format!("{}{{}}", " ".repeat(65_534))).await.expect(422);
    send("application/json", &format!("{}{{}}", " ".repeat(65_535))).await.expect(413);
    let deep = format!("{{\"session_id\": {}{}}}", "[".repeat(5000), "]".repeat(5000));
    send("application/json", &deep).await.expect(400);
}

async fn a_route_that_is_not_there_is_a_json_404(api: Api) {
    let answer = api.get("/api/v1/nowhere").await;
    answer.expect_message(404, "The route api/v1/nowhere could not be found.");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    for path in ["/", "/api", "/api/v1/bookings/", "/api/v1//bookings", "/API/v1/bookings", "/up/x"] {
        api.get(path).await.expect(404);
    }
    api.post("/nowhere", json!({})).await.expect(404);
}

async fn a_method_that_is_not_there_is_a_json_405(api: Api) {
    let answer = Call::new(&api, "DELETE", "/api/v1/bookings").await;
    answer.expect_message(405, "The DELETE method is not supported for this route.");
    assert_eq!(answer.header("allow"), Some("GET,HEAD,POST"));
    api.get("/api/v1/auth/login").await.expect(405);
    api.post("/up", json!({})).await.expect(405);
    Call::new(&api, "PUT", "/api/v1/admin/bookings/1").await.expect(405);
    let answer = Call::new(&api, "OPTIONS", "/api/v1/bookings").await;
    assert_eq!((answer.status, answer.header("allow")), (405, Some("GET,HEAD,POST")));
}

async fn head_is_get_without_a_body(api: Api) {
    let get = api.get("/api/v1/sessions").await;
    let head = Call::new(&api, "HEAD", "/api/v1/sessions").await;
    assert_eq!(head.status, 200);
    assert!(head.body.is_empty());
    assert_eq!(head.header("content-length"), Some(get.body.len().to_string().as_str()));
    assert_eq!(head.header("content-type"), get.header("content-type"));
    assert_eq!(Call::new(&api, "HEAD", "/api/v1/bookings").await.status, 401);
}

async fn operators_and_front_ends_are_answered(api: Api) {
    assert_eq!(api.get("/up").await.expect(200), json!({ "health": "OK" }));
    assert_eq!(
        api.get("/config.json").await.expect(200),
        json!({
            "key": "app-key", "host": "ws.example.com", "port": 443, "scheme": "https", "path": "",
            "authEndpoint": "/api/broadcasting/auth",
        })
    );
    assert!(!String::from_utf8_lossy(&api.get("/config.json").await.body).contains("app-secret"));
}
