//! Text is UTF-8, or refused with the first byte that makes it impossible.

use super::*;

const PLAIN: &str = "a\u{7F}\u{80}ß\u{7FF}\u{800}€\u{D7FF}\u{E000}\u{FFFF}\u{10000}😀\u{10FFFF}z";

/// Text that goes wrong, and with which byte.
const INVALID: &[(&[u8], usize)] = &[
    (b"\x80", 1),
    (b"ab\xBF", 3),
    (b"\xC0\x80", 1),
    (b"\xC1\xBF", 1),
    (b"\xC3(", 2),
    (b"\xE0\x80\x80", 2),
    (b"\xE2\x82(", 3),
    (b"\xED\xA0\x80", 2),
    (b"\xED\xBF\xBF", 2),
    (b"\xF0\x80\x80\x80", 2),
    (b"\xF0\x9F\x98(", 4),
    (b"\xF4\x90\x80\x80", 2),
    (b"\xF5\x80\x80\x80", 1),
    (b"\xFE", 1),
    (b"\xFF", 1),
    // Autobahn 6.4.
    (b"\xCE\xBA\xE1\xBD\xB9\xCF\x83\xCE\xBC\xCE\xB5\xF4\x90\x80\x80\x65\x64\x69\x74\x65\x64", 13),
];

/// Bytes of which the first `wrong` are needed to see that they are not text, in frames cut at each position.
fn check_fails_at(bytes: &[u8], wrong: usize) {
    let invalid = Some(DecodeError::InvalidUtf8);
    assert_eq!(feed_whole(&frame(OpCode::Text, bytes)), (vec![], invalid), "{bytes:x?} whole");

    let header = frame(OpCode::Text, "").len();
    let expected = Some((header + wrong, DecodeError::InvalidUtf8));
    assert_eq!(feed_until_error(&frame(OpCode::Text, bytes)), expected, "{bytes:x?} byte by byte");

    for cut in 0..=bytes.len() {
        let (first, second) = bytes.split_at(cut);
        let frames = fragments(OpCode::Text, &[first, second]).concat();
        let headers = if wrong <= cut { header } else { 2 * header };
        let expected = Some((headers + wrong, DecodeError::InvalidUtf8));
        assert_eq!(feed_until_error(&frames), expected, "{bytes:x?} in fragments cut at {cut}");
        assert_eq!(feed_whole(&frames).1, invalid, "{bytes:x?} in fragments cut at {cut}");
    }
}

#[test]
fn characters_may_be_split_anywhere() {
    let bytes = PLAIN.as_bytes();
    let expected = (vec![text(PLAIN)], None);
    for first in 0..=bytes.len() {
        for second in first..=bytes.len() {
            let parts = [&bytes[..first], &bytes[first..second], &bytes[second..]];
            let frames = fragments(OpCode::Text, &parts).concat();
            assert_eq!(feed_whole(&frames), expected, "fragments cut at {first} and {second}");
            assert_eq!(feed(frames.chunks(1), LIMIT), expected, "cut at {first} and {second}, byte by byte");
        }
    }
    let one = frame(OpCode::Text, bytes);
    for at in 0..=one.len() {
        let (first, second) = one.split_at(at);
        assert_eq!(feed([first, second], LIMIT), expected, "one frame split at {at}");
    }
}

#[test]
fn text_is_refused_with_the_byte_that_makes_it_impossible() {
    for (bytes, wrong) in INVALID {
        check_fails_at(bytes, *wrong);
    }
}

#[test]
fn a_wrong_byte_is_found_at_any_position() {
    for at in 0..PLAIN.len() {
        let mut bytes = PLAIN.as_bytes().to_vec();
        bytes[at] = 0xFF;
        check_fails_at(&bytes, at + 1);
    }
}

#[test]
fn a_wrong_byte_is_found_in_a_frame_that_is_not_complete() {
    let mut bytes = frame(OpCode::Text, [b"good \xFF".as_slice(), &[b'x'; 50_000]].concat());
    let received = 8 + 6;
    assert_eq!(feed([&bytes[..received - 1]], LIMIT), (vec![], None));
    assert_eq!(feed([&bytes[..received]], LIMIT), (vec![], Some(DecodeError::InvalidUtf8)));
    assert_eq!(Decoder::default().decode(&mut bytes[..1000], LIMIT), Err(DecodeError::InvalidUtf8));
}

#[test]
fn text_that_ends_within_a_character_is_refused() {
    for (at, _) in PLAIN.char_indices().filter(|(_, char)| char.len_utf8() > 1) {
        for end in at + 1..at + PLAIN[at..].chars().next().unwrap().len_utf8() {
            let bytes = &PLAIN.as_bytes()[..end];
            check_fails_at_the_end(bytes);
        }
    }
}

fn check_fails_at_the_end(bytes: &[u8]) {
    let refused = (vec![], Some(DecodeError::InvalidUtf8));
    let one = frame(OpCode::Text, bytes);
    assert_eq!(feed_whole(&one), refused);
    assert_eq!(feed_until_error(&one), Some((one.len(), DecodeError::InvalidUtf8)));
    let two = fragments(OpCode::Text, &[bytes, b""]).concat();
    assert_eq!(feed_whole(&two), refused);
    assert_eq!(feed_until_error(&two), Some((two.len(), DecodeError::InvalidUtf8)));
}

#[test]
fn binary_messages_may_hold_anything() {
    for (bytes, _) in INVALID {
        let frames = fragments(OpCode::Binary, &[bytes, bytes]).concat();
        let expected = (vec![binary(&[*bytes, *bytes].concat())], None);
        assert_eq!(feed_whole(&frames), expected);
        assert_eq!(feed(frames.chunks(1), LIMIT), expected);
    }
}
