//! The hot paths, one at a time, for `scripts/budgets`: it runs this under callgrind, counts the instructions within
//! [`measured`] and compares them with the budgets beside this file.
//!
//! With the name of a path, runs it and prints for how many things it did so. Without one, prints the names.

mod connections;
mod publish;
#[path = "../fan_out/room.rs"]
mod room;
#[path = "../fan_out/shard.rs"]
mod shard;

use std::{hint::black_box, io::Write as _};

use gema_protocol::ws::{Decoder, MessageLimit, OpCode, masked};

use room::Room;

const SUBSCRIBERS: u32 = 1_000;
/// How often a path is run that is not about subscribers.
const REPEATS: usize = 100;

/// A path: prepares, has itself measured, and answers for how many things that was.
type Path = fn() -> usize;

/// The table of `scripts/budgets`, in its order.
const PATHS: [(&str, Path); 7] = [
    ("decode", decode),
    ("ping", connections::ping),
    ("client_event", connections::client_event),
    ("fan_out", || fan_out(1)),
    ("fan_out_16", || fan_out(16)),
    ("publish", publish::publish),
    ("connect", connections::connect),
];

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match PATHS.iter().find(|(name, _)| arguments.iter().any(|argument| argument == name)) {
        Some((_, path)) => writeln!(out, "{}", path()),
        None => PATHS.iter().try_for_each(|(name, _)| writeln!(out, "{name}")),
    }
}

/// What is counted: callgrind is told this name. Whatever comes before or after costs nothing.
#[inline(never)]
fn measured(work: &mut dyn FnMut()) {
    work();
    // So that the call above is one that returns to here.
    black_box(());
}

/// A text of 100 bytes, as a client sends it, in one read.
fn decode() -> usize {
    let limit = MessageLimit { accept: 10_000, discard: 160_000 };
    let frame = masked(OpCode::Text, true, &[b'x'; 100], [0x12, 0x34, 0x56, 0x78]);
    let mut frames = vec![frame; REPEATS + 1];
    let decode = |frame: &mut Vec<u8>| {
        let decoded = Decoder::default().decode(black_box(frame), limit);
        assert!(black_box(decoded).is_ok_and(|decoded| decoded.item.is_some()));
    };
    frames.pop().iter_mut().for_each(decode);
    measured(&mut || frames.iter_mut().for_each(decode));
    REPEATS
}

/// Messages to all subscribers of a channel, from the inbox to the writes; the messages of one write count together.
fn fan_out(messages: usize) -> usize {
    let mut room = Room::new(SUBSCRIBERS);
    let expected = SUBSCRIBERS as usize * messages * room.message_length();
    let mut turn = || {
        for _ in 0..messages {
            room.broadcast();
        }
        assert_eq!(room.drain(), expected);
    };
    turn();
    measured(&mut turn);
    SUBSCRIBERS as usize * messages
}
