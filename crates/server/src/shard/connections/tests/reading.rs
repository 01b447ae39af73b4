//! Bytes in, messages out.

use gema_hub::Slot;
use gema_protocol::ws::{self, OpCode};
use proptest::prelude::*;

use super::{Call, ReadStep, Seen, Simulation, close, frames, recorder, text};

#[test]
fn messages_come_out_in_order_whatever_their_kind() {
    let mut simulation = Simulation::new();
    let (slot, peer) = simulation.connect();
    let bytes = [
        text("one"),
        ws::masked(OpCode::Binary, true, &[0; 7], [1, 2, 3, 4]),
        ws::masked(OpCode::Text, true, &[b'x'; recorder::ACCEPT + 1], [1, 2, 3, 4]),
        ws::masked(OpCode::Text, false, b"t", [1, 2, 3, 4]),
        ws::masked(OpCode::Ping, true, b"p", [1, 2, 3, 4]),
        ws::masked(OpCode::Continuation, true, b"wo", [1, 2, 3, 4]),
        ws::masked(OpCode::Pong, true, b"", [1, 2, 3, 4]),
        text("echo three"),
    ];
    simulation.receive(slot, &peer, &bytes.concat());
    let texts = |text: &str| Call::Text(slot, text.to_owned());
    let oversized = Call::Oversized(slot, 1001);
    let (ping, pong) = (Call::Ping(slot), Call::Pong(slot));
    let expected = [
        Call::Connected(slot),
        texts("one"),
        Call::Binary(slot, 7),
        oversized,
        ping,
        texts("two"),
        pong,
        texts("echo three"),
    ];
    assert_eq!(simulation.calls(), expected);
    assert_eq!(frames(&peer.written()), [Seen::Pong(b"p".to_vec()), Seen::Text("three".to_owned())]);
}

/// While another shard has much to do, only a part of those who have sent something is read in a turn.
#[test]
fn those_who_send_much_are_read_in_turn_with_those_who_do_not() {
    let mut simulation = Simulation::new();
    let flooding: Vec<_> = (0..3).map(|_| simulation.connect()).collect();
    let (quiet, peer) = simulation.connect();
    simulation.connections.service_mut().most_calls = 0;
    for (slot, peer) in &flooding {
        peer.will_read([ReadStep::Bytes(text("flood").repeat(1_000_000 / text("flood").len()))]);
        simulation.readable(*slot);
    }
    simulation.receive(quiet, &peer, &text("hello"));
    let hello = Call::Text(quiet, "hello".to_owned());
    for turn in 1..=4 {
        simulation.connections.service_mut().most_calls = simulation.calls().len() + 1;
        simulation.connections.read_more(simulation.now);
        assert_eq!(simulation.calls().contains(&hello), turn == 4, "{turn}");
    }
    assert!(simulation.connections.has_more_to_read());
}

#[test]
fn a_service_that_closes_in_the_middle_of_a_buffer_gets_nothing_more() {
    let mut simulation = Simulation::new();
    let (slot, peer) = simulation.connect();
    let ping = ws::masked(OpCode::Ping, true, b"", [1, 2, 3, 4]);
    simulation.receive(slot, &peer, &[text("close 4000"), text("echo x"), ping, text("echo y")].concat());
    assert_eq!(frames(&peer.written()), [Seen::Close(Some(4000))]);
    let expected =
        [Call::Connected(slot), Call::Text(slot, "close 4000".to_owned()), Call::Disconnected(slot)];
    assert_eq!(simulation.calls(), expected);
}

#[test]
fn a_connection_that_another_one_has_closed_is_heard_no_more() {
    let mut simulation = Simulation::new();
    let (closer, closing_peer) = simulation.connect();
    let (closed, peer) = simulation.connect();
    simulation.receive(closer, &closing_peer, &text(&format!("close-other {}", closed.0)));
    simulation.receive(closed, &peer, &text("echo x"));
    assert_eq!(frames(&peer.written()), [Seen::Close(Some(4000))]);
    assert_eq!(simulation.calls().last(), Some(&Call::Disconnected(closed)));
}

#[test]
fn a_ping_whose_answer_has_no_room_is_not_reported_either() {
    let mut simulation = Simulation::with_outboxes_of(100);
    let (slot, peer) = simulation.connect();
    let ping = ws::masked(OpCode::Ping, true, &[7; 99], [1, 2, 3, 4]);
    // The recorder refuses a message of a connection that is closing.
    simulation.receive(slot, &peer, &[&ping[..], &ping, &text("echo x")].concat());
    let written = frames(&peer.written());
    assert_eq!(written.last(), Some(&Seen::Close(Some(4100))), "{written:?}");
}

#[test]
fn a_flood_on_one_connection_leaves_time_for_the_others() {
    let mut simulation = Simulation::new();
    let (slot, peer) = simulation.connect();
    let message = text("x");
    let messages = 3_000_000 / message.len();
    peer.will_read([ReadStep::Bytes(message.repeat(messages))]);
    let mut turns = 0;
    let mut heard = 0;
    simulation.readable(slot);
    while simulation.connections.has_more_to_read() {
        let now_heard = simulation.calls().len() - 1;
        assert!(now_heard - heard < messages / 2, "{} messages in one turn", now_heard - heard);
        heard = now_heard;
        turns += 1;
        simulation.connections.read_more(simulation.now);
    }
    assert!(turns >= 2, "{turns}");
    assert_eq!(simulation.calls().len(), 1 + messages);
}

#[test]
fn a_flood_takes_as_much_of_the_hundredth_turn_as_of_the_first() {
    let mut simulation = Simulation::new();
    let (slot, peer) = simulation.connect();
    for turn in 1..=100 {
        // Each read finds one message; the system reports news in every turn.
        peer.will_read(std::iter::repeat_n(ReadStep::Bytes(text("x")), 1000));
        let before = simulation.calls().len();
        simulation.connections.read_more(simulation.now);
        simulation.readable(slot);
        let heard = simulation.calls().len() - before;
        assert!((1..=super::super::READS_PER_TURN).contains(&heard), "{heard} messages in turn {turn}");
    }
}

#[test]
fn a_slot_with_more_to_read_that_ends_and_is_used_again_is_no_harm() {
    let mut simulation = Simulation::new();
    let (slot, peer) = simulation.connect();
    peer.will_read([ReadStep::Bytes(text("x").repeat(300_000)), ReadStep::WouldBlock]);
    simulation.readable(slot);
    assert!(simulation.connections.has_more_to_read());
    peer.takes_everything();
    peer.will_write([super::WriteStep::Reset]);
    simulation.command(super::Command::Send(slot, "x".to_owned()));
    assert!(peer.is_dropped());
    let (again, second) = simulation.connect();
    assert_eq!(again, slot);
    second.will_read([ReadStep::Bytes(text("echo hello"))]);
    simulation.connections.read_more(simulation.now);
    simulation.connections.flush(simulation.now);
    assert_eq!(frames(&second.written()), [Seen::Text("hello".to_owned())]);
}

#[test]
fn a_new_connection_in_a_used_slot_inherits_nothing() {
    let mut simulation = Simulation::new();
    let (slot, peer) = simulation.connect();
    let half = text("half of this message is lost");
    peer.will_write([super::WriteStep::Take(1), super::WriteStep::WouldBlock]);
    simulation.receive(slot, &peer, &[text("echo half of this answer too"), half[..9].to_vec()].concat());
    peer.will_read([ReadStep::Reset]);
    simulation.readable(slot);
    assert!(peer.is_dropped());

    let (again, second) = simulation.connect();
    assert_eq!(again, slot);
    simulation.writable(again);
    simulation.receive(again, &second, &text("echo new"));
    assert_eq!(frames(&second.written()), [Seen::Text("new".to_owned())]);
    simulation.receive(again, &second, &close(1000));
    assert!(second.is_dropped() && simulation.connections.is_empty());
}

proptest! {
    /// However the bytes are cut into reads, the service hears the same.
    #[test]
    fn messages_do_not_depend_on_how_reads_are_cut(
        lengths in proptest::collection::vec(0_usize..1500, 1..6),
        cuts in proptest::collection::vec((1_usize..700, 0_u8..4), 1..40),
    ) {
        let whole: Vec<u8> = lengths
            .iter()
            .enumerate()
            .flat_map(|(at, length)| {
                let opcode = if at % 3 == 2 { OpCode::Binary } else { OpCode::Text };
                ws::masked(opcode, true, &vec![b'a' + at as u8; *length], [at as u8, 7, 9, 200])
            })
            .collect();
        let mut simulation = Simulation::new();
        let (slot, peer) = simulation.connect();
        let mut rest = &whole[..];
        for (length, then) in cuts {
            let (now, later) = rest.split_at(length.min(rest.len()));
            rest = later;
            if !now.is_empty() {
                peer.will_read([ReadStep::Bytes(now.to_vec())]);
            }
            match then {
                0 => peer.will_read([ReadStep::Interrupted]),
                1 => simulation.readable(slot),
                _ => {}
            }
        }
        if !rest.is_empty() {
            peer.will_read([ReadStep::Bytes(rest.to_vec())]);
        }
        simulation.readable(slot);
        while simulation.connections.has_more_to_read() {
            simulation.connections.read_more(simulation.now);
        }
        prop_assert!(peer.is_read());
        prop_assert_eq!(&simulation.calls()[1..], expected(slot, &lengths));
    }
}

fn expected(slot: Slot, lengths: &[usize]) -> Vec<Call> {
    let message = |(at, &length): (usize, &usize)| match (at % 3, length) {
        (_, recorder::ACCEPT..) if length > recorder::ACCEPT => Call::Oversized(slot, length as u64),
        (2, _) => Call::Binary(slot, length),
        _ => Call::Text(slot, char::from(b'a' + at as u8).to_string().repeat(length)),
    };
    lengths.iter().enumerate().map(message).collect()
}
