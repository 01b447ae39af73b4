//! Memory after most connections have ended.

use super::{Command, IDLE_SLOTS, Peer, ReadStep, Seen, Simulation, Slot, frames};

const MANY: usize = IDLE_SLOTS * 4;

impl Simulation {
    fn crowd() -> (Self, Vec<(Slot, Peer)>) {
        let mut simulation = Self::new();
        let peers = (0..MANY).map(|_| simulation.connect()).collect();
        (simulation, peers)
    }

    /// The client hangs up, and the shard's turn ends.
    fn hang_up(&mut self, (slot, peer): &(Slot, Peer)) {
        peer.will_read([ReadStep::End]);
        self.readable(*slot);
        self.connections.shrink();
    }
}

#[test]
fn when_most_have_gone_the_memory_goes_too_and_the_others_stay() {
    let (mut simulation, mut peers) = Simulation::crowd();
    let gone = peers.split_off(10);
    gone.iter().for_each(|peer| simulation.hang_up(peer));
    assert!(simulation.connections.sockets.capacity() < IDLE_SLOTS);
    for (slot, peer) in &peers {
        simulation.command(Command::Send(*slot, "still here".to_owned()));
        assert_eq!(frames(&peer.written()), [Seen::Text("still here".to_owned())]);
    }
    let (newcomer, _) = simulation.connect();
    assert_eq!(newcomer, Slot(10), "slots that are free are used again");
}

#[test]
fn who_stays_in_a_high_slot_keeps_the_memory_until_it_goes() {
    let (mut simulation, peers) = Simulation::crowd();
    let (last, others) = peers.split_last().unwrap();
    others.iter().for_each(|peer| simulation.hang_up(peer));
    assert!(simulation.connections.sockets.capacity() >= MANY);
    simulation.hang_up(last);
    assert_eq!(simulation.connections.sockets.capacity(), 0);
}
