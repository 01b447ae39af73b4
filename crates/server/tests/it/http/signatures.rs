//! Which requests are believed.

use gema_testkit::{ApiClient, Credentials, HttpResponse, TestServer, now};
use serde_json::json;

const BODY: &[u8] = br#"{"name":"e","channel":"x","data":"d"}"#;

async fn send(server: &TestServer, method: &str, target: &str, body: &[u8]) -> HttpResponse {
    let head = format!("{method} {target} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", body.len());
    server.http().await.request(&[head.as_bytes(), body].concat()).await
}

/// The target without a parameter.
fn without(target: &str, name: &str) -> String {
    let (path, query) = target.split_once('?').unwrap();
    let parameters: Vec<_> = query.split('&').filter(|pair| !pair.starts_with(&format!("{name}="))).collect();
    format!("{path}?{}", parameters.join("&"))
}

/// The target with another value for a parameter.
fn with(target: &str, name: &str, value: &str) -> String {
    format!("{}&{name}={value}", without(target, name))
}

fn value_of<'a>(target: &'a str, name: &str) -> &'a str {
    let pairs = target.split(['?', '&']).filter_map(|pair| pair.split_once('='));
    pairs.filter(|(other, _)| *other == name).map(|(_, value)| value).next().unwrap()
}

#[tokio::test]
async fn a_request_that_is_not_rightly_signed_is_refused_with_the_parameter_at_fault() {
    let server = TestServer::start(|server| {
        server.file("[[apps]]\nid = \"2\"\nkey = \"second\"\nsecret = \"second-secret\"\n")
    });
    let mut client = server.connect().await;
    client.subscribe("x").await;
    let api = server.api();
    let good = api.target("POST", "/events", &[], BODY);
    let check = async |target: String, body: &[u8], field: &str| {
        let message = send(&server, "POST", &target, body).await.refusal(401, field);
        assert!(!message.contains("test-secret"), "{message}");
    };
    for name in ["auth_key", "auth_version", "auth_timestamp", "auth_signature", "body_md5"] {
        // Without `body_md5` the signature is wrong as well.
        let field = if name == "body_md5" { "auth_signature" } else { name };
        check(without(&good, name), BODY, field).await;
    }
    let signature = value_of(&good, "auth_signature");
    let flipped = signature.replacen(
        signature.chars().next().unwrap(),
        if signature.starts_with('0') { "1" } else { "0" },
        1,
    );
    check(with(&good, "auth_key", "nobody"), BODY, "auth_key").await;
    check(with(&good, "auth_key", "second"), BODY, "auth_key").await;
    check(with(&good, "auth_version", "2.0"), BODY, "auth_version").await;
    check(with(&good, "auth_timestamp", "soon"), BODY, "auth_timestamp").await;
    check(with(&good, "auth_timestamp", "-1"), BODY, "auth_timestamp").await;
    let earlier = value_of(&good, "auth_timestamp").parse::<u64>().unwrap() - 1;
    check(with(&good, "auth_timestamp", &earlier.to_string()), BODY, "auth_signature").await;
    check(with(&good, "auth_signature", &flipped), BODY, "auth_signature").await;
    check(with(&good, "auth_signature", &signature.to_ascii_uppercase()), BODY, "auth_signature").await;
    check(with(&good, "auth_signature", ""), BODY, "auth_signature").await;
    check(with(&good, "auth_signature", &signature[..63]), BODY, "auth_signature").await;
    check(format!("{good}&info=user_count"), BODY, "auth_signature").await;
    check(good.replacen("/events", "/batch_events", 1), BODY, "auth_signature").await;
    check(good.replacen("/4711/", "/2/", 1), BODY, "auth_key").await;
    check(api.target("GET", "/events", &[], BODY), BODY, "auth_signature").await;
    check(api.target("POST", "/events", &[], b""), BODY, "body_md5").await;
    check(good.clone(), br#"{"name":"e","channel":"x","data":"D"}"#, "body_md5").await;
    check(good.clone(), b"", "body_md5").await;
    let forged = ApiClient::new(server.address(), "", Credentials::new("4711", "test-key", "guess"));
    check(forged.target("POST", "/events", &[], BODY), BODY, "auth_signature").await;

    send(&server, "POST", &good, BODY).await.success();
    assert_eq!(client.expect_event("e").await.text(), "d");
    api.trigger("x", "marker", "").await;
    client.expect_event("marker").await;
    server.stop().await;
}

#[tokio::test]
async fn a_timestamp_may_be_ten_minutes_off_and_not_more() {
    let server = TestServer::start(|server| server);
    let api = server.api();
    for (timestamp, accepted) in [
        (now() - 500, true),
        (now() + 500, true),
        (now() - 700, false),
        (now() + 700, false),
        (0, false),
        (u64::MAX, false),
    ] {
        let target = api.at(timestamp).target("POST", "/events", &[], BODY);
        let answer = send(&server, "POST", &target, BODY).await;
        if accepted {
            answer.success();
        } else {
            answer.refusal(401, "auth_timestamp");
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn a_request_may_be_repeated() {
    let server = TestServer::start(|server| server);
    let mut client = server.connect().await;
    client.subscribe("x").await;
    let target = server.api().target("POST", "/events", &[], BODY);
    for _ in 0..2 {
        send(&server, "POST", &target, BODY).await.success();
        client.expect_event("e").await;
    }
    server.stop().await;
}

#[tokio::test]
async fn parameters_may_stand_in_any_order_and_form() {
    let server = TestServer::start(|server| server);
    let api = server.api();
    let info = [("info", "subscription_count,user_count"), ("filter_by_prefix", "presence-a b+c")];
    let target = api.target("GET", "/channels", &info, b"");
    let (path, query) = target.split_once('?').unwrap();
    let mut pairs: Vec<_> = query.split('&').collect();
    for _ in 0..pairs.len() {
        pairs.rotate_left(1);
        send(&server, "GET", &format!("{path}?{}", pairs.join("&")), b"").await.success();
    }
    pairs.reverse();
    send(&server, "GET", &format!("{path}?&{}&", pairs.join("&")), b"").await.success();
    send(&server, "GET", &target.replace("%2C", ","), b"").await.success();
    send(&server, "GET", &target.replace("%2C", "%2c"), b"").await.success();
    let form = target.replace("%20", "+");
    assert_ne!(form, target, "Ruby sends spaces so");
    send(&server, "GET", &form, b"").await.success();
    server.stop().await;
}

#[tokio::test]
async fn each_way_in_which_an_sdk_signs_is_understood() {
    let server = TestServer::start(|server| server);
    let api = server.api();
    // Python sends the MD5 of nothing.
    let python = api.target("GET", "/channels", &[("body_md5", "d41d8cd98f00b204e9800998ecf8427e")], b"");
    send(&server, "GET", &python, b"").await.success();
    // Parameters instead of a body.
    let params = [("name", "e"), ("data", "d"), ("channels[]", "a"), ("channels[]", "b")];
    let query = api.target("POST", "/events", &params, b"");
    send(&server, "POST", &query, b"").await.success();
    // Node signs the path before it is escaped, others as it is sent.
    for id in ["u%20s", "user@1", "%C3%BC"] {
        let path = format!("/users/{id}/terminate_connections");
        let target = api.target("POST", &path, &[], b"{}");
        send(&server, "POST", &target, b"{}").await.success();
    }
    server.stop().await;
}

#[tokio::test]
async fn python_may_leave_the_application_out_of_the_path() {
    use gema_protocol::signature::request::sign_request;

    let server = TestServer::start(|server| server);
    let mut client = server.connect().await;
    client.sign_in("7").await;
    let Credentials { key, secret, .. } = Credentials::of_tests();
    let path = "/users/7/terminate_connections";
    let sign = |key: &str| sign_request("POST", path, &[], b"{}", key, &secret, now());
    send(&server, "POST", &format!("{path}?{}", sign("nobody")), b"{}").await.refusal(401, "auth_key");
    send(&server, "POST", path, b"{}").await.refusal(401, "auth_key");
    assert_eq!(send(&server, "POST", &format!("{path}?{}", sign(&key)), b"{}").await.success(), json!({}));
    assert!(!client.socket.expect_refusal(4009).await.is_empty());
    server.stop().await;
}

#[tokio::test]
async fn a_path_prefix_may_be_signed_or_not() {
    use gema_protocol::signature::request::sign_request;

    let server = TestServer::start(|server| server.set("REVERB_SERVER_PATH", "/ws"));
    let Credentials { key, secret, .. } = Credentials::of_tests();
    for signed in ["/apps/4711/events", "/ws/apps/4711/events"] {
        let query = sign_request("POST", signed, &[], BODY, &key, &secret, now());
        let answer = send(&server, "POST", &format!("/ws/apps/4711/events?{query}"), BODY).await;
        assert_eq!(answer.success(), json!({}), "signed as {signed}");
    }
    let query = sign_request("POST", "/other/apps/4711/events", &[], BODY, &key, &secret, now());
    send(&server, "POST", &format!("/ws/apps/4711/events?{query}"), BODY)
        .await
        .refusal(401, "auth_signature");
    server.stop().await;
}
