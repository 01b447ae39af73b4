//! Questions to a real server.

use gema_broadcast::{BroadcastError, Channel, ChannelInfo, InfoSet};
use gema_testkit::{TestServer, eventually};

use crate::{
    scripted::{Scripted, Step::Answer},
    setup::{broadcaster, broadcaster_for, connection},
};

fn everything() -> InfoSet {
    InfoSet { user_count: true, subscription_count: true, cache: true }
}

#[tokio::test]
async fn the_occupied_channels_are_listed_with_their_users() {
    let server = TestServer::start(|settings| settings);
    let broadcaster = broadcaster_for(&server);
    let mut client = server.connect().await;
    client.subscribe("news").await;
    client.join("presence-desk", "7").await;
    let all = broadcaster.channels(None, InfoSet::default()).await.unwrap();
    assert_eq!(all.keys().collect::<Vec<_>>(), ["news", "presence-desk"]);
    let users = InfoSet { user_count: true, ..InfoSet::default() };
    let desks = broadcaster.channels(Some("presence-"), users).await.unwrap();
    assert_eq!(desks.keys().collect::<Vec<_>>(), ["presence-desk"]);
    assert_eq!(desks["presence-desk"].user_count, Some(1));
    let none = broadcaster.channels(Some("nothing-"), InfoSet::default()).await.unwrap();
    assert!(none.is_empty());
    server.stop().await;
}

#[tokio::test]
async fn a_channel_tells_what_it_was_asked() {
    let server = TestServer::start(|settings| settings);
    let broadcaster = broadcaster_for(&server);
    let mut client = server.connect().await;
    client.subscribe("cache-news").await;
    client.expect_event("pusher:cache_miss").await;
    broadcaster.event("Ping").on(Channel::public("cache-news")).send().await.unwrap();
    let name = "cache-news".parse().unwrap();
    let info = InfoSet { user_count: false, ..everything() };
    let answer = broadcaster.channel(&name, info).await.unwrap();
    assert_eq!((answer.occupied, answer.subscription_count), (Some(true), Some(1)));
    let cache = answer.cache.unwrap();
    assert_eq!(cache.data, "[]");
    assert!(cache.ttl.is_some_and(|ttl| ttl > 0), "{cache:?}");
    let answer = broadcaster.channel(&"empty".parse().unwrap(), InfoSet::default()).await.unwrap();
    assert_eq!(answer.occupied, Some(false));
    server.stop().await;
}

#[tokio::test]
async fn the_users_of_a_presence_channel_are_told() {
    let server = TestServer::start(|settings| settings);
    let broadcaster = broadcaster_for(&server);
    let (mut one, mut two) = (server.connect().await, server.connect().await);
    one.join("presence-desk", "7").await;
    two.join("presence-desk", "8").await;
    let mut users = broadcaster.users(&"presence-desk".parse().unwrap()).await.unwrap();
    users.sort();
    assert_eq!(users.iter().map(|user| user.as_str()).collect::<Vec<_>>(), ["7", "8"]);
    let error = broadcaster.users(&"news".parse().unwrap()).await.unwrap_err();
    assert!(matches!(error, BroadcastError::Status { status: 400, .. }), "{error}");
    server.stop().await;
}

#[tokio::test]
async fn the_connections_of_a_user_are_closed() {
    let server = TestServer::start(|settings| settings);
    let broadcaster = broadcaster_for(&server);
    let (mut leaving, mut staying) = (server.connect().await, server.connect().await);
    leaving.sign_in("a/b ü+%").await;
    staying.sign_in("8").await;
    broadcaster.terminate(&"a/b ü+%".parse().unwrap()).await.unwrap();
    eventually(1, async || server.api().connections().await).await;
    staying.expect_nothing_before_pong().await;
    broadcaster.terminate(&"nobody".parse().unwrap()).await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn reverbs_answers_are_understood() {
    let answers = [
        r#"{"channels":[]}"#,
        r#"{"channels":{"news":{},"presence-desk":{"user_count":2}}}"#,
        r#"{"occupied":true,"cache":{"event":"Ping","data":"[1]","channel":"cache-news"}}"#,
        r#"{"occupied":true,"cache":{"event":"client-typing","data":{"id":7},"channel":"cache-news"}}"#,
        r#"{"users":[{"id":7},{"id":"8"}]}"#,
        r#"{"users":{"0":{"id":7},"2":{"id":"b"}}}"#,
    ];
    let server = Scripted::start(answers.map(|body| Answer(200, body))).await;
    let broadcaster = broadcaster(connection(server.address));
    assert!(broadcaster.channels(None, InfoSet::default()).await.unwrap().is_empty());
    let channels = broadcaster.channels(None, everything()).await.unwrap();
    assert_eq!(channels["presence-desk"].user_count, Some(2));
    assert_eq!(channels["news"], ChannelInfo::default());

    let name = "cache-news".parse().unwrap();
    for data in ["[1]", r#"{"id":7}"#] {
        let cache = broadcaster.channel(&name, everything()).await.unwrap().cache.unwrap();
        assert_eq!((cache.data.as_str(), cache.ttl), (data, None));
    }
    let desk = "presence-desk".parse().unwrap();
    for expected in [["7", "8"], ["7", "b"]] {
        let users = broadcaster.users(&desk).await.unwrap();
        assert_eq!(users.iter().map(|user| user.as_str()).collect::<Vec<_>>(), expected);
    }
}

#[tokio::test]
async fn an_answer_that_no_server_gives_is_an_error_that_shows_it() {
    for body in [r#"{"channels":["news"]}"#, r#"{"channels":7}"#, r#"{"users":[]}"#] {
        let server = Scripted::start([Answer(200, body)]).await;
        let error = broadcaster(connection(server.address)).channels(None, everything()).await.unwrap_err();
        assert!(matches!(&error, BroadcastError::Answer { body: shown, .. } if shown == body), "{error}");
    }
    for body in [r#"{"users":[{"id":true}]}"#, r#"{"users":[{"id":""}]}"#, r#"{"users":[{}]}"#] {
        let server = Scripted::start([Answer(200, body)]).await;
        let channel = "presence-desk".parse().unwrap();
        let error = broadcaster(connection(server.address)).users(&channel).await.unwrap_err();
        assert!(matches!(&error, BroadcastError::Answer { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_list_of_very_many_channels_is_read() {
    let name = |number| format!("orders.{number}");
    let members: Vec<_> = (0..50_000).map(|number| format!(r#""{}":{{}}"#, name(number))).collect();
    let body = format!(r#"{{"channels":{{{}}}}}"#, members.join(",")).leak();
    let server = Scripted::start([Answer(200, body)]).await;
    let channels = broadcaster(connection(server.address)).channels(None, InfoSet::default()).await.unwrap();
    assert!(channels.len() == 50_000 && channels.contains_key(&name(49_999)));
}

/// Every character that a channel name may have, besides letters and digits; and those of a path of a URL that only
/// ids of users may have.
const OF_CHANNELS: &str = "_-=@,.;";
const OF_USERS: &str = "~:!$&'()*+";

#[tokio::test]
async fn the_path_of_a_channel_is_sent_as_it_is_signed() {
    let server = Scripted::start([Answer(200, r#"{"users":[]}"#), Answer(200, "{}")]).await;
    let broadcaster = broadcaster(connection(server.address));
    let channel = format!("presence-aZ09{OF_CHANNELS}");
    broadcaster.users(&channel.parse().unwrap()).await.unwrap();
    let user = format!("aZ09{OF_CHANNELS}{OF_USERS}");
    broadcaster.terminate(&user.parse().unwrap()).await.unwrap();
    let sent: Vec<_> = server.requests().iter().map(|request| request.path().to_owned()).collect();
    // What is signed is the decoded path, and in these there is nothing to decode.
    let expected = [
        format!("/apps/4711/channels/{channel}/users"),
        format!("/apps/4711/users/{user}/terminate_connections"),
    ];
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn names_with_all_characters_reach_the_server() {
    let server = TestServer::start(|settings| settings);
    let broadcaster = broadcaster_for(&server);
    let mut client = server.connect().await;
    let user = format!("7{OF_CHANNELS}{OF_USERS}/?#%é ");
    client.sign_in(&user).await;
    let names = [format!("presence-{OF_CHANNELS}"), format!("#server-to-user-{user}")];
    client.join(&names[0], "7").await;
    client.subscribe(&names[1]).await;
    for name in &names {
        let info = broadcaster.channel(&name.parse().unwrap(), InfoSet::default()).await.unwrap();
        assert_eq!(info.occupied, Some(true), "{name}");
    }
    assert_eq!(broadcaster.users(&names[0].parse().unwrap()).await.unwrap().len(), 1);
    broadcaster.terminate(&user.parse().unwrap()).await.unwrap();
    eventually(0, async || server.api().connections().await).await;
    server.stop().await;
}

#[tokio::test]
async fn names_that_urls_cannot_carry_are_refused() {
    let server = TestServer::start(|settings| settings);
    let broadcaster = broadcaster_for(&server);
    for name in [".", ".."] {
        let error = broadcaster.terminate(&name.parse().unwrap()).await.unwrap_err();
        assert!(matches!(error, BroadcastError::Path(_)), "{error}");
        let error = broadcaster.channel(&name.parse().unwrap(), everything()).await.unwrap_err();
        assert!(matches!(error, BroadcastError::Path(_)), "{error}");
    }
    server.stop().await;
}
