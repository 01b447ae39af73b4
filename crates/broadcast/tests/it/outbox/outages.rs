//! What happens when the server is not there, and when a single event makes it seem so.

use std::{
    future::ready,
    num::{NonZeroU32, NonZeroUsize},
    time::Duration,
};

use gema_broadcast::outbox::{Backoff, Outbox, RelayOptions};
use gema_testkit::eventually;
use tracing::Level;

use super::{Log, Reply, TestDatabase, World, for_both_databases, options};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

for_both_databases!(
    an_outage_costs_no_try,
    an_outage_behind_a_proxy_costs_no_try,
    nothing_is_begun_while_the_server_is_not_there,
    what_waited_for_the_server_does_not_wait_for_the_next_poll,
    an_event_at_which_the_server_hangs_up_stops_no_other_channel,
    events_at_which_the_server_hangs_up_take_turns_with_the_others,
    an_event_at_which_the_server_hangs_up_is_given_up_while_others_succeed,
    an_event_that_is_alone_in_an_outage_is_not_given_up_after_it,
);

impl<DB: TestDatabase> World<DB> {
    /// Time passes until these are accepted, in any order.
    async fn until_all_accepted(&self, numbers: &[u64]) {
        eventually(numbers.to_vec(), async || {
            self.advance(MINUTE);
            let mut accepted = self.receiver.accepted_numbers();
            accepted.sort_unstable();
            accepted
        })
        .await;
    }

    async fn dead(&self) -> u64 {
        self.outbox.status(self.pool()).await.unwrap().dead
    }

    fn requests_of(&self, number: u64) -> usize {
        self.receiver.requested().iter().filter(|received| received.number() == number).count()
    }
}

/// One try is all that there is: if any were used up, the events would be dead letters.
fn one_try() -> RelayOptions {
    RelayOptions { max_tries: NonZeroU32::MIN, ..options() }
}

/// One event after the other, in the order of their ids.
fn one_at_a_time() -> RelayOptions {
    RelayOptions { concurrency: NonZeroUsize::MIN, ..options() }
}

async fn an_outage_costs_no_try<DB: TestDatabase>() {
    let world = World::<DB>::new().await;
    let (log, _logging) = Log::start();
    let relay = world.relay_with(one_try());
    world.enqueue(1, &["a"]).await;
    world.receiver.until_accepted(&[1]).await;
    world.receiver.set_down(true);
    world.enqueue(2, &["a"]).await;
    world.enqueue(3, &["b"]).await;
    eventually(true, async || {
        world.advance(MINUTE);
        world.receiver.turned_away() > 10
    })
    .await;
    world.receiver.set_down(false);
    world.until_all_accepted(&[1, 2, 3]).await;
    world.until_pending(0).await;
    relay.finish().await;
    assert_eq!(world.dead().await, 0);
    assert_eq!(log.count(Level::WARN, "cannot be sent now"), 1);
    assert_eq!(log.count(Level::INFO, "are sent again"), 1);
}

async fn an_outage_behind_a_proxy_costs_no_try<DB: TestDatabase>() {
    for status in [502, 503, 504] {
        let world = World::<DB>::new().await;
        world.receiver.answer(move |_| ready(status));
        world.enqueue(1, &["a"]).await;
        world.enqueue(2, &["b"]).await;
        let relay = world.relay_with(one_try());
        eventually(true, async || {
            world.advance(MINUTE);
            world.receiver.requested().len() > 10
        })
        .await;
        world.receiver.answer(async |_| 200);
        world.until_all_accepted(&[1, 2]).await;
        world.until_pending(0).await;
        relay.finish().await;
        assert_eq!(world.dead().await, 0, "{status}");
    }
}

async fn nothing_is_begun_while_the_server_is_not_there<DB: TestDatabase>() {
    let world = World::<DB>::new().await;
    world.receiver.answer(async |_| 503);
    world.enqueue(1, &["a"]).await;
    world.enqueue(2, &["b"]).await;
    let unreachable = Backoff { first: HOUR, limit: HOUR };
    let relay = world.relay_with(RelayOptions { unreachable, ..one_at_a_time() });
    world.receiver.until_requested(1).await;
    world.outbox.wake();
    relay.finish().await;
    assert_eq!(world.receiver.requested().len(), 1);
}

/// Here the clock goes, and as nobody polls only the relay itself can know when to go on.
async fn what_waited_for_the_server_does_not_wait_for_the_next_poll<DB: TestDatabase>() {
    let world = World::<DB> { outbox: Outbox::new(), ..World::new().await };
    world.receiver.answer(async |_| 503);
    for (number, channel) in (1..).zip(["a", "b", "c", "d"]) {
        world.enqueue(number, &[channel]).await;
    }
    let concurrency = NonZeroUsize::new(2).unwrap();
    let relay = world.relay_with(RelayOptions { poll: HOUR, concurrency, ..options() });
    eventually(true, async || world.receiver.requested().len() > 6).await;
    world.receiver.answer(async |_| 200);
    world.until_all_accepted(&[1, 2, 3, 4]).await;
    relay.finish().await;
}

async fn an_event_at_which_the_server_hangs_up_stops_no_other_channel<DB: TestDatabase>() {
    let world = World::<DB>::new().await;
    world.receiver.answer(async |received| hang_up_at(received.number(), 1));
    world.enqueue(1, &["a"]).await;
    world.enqueue(2, &["a", "b"]).await;
    world.enqueue(3, &["c"]).await;
    world.enqueue(4, &["c"]).await;
    let relay = world.relay_with(one_at_a_time());
    world.receiver.until_accepted(&[3, 4]).await;
    relay.finish().await;
}

/// More than can be put off at a time, so that the first ones are due again before the last ones were tried.
async fn events_at_which_the_server_hangs_up_take_turns_with_the_others<DB: TestDatabase>() {
    let world = World::<DB>::new().await;
    world.receiver.answer(async |received| hang_up_at(received.number(), 5));
    for (number, channel) in (1..).zip(["a", "b", "c", "d", "e", "f"]) {
        world.enqueue(number, &[channel]).await;
    }
    let relay = world.relay_with(one_at_a_time());
    world.until_all_accepted(&[6]).await;
    relay.finish().await;
}

async fn an_event_at_which_the_server_hangs_up_is_given_up_while_others_succeed<DB: TestDatabase>() {
    let world = World::<DB>::new().await;
    world.receiver.answer(async |received| hang_up_at(received.number(), 1));
    let id = world.enqueue(1, &["a"]).await;
    world.enqueue(2, &["a"]).await;
    let max_tries = NonZeroU32::new(3).unwrap();
    let relay = world.relay_with(RelayOptions { max_tries, ..options() });
    // Each of the others is alone in its round.
    let mut number = 2;
    eventually(1, async || {
        number += 1;
        world.enqueue(number, &["b"]).await;
        eventually(true, async || world.receiver.accepted_numbers().contains(&number)).await;
        let tries = world.requests_of(1);
        // Again and again: what has been tried may not be written down yet, and waits from then on.
        eventually(true, async || {
            world.advance(MINUTE);
            world.requests_of(1) > tries || world.requests_of(2) > 0
        })
        .await;
        world.dead().await
    })
    .await;
    eventually(true, async || world.receiver.accepted_numbers().contains(&2)).await;
    relay.finish().await;
    let dead = world.outbox.dead_letters(world.pool(), 10).await.unwrap();
    assert_eq!((dead[0].event_id, dead[0].attempts), (id, 3));
    assert!(dead[0].last_error.contains("cannot be reached"), "{}", dead[0].last_error);
}

/// It was tried many times in vain, but never while the server answered others.
async fn an_event_that_is_alone_in_an_outage_is_not_given_up_after_it<DB: TestDatabase>() {
    let world = World::<DB>::new().await;
    let relay = world.relay_with(RelayOptions { max_tries: NonZeroU32::new(3).unwrap(), ..options() });
    for outage in 0..2 {
        world.receiver.set_down(true);
        world.enqueue(outage * 2, &["a"]).await;
        let before = world.receiver.turned_away();
        eventually(true, async || {
            world.advance(MINUTE);
            world.receiver.turned_away() > before + 10
        })
        .await;
        world.receiver.set_down(false);
        world.enqueue(outage * 2 + 1, &["b"]).await;
        world.until_all_accepted(&(0..outage * 2 + 2).collect::<Vec<_>>()).await;
    }
    relay.finish().await;
    assert_eq!(world.dead().await, 0);
}

fn hang_up_at(number: u64, last: u64) -> Reply {
    if number <= last { Reply::HangUp } else { Reply::Status(200) }
}
