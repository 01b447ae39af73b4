//! How long messages may be.

use super::*;

const SMALL: MessageLimit = MessageLimit { accept: 10, discard: 20 };

fn oversized(length: u64) -> Item<'static> {
    Item::Oversized { length }
}

/// A message whose fragments have these lengths, and a ping behind it.
fn check(lengths: &[usize], expected: Result<Item<'static>, DecodeError>) {
    let payloads: Vec<Vec<u8>> = lengths.iter().map(|length| vec![b'x'; *length]).collect();
    let payloads: Vec<&[u8]> = payloads.iter().map(Vec::as_slice).collect();
    let bytes = [fragments(OpCode::Text, &payloads).concat(), frame(OpCode::Ping, "still here")].concat();
    let expected = match expected {
        Ok(item) => (vec![item, ping(b"still here")], None),
        Err(error) => (vec![], Some(error)),
    };
    for size in [1, 2, 3, 5, 7, 13, bytes.len()] {
        assert_eq!(feed(bytes.chunks(size), SMALL), expected, "{lengths:?} in chunks of {size}");
    }
}

#[test]
fn a_message_is_delivered_thrown_away_or_refused_by_the_sum_of_its_fragments() {
    check(&[0], Ok(text("")));
    check(&[10], Ok(text("xxxxxxxxxx")));
    check(&[4, 6], Ok(text("xxxxxxxxxx")));
    check(&[0, 10, 0], Ok(text("xxxxxxxxxx")));
    check(&[11], Ok(oversized(11)));
    check(&[10, 1], Ok(oversized(11)));
    check(&[1, 10], Ok(oversized(11)));
    check(&[20], Ok(oversized(20)));
    check(&[11, 0, 9, 0], Ok(oversized(20)));
    check(&[5, 5, 5, 5], Ok(oversized(20)));
    check(&[21], Err(DecodeError::TooBig));
    check(&[20, 1], Err(DecodeError::TooBig));
    check(&[1, 20], Err(DecodeError::TooBig));
    check(&[5, 5, 5, 6], Err(DecodeError::TooBig));
}

#[test]
fn a_message_after_an_oversized_one_is_delivered() {
    let bytes = [frame(OpCode::Text, [b'x'; 15]), frame(OpCode::Text, "short")].concat();
    for size in 1..=bytes.len() {
        assert_eq!(feed(bytes.chunks(size), SMALL), (vec![oversized(15), text("short")], None));
    }
}

#[test]
fn control_frames_reach_through_a_message_that_is_thrown_away() {
    let [first, second]: [Vec<u8>; 2] = fragments(OpCode::Binary, &[&[1; 12], &[2; 8]]).try_into().unwrap();
    let bytes = [first, frame(OpCode::Ping, [3; 100]), second].concat();
    for size in 1..=bytes.len() {
        assert_eq!(feed(bytes.chunks(size), SMALL), (vec![ping(&[3; 100]), oversized(20)], None));
    }
}

#[test]
fn text_that_is_thrown_away_need_not_be_utf8() {
    let whole = frame(OpCode::Text, [0xFF; 11]);
    assert_eq!(feed([whole.as_slice()], SMALL), (vec![oversized(11)], None));
    assert_eq!(feed(whole.chunks(1), SMALL), (vec![oversized(11)], None));
    // The first fragment is kept, and ends within a character.
    let cut = fragments(OpCode::Text, &[b"\xE2\x82", &[0xFF; 11]]).concat();
    assert_eq!(feed([cut.as_slice()], SMALL), (vec![oversized(13)], None));
}

#[test]
fn a_message_that_is_too_big_is_refused_before_its_payload_arrives() {
    let header = |bytes: Vec<u8>, payload: usize| bytes[..bytes.len() - payload].to_vec();
    let single = header(frame(OpCode::Text, [b'x'; 21]), 21);
    let second = header(fragments(OpCode::Text, &[b"1234567890", &[b'x'; 11]]).concat(), 11);
    let huge = [&[0x82, 0xFF, 0x7F], [0xFF; 7].as_slice(), &MASK].concat();
    let sum = [frame_start(), huge[1..].to_vec()].concat();
    for bytes in [single, second, huge, sum] {
        assert_eq!(feed([bytes.as_slice()], SMALL), (vec![], Some(DecodeError::TooBig)));
        assert_eq!(feed(bytes.chunks(1), SMALL), (vec![], Some(DecodeError::TooBig)));
        assert_eq!(feed([&bytes[..bytes.len() - 1]], SMALL), (vec![], None));
    }
}

/// A first fragment, and the first byte of the second.
fn frame_start() -> Vec<u8> {
    [masked(OpCode::Binary, false, b"first", MASK), vec![0x80]].concat()
}

#[test]
fn nothing_is_thrown_away_if_the_second_bound_is_not_above_the_first() {
    for discard in [0, 9, 10] {
        let limit = MessageLimit { accept: 10, discard };
        let fits = frame(OpCode::Binary, [1; 10]);
        let longer = frame(OpCode::Binary, [1; 11]);
        assert_eq!(feed([fits.as_slice()], limit), (vec![binary(&[1; 10])], None));
        assert_eq!(feed([longer.as_slice()], limit), (vec![], Some(DecodeError::TooBig)));
    }
}

#[test]
fn control_frames_are_not_subject_to_the_limit() {
    let bytes = frame(OpCode::Ping, [0; 125]);
    let none = MessageLimit { accept: 0, discard: 0 };
    assert_eq!(feed(bytes.chunks(10), none), (vec![ping(&[0; 125])], None));
}
