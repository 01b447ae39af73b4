//! Order, and what happens at the same time.

use std::{num::NonZeroUsize, time::Duration};

use gema_broadcast::outbox::RelayOptions;

use super::{Gate, Moved, TestDatabase, World, for_both_databases, options};

const HOUR: Duration = Duration::from_secs(3600);

for_both_databases!(
    events_of_one_channel_go_one_after_the_other,
    events_of_one_transaction_keep_their_order,
    channels_do_not_wait_for_each_other,
    no_more_are_sent_at_the_same_time_than_permitted,
    more_than_a_window_is_sent_without_waiting_for_the_next_poll,
    a_relay_that_is_woken_does_not_wait_for_the_next_poll,
    shutting_down_finishes_what_is_being_sent_and_begins_nothing,
    only_the_first_event_is_begun_when_the_time_of_a_round_is_over,
);

async fn events_of_one_channel_go_one_after_the_other<DB: TestDatabase>() {
    let world = World::<DB>::new().await;
    for number in 0..50 {
        world.enqueue(number, &["a"]).await;
    }
    let relay = world.relay();
    world.receiver.until_accepted(&(0..50).collect::<Vec<_>>()).await;
    relay.finish().await;
}

async fn events_of_one_transaction_keep_their_order<DB: TestDatabase>() {
    let world = World::<DB>::new().await;
    let relay = world.relay();
    let mut transaction = world.pool().begin().await.unwrap();
    for number in 0..10 {
        let event = Moved { channels: vec!["a"], number };
        world.outbox.enqueue(&mut transaction, &event).await.unwrap();
    }
    transaction.commit().await.unwrap();
    world.receiver.until_accepted(&(0..10).collect::<Vec<_>>()).await;
    relay.finish().await;
}

async fn channels_do_not_wait_for_each_other<DB: TestDatabase>() {
    let world = World::<DB>::new().await;
    let gate = Gate::of_those(&world.receiver, |received| received.channels == ["slow"]);
    world.enqueue(1, &["slow"]).await;
    world.enqueue(2, &["slow"]).await;
    world.enqueue(3, &["fast"]).await;
    let relay = world.relay();
    world.receiver.until_accepted(&[3]).await;
    gate.open_for(2);
    world.receiver.until_accepted(&[3, 1, 2]).await;
    relay.finish().await;
}

async fn no_more_are_sent_at_the_same_time_than_permitted<DB: TestDatabase>() {
    const CHANNELS: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let world = World::<DB>::new().await;
    let gate = Gate::of(&world.receiver);
    for (number, channel) in (0..).zip(CHANNELS) {
        world.enqueue(number, &[channel]).await;
    }
    let concurrency = NonZeroUsize::new(3).unwrap();
    let relay = world.relay_with(RelayOptions { concurrency, ..options() });
    world.receiver.until_requested(3).await;
    gate.open_for(CHANNELS.len());
    world.until_pending(0).await;
    relay.finish().await;
    assert_eq!(world.receiver.at_once(), 3);
}

async fn more_than_a_window_is_sent_without_waiting_for_the_next_poll<DB: TestDatabase>() {
    let world = World::<DB>::new().await;
    for number in 0..10 {
        world.enqueue(number, &["a"]).await;
    }
    let window = NonZeroUsize::new(3).unwrap();
    let relay = world.relay_with(RelayOptions { window, poll: HOUR, ..options() });
    world.receiver.until_accepted(&(0..10).collect::<Vec<_>>()).await;
    relay.finish().await;
}

async fn a_relay_that_is_woken_does_not_wait_for_the_next_poll<DB: TestDatabase>() {
    let world = World::<DB>::new().await;
    let relay = world.relay_with(RelayOptions { poll: HOUR, ..options() });
    for number in 0..5 {
        world.enqueue(number, &["a"]).await;
        world.outbox.wake();
        world.receiver.until_accepted(&(0..=number).collect::<Vec<_>>()).await;
    }
    relay.finish().await;
}

async fn shutting_down_finishes_what_is_being_sent_and_begins_nothing<DB: TestDatabase>() {
    let world = World::<DB>::new().await;
    let gate = Gate::of(&world.receiver);
    world.enqueue(1, &["a"]).await;
    world.enqueue(2, &["a"]).await;
    let relay = world.relay();
    world.receiver.until_requested(1).await;
    relay.shutdown.send(()).unwrap();
    tokio::task::yield_now().await;
    assert!(!relay.task.is_finished(), "an event is still being sent");
    gate.open_for(1);
    gema_testkit::within_patience("the end of the relay", relay.task).await.unwrap().unwrap();
    assert_eq!(world.receiver.requested().len(), 1);
    assert_eq!(world.outbox.status(world.pool()).await.unwrap().pending, 1);
}

/// The time of each round is over at once. That it ends with the first event is seen by the deletion, for which a longer
/// round would wait until the next answer.
async fn only_the_first_event_is_begun_when_the_time_of_a_round_is_over<DB: TestDatabase>() {
    let world = World::<DB>::new().await;
    let gate = Gate::of(&world.receiver);
    for number in 0..4 {
        world.enqueue(number, &["a"]).await;
    }
    let relay = world.relay_with(RelayOptions { round: Duration::ZERO, poll: HOUR, ..options() });
    for left in (0..4).rev() {
        gate.open_for(1);
        world.until_pending(left).await;
    }
    relay.finish().await;
}
