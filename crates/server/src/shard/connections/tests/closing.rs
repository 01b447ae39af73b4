//! How connections end, in virtual time.

use std::time::Duration;

use super::{Call, Command, ReadStep, Seen, Simulation, WriteStep, close, frames, text};

const CLOSE_TIMEOUT: Duration = super::super::CLOSE_TIMEOUT;
/// The wheel of deadlines ticks four times a second.
const TICK: Duration = Duration::from_millis(500);

#[test]
fn a_close_of_the_client_is_answered_and_the_connection_ends_when_the_answer_is_written() {
    let mut simulation = Simulation::new();
    let (slot, peer) = simulation.connect();
    peer.will_write([WriteStep::Take(2), WriteStep::WouldBlock]);
    simulation.receive(slot, &peer, &[close(1001), text("echo late")].concat());
    assert!(!peer.is_dropped(), "the answer is not yet written");
    assert_eq!(simulation.calls(), [Call::Connected(slot), Call::Disconnected(slot)]);
    simulation.writable(slot);
    assert_eq!(frames(&peer.written()), [Seen::Close(Some(1001))]);
    assert!(peer.is_dropped() && simulation.connections.is_empty());
}

#[test]
fn what_was_sent_before_a_close_of_the_client_goes_out_before_the_answer() {
    let mut simulation = Simulation::new();
    let (slot, peer) = simulation.connect();
    simulation.receive(slot, &peer, &[text("echo a"), text("echo b"), close(1000)].concat());
    let written = frames(&peer.written());
    assert_eq!(written, [Seen::Text("a".to_owned()), Seen::Text("b".to_owned()), Seen::Close(Some(1000))]);
}

#[test]
fn a_close_of_the_server_waits_for_the_answer_and_no_longer() {
    let mut simulation = Simulation::new();
    let (slot, peer) = simulation.connect();
    simulation.command(Command::Close(slot, 4000));
    assert_eq!(frames(&peer.written()), [Seen::Close(Some(4000))]);
    assert!(!peer.is_dropped());
    simulation.receive(slot, &peer, &text("still talking"));
    assert!(!peer.is_dropped());
    simulation.receive(slot, &peer, &close(4000));
    assert!(peer.is_dropped());
    assert_eq!(simulation.calls(), [Call::Connected(slot), Call::Disconnected(slot)]);
    assert_eq!(frames(&peer.written()), [Seen::Close(Some(4000))], "the answer is not answered");
}

#[test]
fn an_answer_that_overtakes_the_close_of_the_server_does_not_cut_it_off() {
    let mut simulation = Simulation::new();
    let (slot, peer) = simulation.connect();
    peer.will_write([WriteStep::WouldBlock]);
    simulation.command(Command::Close(slot, 4000));
    simulation.receive(slot, &peer, &close(1000));
    assert!(!peer.is_dropped());
    simulation.writable(slot);
    assert_eq!(frames(&peer.written()), [Seen::Close(Some(4000))]);
    assert!(peer.is_dropped());
}

#[test]
fn a_client_that_does_not_answer_a_close_is_dropped_in_time() {
    for writes in [vec![], vec![WriteStep::WouldBlock]] {
        let mut simulation = Simulation::new();
        let (slot, peer) = simulation.connect();
        peer.will_write(writes);
        simulation.command(Command::Close(slot, 4000));
        simulation.advance(CLOSE_TIMEOUT - TICK);
        assert!(!peer.is_dropped());
        assert!(simulation.connections.next_deadline().is_some());
        simulation.advance(TICK * 2);
        assert!(peer.is_dropped() && simulation.connections.is_empty());
        assert_eq!(simulation.connections.next_deadline(), None);
    }
}

#[test]
fn a_deadline_of_an_ended_connection_does_not_end_the_next_one_in_its_slot() {
    let mut simulation = Simulation::new();
    let (slot, peer) = simulation.connect();
    simulation.command(Command::Close(slot, 4000));
    peer.will_read([ReadStep::End]);
    simulation.readable(slot);
    assert!(peer.is_dropped());
    let (again, second) = simulation.connect();
    assert_eq!(again, slot);
    simulation.advance(CLOSE_TIMEOUT * 2);
    assert!(!second.is_dropped());
    simulation.receive(again, &second, &text("echo here"));
    assert_eq!(frames(&second.written()), [Seen::Text("here".to_owned())]);
}

#[test]
fn who_breaks_the_rules_gets_a_close_and_a_fin_and_is_heard_no_more() {
    let mut simulation = Simulation::new();
    let (slot, peer) = simulation.connect();
    let broken = [&text("echo heard")[..], &[0xff, 0xff], &text("echo unheard")].concat();
    simulation.receive(slot, &peer, &broken);
    assert_eq!(frames(&peer.written()), [Seen::Text("heard".to_owned()), Seen::Close(Some(1002))]);
    assert!(peer.writing_ended() && !peer.is_dropped());
    simulation.receive(slot, &peer, &[0xff; 100_000]);
    assert!(peer.is_read(), "what a client still sends is thrown away, so that it finds the close");
    peer.will_read([ReadStep::End]);
    simulation.readable(slot);
    assert!(peer.is_dropped());
    let expected =
        [Call::Connected(slot), Call::Text(slot, "echo heard".to_owned()), Call::Disconnected(slot)];
    assert_eq!(simulation.calls(), expected);
}

#[test]
fn who_breaks_the_rules_and_stays_is_dropped_in_time() {
    let mut simulation = Simulation::new();
    let (slot, peer) = simulation.connect();
    peer.will_write([WriteStep::Take(1), WriteStep::WouldBlock]);
    simulation.receive(slot, &peer, &[0xff]);
    assert!(!peer.writing_ended(), "half of the close still waits");
    simulation.writable(slot);
    assert!(peer.writing_ended() && !peer.is_dropped());
    for _ in 0..20 {
        simulation.receive(slot, &peer, &[0xff; 10]);
        simulation.advance(CLOSE_TIMEOUT / 19);
    }
    assert!(peer.is_dropped());
}

#[test]
fn who_breaks_the_rules_after_a_close_of_the_server_is_dropped_all_the_same() {
    let mut simulation = Simulation::new();
    let (slot, peer) = simulation.connect();
    simulation.command(Command::Close(slot, 4000));
    simulation.receive(slot, &peer, &[0xff]);
    simulation.receive(slot, &peer, &[0xff]);
    simulation.advance(CLOSE_TIMEOUT + TICK);
    assert_eq!(frames(&peer.written()), [Seen::Close(Some(4000))]);
    assert!(peer.is_dropped());
}

#[test]
fn a_client_that_hangs_up_behind_its_last_words_still_gets_their_answers() {
    let cases: [(&[u8], &[Seen]); 3] = [
        (&text("echo a"), &[Seen::Text("a".to_owned())]),
        (&close(1000), &[Seen::Close(Some(1000))]),
        (&[0xff], &[Seen::Close(Some(1002))]),
    ];
    for (bytes, answers) in cases {
        let mut simulation = Simulation::new();
        let (slot, peer) = simulation.connect();
        peer.will_read([ReadStep::Bytes(bytes.to_vec()), ReadStep::End]);
        simulation.readable(slot);
        assert_eq!(frames(&peer.written()), answers);
        assert!(peer.is_dropped() && simulation.connections.is_empty());
    }
}

#[test]
fn a_connection_that_is_reset_or_hangs_up_is_gone_at_once() {
    for end in [ReadStep::Reset, ReadStep::End] {
        let mut simulation = Simulation::new();
        let (slot, peer) = simulation.connect();
        peer.will_write([WriteStep::Take(3), WriteStep::WouldBlock, WriteStep::WouldBlock]);
        simulation.command(Command::Send(slot, "waits".to_owned()));
        peer.will_read([end]);
        simulation.readable(slot);
        assert!(peer.is_dropped());
        assert_eq!(simulation.calls(), [Call::Connected(slot), Call::Disconnected(slot)]);
    }
}

#[test]
fn a_shutdown_closes_all_and_is_over_when_they_have_answered_or_time_is_up() {
    let mut simulation = Simulation::new();
    let (polite, polite_peer) = simulation.connect();
    let (_, silent_peer) = simulation.connect();
    simulation.connections.shut_down(simulation.now);
    simulation.connections.flush(simulation.now);
    for peer in [&polite_peer, &silent_peer] {
        assert_eq!(frames(&peer.written()), [Seen::Close(Some(4200))]);
    }
    simulation.receive(polite, &polite_peer, &close(4200));
    assert!(polite_peer.is_dropped() && !silent_peer.is_dropped());
    simulation.advance(CLOSE_TIMEOUT + TICK);
    assert!(simulation.connections.is_empty());
}
