//! Everything at once, in any order.

use std::time::Duration;

use gema_hub::Slot;
use gema_protocol::ws::{self, OpCode};
use proptest::prelude::*;

use super::{Call, Command, Peer, ReadStep, Seen, Simulation, WriteStep, close, frames, text};

#[derive(Debug, Clone)]
enum Event {
    Connect,
    Reads(usize, Vec<ReadStep>),
    Writes(usize, Vec<WriteStep>),
    Readable(usize),
    Writable(usize),
    Send(usize, usize),
    Close(usize),
    Flush,
    Wait(u64),
}

fn reads() -> impl Strategy<Value = ReadStep> {
    prop_oneof![
        4 => Just(ReadStep::Bytes(text("echo hello"))),
        2 => Just(ReadStep::Bytes(text("close 4000"))),
        1 => Just(ReadStep::Bytes(text("close-other 1"))),
        1 => Just(ReadStep::Bytes(close(1000))),
        1 => Just(ReadStep::Bytes(vec![0xff])),
        1 => Just(ReadStep::Bytes(ws::masked(OpCode::Ping, true, &[1; 100], [0; 4]))),
        1 => Just(ReadStep::Bytes(text("half")[..3].to_vec())),
        1 => Just(ReadStep::Bytes(text("x").repeat(20_000))),
        1 => Just(ReadStep::Interrupted),
        1 => Just(ReadStep::WouldBlock),
        1 => Just(ReadStep::Reset),
        1 => Just(ReadStep::End),
    ]
}

fn writes() -> impl Strategy<Value = WriteStep> {
    prop_oneof![
        4 => (1_usize..80).prop_map(WriteStep::Take),
        3 => Just(WriteStep::WouldBlock),
        1 => Just(WriteStep::Interrupted),
        1 => Just(WriteStep::Reset),
        1 => Just(WriteStep::Take(0)),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        2 => Just(Event::Connect),
        3 => (0_usize..8, proptest::collection::vec(reads(), 1..4)).prop_map(|(at, steps)| Event::Reads(at, steps)),
        2 => (0_usize..8, proptest::collection::vec(writes(), 1..6)).prop_map(|(at, steps)| Event::Writes(at, steps)),
        4 => (0_usize..8).prop_map(Event::Readable),
        3 => (0_usize..8).prop_map(Event::Writable),
        4 => (0_usize..8, 0_usize..200).prop_map(|(at, length)| Event::Send(at, length)),
        1 => (0_usize..8).prop_map(Event::Close),
        4 => Just(Event::Flush),
        1 => (0_u64..7).prop_map(Event::Wait),
    ]
}

impl Simulation {
    /// Lets something happen to the connections that are there; `peers` are all that ever were.
    fn apply(&mut self, event: Event, peers: &mut Vec<(Slot, Peer)>) {
        let now = self.now;
        let pick = |peers: &[(Slot, Peer)], at: usize| {
            let alive: Vec<_> = peers.iter().filter(|(_, peer)| !peer.is_dropped()).collect();
            alive.get(at % alive.len().max(1)).map(|(slot, peer)| (*slot, peer.clone()))
        };
        match event {
            Event::Connect => {
                let new = self.connect();
                peers.push(new);
            }
            Event::Flush => self.connections.flush(now),
            Event::Wait(seconds) => self.advance(Duration::from_secs(seconds)),
            Event::Reads(at, steps) => drop(pick(peers, at).map(|(_, peer)| peer.will_read(steps))),
            Event::Writes(at, steps) => drop(pick(peers, at).map(|(_, peer)| peer.will_write(steps))),
            Event::Readable(at) => {
                self.connections.read_more(now);
                if let Some((slot, _)) = pick(peers, at) {
                    self.connections.handle_readable(now, slot, true);
                }
            }
            Event::Writable(at) => {
                if let Some((slot, _)) = pick(peers, at) {
                    self.connections.handle_writable(now, slot);
                }
            }
            Event::Send(at, length) => {
                if let Some((slot, _)) = pick(peers, at) {
                    self.connections.deliver(now, Command::Send(slot, "x".repeat(length)));
                }
            }
            Event::Close(at) => {
                if let Some((slot, _)) = pick(peers, at) {
                    self.connections.deliver(now, Command::Close(slot, 4000));
                }
            }
        }
    }
}

proptest! {
    /// The recorder refuses messages of connections that are gone or closing, the wire refuses writes behind its end;
    /// here is the rest: every connection begins and ends once, nothing follows a close, nothing is left.
    #[test]
    fn whatever_happens_connections_end_once_and_nothing_is_left(
        events in proptest::collection::vec(event(), 1..150),
    ) {
        let mut simulation = Simulation::with_outboxes_of(1000);
        let mut peers = Vec::new();
        for event in events {
            simulation.apply(event, &mut peers);
        }
        simulation.connections.shut_down(simulation.now);
        for (slot, peer) in &peers {
            if !peer.is_dropped() {
                peer.takes_everything();
                simulation.writable(*slot);
            }
        }
        let mut gracefully_closed = 0;
        for (_, peer) in peers.iter().filter(|(_, peer)| !peer.is_dropped()) {
            let seen = frames(&peer.written());
            let closes = seen.iter().filter(|seen| matches!(seen, Seen::Close(_))).count();
            prop_assert_eq!(closes, 1, "{:?}", &seen);
            prop_assert!(matches!(seen.last(), Some(Seen::Close(_))), "{:?}", &seen);
            gracefully_closed += 1;
        }
        simulation.advance(Duration::from_secs(6));
        prop_assert!(simulation.connections.is_empty(), "{} were closing", gracefully_closed);
        prop_assert!(peers.iter().all(|(_, peer)| peer.is_dropped()));
        prop_assert_eq!(simulation.connections.next_deadline(), None);
        let begun = simulation.calls().iter().filter(|call| matches!(call, Call::Connected(_))).count();
        let ended = simulation.calls().iter().filter(|call| matches!(call, Call::Disconnected(_))).count();
        prop_assert_eq!((begun, ended), (peers.len(), peers.len()));
    }
}
