//! What is published, and who gets it.

use gema_testkit::TestServer;
use serde_json::json;

#[tokio::test]
async fn data_and_names_arrive_verbatim() {
    let server = TestServer::start(|server| server);
    let mut client = server.connect().await;
    client.subscribe("x").await;
    let datas = ["123", "null", "", "[1]", "{\"a\": 1 }", "🎉 \u{2028}\u{0}\\ \"quoted\"", "</script>"];
    for data in datas {
        server.api().trigger("x", "App\\Events\\OrderShipped", data).await;
        let event = client.expect_event("App\\Events\\OrderShipped").await;
        assert_eq!(
            (event.text(), event.channel.as_deref(), event.user_id.as_deref()),
            (data, Some("x"), None)
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn data_that_is_no_text_arrives_as_compact_json() {
    let server = TestServer::start(|server| server);
    let mut client = server.connect().await;
    client.subscribe("x").await;
    for (data, expected) in
        [(json!({ "a": [1, null] }), r#"{"a":[1,null]}"#), (json!(7), "7"), (json!(true), "true")]
    {
        let event = json!({ "name": "e", "channel": "x", "data": data });
        assert_eq!(server.api().post("/events", &event).await.success(), json!({}));
        assert_eq!(client.expect_event("e").await.text(), expected);
    }
    server.stop().await;
}

#[tokio::test]
async fn an_event_reaches_each_of_its_channels_once() {
    let server = TestServer::start(|server| server);
    let (mut both, mut one) = (server.connect().await, server.connect().await);
    both.subscribe("a").await;
    both.subscribe("private-b").await;
    one.subscribe("a").await;
    let event = json!({ "name": "e", "data": "d", "channels": ["a", "private-b", "a", "nobody"] });
    server.api().post("/events", &event).await.success();
    for channel in ["a", "private-b"] {
        assert_eq!(both.expect_event("e").await.channel.as_deref(), Some(channel));
    }
    server.api().trigger("a", "marker", "").await;
    both.expect_event("marker").await;
    one.expect_event("e").await;
    one.expect_event("marker").await;
    server.stop().await;
}

#[tokio::test]
async fn the_sender_is_left_out_on_all_channels_and_in_each_entry_of_a_batch() {
    let server = TestServer::start(|server| server);
    let (mut sender, mut other) = (server.connect().await, server.connect().await);
    for channel in ["a", "b"] {
        sender.subscribe(channel).await;
        other.subscribe(channel).await;
    }
    let socket_id = sender.socket_id.to_string();
    let api = server.api();
    let event = json!({ "name": "hidden", "data": "", "channels": ["a", "b"], "socket_id": socket_id });
    api.post("/events", &event).await.success();
    let entry = |name: &str, socket_id: Option<&str>| json!({ "name": name, "data": "", "channel": "a", "socket_id": socket_id });
    let batch = [entry("hidden", Some(&socket_id)), entry("null", None), entry("unknown", Some("1.1"))];
    assert_eq!(api.post("/batch_events", &json!({ "batch": batch })).await.success(), json!({}));
    for name in ["null", "unknown"] {
        sender.expect_event(name).await;
    }
    for name in ["hidden", "hidden", "hidden", "null", "unknown"] {
        other.expect_event(name).await;
    }
    server.stop().await;
}

#[tokio::test]
async fn limits_of_a_request_are_exact_and_nothing_of_a_refused_one_is_delivered() {
    let server = TestServer::start(|server| server);
    let mut client = server.connect().await;
    client.subscribe("x").await;
    let api = server.api();
    let channels =
        |count: usize| (1..count).map(|at| format!("c{at}")).chain(["x".to_owned()]).collect::<Vec<_>>();
    let event = |name: &str, count: usize| json!({ "name": name, "data": "", "channels": channels(count) });
    api.post("/events", &event("hundred", 100)).await.success();
    api.post("/events", &event("hundred-and-one", 101)).await.refusal(400, "channels");
    api.post("/events", &event(&"n".repeat(200), 1)).await.success();
    api.post("/events", &event(&"n".repeat(201), 1)).await.refusal(400, "name");

    let entry = |name: &str| json!({ "name": name, "data": "", "channel": "x" });
    let batch = |count: usize| json!({ "batch": vec![entry("batch"); count] });
    api.post("/batch_events", &batch(10)).await.success();
    api.post("/batch_events", &batch(11)).await.refusal(400, "batch");
    let half_wrong = json!({ "batch": [entry("right"), entry("pusher:wrong")] });
    api.post("/batch_events", &half_wrong).await.refusal(400, "batch.1.name");
    let channel = |length: usize| json!({ "name": "e", "data": "", "channel": "c".repeat(length) });
    api.post("/events", &channel(200)).await.success();
    api.post("/events", &channel(201)).await.refusal(400, "channel");

    api.trigger("x", "marker", "").await;
    client.expect_event("hundred").await;
    client.expect_event(&"n".repeat(200)).await;
    for _ in 0..10 {
        client.expect_event("batch").await;
    }
    client.expect_event("marker").await;
    server.stop().await;
}

#[tokio::test]
async fn the_answer_tells_about_the_channels_when_asked() {
    let server = TestServer::start(|server| server);
    let mut client = server.connect().await;
    client.subscribe("a").await;
    client.join("presence-p", "7").await;
    let api = server.api();
    let event = json!({
        "name": "e", "data": "", "channels": ["a", "presence-p", "nobody"], "info": "user_count,subscription_count",
    });
    let expected = json!({ "channels": {
        "a": { "subscription_count": 1 },
        "presence-p": { "user_count": 1, "subscription_count": 1 },
        "nobody": { "subscription_count": 0 },
    } });
    assert_eq!(api.post("/events", &event).await.success(), expected);
    let batch = json!({ "batch": [
        { "name": "e", "data": "", "channel": "a" },
        { "name": "e", "data": "", "channel": "presence-p", "info": "user_count" },
    ] });
    assert_eq!(
        api.post("/batch_events", &batch).await.success(),
        json!({ "batch": [{}, { "user_count": 1 }] })
    );
    server.stop().await;
}

#[tokio::test]
async fn a_channel_of_a_user_reaches_the_user_alone() {
    let server = TestServer::start(|server| server);
    let (mut user, mut other) = (server.connect().await, server.connect().await);
    user.sign_in("7").await;
    user.subscribe("#server-to-user-7").await;
    other.sign_in("8").await;
    let subscription = other.subscription("#server-to-user-7", None);
    other.send("pusher:subscribe", subscription).await;
    other.expect_error(4009).await;
    other.expect_event("pusher:subscription_error").await;
    server.api().trigger("#server-to-user-7", "e", "d").await;
    assert_eq!(user.expect_event("e").await.channel.as_deref(), Some("#server-to-user-7"));
    other.expect_nothing_before_pong().await;
    assert!(server.api().channels().await.is_empty(), "such channels are not listed");
    server.stop().await;
}
