//! Several relays, writers and channels at the same time, with slow and failing answers: every event once, in order.

use std::{collections::BTreeMap, num::NonZeroUsize, time::Duration};

use futures_util::future::join_all;
use gema_broadcast::outbox::{Backoff, RelayOptions};
use gema_testkit::eventually;
use rand::{RngExt, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use tokio::sync::Mutex;

use super::{Moved, Receiver, Running, TestDatabase, World, for_both_databases, options};

const CHANNELS: [&str; 12] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
const WRITERS: u64 = 4;
const EVENTS: u64 = 100;
const RELAYS: u64 = 4;

for_both_databases!(
    events_of_one_transaction_after_the_other_come_once_and_in_that_order,
    events_of_concurrent_transactions_come_once_and_in_the_order_of_each_writer,
);

/// Every transaction begins after the commit of the one before, whoever writes.
async fn events_of_one_transaction_after_the_other_come_once_and_in_that_order<DB: TestDatabase>() {
    let turn = Mutex::new(0);
    let receiver = run::<DB>(1, Some(&turn)).await;
    assert_each_once_and_in_order(&receiver, |_| 0);
}

/// Only what one writer does is in an order.
async fn events_of_concurrent_transactions_come_once_and_in_the_order_of_each_writer<DB: TestDatabase>() {
    let receiver = run::<DB>(2, None).await;
    assert_each_once_and_in_order(&receiver, |number| number % WRITERS);
}

/// Lets relays and writers work until everything is delivered.
async fn run<DB: TestDatabase>(seed: u64, turn: Option<&Mutex<u64>>) -> Receiver {
    let world = World::<DB>::new().await;
    answer_unreliably(&world.receiver, seed);
    if turn.is_none() {
        // When the earlier id is committed later, one relay may have sent the later one when another finds it.
        world.receiver.let_cross(|one, other| one % WRITERS != other % WRITERS);
    }
    let relays: Vec<Running> = (0..RELAYS)
        .map(|relay| {
            world.relay_of(world.scratch.another_pool(), world.receiver.broadcaster(), hasty(seed + relay))
        })
        .collect();
    join_all((0..WRITERS).map(|writer| write(&world, writer, seed, turn))).await;
    deliver_all(&world).await;
    for relay in relays {
        relay.finish().await;
    }
    world.receiver
}

/// Lets time go by until nothing is pending. Patience is for one delivery after the other, not for all of them.
async fn deliver_all<DB: TestDatabase>(world: &World<DB>) {
    let pending = async || {
        world.advance(Duration::from_millis(5));
        world.outbox.status(world.pool()).await.unwrap().pending
    };
    while let left @ 1.. = pending().await {
        eventually(true, async || pending().await < left).await;
    }
}

/// Small windows and short pauses.
fn hasty(seed: u64) -> RelayOptions {
    RelayOptions {
        window: NonZeroUsize::new(7).unwrap(),
        retry: Backoff { first: Duration::from_millis(4), limit: Duration::from_millis(20) },
        seed: Some(seed),
        ..options()
    }
}

/// Delays of up to 3 ms, one failure in ten: the event's own, or as if the server were not there.
fn answer_unreliably(receiver: &Receiver, seed: u64) {
    let random = std::sync::Mutex::new(StdRng::seed_from_u64(seed));
    receiver.answer(move |_| {
        let mut random = random.lock().unwrap();
        let delay = Duration::from_micros(random.random_range(0..3000));
        let status = if random.random_bool(0.1) { *[500, 503].choose(&mut *random).unwrap() } else { 200 };
        async move {
            tokio::time::sleep(delay).await;
            status
        }
    });
}

/// One writer's events, each after the commit of the one before. Some transactions are rolled back.
async fn write<DB: TestDatabase>(world: &World<DB>, writer: u64, seed: u64, turn: Option<&Mutex<u64>>) {
    let mut random = StdRng::seed_from_u64(seed + writer);
    let pool = world.scratch.another_pool();
    for at in 0..EVENTS {
        let count = random.random_range(1..=3);
        let channels: Vec<&str> = CHANNELS.sample(&mut random, count).copied().collect();
        let (number, _turn) = match turn {
            Some(turn) => {
                let mut turn = turn.lock().await;
                *turn += 1;
                (*turn - 1, Some(turn))
            }
            None => (at * WRITERS + writer, None),
        };
        if random.random_bool(0.1) {
            let mut transaction = DB::begin_writing(&pool).await;
            let lost = Moved { channels: channels.clone(), number: u64::MAX };
            world.outbox.enqueue(&mut transaction, &lost).await.unwrap();
            transaction.rollback().await.unwrap();
        }
        let mut transaction = DB::begin_writing(&pool).await;
        let event = Moved { channels, number };
        world.outbox.enqueue(&mut transaction, &event).await.unwrap();
        transaction.commit().await.unwrap();
    }
}

/// `line_of` says which events are in an order, namely that of their numbers.
fn assert_each_once_and_in_order(receiver: &Receiver, line_of: fn(u64) -> u64) {
    let mut last: BTreeMap<(String, u64), u64> = BTreeMap::new();
    for received in receiver.accepted() {
        let number = received.number();
        for channel in received.channels {
            let before = last.insert((channel.clone(), line_of(number)), number);
            assert!(before < Some(number), "{number} after {before:?} on {channel}");
        }
    }
    let mut numbers = receiver.accepted_numbers();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..WRITERS * EVENTS).collect::<Vec<_>>());
}
