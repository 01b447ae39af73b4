use serde_json::json;

use super::{api::Api, call::Call};

on_both_databases!(
    other_origins_are_allowed_by_name_only,
    a_preflight_is_answered_for_origins_that_are_allowed,
    no_origin_is_allowed_by_default,
    answers_stay_out_of_caches,
);

const ORIGIN: &str = "http://localhost:5173";

fn with_origin(api: Api) -> Api {
    api.with_options(|options| options.allowed_origins = vec![ORIGIN.parse().unwrap()])
}

async fn other_origins_are_allowed_by_name_only(api: Api) {
    let api = with_origin(api);
    for path in ["/api/v1/sessions", "/api/v1/user", "/nowhere", "/config.json"] {
        let answer = api.get(path).header("origin", ORIGIN).await;
        assert_eq!(answer.header("access-control-allow-origin"), Some(ORIGIN), "{path}");
        assert_eq!(
            answer.header("access-control-expose-headers"),
            Some("x-ratelimit-limit,x-ratelimit-remaining,retry-after,idempotency-replayed"),
        );
        assert_eq!(answer.header("access-control-allow-credentials"), None);
        assert!(answer.headers.get_all("vary").iter().any(|vary| vary.to_str().unwrap().contains("origin")));
        for other in ["http://localhost:5174", "https://localhost:5173", "null"] {
            let answer = api.get(path).header("origin", other).await;
            assert_eq!(answer.header("access-control-allow-origin"), None, "{other}");
        }
    }
}

async fn a_preflight_is_answered_for_origins_that_are_allowed(api: Api) {
    let api = with_origin(api);
    let preflight = |origin: &str| {
        Call::new(&api, "OPTIONS", "/api/v1/bookings")
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization,x-socket-id,idempotency-key")
    };
    let answer = preflight(ORIGIN).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("access-control-allow-origin"), Some(ORIGIN));
    assert_eq!(answer.header("access-control-allow-methods"), Some("GET,POST,PATCH"));
    let allowed = answer.header("access-control-allow-headers").unwrap();
    for name in ["authorization", "x-socket-id", "idempotency-key", "content-type"] {
        assert!(allowed.split(',').any(|header| header == name), "{allowed}");
    }
    assert_eq!(preflight("http://evil.example").await.header("access-control-allow-origin"), None);
}

async fn no_origin_is_allowed_by_default(api: Api) {
    let answer = api.get("/api/v1/sessions").header("origin", ORIGIN).await;
    assert_eq!(answer.expect(200)["success"], true);
    assert_eq!(answer.header("access-control-allow-origin"), None);
}

async fn answers_stay_out_of_caches(api: Api) {
    let siti = api.register("siti").await;
    for path in ["/api/v1/user", "/api/v1/sessions", "/api/v1/bookings", "/api/v1/notifications"] {
        let answer = api.get(path).bearer(&siti.token).await;
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
    }
    let answer = api.post("/api/v1/auth/login", json!({})).await;
    assert_eq!((answer.status, answer.header("cache-control")), (422, Some("no-store")));
}
