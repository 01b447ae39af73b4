//! The bytes of requests: those that Laravel sends.

use gema_broadcast::{BroadcastError, Channel, Message, ReverbConnection};
use gema_protocol::signature::request::{Plus, RequestToVerify, verify_request};
use serde_json::Value;

use crate::{
    scripted::{OK, Request, Scripted},
    setup::{OrderShipped, broadcaster, connection},
};

const NAME_AND_DATA: &str = concat!(
    r#"{"name":"App\\Events\\OrderShipped","data":"{\"id\":7,\"url\":\"https:\\\/\\\/example.com\\\/"#,
    r#"\\u00e9\\ud83d\\ude00\",\"weight\":2}","#
);

fn numbered(count: usize) -> impl Iterator<Item = Channel> {
    (1..=count).map(|number| Channel::public(format_args!("orders.{number}")))
}

#[track_caller]
fn assert_signed(request: &Request, path: &str, connection: &ReverbConnection) {
    let (sent_path, query) = request.target().split_once('?').unwrap();
    assert_eq!(sent_path, format!("{}{path}", connection.path));
    let names: Vec<_> = query.split('&').map(|pair| pair.split_once('=').unwrap().0).collect();
    assert_eq!(names, ["auth_key", "auth_timestamp", "auth_version", "body_md5", "auth_signature"]);
    // The prefix is sent but not signed, so that the request is verified as one without.
    let request = RequestToVerify {
        method: request.head.split(' ').next().unwrap(),
        path,
        prefix: "",
        query,
        body: request.body.as_bytes(),
        now: gema_testkit::now(),
    };
    let credentials = &connection.credentials;
    assert_eq!(
        verify_request(&request, &credentials.key, &credentials.secret.clone().into()),
        Ok(Plus::Literal)
    );
}

#[tokio::test]
async fn one_channel_stands_in_channel_and_several_in_channels() {
    let server = Scripted::start([OK; 4]).await;
    let broadcaster = broadcaster(connection(server.address));
    let one = OrderShipped::on([Channel::private("orders.1")]);
    let two = OrderShipped::on([Channel::private("orders.1"), Channel::presence("desk")]);
    let sender = broadcaster.to_others("123.456".parse().ok());
    broadcaster.broadcast(&one).await.unwrap();
    broadcaster.broadcast(&two).await.unwrap();
    sender.broadcast(&one).await.unwrap();
    sender.broadcast(&two).await.unwrap();
    let ends = [
        r#""channel":"private-orders.1"}"#,
        r#""channels":["private-orders.1","presence-desk"]}"#,
        r#""channel":"private-orders.1","socket_id":"123.456"}"#,
        r#""channels":["private-orders.1","presence-desk"],"socket_id":"123.456"}"#,
    ];
    assert_eq!(server.bodies(), ends.map(|end| format!("{NAME_AND_DATA}{end}")));
}

#[tokio::test]
async fn a_request_is_signed_and_says_who_has_made_it() {
    let server = Scripted::start([OK]).await;
    let connection = connection(server.address);
    broadcaster(connection.clone()).on(Channel::public("news")).send().await.unwrap();
    let requests = server.requests();
    assert!(requests[0].head.starts_with("POST /apps/4711/events?auth_key=test-key&"), "{requests:?}");
    assert_signed(&requests[0], "/apps/4711/events", &connection);
    assert_eq!(requests[0].header("content-type"), Some("application/json"));
    let library = concat!("gema-broadcast ", env!("CARGO_PKG_VERSION"));
    assert_eq!(requests[0].header("x-pusher-library"), Some(library));
    assert_eq!(requests[0].header("host"), Some(server.address.to_string().as_str()));
}

#[tokio::test]
async fn a_path_prefix_is_sent_but_not_signed() {
    let server = Scripted::start([OK]).await;
    let connection = ReverbConnection { path: "/ws".to_owned(), ..connection(server.address) };
    broadcaster(connection.clone()).on(Channel::public("news")).send().await.unwrap();
    assert_signed(&server.requests()[0], "/apps/4711/events", &connection);
}

#[tokio::test]
async fn an_anonymous_event_has_laravels_name_and_payload() {
    let server = Scripted::start([OK, OK]).await;
    let broadcaster = broadcaster(connection(server.address));
    broadcaster.on(Channel::public("news")).send().await.unwrap();
    let event =
        broadcaster.event("Ping").on(Channel::public("a")).on([Channel::public("b"), Channel::public("a")]);
    event.with(&[1, 2]).to_others("1.2".parse().ok()).send().await.unwrap();
    let expected = [
        r#"{"name":"AnonymousEvent","data":"[]","channel":"news"}"#,
        r#"{"name":"Ping","data":"[1,2]","channels":["a","b"],"socket_id":"1.2"}"#,
    ];
    assert_eq!(server.bodies(), expected);
}

#[tokio::test]
async fn a_request_has_at_most_100_channels() {
    let server = Scripted::start([OK; 3]).await;
    let broadcaster = broadcaster(connection(server.address));
    let channels = |body: &String| {
        let body: Value = serde_json::from_str(body).unwrap();
        body["channels"].as_array().map_or_else(|| usize::from(body["channel"].is_string()), Vec::len)
    };
    broadcaster.broadcast(&OrderShipped::on(numbered(100))).await.unwrap();
    broadcaster.broadcast(&OrderShipped::on(numbered(101))).await.unwrap();
    assert_eq!(server.bodies().iter().map(channels).collect::<Vec<_>>(), [100, 100, 1]);
    assert!(server.bodies()[2].ends_with(r#","channel":"orders.101"}"#));
}

#[tokio::test]
async fn each_encrypted_channel_has_a_request_of_its_own() {
    let server = Scripted::start([OK; 3]).await;
    let channels =
        [Channel::encrypted("a"), Channel::public("b"), Channel::encrypted("c"), Channel::private("d")];
    broadcaster(connection(server.address)).broadcast(&OrderShipped::on(channels)).await.unwrap();
    let bodies: Vec<Value> = server.bodies().iter().map(|body| serde_json::from_str(body).unwrap()).collect();
    assert_eq!(bodies[0]["channels"], serde_json::json!(["b", "private-d"]));
    assert_eq!(bodies[0]["data"], OrderShipped::DATA);
    for (body, channel) in [(&bodies[1], "private-encrypted-a"), (&bodies[2], "private-encrypted-c")] {
        assert_eq!(body["channel"], channel);
        let sealed: Value = serde_json::from_str(body["data"].as_str().unwrap()).unwrap();
        let members: Vec<_> = sealed.as_object().unwrap().keys().collect();
        assert_eq!(members, ["ciphertext", "nonce"]);
    }
    assert!(server.bodies()[1].contains(r#""data":"{\"nonce\":\""#));
}

#[tokio::test]
async fn without_a_key_nothing_is_sent_to_any_channel() {
    let server = Scripted::start([]).await;
    let mut connection = connection(server.address);
    connection.credentials.encryption_key = None;
    let event = OrderShipped::on([Channel::public("a"), Channel::encrypted("b")]);
    let error = broadcaster(connection).broadcast(&event).await.unwrap_err();
    assert!(error.to_string().contains("`private-encrypted-b`"), "{error}");
    assert!(error.to_string().contains("BROADCAST_ENCRYPTION_KEY"), "{error}");
    assert!(!error.is_retryable() && !error.is_event_refused());
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_batch_has_ten_entries_and_each_of_them_one_channel() {
    let server = Scripted::start([OK; 2]).await;
    let connection = connection(server.address);
    let message =
        |name: &str, count| Message::new(name, numbered(count).collect::<Vec<_>>(), &name).unwrap().unwrap();
    let first = message("First", 9).except("1.2".parse().ok());
    let second =
        Message::new("Second", [Channel::public("x"), Channel::encrypted("y")], &2).unwrap().unwrap();
    broadcaster(connection.clone()).batch(&[first, second]).await.unwrap();
    let bodies: Vec<Value> = server.bodies().iter().map(|body| serde_json::from_str(body).unwrap()).collect();
    assert_eq!(bodies[0]["batch"].as_array().unwrap().len(), 10);
    assert_eq!(bodies[0]["batch"][9], serde_json::json!({ "name": "Second", "data": "2", "channel": "x" }));
    assert_eq!(bodies[1]["batch"].as_array().unwrap().len(), 1);
    assert_eq!(bodies[1]["batch"][0]["channel"], "private-encrypted-y");
    assert!(bodies[1]["batch"][0]["data"].as_str().unwrap().starts_with(r#"{"nonce":""#));
    let start = r#"{"batch":[{"name":"First","data":"\"First\"","channel":"orders.1","socket_id":"1.2"},{"#;
    assert!(server.bodies()[0].starts_with(start), "{}", server.bodies()[0]);
    assert_signed(&server.requests()[0], "/apps/4711/batch_events", &connection);
}

#[tokio::test]
async fn connections_are_used_again() {
    let server = Scripted::start([OK; 5]).await;
    let broadcaster = broadcaster(connection(server.address));
    for _ in 0..5 {
        broadcaster.clone().on(Channel::public("news")).send().await.unwrap();
    }
    let connections: Vec<_> = server.requests().iter().map(|request| request.connection).collect();
    assert_eq!(connections, [0; 5]);
}

#[tokio::test]
async fn an_event_without_channels_or_with_a_condition_that_fails_is_not_sent() {
    let server = Scripted::start([]).await;
    let broadcaster = broadcaster(connection(server.address));
    let unconditional = OrderShipped::on([Channel::public("a")]);
    broadcaster.broadcast(&OrderShipped::on([])).await.unwrap();
    broadcaster.broadcast(&OrderShipped { id: 0, ..unconditional }).await.unwrap();
    broadcaster.event("Ping").send().await.unwrap();
    broadcaster.batch(&[]).await.unwrap();
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_message_that_breaks_the_rules_is_refused_before_it_is_sent() {
    let server = Scripted::start([]).await;
    let broadcaster = broadcaster(connection(server.address));
    let check = |error: BroadcastError, expected: &str| {
        assert!(error.to_string().contains(expected), "{error}");
        assert!(error.is_event_refused() && !error.is_retryable() && !error.is_unreachable());
    };
    let channel = Channel::public("a b");
    check(broadcaster.on(channel).send().await.unwrap_err(), "channel name `a b` has ' '");
    let reserved = broadcaster.event("pusher:ping").on(Channel::public("a"));
    check(reserved.send().await.unwrap_err(), "begins with a reserved prefix");
    assert!(server.requests().is_empty());
}
