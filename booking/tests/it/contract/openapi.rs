use std::collections::HashSet;

use serde_json::Value;

use super::{api::Api, call::Call};

on_both_databases!(
    the_document_is_served_as_it_is_made,
    the_document_is_complete_in_itself,
    every_route_of_the_router_is_in_the_document,
    every_operation_is_routed_and_no_other,
    what_can_go_wrong_is_documented,
    the_examples_of_bodies_are_accepted,
    swagger_ui_asks_no_other_host,
);

/// The front ends' types are made of this file, so that what is renamed here does not build there.
#[test]
fn the_front_ends_have_the_same_document() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../web/booking/openapi.json");
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        kept == booking::http::openapi_text(),
        "web/booking/openapi.json is not the document of this code; renew it with \
         `target/debug/booking openapi > web/booking/openapi.json`, and then build the front ends"
    );
}

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

async fn the_document_is_served_as_it_is_made(api: Api) {
    let answer = api.get("/api/openapi.json").await;
    assert_eq!(answer.expect(200), *api.document.json());
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(api.document.json()["openapi"], "3.1.0");
}

async fn the_document_is_complete_in_itself(api: Api) {
    fn walk(api: &Api, value: &Value) {
        match value {
            Value::Object(members) => {
                if members.contains_key("$ref") {
                    api.document.resolve(value);
                }
                members.values().for_each(|value| walk(api, value));
            }
            Value::Array(items) => items.iter().for_each(|value| walk(api, value)),
            _ => {}
        }
    }
    walk(&api, api.document.json());
    assert_eq!(api.document.json()["components"]["securitySchemes"]["bearer"]["scheme"], "bearer");
    let tags: HashSet<_> =
        api.document.json()["tags"].as_array().unwrap().iter().map(|tag| &tag["name"]).collect();
    let mut ids = HashSet::new();
    for (method, path, operation) in api.document.operations() {
        let place = format!("{method} {path}");
        assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{place}: the id is not unique");
        assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{place}");
        assert!(operation["tags"].as_array().unwrap().iter().all(|tag| tags.contains(tag)), "{place}");
        for (status, response) in operation["responses"].as_object().unwrap() {
            let description = response["description"].as_str().unwrap_or_default();
            assert!(!description.is_empty(), "{place} {status}");
            assert!(response["content"].is_object(), "{place} {status}");
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(
                parameter["description"].is_string() && parameter["schema"].is_object(),
                "{place} {parameter}"
            );
        }
    }
}

/// axum lists its routes for `Debug` only.
async fn every_route_of_the_router_is_in_the_document(api: Api) {
    let text = format!("{:?}", api.router);
    let (_, listed) = text.split_once("Node { paths: {").expect("axum lists its paths");
    let (listed, _) = listed.split_once('}').map(|_| listed.split_once("} }").unwrap()).unwrap();
    let routed: HashSet<&str> =
        listed.split('"').skip(1).step_by(2).filter(|path| !path.starts_with("/api/docs")).collect();
    let documented: HashSet<&str> = api.document.paths().keys().map(String::as_str).collect();
    assert!(routed.len() >= 20, "{routed:?}");
    assert_eq!(routed, documented);
}

async fn every_operation_is_routed_and_no_other(api: Api) {
    for (path, item) in api.document.paths() {
        let real = path.replace("{id}", "1").replace("{code}", "BK-20261124-000000");
        for method in METHODS {
            let answer = Call::new(&api, method, &real).await;
            let documented = item.get(method.to_lowercase()).is_some();
            assert_eq!(answer.status != 405, documented, "{method} {path} -> {}", answer.status);
        }
    }
}

async fn what_can_go_wrong_is_documented(api: Api) {
    let statuses = |id: &str| -> Vec<String> {
        let (.., operation) = api
            .document
            .operations()
            .find(|(.., operation)| operation["operationId"] == id)
            .unwrap_or_else(|| panic!("there is no operation {id}"));
        let mut statuses: Vec<_> = operation["responses"].as_object().unwrap().keys().cloned().collect();
        statuses.sort();
        statuses
    };
    let check = |id: &str, expected: &[&str]| assert_eq!(statuses(id), expected, "{id}");
    check("createBooking", &["201", "400", "401", "403", "409", "413", "415", "422", "429", "500", "503"]);
    check(
        "payBooking",
        &["200", "400", "401", "403", "404", "409", "413", "415", "422", "429", "500", "503"],
    );
    check("listBookings", &["200", "401", "403", "422", "429", "500", "503"]);
    check("getBooking", &["200", "401", "403", "404", "422", "429", "500", "503"]);
    check("listSessions", &["200", "429", "500", "503"]);
    check("getSession", &["200", "404", "429", "500", "503"]);
    check("login", &["200", "400", "413", "415", "422", "429", "500", "503"]);
    check("getUser", &["200", "401", "429", "500", "503"]);
    check("authorizeChannel", &["200", "400", "401", "403", "413", "415", "422", "429", "500", "503"]);
    check("up", &["200"]);
    let optional: Vec<_> = api
        .document
        .operations()
        .filter(|(.., operation)| operation["requestBody"].is_object())
        .filter(|(.., operation)| operation["requestBody"]["required"] != true)
        .map(|(.., operation)| operation["operationId"].as_str().unwrap())
        .collect();
    assert_eq!(optional, ["logout", "cancelBooking", "payBooking"]);
}

async fn the_examples_of_bodies_are_accepted(api: Api) {
    let admin = api.register_admin().await;
    let siti = api.register("siti").await;
    let yoga = api.world.session(100).await;
    let mut tried = 0;
    for (method, path, operation) in api.document.operations() {
        let content = &operation["requestBody"]["content"]["application/json"];
        if !content.is_object() || path.contains("broadcasting") {
            continue;
        }
        let schema = api.document.resolve(&content["schema"]);
        let example = [&content["example"], &schema["example"], &schema["examples"][0]]
            .into_iter()
            .find(|example| !example.is_null())
            .unwrap_or_else(|| panic!("{method} {path} has no example: {schema}"));
        api.document.conforms(&content["schema"], example, path);
        let booking = api.book(&admin, &yoga).await;
        let path = path
            .replace("sessions/{id}", &format!("sessions/{}", yoga.id))
            .replace("{id}", &booking["id"].to_string());
        let person = if path.ends_with("/logout") { &siti } else { &admin };
        let answer = Call::new(&api, &method, &path).json(example.clone()).bearer(&person.token).await;
        match path.as_str() {
            // Nobody has this password here.
            "/api/v1/auth/login" => {
                answer.expect_invalid("email", "These credentials do not match our records.");
            }
            _ => assert!(answer.status < 300, "{method} {path} {example}: {:?}", answer.json()),
        }
        tried += 1;
    }
    assert!(tried >= 9, "{tried}");
}

async fn swagger_ui_asks_no_other_host(api: Api) {
    let redirect = api.get("/api/docs").await;
    assert_eq!((redirect.status, redirect.header("location")), (303, Some("/api/docs/")));
    let page = api.get("/api/docs/").await;
    assert_eq!(page.status, 200);
    let html = String::from_utf8(page.body.to_vec()).unwrap();
    let mut assets = 0;
    for reference in
        html.split(['"', '\'']).filter(|text| [".js", ".css", ".png"].iter().any(|end| text.ends_with(end)))
    {
        assert!(!reference.contains("//"), "{reference}");
        let path = format!("/api/docs/{}", reference.trim_start_matches("./"));
        assert_eq!(api.get(&path).await.status, 200, "{path}");
        assets += 1;
    }
    assert!(assets >= 4, "{html}");
    assert!(!html.contains("http://") && !html.contains("https://"), "{html}");
    let settings = api.get("/api/docs/swagger-initializer.js").await;
    let settings = String::from_utf8(settings.body.to_vec()).unwrap();
    assert!(settings.contains("\"/api/openapi.json\"") && !settings.contains("petstore"), "{settings}");
    assert!(settings.contains("\"validatorUrl\": \"none\""), "{settings}");
}
