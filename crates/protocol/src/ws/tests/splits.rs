//! Bytes may arrive in any pieces.

use super::*;

/// Frames of all kinds, and what they say.
fn conversation() -> (Vec<u8>, Vec<Item<'static>>) {
    let long = "ä".repeat(63);
    let frames = [
        vec![
            frame(OpCode::Text, ""),
            frame(OpCode::Text, "x"),
            frame(OpCode::Text, &long),
            frame(OpCode::Binary, ""),
            frame(OpCode::Binary, [0xFF; 125]),
            frame(OpCode::Binary, [7; 127]),
            frame(OpCode::Ping, ""),
            frame(OpCode::Ping, [9; 125]),
            frame(OpCode::Pong, "pong"),
        ],
        fragments(OpCode::Text, &[b"one ", b"", b"two ", "drei \u{1F600}".as_bytes()]),
        fragments(OpCode::Text, &[b"", b"", b""]),
        vec![
            masked(OpCode::Binary, false, b"left", MASK),
            frame(OpCode::Ping, "between"),
            frame(OpCode::Pong, ""),
            masked(OpCode::Continuation, false, b"", MASK),
            frame(OpCode::Ping, ""),
            frame(OpCode::Continuation, "right"),
            frame(OpCode::Close, b"\x03\xE8bye"),
            frame(OpCode::Close, ""),
        ],
    ];
    let items = vec![
        text(""),
        text("x"),
        text(&long),
        binary(b""),
        binary(&[0xFF; 125]),
        binary(&[7; 127]),
        ping(b""),
        ping(&[9; 125]),
        Item::Pong,
        text("one two drei \u{1F600}"),
        text(""),
        ping(b"between"),
        Item::Pong,
        ping(b""),
        binary(b"leftright"),
        close(1000, "bye"),
        Item::Close(None),
    ];
    (frames.concat().concat(), items)
}

#[test]
fn frames_that_arrive_at_once_are_all_decoded() {
    let (bytes, items) = conversation();
    assert_eq!(feed_whole(&bytes), (items, None));
}

#[test]
fn a_split_at_any_point_makes_no_difference() {
    let (bytes, items) = conversation();
    for at in 0..=bytes.len() {
        let (first, second) = bytes.split_at(at);
        assert_eq!(feed([first, second], LIMIT), (items.clone(), None), "split at {at}");
    }
}

#[test]
fn chunks_of_any_size_make_no_difference() {
    let (bytes, items) = conversation();
    for size in 1..200 {
        assert_eq!(feed(bytes.chunks(size), LIMIT), (items.clone(), None), "chunks of {size}");
    }
}

#[test]
fn a_length_in_any_form_is_read_wherever_it_is_split() {
    for length in [0, 1, 125, 126, 127, 128, 65_535, 65_536, 70_000] {
        let payload: Vec<u8> = (b'a'..=b'z').cycle().take(length).collect();
        let bytes = [
            frame(OpCode::Text, &payload),
            fragments(OpCode::Binary, &[&payload, b"!"]).concat(),
            frame(OpCode::Ping, "after"),
        ]
        .concat();
        let continued = [payload.as_slice(), b"!"].concat();
        let items = vec![text(str::from_utf8(&payload).unwrap()), binary(&continued), ping(b"after")];

        let header = |at: &usize| *at < 40 || (length..length + 40).contains(at) || bytes.len() - at < 40;
        let sample = |at: &usize| at.is_multiple_of(4_099);
        for at in (0..=bytes.len()).filter(|at| header(at) || sample(at)) {
            let (first, second) = bytes.split_at(at);
            let decoded = feed([first, second], LIMIT);
            assert!(decoded == (items.clone(), None), "length {length}, split at {at}");
        }
        assert!(feed(bytes.chunks(1), LIMIT) == (items, None), "length {length}, byte by byte");
    }
}

#[test]
fn an_empty_input_changes_nothing() {
    let mut decoder = Decoder::default();
    for byte in frame(OpCode::Ping, "ping") {
        let decoded = decoder.decode(&mut [], LIMIT).unwrap();
        assert_eq!((decoded.consumed, decoded.item), (0, None));
        decoder.decode(&mut [byte], LIMIT).unwrap();
    }
}
