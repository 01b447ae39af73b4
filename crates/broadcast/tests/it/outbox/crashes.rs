//! Relays that are gone in the middle of their work, and databases that fail them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::SystemTime,
};

use gema_broadcast::outbox::Outbox;
use gema_testkit::eventually;
use tokio::sync::Semaphore;
use tracing::Level;

use super::{Gate, Log, TestDatabase, World, for_both_databases, options};
use crate::database::Scratch;

const DATABASE_FAILED: &str = "The outbox's database failed";

for_both_databases!(
    a_crash_while_an_event_is_sent_loses_nothing,
    a_crash_between_sending_and_removing_repeats_the_event_under_its_id,
    a_database_that_cannot_be_written_for_a_while_makes_no_doubles,
    a_relay_waits_for_a_database_without_tables,
);

/// The ids with which events with these numbers were sent.
fn ids<DB: TestDatabase>(world: &World<DB>, number: u64) -> Vec<String> {
    let requested = world.receiver.requested();
    let sent = requested.iter().filter(|received| received.number() == number);
    sent.map(|received| received.data()["event_id"].as_str().unwrap().to_owned()).collect()
}

async fn a_crash_while_an_event_is_sent_loses_nothing<DB: TestDatabase>() {
    let world = World::<DB>::new().await;
    let gate = Gate::of(&world.receiver);
    let id = world.enqueue(1, &["a"]).await.to_string();
    world.enqueue(2, &["a"]).await;
    let relay = world.relay();
    world.receiver.until_requested(1).await;
    relay.crash().await;
    // The receiver has lost a request that will never be answered.
    eventually(0, async || world.receiver.busy()).await;
    gate.open_for(10);
    let relay = world.relay();
    world.receiver.until_accepted(&[1, 2]).await;
    relay.finish().await;
    assert_eq!(ids(&world, 1), [id.clone(), id]);
}

async fn a_crash_between_sending_and_removing_repeats_the_event_under_its_id<DB: TestDatabase>() {
    let world = World::<DB>::new().await;
    let gate = Gate::of(&world.receiver);
    let id = world.enqueue(1, &["a"]).await.to_string();
    world.enqueue(2, &["b"]).await;
    let relay = world.relay();
    world.receiver.until_requested(2).await;
    // Nothing can be removed from now on.
    let locked = DB::lock_writes(world.pool()).await;
    gate.open_for(10);
    eventually(2, async || world.receiver.accepted().len()).await;
    relay.crash().await;
    drop(locked);
    let relay = world.relay();
    world.until_pending(0).await;
    relay.finish().await;
    assert_eq!(ids(&world, 1), [id.clone(), id]);
    assert_eq!(world.receiver.accepted().len(), 4);
}

async fn a_database_that_cannot_be_written_for_a_while_makes_no_doubles<DB: TestDatabase>() {
    let world = World::<DB>::new().await;
    let (log, _logging) = Log::start();
    let gate = Gate::of(&world.receiver);
    world.enqueue(1, &["a"]).await;
    let relay = world.relay_of(world.scratch.another_pool(), world.receiver.broadcaster(), options());
    world.receiver.until_requested(1).await;
    DB::hide_outbox(world.pool()).await;
    gate.open_for(10);
    world.receiver.until_accepted(&[1]).await;
    eventually(true, async || log.count(Level::DEBUG, DATABASE_FAILED) > 3).await;
    DB::execute(world.pool(), "ALTER TABLE hidden RENAME TO broadcast_outbox").await;
    world.until_pending(0).await;
    world.enqueue(2, &["a"]).await;
    world.receiver.until_accepted(&[1, 2]).await;
    relay.finish().await;
}

async fn a_relay_waits_for_a_database_without_tables<DB: TestDatabase>() {
    let rounds = Arc::new(AtomicUsize::new(0));
    let begun = rounds.clone();
    // A round begins with a look at the clock.
    let outbox = Outbox::new().with_clock(move || {
        begun.fetch_add(1, Ordering::SeqCst);
        SystemTime::UNIX_EPOCH
    });
    let world = World::<DB> { scratch: Scratch::empty().await, outbox, ..World::new().await };
    let (log, _logging) = Log::start();
    let relay = world.relay();
    eventually(true, async || rounds.load(Ordering::SeqCst) > 3).await;
    Outbox::migrate(world.pool()).await.unwrap();
    world.enqueue(1, &["a"]).await;
    world.receiver.until_accepted(&[1]).await;
    relay.finish().await;
    assert_eq!(log.count(Level::ERROR, DATABASE_FAILED), 1);
    assert_eq!(log.count(Level::INFO, "The outbox's database works again"), 1);
}

/// The connection with the locks ends while an event is sent. The relay goes on with another one.
#[tokio::test]
async fn a_connection_that_is_lost_in_a_round_makes_no_doubles_while_there_is_one_relay() {
    let world = World::<sqlx::Postgres>::new().await;
    let gate = Gate::of(&world.receiver);
    for number in 1..=3 {
        world.enqueue(number, &["a"]).await;
    }
    let pool = world.scratch.another_pool();
    let relay = world.relay_of(pool, world.receiver.broadcaster(), options());
    world.receiver.until_requested(1).await;
    sqlx::Postgres::end_rounds(world.pool()).await;
    gate.open_for(10);
    world.until_pending(0).await;
    relay.finish().await;
    assert_eq!(world.receiver.requested().len(), 3);
    assert_eq!(world.receiver.accepted_numbers(), [1, 2, 3]);
}

/// The connection with the locks ends while an event is sent, and somebody else has a result before this relay has.
#[tokio::test]
async fn a_result_that_comes_late_replaces_no_other() {
    let world = World::<sqlx::Postgres>::new().await;
    let gate = Arc::new(Semaphore::new(0));
    let held = gate.clone();
    world.receiver.answer(move |received| {
        let held = held.clone();
        async move {
            if received.number() == 1 {
                held.acquire().await.unwrap().forget();
                return 500;
            }
            200
        }
    });
    world.enqueue(1, &["a"]).await;
    let pool = world.scratch.another_pool();
    let relay = world.relay_of(pool, world.receiver.broadcaster(), options());
    world.receiver.until_requested(1).await;
    sqlx::Postgres::end_rounds(world.pool()).await;
    let result = "UPDATE broadcast_outbox SET attempts = 5, dead_at = 1, last_error = 'by another'";
    sqlx::Postgres::execute(world.pool(), result).await;
    world.enqueue(2, &["b"]).await;
    gate.add_permits(1);
    // The first round is over when the second one sends.
    world.receiver.until_accepted(&[2]).await;
    relay.finish().await;
    let dead = world.outbox.dead_letters(world.pool(), 10).await.unwrap();
    assert_eq!((dead[0].attempts, dead[0].last_error.as_str()), (5, "by another"));
}
