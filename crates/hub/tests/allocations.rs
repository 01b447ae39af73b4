//! What a broadcast allocates. Counted, not timed, so that it fails on every machine alike.

#[path = "../benches/fan_out/room.rs"]
mod room;
#[path = "../benches/fan_out/shard.rs"]
mod shard;

use room::Room;

/// Allocations of one broadcast and of all the writes that follow, when the same has happened before.
fn allocations_of_a_broadcast(subscribers: u32) -> u64 {
    let mut room = Room::new(subscribers);
    let mut round = || {
        room.broadcast();
        assert_eq!(room.drain(), subscribers as usize * room.message_length());
    };
    round();
    allocation_counter::measure(round).count_total
}

#[test]
fn a_broadcast_allocates_nothing_for_a_subscriber() {
    let few = allocations_of_a_broadcast(10);
    assert_eq!(few, 1, "the frame that they share");
    assert_eq!(allocations_of_a_broadcast(1_000), few);
}
