//! The rules of framing: which headers are refused, and with which byte.

use super::*;

/// The decoder refuses `bytes` with the last of them, whether they come at once or one by one.
fn check(bytes: &[u8], expected: DecodeError) {
    assert_eq!(feed_whole(bytes).1, Some(expected), "{bytes:x?}");
    assert_eq!(feed_until_error(bytes), Some((bytes.len(), expected)), "{bytes:x?} byte by byte");
}

#[test]
fn reserved_bits_are_refused() {
    for reserved in [0x40, 0x20, 0x10, 0x70] {
        for first in 0..=0x0F {
            check(&[0x80 | reserved | first], DecodeError::ReservedBits);
            check(&[reserved | first], DecodeError::ReservedBits);
        }
    }
}

#[test]
fn reserved_opcodes_are_refused() {
    for opcode in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] {
        check(&[0x80 | opcode], DecodeError::ReservedOpcode);
        check(&[opcode], DecodeError::ReservedOpcode);
    }
}

#[test]
fn frames_without_a_mask_are_refused() {
    for opcode in [1, 2, 8, 9, 10] {
        for length in [0, 1, 125, 126, 127] {
            check(&[0x80 | opcode, length], DecodeError::Unmasked);
        }
    }
}

#[test]
fn control_frames_may_not_be_fragmented() {
    for opcode in [8, 9, 10] {
        check(&[opcode], DecodeError::FragmentedControl);
        let in_message = [masked(OpCode::Text, false, b"text", MASK), vec![opcode]].concat();
        check(&in_message, DecodeError::FragmentedControl);
    }
}

#[test]
fn control_frames_may_not_be_longer_than_125_bytes() {
    for opcode in [8, 9, 10] {
        check(&[0x80 | opcode, 0x80 | 126], DecodeError::ControlTooLong);
        check(&[0x80 | opcode, 0x80 | 127], DecodeError::ControlTooLong);
    }
}

#[test]
fn a_continuation_needs_a_message_to_continue() {
    check(&[0x80], DecodeError::UnexpectedContinuation);
    check(&[0x00], DecodeError::UnexpectedContinuation);
    let after_message = |frames: Vec<Vec<u8>>| [frames.concat(), vec![0x80]].concat();
    check(&after_message(vec![frame(OpCode::Text, "done")]), DecodeError::UnexpectedContinuation);
    check(&after_message(vec![frame(OpCode::Ping, "ping")]), DecodeError::UnexpectedContinuation);
    check(&after_message(fragments(OpCode::Binary, &[b"all", b"done"])), DecodeError::UnexpectedContinuation);
}

#[test]
fn a_message_may_not_begin_before_the_last_one_is_complete() {
    for first in [OpCode::Text, OpCode::Binary] {
        for second in [0x01, 0x02, 0x81, 0x82] {
            let bytes = [masked(first, false, b"open", MASK), vec![second]].concat();
            check(&bytes, DecodeError::ExpectedContinuation);
            let with_ping =
                [masked(first, false, b"open", MASK), frame(OpCode::Ping, "x"), vec![second]].concat();
            check(&with_ping, DecodeError::ExpectedContinuation);
        }
    }
}

#[test]
fn lengths_must_be_in_their_shortest_form_and_below_63_bits() {
    check(&[0x81, 0xFE, 0, 0], DecodeError::InvalidLength);
    check(&[0x81, 0xFE, 0, 125], DecodeError::InvalidLength);
    check(&[0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0, 1], DecodeError::InvalidLength);
    check(&[0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], DecodeError::InvalidLength);
    check(&[0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0], DecodeError::InvalidLength);
    check(&[0x82, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], DecodeError::InvalidLength);
}

#[test]
fn what_came_before_an_error_is_still_delivered() {
    let bytes = [frame(OpCode::Text, "good"), frame(OpCode::Ping, "too"), vec![0x83]].concat();
    let expected = (vec![text("good"), ping(b"too")], Some(DecodeError::ReservedOpcode));
    assert_eq!(feed_whole(&bytes), expected);
    assert_eq!(feed(bytes.chunks(1), LIMIT), expected);
}

#[test]
fn every_error_has_a_code_and_a_reason_that_fits_a_close_frame() {
    let check = |error: DecodeError, code: u16| {
        assert_eq!(error.close_code().number(), code, "{error:?}");
        assert!((1..=123).contains(&error.reason().len()), "{error:?}");
    };
    check(DecodeError::ReservedBits, 1002);
    check(DecodeError::ReservedOpcode, 1002);
    check(DecodeError::Unmasked, 1002);
    check(DecodeError::FragmentedControl, 1002);
    check(DecodeError::ControlTooLong, 1002);
    check(DecodeError::UnexpectedContinuation, 1002);
    check(DecodeError::ExpectedContinuation, 1002);
    check(DecodeError::InvalidLength, 1002);
    check(DecodeError::InvalidClosePayload, 1002);
    check(DecodeError::InvalidCloseCode, 1002);
    check(DecodeError::InvalidUtf8, 1007);
    check(DecodeError::InvalidCloseReason, 1007);
    check(DecodeError::TooBig, 1009);
    assert_eq!(DecodeError::TooBig.reason(), "Maximum message size exceeded");
    assert_eq!(DecodeError::TooBig.to_string(), "decode a frame: Maximum message size exceeded");
}
