//! Events on their way to clients of a real server.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use crypto_secretbox::{KeyInit, Nonce, XSalsa20Poly1305, aead::Aead};
use gema_broadcast::{Channel, Message, ReverbConnection};
use gema_testkit::TestServer;

use crate::setup::{OrderShipped, broadcaster, broadcaster_for, connection, encryption_key};

#[tokio::test]
async fn an_event_arrives_byte_for_byte() {
    let server = TestServer::start(|settings| settings);
    let mut client = server.connect().await;
    client.subscribe("private-orders.7").await;
    let event = OrderShipped::on([Channel::private("orders.7")]);
    broadcaster_for(&server).broadcast(&event).await.unwrap();
    let received = client.expect_event("App\\Events\\OrderShipped").await;
    assert_eq!(received.channel.as_deref(), Some("private-orders.7"));
    assert_eq!(received.text(), OrderShipped::DATA);
    assert_eq!(received.json()["url"], event.url);
    server.stop().await;
}

#[tokio::test]
async fn the_sender_does_not_receive_what_goes_to_others() {
    let server = TestServer::start(|settings| settings);
    let (mut sender, mut other) = (server.connect().await, server.connect().await);
    sender.subscribe("news").await;
    other.subscribe("news").await;
    let event = OrderShipped::on([Channel::public("news")]);
    broadcaster_for(&server).to_others(sender.socket_id).broadcast(&event).await.unwrap();
    other.expect_event("App\\Events\\OrderShipped").await;
    sender.expect_nothing_before_pong().await;
    server.stop().await;
}

#[tokio::test]
async fn a_subscriber_reads_an_encrypted_channel_with_its_shared_secret() {
    let server = TestServer::start(|settings| settings);
    let mut client = server.connect().await;
    for channel in ["private-encrypted-a", "private-encrypted-b"] {
        client.subscribe(channel).await;
    }
    let event = OrderShipped::on([Channel::encrypted("a"), Channel::encrypted("b")]);
    broadcaster_for(&server).broadcast(&event).await.unwrap();
    for channel in ["private-encrypted-a", "private-encrypted-b"] {
        let received = client.expect_event("App\\Events\\OrderShipped").await;
        assert_eq!(received.channel.as_deref(), Some(channel));
        let bytes = |member: &str| STANDARD.decode(received.json()[member].as_str().unwrap()).unwrap();
        let secret: [u8; 32] =
            STANDARD.decode(encryption_key().shared_secret(channel)).unwrap().try_into().unwrap();
        let nonce: [u8; 24] = bytes("nonce").try_into().unwrap();
        let opened = XSalsa20Poly1305::new(&secret.into())
            .decrypt(&Nonce::from(nonce), bytes("ciphertext").as_slice())
            .unwrap();
        assert_eq!(String::from_utf8(opened).unwrap(), OrderShipped::DATA);
    }
    server.stop().await;
}

#[tokio::test]
async fn an_event_reaches_more_channels_than_one_request_may_name() {
    let server = TestServer::start(|settings| settings);
    let mut client = server.connect().await;
    for channel in ["orders.1", "orders.100", "orders.101", "orders.250"] {
        client.subscribe(channel).await;
    }
    let channels = (1..=250).map(|number| Channel::public(format_args!("orders.{number}")));
    broadcaster_for(&server).broadcast(&OrderShipped::on(channels)).await.unwrap();
    let mut reached = Vec::new();
    for _ in 0..4 {
        reached.extend(client.expect_event("App\\Events\\OrderShipped").await.channel);
    }
    reached.sort();
    assert_eq!(reached, ["orders.1", "orders.100", "orders.101", "orders.250"]);
    server.stop().await;
}

#[tokio::test]
async fn a_batch_is_delivered_in_its_order() {
    let server = TestServer::start(|settings| settings);
    let mut client = server.connect().await;
    client.subscribe("news").await;
    let message = |number: usize| Message::new("Tick", Channel::public("news"), &number).unwrap().unwrap();
    let messages: Vec<_> = (0..25).map(message).collect();
    broadcaster_for(&server).batch(&messages).await.unwrap();
    for number in 0..25 {
        assert_eq!(client.expect_event("Tick").await.text(), number.to_string());
    }
    server.stop().await;
}

#[tokio::test]
async fn an_event_for_a_user_reaches_all_connections_of_that_user() {
    let server = TestServer::start(|settings| settings);
    let (mut desk, mut phone) = (server.connect().await, server.connect().await);
    let mut stranger = server.connect().await;
    // As pusher-js does, a client subscribes to its user's channel after it has signed in.
    for (client, user) in
        [(&mut desk, "a+b@example.com"), (&mut phone, "a+b@example.com"), (&mut stranger, "x")]
    {
        client.sign_in(user).await;
        client.subscribe(&format!("#server-to-user-{user}")).await;
    }
    let user = "a+b@example.com".parse().unwrap();
    let event = OrderShipped::on([Channel::public("not here")]);
    broadcaster_for(&server).send_to_user(&user, &event).await.unwrap();
    for client in [&mut desk, &mut phone] {
        assert_eq!(client.expect_event("App\\Events\\OrderShipped").await.text(), OrderShipped::DATA);
    }
    stranger.expect_nothing_before_pong().await;
    server.stop().await;
}

#[tokio::test]
async fn a_server_with_a_path_prefix_is_reached() {
    let server = TestServer::start(|settings| settings.set("REVERB_SERVER_PATH", "ws"));
    let mut client = server.connect().await;
    client.subscribe("news").await;
    let connection = ReverbConnection { path: "/ws".to_owned(), ..connection(server.address()) };
    broadcaster(connection).event("Ping").on(Channel::public("news")).send().await.unwrap();
    assert_eq!(client.expect_event("Ping").await.text(), "[]");
    server.stop().await;
}

#[tokio::test]
async fn an_event_that_is_too_large_is_refused_with_the_servers_words() {
    let server = TestServer::start(|settings| settings);
    let broadcaster = broadcaster_for(&server);
    let event = broadcaster.event("Large").on(Channel::public("news")).with("x".repeat(20_000));
    let error = event.send().await.unwrap_err();
    assert!(error.is_event_refused(), "{error}");
    assert!(error.to_string().starts_with("the server answered 413: "), "{error}");
    server.stop().await;
}
