use super::*;

const KEY: &str = "278d425bdf160c739803";
const NOW: u64 = 1_353_088_179;
const AUTH: &str = "auth_key=278d425bdf160c739803&auth_timestamp=1353088179&auth_version=1.0";
const EVENTS: &str = "/apps/3/events";
/// The body of the example in Pusher's documentation.
const BODY: &str = r#"{"name":"foo","channels":["project-3"],"data":"{\"some\":\"data\"}"}"#;
const BODY_MD5: &str = "ec365a775a4cd0599faeb73354201b6f";
const SIGNATURE: &str = "da454824c97ba181a32ccc17a72625ba02771f50b50e1e7430e47a1f3f457e6c";

type Outcome = Result<(), RequestSignatureError>;

fn secret() -> Secret {
    Secret::new("7ad3773142a6692b25b8")
}

fn verify(method: &str, path: &str, query: &str, body: &str) -> Outcome {
    verify_behind("", method, path, query, body)
}

fn verify_behind(prefix: &str, method: &str, path: &str, query: &str, body: &str) -> Outcome {
    let request = RequestToVerify { method, path, prefix, query, body: body.as_bytes(), now: NOW };
    verify_request(&request, KEY, &secret().into()).map(drop)
}

/// The query of the documented example.
fn documented() -> String {
    format!("{AUTH}&body_md5={BODY_MD5}&auth_signature={SIGNATURE}")
}

/// A query with the signature of `text` (after the method and the path), which is not the query itself.
fn signed(method: &str, path: &str, text: &str, query: &str) -> String {
    let signature = sign(&secret(), format!("{method}\n{path}\n{text}").as_bytes());
    format!("{query}&auth_signature={signature}")
}

struct Vector {
    method: &'static str,
    path: &'static str,
    params: &'static [(&'static str, &'static str)],
    body: &'static str,
    body_md5: Option<&'static str>,
    signature: &'static str,
}

const VECTORS: &[Vector] = &[
    Vector {
        method: "POST",
        path: EVENTS,
        params: &[],
        body: BODY,
        body_md5: Some(BODY_MD5),
        signature: SIGNATURE,
    },
    Vector {
        method: "POST",
        path: EVENTS,
        params: &[],
        body: r#"{"name":"é","channel":"c","data":"ü"}"#,
        body_md5: Some("c9451f94139dddafc214a16f05b1ddf9"),
        signature: "0d564ec225e12a8c328f17934d2d923dff04a09bf13ba9631e8d7db2c4941735",
    },
    Vector {
        method: "POST",
        path: EVENTS,
        params: &[],
        body: r#"{"name":"App\\Events\\OrderShipped","data":"{\"id\":1}","channel":"private-orders.1","socket_id":"1234.1234"}"#,
        body_md5: Some("0f71e98ffbee3062f2427489c80cfd1f"),
        signature: "e3bcbb39a14fd3f0632ece97e758ff896d8b8b22fe4a350fbbc2b1c3bdf8e74f",
    },
    Vector {
        method: "POST",
        path: "/apps/3/batch_events",
        params: &[],
        body: r#"{"batch":[{"channel":"project-3","name":"foo","data":"{\"some\":\"data\"}"},{"channel":"presence-foobar","name":"bar","data":"hi","socket_id":"1234.1234","info":"user_count"}]}"#,
        body_md5: Some("e4a0145a5f968b151c4c62808c306098"),
        signature: "633817bbff45cde96c59803c2657b4c5cf024dab58999862d2a098157abe8873",
    },
    Vector {
        method: "GET",
        path: "/apps/3/channels",
        params: &[("filter_by_prefix", "presence-"), ("info", "user_count")],
        body: "",
        body_md5: None,
        signature: "16819168891cb5dfd72b5c7a5d3d602605b26c6ba1930033b5e2eeeb65010291",
    },
    // The Python SDK sends the MD5 of nothing.
    Vector {
        method: "GET",
        path: "/apps/3/channels",
        params: &[("filter_by_prefix", "presence-"), ("info", "user_count")],
        body: "",
        body_md5: Some("d41d8cd98f00b204e9800998ecf8427e"),
        signature: "f3f17c61ae491cc9085db68b22076e9b772e3bcb301659d655153ee3f9782aba",
    },
    Vector {
        method: "GET",
        path: "/apps/3/channels/presence-foobar",
        params: &[("info", "user_count,subscription_count")],
        body: "",
        body_md5: None,
        signature: "377ee9260ea002a70c0d40cd887d55cb36db9f7f821297f5efacbcce66be356d",
    },
    Vector {
        method: "GET",
        path: "/apps/3/channels/presence-foobar/users",
        params: &[],
        body: "",
        body_md5: None,
        signature: "5567dd30e7f8575e66be615d2aac3f608a0c311c31ddab8513a278b022e9597e",
    },
    Vector {
        method: "POST",
        path: "/apps/3/users/user@1/terminate_connections",
        params: &[],
        body: "{}",
        body_md5: Some("99914b932bd37a50b983c5e7c90ae93b"),
        signature: "005269ddc866ec678cec19967f4d8be78c7179a7254f67af445888227f211d2d",
    },
    Vector {
        method: "POST",
        path: "/users/user@1/terminate_connections",
        params: &[],
        body: "{}",
        body_md5: Some("99914b932bd37a50b983c5e7c90ae93b"),
        signature: "ea6fdce6d9476717337eb5ac158f547c2aa986b5dc978ced2e9c6d6bcee88abe",
    },
    Vector {
        method: "POST",
        path: EVENTS,
        params: &[("name", "foo"), ("data", "hi"), ("channels[]", "a"), ("channels[]", "b")],
        body: "",
        body_md5: None,
        signature: "e5eb61ded81528b1195e45298116eb500bb6dc221472bcf968a2a3eec9fc2635",
    },
];

#[test]
fn documented_requests_are_accepted_in_every_order_and_escaping() {
    for vector in VECTORS {
        let md5 = vector.body_md5.map(|md5| ("body_md5", md5));
        let auth = [("auth_key", KEY), ("auth_timestamp", "1353088179"), ("auth_version", "1.0")];
        let signature = ("auth_signature", vector.signature);
        let pairs: Vec<_> =
            auth.into_iter().chain(md5).chain(vector.params.iter().copied()).chain([signature]).collect();
        for turn in 0..pairs.len() {
            // Values of one name keep their order: that is part of what they say.
            let mut turned = pairs.clone();
            turned.rotate_right(turn);
            if turned.iter().find(|(name, _)| *name == "channels[]").is_some_and(|(_, value)| *value == "b") {
                continue;
            }
            let raw: Vec<_> = turned.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let escaped: Vec<_> =
                turned.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect();
            let escaped_path = vector.path.replace('@', "%40");
            for query in [raw.join("&"), escaped.join("&")] {
                for path in [vector.path, &escaped_path] {
                    assert_eq!(verify(vector.method, path, &query, vector.body), Ok(()), "{path}?{query}");
                }
            }
        }
    }
}

#[test]
fn a_signed_request_is_the_documented_one() {
    for vector in VECTORS.iter().filter(|vector| vector.body_md5.is_some() != vector.body.is_empty()) {
        let query = sign_request(
            vector.method,
            vector.path,
            vector.params,
            vector.body.as_bytes(),
            KEY,
            &secret(),
            NOW,
        );
        assert!(query.ends_with(&format!("&auth_signature={}", vector.signature)), "{query}");
        assert_eq!(verify(vector.method, vector.path, &query, vector.body), Ok(()), "{query}");
    }
    let params = [("a", "1 2+3&4=5"), ("ü", "%")];
    let query = sign_request("GET", "/apps/3/users/us%20er", &params, b"", KEY, &secret(), NOW);
    assert!(query.contains("&a=1%202%2B3%264%3D5&%C3%BC=%25&"), "{query}");
    assert_eq!(verify("GET", "/apps/3/users/us%20er", &query, ""), Ok(()));
}

#[test]
fn every_reading_that_an_sdk_signs_is_accepted() {
    let check = |path: &str, signed_path: &str, query: &str, signed_query: &str| {
        let query = signed("GET", signed_path, &format!("{AUTH}&{signed_query}"), &format!("{AUTH}&{query}"));
        assert_eq!(verify_behind("/ws", "GET", path, &query, ""), Ok(()), "{path}?{query}");
    };
    // A plus is a plus; to Ruby it is a space.
    check("/a", "/a", "x=1+2", "x=1+2");
    check("/a", "/a", "x=1%2B2", "x=1+2");
    check("/a", "/a", "x=1+2", "x=1 2");
    check("/a", "/a", "x=1%202", "x=1 2");
    check("/a", "/a", "x=1+2%2B3", "x=1 2+3");
    // Node signs a path before it escapes it, others afterwards.
    check("/users/us%20er", "/users/us er", "x=1", "x=1");
    check("/users/us%20er", "/users/us%20er", "x=1", "x=1");
    // PHP does not sign the prefix.
    check("/ws/apps/3", "/ws/apps/3", "x=1", "x=1");
    check("/ws/apps/3", "/apps/3", "x=1", "x=1");
    check("/ws/us%20er", "/us er", "x=1", "x=1");
    check("/ws/us%20er", "/us%20er", "x=1", "x=1");
    // Names are signed in lower case and sorted; a name without a value has an empty one.
    check("/a", "/a", "X=1", "x=1");
    check("/a", "/a", "z=1&b=2&&b=1", "b=2&b=1&z=1");
    check("/a", "/a", "x", "x=");
    check("/a", "/a", "x=a=b", "x=a=b");
}

#[test]
fn what_was_not_signed_is_refused() {
    let check = |prefix: &str, method: &str, path: &str, query: &str| {
        let error = verify_behind(prefix, method, path, query, BODY).unwrap_err();
        assert_eq!(error.field(), "auth_signature", "{prefix} {method} {path} {query}");
    };
    let query = documented();
    assert_eq!(verify("POST", EVENTS, &query, BODY), Ok(()));
    assert_eq!(verify("post", EVENTS, &query, BODY), Ok(()));
    check("", "GET", EVENTS, &query);
    check("", "POST", "/apps/4/events", &query);
    check("", "POST", "/ws/apps/3/events", &query);
    check("/w", "POST", "/ws/apps/3/events", &query);
    check("", "POST", EVENTS, &format!("{query}&info=user_count"));
    check("", "POST", EVENTS, &query.replace("1353088179", "1353088180"));
    check("", "POST", EVENTS, &query.replace(SIGNATURE, &SIGNATURE.to_ascii_uppercase()));
    check("", "POST", EVENTS, &query.replace(SIGNATURE, ""));
}

#[test]
fn a_missing_or_wrong_parameter_is_named() {
    let check = |from: &str, to: &str, field: &str, message: &str| {
        let query = documented().replace(from, to);
        let error = verify("POST", EVENTS, &query, BODY).unwrap_err();
        assert_eq!((error.field(), error.to_string().as_str()), (field, message), "{query}");
    };
    check("auth_key=278d425bdf160c739803&", "", "auth_key", "Missing parameter: auth_key");
    check(KEY, "other", "auth_key", "Unknown auth_key: 'other' is not the key of this application");
    check("&auth_version=1.0", "", "auth_version", "Version required: missing parameter auth_version");
    check(
        "1.0",
        "2.0",
        "auth_version",
        "Version not supported: auth_version must be 1.0, but you sent '2.0'",
    );
    check(
        "&auth_timestamp=1353088179",
        "",
        "auth_timestamp",
        "Timestamp required: missing parameter auth_timestamp",
    );
    check(
        "1353088179",
        "soon",
        "auth_timestamp",
        "Timestamp required: auth_timestamp must be in unix seconds, but you sent 'soon'",
    );
    check(&format!("&auth_signature={SIGNATURE}"), "", "auth_signature", "Missing parameter: auth_signature");
    check(
        SIGNATURE,
        "0000",
        "auth_signature",
        "Authentication signature invalid. You should have sent HmacSHA256Hex(\"POST\n/apps/3/events\n\
         auth_key=278d425bdf160c739803&auth_timestamp=1353088179&auth_version=1.0\
         &body_md5=ec365a775a4cd0599faeb73354201b6f\", your_secret_key), but you sent \"0000\"",
    );
}

#[test]
fn the_body_is_signed_through_its_md5() {
    let check = |query: &str, body: &str, message: &str| {
        let error = verify("POST", EVENTS, query, body).unwrap_err();
        assert_eq!((error.field(), error.to_string().as_str()), ("body_md5", message));
    };
    let without = signed("POST", EVENTS, AUTH, AUTH);
    assert_eq!(verify("POST", EVENTS, &without, ""), Ok(()));
    check(&without, BODY, "Missing parameter: body_md5 (required when the request has a body)");
    check(
        &documented(),
        "",
        "Invalid body_md5: the MD5 of the received body is d41d8cd98f00b204e9800998ecf8427e, \
         but you sent 'ec365a775a4cd0599faeb73354201b6f'",
    );
    check(
        &documented(),
        "{}",
        "Invalid body_md5: the MD5 of the received body is 99914b932bd37a50b983c5e7c90ae93b, \
         but you sent 'ec365a775a4cd0599faeb73354201b6f'",
    );
}

#[test]
fn a_request_is_good_for_less_than_600_seconds_in_both_directions() {
    let query = documented();
    let at = |now: u64| {
        let body = BODY.as_bytes();
        verify_request(
            &RequestToVerify { method: "POST", path: EVENTS, prefix: "", query: &query, body, now },
            KEY,
            &secret().into(),
        )
        .map(drop)
    };
    assert_eq!(at(NOW + 599), Ok(()));
    assert_eq!(at(NOW - 599), Ok(()));
    for now in [NOW + 600, NOW - 600, NOW + 601, NOW - 601, 0, u64::MAX] {
        let error = at(now).unwrap_err();
        let message =
            format!("Timestamp expired: Given timestamp (1353088179) not within 600s of server time ({now})");
        assert_eq!((error.field(), error.to_string()), ("auth_timestamp", message));
    }
}

#[test]
fn a_plus_is_what_the_signer_has_meant() {
    let check = |text: &str, query: &str, plus: Plus| {
        let query = signed("GET", EVENTS, &format!("{AUTH}&{text}"), &format!("{AUTH}&{query}"));
        let request =
            RequestToVerify { method: "GET", path: EVENTS, prefix: "", query: &query, body: b"", now: NOW };
        assert_eq!(verify_request(&request, KEY, &secret().into()), Ok(plus), "{query}");
    };
    check("x=1+2", "x=1+2", Plus::Literal);
    check("x=1 2", "x=1%202", Plus::Literal);
    check("x=1 2", "x=1+2", Plus::Space);
}

#[test]
fn the_key_is_found_in_the_query() {
    let check = |query: &str, key: Option<&str>| assert_eq!(auth_key(query).as_deref(), key, "{query}");
    check(AUTH, Some(KEY));
    check("info=x&auth_key=a%2Db", Some("a-b"));
    check("auth_keys=a", None);
    check("", None);
}
