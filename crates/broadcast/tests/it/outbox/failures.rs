//! What happens when the server does not accept an event.

use std::{
    future::ready,
    num::{NonZeroU32, NonZeroUsize},
    time::Duration,
};

use gema_broadcast::outbox::RelayOptions;
use gema_testkit::eventually;

use super::{Reply, TestDatabase, World, for_both_databases, options};

const MINUTE: Duration = Duration::from_secs(60);

for_both_databases!(
    a_failure_holds_back_its_channels_and_no_others,
    many_entries_behind_a_failure_do_not_starve_the_others,
    the_pauses_between_tries_double,
    an_event_is_given_up_after_the_permitted_tries,
    an_event_that_the_server_refuses_is_given_up_at_once,
    other_statuses_are_tried_again,
    an_answer_that_is_not_the_protocols_is_not_asked_for_again,
    what_a_database_cannot_store_of_an_answer_is_left_out,
    a_row_that_cannot_be_read_is_given_up,
);

async fn a_failure_holds_back_its_channels_and_no_others<DB: TestDatabase>() {
    let world = World::<DB>::new().await;
    world.receiver.answer(async |received| if received.number() == 1 { 500 } else { 200 });
    world.enqueue(1, &["a"]).await;
    world.enqueue(2, &["a"]).await;
    world.enqueue(3, &["a", "b"]).await;
    world.enqueue(4, &["b"]).await;
    world.enqueue(5, &["c"]).await;
    let relay = world.relay();
    world.receiver.until_accepted(&[5]).await;
    // The clock stands still, so that nothing is tried again, but the relay goes on.
    world.enqueue(6, &["b"]).await;
    world.enqueue(7, &["d"]).await;
    world.receiver.until_accepted(&[5, 7]).await;
    world.receiver.answer(async |_| 200);
    world.advance(MINUTE);
    world.receiver.until_accepted(&[5, 7, 1, 2, 3, 4, 6]).await;
    relay.finish().await;
    assert_eq!(world.receiver.requested().len(), 8, "one failed try");
}

async fn many_entries_behind_a_failure_do_not_starve_the_others<DB: TestDatabase>() {
    let world = World::<DB>::new().await;
    world.receiver.answer(async |received| if received.number() == 1 { 500 } else { 200 });
    world.enqueue(1, &["a"]).await;
    for number in 2..50 {
        world.enqueue(number, &["a"]).await;
    }
    world.enqueue(50, &["b"]).await;
    let window = NonZeroUsize::new(2).unwrap();
    let relay = world.relay_with(RelayOptions { window, ..options() });
    world.receiver.until_accepted(&[50]).await;
    relay.finish().await;
}

async fn the_pauses_between_tries_double<DB: TestDatabase>() {
    let world = World::<DB>::new().await;
    world.receiver.answer(async |received| if received.number() == 1 { 500 } else { 200 });
    world.enqueue(1, &["a"]).await;
    let relay = world.relay();
    let tries = || world.receiver.requested().iter().filter(|received| received.number() == 1).count();
    for (failures, pause) in [(1, 250), (2, 500), (3, 1000), (4, 2000)] {
        eventually(failures, async || tries()).await;
        // The failure is written down when something else has gone out and was removed after it.
        world.see_another_go_out(pause).await;
        // At most a half is taken off by chance.
        world.advance(Duration::from_millis(pause / 2 - 1));
        world.see_another_go_out(pause + 1).await;
        assert_eq!(tries(), failures, "after less than the pause");
        world.advance(Duration::from_millis(pause / 2 + 1));
    }
    relay.finish().await;
}

async fn an_event_is_given_up_after_the_permitted_tries<DB: TestDatabase>() {
    let world = World::<DB>::new().await;
    world.receiver.answer(async |received| if received.number() == 1 { 500 } else { 200 });
    let id = world.enqueue(1, &["a"]).await;
    world.enqueue(2, &["a"]).await;
    let max_tries = NonZeroU32::new(3).unwrap();
    let relay = world.relay_with(RelayOptions { max_tries, ..options() });
    eventually(true, async || {
        world.advance(MINUTE);
        world.receiver.accepted_numbers() == [2]
    })
    .await;
    world.until_dead(1).await;
    relay.finish().await;
    let numbers: Vec<u64> = world.receiver.requested().iter().map(|received| received.number()).collect();
    assert_eq!(numbers, [1, 1, 1, 2]);
    let dead = world.outbox.dead_letters(world.pool(), 10).await.unwrap();
    assert_eq!((dead[0].event_id, dead[0].attempts), (id, 3));
    assert!(dead[0].last_error.contains("500"), "{}", dead[0].last_error);
}

async fn an_event_that_the_server_refuses_is_given_up_at_once<DB: TestDatabase>() {
    for status in [400, 413, 422] {
        let world = World::<DB>::new().await;
        world.receiver.answer(move |received| ready(if received.number() == 1 { status } else { 200 }));
        world.enqueue(1, &["a"]).await;
        world.enqueue(2, &["a"]).await;
        let relay = world.relay();
        world.receiver.until_accepted(&[2]).await;
        world.until_dead(1).await;
        relay.finish().await;
        assert_eq!(world.receiver.requested().len(), 2);
    }
}

async fn other_statuses_are_tried_again<DB: TestDatabase>() {
    for status in [401, 403, 404, 429, 500] {
        let world = World::<DB>::new().await;
        world.receiver.answer(move |_| ready(status));
        world.enqueue(1, &["a"]).await;
        let relay = world.relay();
        world.receiver.until_requested(1).await;
        world.receiver.answer(async |_| 200);
        eventually(true, async || {
            world.advance(MINUTE);
            world.receiver.accepted_numbers() == [1]
        })
        .await;
        relay.finish().await;
        assert_eq!(world.outbox.status(world.pool()).await.unwrap().dead, 0);
    }
}

impl<DB: TestDatabase> World<DB> {
    /// Waits until the relay has done a whole round with something that nothing holds back.
    async fn see_another_go_out(&self, number: u64) {
        self.enqueue(number, &["other"]).await;
        eventually(true, async || self.receiver.accepted_numbers().contains(&number)).await;
        self.until_pending(1).await;
    }
}

/// It said 200, so the event may have arrived.
async fn an_answer_that_is_not_the_protocols_is_not_asked_for_again<DB: TestDatabase>() {
    let world = World::<DB>::new().await;
    world.receiver.answer(async |_| Reply::Text(200, "<html>"));
    world.enqueue(1, &["a"]).await;
    let relay = world.relay();
    world.until_dead(1).await;
    relay.finish().await;
    assert_eq!(world.receiver.requested().len(), 1);
    let dead = world.outbox.dead_letters(world.pool(), 10).await.unwrap();
    assert!(dead[0].last_error.contains("<html>"), "{}", dead[0].last_error);
}

async fn what_a_database_cannot_store_of_an_answer_is_left_out<DB: TestDatabase>() {
    let world = World::<DB>::new().await;
    world.receiver.answer(|received| ready(fail_at_1(received.number(), "nothing\0at\x1ball")));
    world.enqueue(1, &["a"]).await;
    world.enqueue(2, &["b"]).await;
    let relay = world.relay_with(RelayOptions { max_tries: NonZeroU32::MIN, ..options() });
    world.until_pending(0).await;
    relay.finish().await;
    let dead = world.outbox.dead_letters(world.pool(), 10).await.unwrap();
    assert_eq!(dead[0].last_error, "the server answered 500: nothing at all");
}

/// As if the database had an encoding without the characters of the answer.
#[tokio::test]
async fn a_failure_that_cannot_be_written_down_holds_back_nothing() {
    let world = World::<sqlx::Postgres>::new().await;
    let refusal = "ALTER TABLE broadcast_outbox ADD CHECK (last_error NOT LIKE '%teapot%')";
    sqlx::Postgres::execute(world.pool(), refusal).await;
    world.receiver.answer(|received| ready(fail_at_1(received.number(), "teapot")));
    world.enqueue(1, &["a"]).await;
    world.enqueue(2, &["b"]).await;
    let relay = world.relay_with(RelayOptions { max_tries: NonZeroU32::MIN, ..options() });
    world.until_pending(0).await;
    relay.finish().await;
    assert_eq!(world.receiver.requested().len(), 2);
    let dead = world.outbox.dead_letters(world.pool(), 10).await.unwrap();
    assert!(dead[0].last_error.contains("cannot be stored"), "{}", dead[0].last_error);
}

fn fail_at_1(number: u64, text: &'static str) -> Reply {
    if number == 1 { Reply::Text(500, text) } else { Reply::Status(200) }
}

async fn a_row_that_cannot_be_read_is_given_up<DB: TestDatabase>() {
    let world = World::<DB>::new().await;
    world.enqueue(1, &["a"]).await;
    DB::execute(world.pool(), "UPDATE broadcast_outbox SET channels = 'a'").await;
    world.enqueue(2, &["a"]).await;
    let relay = world.relay();
    world.receiver.until_accepted(&[2]).await;
    world.until_dead(1).await;
    relay.finish().await;
    let dead = world.outbox.dead_letters(world.pool(), 10).await.unwrap();
    assert!(dead[0].last_error.contains("cannot be read"), "{}", dead[0].last_error);
}
