//! Events that were given up.

use std::time::{Duration, SystemTime};

use gema_broadcast::{Channel, EventId, Message};

use super::{TestDatabase, World, for_both_databases};

for_both_databases!(
    dead_letters_are_listed_oldest_first,
    a_retried_letter_goes_before_the_later_ones_of_its_channel,
    all_letters_can_be_retried,
    a_discarded_letter_is_gone,
    only_the_dead_can_be_retried_or_discarded,
    the_letters_of_one_event_are_retried_and_discarded_together,
);

/// A world in which events with these numbers are dead letters.
async fn dead<DB: TestDatabase>(numbers: &[u64]) -> (World<DB>, Vec<EventId>) {
    let world = World::<DB>::new().await;
    world.receiver.answer(async |_| 422);
    let mut ids = Vec::new();
    for number in numbers {
        ids.push(world.enqueue(*number, &["a", "b"]).await);
    }
    world.advance(Duration::from_secs(3));
    let relay = world.relay();
    world.until_dead(numbers.len() as u64).await;
    relay.finish().await;
    world.receiver.answer(async |_| 200);
    (world, ids)
}

async fn dead_letters_are_listed_oldest_first<DB: TestDatabase>() {
    let (world, ids) = dead::<DB>(&[1, 2, 3]).await;
    let letters = world.outbox.dead_letters(world.pool(), 2).await.unwrap();
    assert_eq!(letters.iter().map(|letter| letter.event_id).collect::<Vec<_>>(), ids[..2]);
    let first = &letters[0];
    assert_eq!((first.name.as_str(), &first.channels[..]), ("Moved", &["a".to_owned(), "b".to_owned()][..]));
    assert_eq!(first.data, format!(r#"{{"number":1,"event_id":"{}"}}"#, ids[0]));
    assert_eq!((first.attempts, first.last_error.as_str()), (1, "the server answered 422: {}"));
    let created_at = SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_000);
    assert_eq!((first.created_at, first.dead_at), (created_at, created_at + Duration::from_secs(3)));
}

async fn a_retried_letter_goes_before_the_later_ones_of_its_channel<DB: TestDatabase>() {
    let (world, ids) = dead::<DB>(&[1]).await;
    world.enqueue(2, &["a"]).await;
    assert!(world.outbox.retry(world.pool(), ids[0]).await.unwrap());
    let relay = world.relay();
    world.receiver.until_accepted(&[1, 2]).await;
    relay.finish().await;
    assert!(world.receiver.accepted()[0].text.contains(&ids[0].to_string()), "under its id");
    assert!(world.outbox.dead_letters(world.pool(), 10).await.unwrap().is_empty());
}

async fn all_letters_can_be_retried<DB: TestDatabase>() {
    let (world, _) = dead::<DB>(&[1, 2, 3]).await;
    assert_eq!(world.outbox.retry_all(world.pool()).await.unwrap(), 3);
    let relay = world.relay();
    world.receiver.until_accepted(&[1, 2, 3]).await;
    relay.finish().await;
}

async fn a_discarded_letter_is_gone<DB: TestDatabase>() {
    let (world, ids) = dead::<DB>(&[1, 2]).await;
    assert!(world.outbox.discard(world.pool(), ids[0]).await.unwrap());
    assert!(!world.outbox.discard(world.pool(), ids[0]).await.unwrap());
    let left = world.outbox.dead_letters(world.pool(), 10).await.unwrap();
    assert_eq!(left.iter().map(|letter| letter.event_id).collect::<Vec<_>>(), ids[1..]);
}

async fn only_the_dead_can_be_retried_or_discarded<DB: TestDatabase>() {
    let world = World::<DB>::new().await;
    let id = world.enqueue(1, &["a"]).await;
    assert!(!world.outbox.retry(world.pool(), id).await.unwrap());
    assert!(!world.outbox.discard(world.pool(), id).await.unwrap());
    assert!(!world.outbox.retry(world.pool(), EventId::new()).await.unwrap());
    assert_eq!(world.outbox.retry_all(world.pool()).await.unwrap(), 0);
    assert_eq!(world.outbox.status(world.pool()).await.unwrap().pending, 1);
}

async fn the_letters_of_one_event_are_retried_and_discarded_together<DB: TestDatabase>() {
    let world = World::<DB>::new().await;
    world.receiver.answer(async |_| 422);
    let channels: Vec<Channel> = (0..201).map(Channel::public).collect();
    let message = Message::new("Paid", channels, &serde_json::json!({"number": 1})).unwrap().unwrap();
    let mut transaction = world.pool().begin().await.unwrap();
    let id = world.outbox.enqueue_message(&mut transaction, message).await.unwrap();
    transaction.commit().await.unwrap();
    let relay = world.relay();
    world.until_dead(3).await;
    relay.finish().await;
    let letters = world.outbox.dead_letters(world.pool(), 10).await.unwrap();
    assert!(letters.iter().all(|letter| letter.event_id == id), "{letters:?}");
    assert!(world.outbox.retry(world.pool(), id).await.unwrap());
    assert_eq!(world.outbox.status(world.pool()).await.unwrap().pending, 3);
    let relay = world.relay();
    world.until_dead(3).await;
    relay.finish().await;
    assert!(world.outbox.discard(world.pool(), id).await.unwrap());
    assert_eq!(world.outbox.status(world.pool()).await.unwrap().dead, 0);
}
