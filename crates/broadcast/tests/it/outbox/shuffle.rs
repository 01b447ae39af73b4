//! Several relays, writers and channels at the same time, with slow and failing answers: every event once, in order.

use std::{collections::BTreeMap, num::NonZeroUsize, sync::Mutex, time::Duration};

use futures_util::future::join_all;
use gema_broadcast::outbox::{Backoff, RelayOptions};
use gema_testkit::eventually;
use rand::{RngExt, SeedableRng, rngs::StdRng, seq::IndexedRandom};

use super::{Moved, Receiver, Running, TestDatabase, World, for_both_databases, options};

const CHANNELS: [&str; 12] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
const WRITERS: u64 = 4;
const EVENTS: u64 = 100;
const RELAYS: u64 = 4;

for_both_databases!(every_event_comes_once_and_in_the_order_of_its_channels);

/// Delays of up to 3 ms, one failure in ten.
fn answer_unreliably(receiver: &Receiver, seed: u64) {
    let random = Mutex::new(StdRng::seed_from_u64(seed));
    receiver.answer(move |_| {
        let mut random = random.lock().unwrap();
        let delay = Duration::from_micros(random.random_range(0..3000));
        let status = if random.random_bool(0.1) { 503 } else { 200 };
        async move {
            tokio::time::sleep(delay).await;
            status
        }
    });
}

/// One writer's events, each after the commit of the one before. Some transactions are rolled back.
async fn write<DB: TestDatabase>(world: &World<DB>, writer: u64, seed: u64) {
    let mut random = StdRng::seed_from_u64(seed + writer);
    let pool = world.scratch.another_pool();
    for at in 0..EVENTS {
        let count = random.random_range(1..=3);
        let channels: Vec<&str> = CHANNELS.sample(&mut random, count).copied().collect();
        let mut transaction = DB::begin_writing(&pool).await;
        if random.random_bool(0.1) {
            let lost = Moved { channels: channels.clone(), number: u64::MAX };
            world.outbox.enqueue(&mut transaction, &lost).await.unwrap();
            transaction.rollback().await.unwrap();
            transaction = DB::begin_writing(&pool).await;
        }
        let event = Moved { channels, number: writer * EVENTS + at };
        world.outbox.enqueue(&mut transaction, &event).await.unwrap();
        transaction.commit().await.unwrap();
    }
}

async fn every_event_comes_once_and_in_the_order_of_its_channels<DB: TestDatabase>() {
    for seed in [1, 2] {
        let world = World::<DB>::new().await;
        answer_unreliably(&world.receiver, seed);
        let relays: Vec<Running> = (0..RELAYS)
            .map(|relay| {
                let options = RelayOptions {
                    window: NonZeroUsize::new(7).unwrap(),
                    retry: Backoff { first: Duration::from_millis(4), limit: Duration::from_millis(20) },
                    seed: Some(seed + relay),
                    ..options()
                };
                world.relay_of(world.scratch.another_pool(), world.receiver.broadcaster(), options)
            })
            .collect();
        join_all((0..WRITERS).map(|writer| write(&world, writer, seed))).await;
        eventually(0, async || {
            world.advance(Duration::from_millis(5));
            world.outbox.status(world.pool()).await.unwrap().pending
        })
        .await;
        for relay in relays {
            relay.finish().await;
        }
        assert_each_once_and_in_order(&world.receiver);
    }
}

fn assert_each_once_and_in_order(receiver: &Receiver) {
    let mut numbers = receiver.accepted_numbers();
    let mut last: BTreeMap<(String, u64), u64> = BTreeMap::new();
    for received in receiver.accepted() {
        let number = received.number();
        for channel in received.channels {
            let before = last.insert((channel.clone(), number / EVENTS), number);
            assert!(before < Some(number), "{number} after {before:?} on {channel}");
        }
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (0..WRITERS * EVENTS).collect::<Vec<_>>());
}
