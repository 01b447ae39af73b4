//! Several relays on one database.

use gema_broadcast::{
    Broadcaster,
    outbox::{Outbox, OutboxError, Relay},
};
use gema_testkit::{eventually, within_patience};
use sqlx::{Postgres, Sqlite, sqlite::SqlitePoolOptions};
use tracing::Level;

use super::{Gate, Log, Moved, Running, World, options};

#[tokio::test]
async fn another_relay_takes_over_from_one_that_crashed_on_postgres() {
    let world = World::<Postgres>::new().await;
    let gate = Gate::of(&world.receiver);
    world.enqueue(1, &["a"]).await;
    let first = world.relay();
    world.receiver.until_requested(1).await;
    let second = world.relay_of(world.scratch.another_pool(), world.receiver.broadcaster(), options());
    world.enqueue(2, &["a"]).await;
    world.enqueue(3, &["b"]).await;
    // The second one has what the first one has not, but for what comes behind it.
    world.receiver.until_requested(2).await;
    assert_eq!(world.receiver.requested()[1].number(), 3);
    first.crash().await;
    eventually(1, async || world.receiver.busy()).await;
    gate.open_for(10);
    world.until_pending(0).await;
    second.finish().await;
    let on_a: Vec<u64> = world.receiver.accepted_numbers().into_iter().filter(|number| *number < 3).collect();
    assert_eq!(on_a, [1, 2]);
}

#[tokio::test]
async fn a_second_relay_waits_for_the_first_one_on_sqlite() {
    let world = World::<Sqlite>::new().await;
    let gate = Gate::of(&world.receiver);
    world.enqueue(1, &["a"]).await;
    let first = world.relay();
    world.receiver.until_requested(1).await;
    let second = world.relay_of(world.scratch.another_pool(), world.receiver.broadcaster(), options());
    gate.open_for(10);
    world.receiver.until_accepted(&[1]).await;
    first.crash().await;
    world.enqueue(2, &["a"]).await;
    eventually(true, async || world.receiver.accepted_numbers().contains(&2)).await;
    second.finish().await;
}

/// Another process has the lock file: as the system sees it, that is the same as another open file of this one.
#[tokio::test]
async fn a_relay_sends_nothing_while_a_process_has_the_lock_of_an_sqlite_file() {
    let world = World::<Sqlite>::new().await;
    let path = world.scratch.home.path().join("test.sqlite3-relay.lock");
    let other = std::fs::File::create(&path).unwrap();
    other.lock().unwrap();
    let (log, _logging) = Log::start();
    let waiting = world.relay();
    eventually(1, async || log.count(Level::INFO, "Another relay is at work")).await;
    world.enqueue(1, &["a"]).await;
    world.outbox.wake();
    // A relay that does not wait has looked into the outbox before this many answers of the database.
    for _ in 0..20 {
        world.until_pending(1).await;
    }
    // It ends when it is told to, though it waits.
    waiting.finish().await;
    assert!(world.receiver.requested().is_empty());
    let relay = world.relay();
    drop(other);
    world.receiver.until_accepted(&[1]).await;
    relay.finish().await;
}

#[tokio::test]
async fn a_lock_file_that_cannot_be_used_is_an_error() {
    let world = World::<Sqlite>::new().await;
    let path = world.scratch.home.path().join("test.sqlite3-relay.lock");
    std::fs::create_dir(&path).unwrap();
    let relay = Relay::new(world.outbox.clone(), world.pool().clone(), world.receiver.broadcaster());
    let error = within_patience("the relay", relay.run(std::future::pending())).await.unwrap_err();
    assert!(matches!(&error, OutboxError::Lock { path: named, .. } if *named == path), "{error}");
}

#[tokio::test]
async fn an_in_memory_database_with_one_connection_is_enough() {
    let world = World::<Sqlite>::new().await;
    let pool = SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await.unwrap();
    Outbox::migrate(&pool).await.unwrap();
    let relay = Relay::new(world.outbox.clone(), pool.clone(), world.receiver.broadcaster());
    let relay = Running::start(relay.options(options()));
    for number in 0..5 {
        let event = Moved { channels: vec!["a"], number };
        world.outbox.enqueue(&mut *pool.acquire().await.unwrap(), &event).await.unwrap();
    }
    world.receiver.until_accepted(&[0, 1, 2, 3, 4]).await;
    relay.finish().await;
}

#[tokio::test]
async fn a_relay_whose_events_go_nowhere_says_so() {
    let world = World::<Sqlite>::new().await;
    let (log, _logging) = Log::start();
    world.enqueue(1, &["a"]).await;
    let relay = world.relay_of(world.pool().clone(), Broadcaster::null(), options());
    world.until_pending(0).await;
    relay.finish().await;
    assert_eq!(log.count(Level::WARN, "BROADCAST_CONNECTION"), 1);
}
