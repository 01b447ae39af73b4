//! Control frames: close, ping and pong.

use super::*;

fn check_close(payload: &[u8], expected: Result<Item<'static>, DecodeError>) {
    let expected = match expected {
        Ok(item) => (vec![item], None),
        Err(error) => (vec![], Some(error)),
    };
    let bytes = frame(OpCode::Close, payload);
    assert_eq!(feed_whole(&bytes), expected, "{payload:x?}");
    assert_eq!(feed(bytes.chunks(1), LIMIT), expected, "{payload:x?} byte by byte");
}

#[test]
fn close_codes_are_checked() {
    // Autobahn 7.7, 7.9 and 7.13, with the edges of the ranges.
    let valid = [
        1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4201, 4999,
    ];
    for number in valid {
        check_close(&u16::to_be_bytes(number), Ok(close(number, "")));
        assert_eq!(CloseCode::from_peer(number).map(CloseCode::number), Some(number));
    }
    let invalid = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535];
    for number in invalid {
        check_close(&u16::to_be_bytes(number), Err(DecodeError::InvalidCloseCode));
        assert!(!CloseCode::is_valid_from_peer(number), "{number}");
    }
    let own = [
        CloseCode::NORMAL,
        CloseCode::GOING_AWAY,
        CloseCode::PROTOCOL,
        CloseCode::INVALID_PAYLOAD,
        CloseCode::TOO_BIG,
        CloseCode::INTERNAL,
    ];
    assert_eq!(own.map(CloseCode::number), [1000, 1001, 1002, 1007, 1009, 1011]);
}

#[test]
fn close_payloads_are_checked() {
    let longest = "x".repeat(123);
    check_close(b"", Ok(Item::Close(None)));
    check_close(b"\x03", Err(DecodeError::InvalidClosePayload));
    check_close(b"\x03\xE8", Ok(close(1000, "")));
    check_close(b"\x03\xE9see you", Ok(close(1001, "see you")));
    check_close("\u{3}\u{0}".as_bytes(), Err(DecodeError::InvalidCloseCode));
    check_close(&[&[0x03, 0xE8], "Grüße 😀".as_bytes()].concat(), Ok(close(1000, "Grüße 😀")));
    check_close(&[&[0x03, 0xE8], longest.as_bytes()].concat(), Ok(close(1000, &longest)));
    check_close(b"\x03\xE8\xCE\xBA\xF4\x90\x80\x80", Err(DecodeError::InvalidCloseReason));
    check_close(b"\x03\xE8half \xE2\x82", Err(DecodeError::InvalidCloseReason));
}

#[test]
fn pings_hold_up_to_125_bytes_of_anything() {
    for length in [0, 1, 2, 124, 125] {
        let payload: Vec<u8> = (0..length).map(|byte| !byte).collect();
        let bytes = [frame(OpCode::Ping, &payload), frame(OpCode::Pong, &payload)].concat();
        let expected = (vec![ping(&payload), Item::Pong], None);
        assert_eq!(feed_whole(&bytes), expected, "{length} bytes");
        for at in 0..=bytes.len() {
            let (first, second) = bytes.split_at(at);
            assert_eq!(feed([first, second], LIMIT), expected, "{length} bytes, split at {at}");
        }
    }
}

#[test]
fn control_frames_between_fragments_are_delivered_before_the_message() {
    let [first, second, third]: [Vec<u8>; 3] =
        fragments(OpCode::Text, &["a€".as_bytes(), b"\xE2\x82", b"\xACz"]).try_into().unwrap();
    let controls =
        [frame(OpCode::Ping, "1"), frame(OpCode::Pong, "2"), frame(OpCode::Ping, [3; 125])].concat();
    let bytes = [first, controls.clone(), second, controls, third, frame(OpCode::Ping, "end")].concat();
    let between = [ping(b"1"), Item::Pong, ping(&[3; 125])];
    let expected = [&between[..], &between[..], &[text("a€€z"), ping(b"end")]].concat();

    assert_eq!(feed_whole(&bytes), (expected.clone(), None));
    for size in 1..bytes.len() {
        assert_eq!(feed(bytes.chunks(size), LIMIT), (expected.clone(), None), "chunks of {size}");
    }
}

#[test]
fn a_close_frame_inside_a_fragmented_message_is_delivered() {
    let bytes = [masked(OpCode::Text, false, b"never", MASK), frame(OpCode::Close, b"\x0F\xA1gone")].concat();
    assert_eq!(feed_whole(&bytes), (vec![close(4001, "gone")], None));
    assert_eq!(feed(bytes.chunks(1), LIMIT), (vec![close(4001, "gone")], None));
}
