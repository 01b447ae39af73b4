//! Questions about channels.

use gema_testkit::TestServer;
use serde_json::json;

#[tokio::test]
async fn channels_are_listed_while_they_are_occupied() {
    let server = TestServer::start(|server| server);
    let api = server.api();
    assert_eq!(api.get("/channels", &[]).await.success(), json!({ "channels": {} }));
    let mut client = server.connect().await;
    for channel in ["b", "a", "private-c", "cache-d"] {
        client.subscribe(channel).await;
        if channel == "cache-d" {
            client.expect_event("pusher:cache_miss").await;
        }
    }
    client.join("presence-e", "7").await;
    api.trigger("cache-unoccupied", "e", "d").await;
    assert_eq!(api.channels().await, ["a", "b", "cache-d", "presence-e", "private-c"]);
    let filter = [("filter_by_prefix", "pr")];
    assert_eq!(
        api.get("/channels", &filter).await.success(),
        json!({ "channels": { "presence-e": {}, "private-c": {} } })
    );
    for channel in ["a", "b", "private-c", "cache-d", "presence-e"] {
        client.unsubscribe(channel).await;
    }
    client.expect_nothing_before_pong().await;
    assert!(api.channels().await.is_empty());
    server.stop().await;
}

#[tokio::test]
async fn an_attribute_is_refused_where_it_does_not_apply() {
    let server = TestServer::start(|server| server);
    let mut client = server.connect().await;
    client.join("presence-p", "7").await;
    client.subscribe("a").await;
    let api = server.api();
    let users = ("info", "user_count");
    api.get("/channels", &[users]).await.refusal(400, "info");
    api.get("/channels", &[users, ("filter_by_prefix", "presence")]).await.refusal(400, "info");
    api.get("/channels/a", &[users]).await.refusal(400, "info");
    api.get("/channels/a", &[("info", "cache")]).await.refusal(400, "info");
    api.get("/channels/a/users", &[]).await.refusal(400, "channel");
    api.get("/channels/a%20b", &[]).await.refusal(400, "channel");

    let listed = api.get("/channels", &[users, ("filter_by_prefix", "presence-")]).await.success();
    assert_eq!(listed, json!({ "channels": { "presence-p": { "user_count": 1 } } }));
    let all = [("info", "user_count,subscription_count,unheard_of")];
    let shown = api.get("/channels/presence-p", &all).await.success();
    assert_eq!(shown, json!({ "occupied": true, "user_count": 1, "subscription_count": 1 }));
    let unknown = api.get("/channels/presence-q", &all).await.success();
    assert_eq!(unknown, json!({ "occupied": false, "user_count": 0, "subscription_count": 0 }));
    server.stop().await;
}

#[tokio::test]
async fn a_cache_channel_shows_its_last_event() {
    let server = TestServer::start(|server| server);
    let api = server.api();
    let cache = [("info", "cache")];
    assert_eq!(
        api.get("/channels/cache-x", &cache).await.success(),
        json!({ "occupied": false, "cache": null })
    );
    api.trigger("cache-x", "first", "1").await;
    api.trigger("cache-x", "second", "2").await;
    let shown = api.get("/channels/cache-x", &cache).await.success();
    assert_eq!(shown["cache"]["data"], "2");
    assert!(shown["cache"]["ttl"].as_u64().is_some_and(|ttl| (1700..=1800).contains(&ttl)), "{shown}");
    let mut client = server.connect().await;
    client.subscribe("cache-x").await;
    assert_eq!(client.expect_event("second").await.text(), "2");
    client.expect_nothing_before_pong().await;
    server.stop().await;
}

#[tokio::test]
async fn users_of_a_presence_channel_are_listed_once() {
    let server = TestServer::start(|server| server);
    let mut clients = Vec::new();
    for user in ["9", "10", "9"] {
        let mut client = server.connect().await;
        client.join("presence-p", user).await;
        clients.push(client);
    }
    let users = server.api().get("/channels/presence-p/users", &[]).await.success();
    assert_eq!(users, json!({ "users": [{ "id": "9" }, { "id": "10" }] }));
    server.stop().await;
}
