//! Frames in, bytes out.

use gema_hub::Slot;
use proptest::prelude::*;

use super::{Command, Peer, Seen, Simulation, WriteStep, frames, text};

pub(super) fn write_steps() -> impl Strategy<Value = Vec<WriteStep>> {
    let step = prop_oneof![
        4 => (1_usize..200).prop_map(WriteStep::Take),
        2 => Just(WriteStep::Take(1)),
        3 => Just(WriteStep::WouldBlock),
        1 => Just(WriteStep::Interrupted),
    ];
    proptest::collection::vec(step, 0..60)
}

#[test]
fn one_byte_at_a_time_is_enough() {
    let mut simulation = Simulation::new();
    let (slot, peer) = simulation.connect();
    peer.will_write((0..10_000).map(|_| WriteStep::Take(1)));
    let texts: Vec<_> = (0..100).map(|at| format!("message {at}")).collect();
    for text in &texts {
        simulation.connections.deliver(simulation.now, Command::Send(slot, text.clone()));
    }
    simulation.connections.flush(simulation.now);
    let expected: Vec<_> = texts.into_iter().map(Seen::Text).collect();
    assert_eq!(frames(&peer.written()), expected);
}

#[test]
fn what_waits_for_a_blocked_socket_goes_out_when_it_takes_bytes_again() {
    let mut simulation = Simulation::new();
    let (slot, peer) = simulation.connect();
    peer.will_write([WriteStep::Take(3), WriteStep::WouldBlock]);
    for message in ["one", "two"] {
        simulation.command(Command::Send(slot, message.to_owned()));
    }
    assert_eq!(peer.written().len(), 3);
    simulation.writable(slot);
    assert_eq!(frames(&peer.written()), [Seen::Text("one".to_owned()), Seen::Text("two".to_owned())]);
    simulation.writable(slot);
    simulation.command(Command::Send(slot, "three".to_owned()));
    assert_eq!(frames(&peer.written()).len(), 3);
}

#[test]
fn a_socket_that_takes_nothing_or_is_reset_ends() {
    for step in [WriteStep::Take(0), WriteStep::Reset] {
        let mut simulation = Simulation::new();
        let (slot, peer) = simulation.connect();
        peer.will_write([step]);
        simulation.command(Command::Send(slot, "x".to_owned()));
        assert!(peer.is_dropped() && simulation.connections.is_empty());
        assert_eq!(simulation.calls().last(), Some(&super::Call::Disconnected(slot)));
    }
}

#[test]
fn a_blocked_socket_does_not_hold_up_another() {
    let mut simulation = Simulation::new();
    let (blocked, stuck) = simulation.connect();
    let (slot, peer) = simulation.connect();
    stuck.will_write([WriteStep::WouldBlock]);
    for to in [blocked, slot, blocked, slot] {
        simulation.connections.deliver(simulation.now, Command::Send(to, "x".to_owned()));
    }
    simulation.connections.flush(simulation.now);
    assert_eq!((stuck.written().len(), frames(&peer.written()).len()), (0, 2));
}

proptest! {
    /// Whatever the sockets do, each client gets exactly its frames in their order.
    #[test]
    fn bytes_out_are_exactly_the_frames_in_order(
        scripts in proptest::collection::vec(write_steps(), 3),
        messages in proptest::collection::vec((0_usize..3, 0_usize..300, 0_u8..4), 0..80),
    ) {
        let mut simulation = Simulation::new();
        let peers: Vec<(Slot, Peer)> = scripts.iter().map(|_| simulation.connect()).collect();
        for ((_, peer), script) in peers.iter().zip(scripts) {
            peer.will_write(script);
        }
        let mut expected = vec![Vec::new(); peers.len()];
        for (at, (to, length, then)) in messages.into_iter().enumerate() {
            let message = format!("{at} {}", "x".repeat(length));
            simulation.connections.deliver(simulation.now, Command::Send(peers[to].0, message.clone()));
            expected[to].push(Seen::Text(message));
            match then {
                0 => simulation.connections.flush(simulation.now),
                1 => simulation.writable(peers[to].0),
                2 => simulation.receive(peers[to].0, &peers[to].1, &text("nothing")),
                _ => {}
            }
        }
        simulation.connections.flush(simulation.now);
        for ((slot, peer), expected) in peers.iter().zip(expected) {
            peer.takes_everything();
            simulation.writable(*slot);
            prop_assert_eq!(frames(&peer.written()), expected);
        }
    }

    /// A client that reads too slowly gets whole frames without a gap, then the error and a close, and nothing more.
    #[test]
    fn a_queue_over_its_limit_ends_with_an_error_and_a_close(
        script in write_steps(),
        lengths in proptest::collection::vec(0_usize..300, 20..80),
    ) {
        let mut simulation = Simulation::with_outboxes_of(1500);
        let (slot, peer) = simulation.connect();
        peer.will_write(script);
        peer.will_write([WriteStep::Take(1), WriteStep::WouldBlock]);
        let mut sent = Vec::new();
        for (at, length) in lengths.into_iter().enumerate() {
            let message = format!("{at} {}", "x".repeat(length));
            simulation.command(Command::Send(slot, message.clone()));
            sent.push(Seen::Text(message));
            if at % 5 == 0 {
                simulation.writable(slot);
            }
        }
        peer.takes_everything();
        simulation.writable(slot);
        let seen = frames(&peer.written());
        let whole = seen.iter().zip(&sent).take_while(|(seen, sent)| seen == sent).count();
        match &seen[whole..] {
            [] => prop_assert_eq!(whole, sent.len()),
            [Seen::Text(error), Seen::Close(Some(4100))] => {
                prop_assert!(error.contains(r#""code":4100"#) && error.contains("GEMA_APP_MAX_OUTBOX_SIZE"));
            }
            other => prop_assert!(false, "{:?}", other),
        }
    }
}
