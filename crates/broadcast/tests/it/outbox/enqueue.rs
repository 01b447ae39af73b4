//! What gets into the outbox, and how it goes out.

use std::{num::NonZeroU32, time::Duration};

use gema_broadcast::{
    BroadcastEvent, Channel, Channels, InvalidMessage, Message, SocketId,
    outbox::{OutboxError, RelayOptions},
};
use gema_testkit::eventually;
use sqlx::Connection;

use super::{Moved, TestDatabase, World, for_both_databases};

const KEY: (&str, &str) = ("BROADCAST_ENCRYPTION_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");

for_both_databases!(
    a_committed_event_is_sent_with_its_id_as_the_last_member,
    the_excluded_connection_is_kept,
    an_event_that_is_rolled_back_is_never_sent,
    an_event_whose_transaction_is_lost_with_its_connection_is_never_sent,
    an_event_that_shall_not_be_sent_is_not_put_in,
    a_payload_without_room_for_an_id_is_refused,
    payloads_of_encrypted_channels_are_encrypted_when_they_are_sent,
    of_an_event_that_needs_several_requests_only_those_are_repeated_that_failed,
    more_than_a_hundred_channels_are_several_entries,
);

async fn a_committed_event_is_sent_with_its_id_as_the_last_member<DB: TestDatabase>() {
    let world = World::<DB>::new().await;
    let id = world.enqueue(1, &["a", "b"]).await;
    let relay = world.relay();
    world.receiver.until_accepted(&[1]).await;
    relay.finish().await;
    let [received] = &world.receiver.requested()[..] else { panic!("more than once") };
    assert_eq!(received.name, "Moved");
    assert_eq!(received.channels, ["a", "b"]);
    assert_eq!(received.text, format!(r#"{{"number":1,"event_id":"{id}"}}"#));
    assert_eq!(received.socket_id, None);
    assert_eq!(world.outbox.status(world.pool()).await.unwrap().pending, 0);
}

async fn the_excluded_connection_is_kept<DB: TestDatabase>() {
    let world = World::<DB>::new().await;
    let socket: SocketId = "12.34".parse().unwrap();
    let event = Moved { channels: vec!["a"], number: 1 };
    let mut connection = world.pool().acquire().await.unwrap();
    world.outbox.enqueue_to_others(&mut connection, &event, Some(socket)).await.unwrap();
    let relay = world.relay();
    world.receiver.until_accepted(&[1]).await;
    relay.finish().await;
    assert_eq!(world.receiver.requested()[0].socket_id.as_deref(), Some("12.34"));
}

async fn an_event_that_is_rolled_back_is_never_sent<DB: TestDatabase>() {
    let world = World::<DB>::new().await;
    let relay = world.relay();
    let mut transaction = world.pool().begin().await.unwrap();
    let event = Moved { channels: vec!["a"], number: 1 };
    world.outbox.enqueue(&mut transaction, &event).await.unwrap().unwrap();
    transaction.rollback().await.unwrap();
    world.enqueue(2, &["a"]).await;
    world.receiver.until_accepted(&[2]).await;
    relay.finish().await;
    assert_eq!(world.receiver.accepted_numbers(), [2]);
}

async fn an_event_whose_transaction_is_lost_with_its_connection_is_never_sent<DB: TestDatabase>() {
    let world = World::<DB>::new().await;
    let mut connection = world.pool().acquire().await.unwrap().detach();
    let mut transaction = connection.begin().await.unwrap();
    let event = Moved { channels: vec!["a"], number: 1 };
    world.outbox.enqueue(&mut transaction, &event).await.unwrap().unwrap();
    // Without the rollback that a dropped transaction would ask for.
    std::mem::forget(transaction);
    drop(connection);
    let relay = world.relay();
    world.enqueue(2, &["a"]).await;
    world.receiver.until_accepted(&[2]).await;
    relay.finish().await;
    assert_eq!(world.receiver.accepted_numbers(), [2]);
}

#[derive(serde::Serialize)]
struct Quiet {
    heard: bool,
    #[serde(skip)]
    channels: Channels,
}

impl BroadcastEvent for Quiet {
    const NAME: &'static str = "Quiet";

    fn channels(&self) -> Channels {
        self.channels.clone()
    }

    fn condition(&self) -> bool {
        self.heard
    }
}

async fn an_event_that_shall_not_be_sent_is_not_put_in<DB: TestDatabase>() {
    let world = World::<DB>::new().await;
    let mut connection = world.pool().acquire().await.unwrap();
    let unheard = Quiet { heard: false, channels: Channel::public("a").into() };
    assert_eq!(world.outbox.enqueue(&mut connection, &unheard).await.unwrap(), None);
    let nowhere = Quiet { heard: true, channels: Channels::none() };
    assert_eq!(world.outbox.enqueue(&mut connection, &nowhere).await.unwrap(), None);
    assert_eq!(world.outbox.status(world.pool()).await.unwrap().pending, 0);
}

async fn a_payload_without_room_for_an_id_is_refused<DB: TestDatabase>() {
    let world = World::<DB>::new().await;
    let mut connection = world.pool().acquire().await.unwrap();
    for payload in [serde_json::json!([1, 2]), serde_json::json!({"event_id": "mine"})] {
        let message = Message::new("Paid", Channel::public("a"), &payload).unwrap().unwrap();
        let error = world.outbox.enqueue_message(&mut connection, message).await.unwrap_err();
        assert!(matches!(error, OutboxError::Message(InvalidMessage::NoRoomForId { .. })), "{error}");
    }
    assert_eq!(world.outbox.status(world.pool()).await.unwrap().pending, 0);
}

async fn payloads_of_encrypted_channels_are_encrypted_when_they_are_sent<DB: TestDatabase>() {
    let world = World::<DB>::new().await;
    world.receiver.answer(async |_| 422);
    let payload = serde_json::json!({"number": 1});
    let message = Message::new("Paid", Channel::encrypted("a"), &payload).unwrap().unwrap();
    let mut connection = world.pool().acquire().await.unwrap();
    world.outbox.enqueue_message(&mut connection, message).await.unwrap();
    drop(connection);
    let relay = world.relay_of(world.pool().clone(), world.receiver.broadcaster_with(KEY), super::options());
    world.until_dead(1).await;
    relay.finish().await;
    let sent = world.receiver.requested()[0].data();
    assert!(sent["ciphertext"].is_string() && sent["number"].is_null(), "{sent}");
    let stored = world.outbox.dead_letters(world.pool(), 1).await.unwrap();
    assert!(stored[0].data.starts_with(r#"{"number":1,"event_id":""#), "{}", stored[0].data);
}

async fn of_an_event_that_needs_several_requests_only_those_are_repeated_that_failed<DB: TestDatabase>() {
    let world = World::<DB>::new().await;
    world.receiver.answer(async |received| match received.channels[0].as_str() {
        "private-encrypted-c" => 500,
        _ => 200,
    });
    let channels =
        [Channel::public("a"), Channel::encrypted("b"), Channel::encrypted("c"), Channel::public("d")];
    let message = Message::new("Paid", channels, &serde_json::json!({"number": 1})).unwrap().unwrap();
    let mut transaction = world.pool().begin().await.unwrap();
    let id = world.outbox.enqueue_message(&mut transaction, message).await.unwrap();
    transaction.commit().await.unwrap();
    let options = RelayOptions { max_tries: NonZeroU32::new(3).unwrap(), ..super::options() };
    let relay = world.relay_of(world.pool().clone(), world.receiver.broadcaster_with(KEY), options);
    eventually(1, async || {
        world.advance(Duration::from_secs(60));
        world.outbox.status(world.pool()).await.unwrap().dead
    })
    .await;
    relay.finish().await;
    let times = |name: &str| {
        world
            .receiver
            .requested()
            .iter()
            .filter(|received| received.channels.contains(&name.to_owned()))
            .count()
    };
    let names = ["a", "d", "private-encrypted-b", "private-encrypted-c"];
    assert_eq!(names.map(times), [1, 1, 1, 3]);
    let dead = world.outbox.dead_letters(world.pool(), 10).await.unwrap();
    assert_eq!((dead[0].event_id, &dead[0].channels[..]), (id, &["private-encrypted-c".to_owned()][..]));
}

async fn more_than_a_hundred_channels_are_several_entries<DB: TestDatabase>() {
    let world = World::<DB>::new().await;
    let channels: Vec<Channel> = (0..150).map(Channel::public).collect();
    let message = Message::new("Paid", channels, &serde_json::json!({"number": 1})).unwrap().unwrap();
    let mut transaction = world.pool().begin().await.unwrap();
    let id = world.outbox.enqueue_message(&mut transaction, message).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(world.outbox.status(world.pool()).await.unwrap().pending, 2);
    let relay = world.relay();
    world.until_pending(0).await;
    relay.finish().await;
    let requested = world.receiver.requested();
    let mut sizes: Vec<usize> = requested.iter().map(|received| received.channels.len()).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [50, 100]);
    assert!(requested.iter().all(|received| received.data()["event_id"] == id.to_string()));
}
