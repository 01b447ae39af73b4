//! The frames of the server.

use super::*;
use crate::ws::{self, Frame};

#[track_caller]
fn check(frame: &Frame, header: &[u8], payload: &[u8]) {
    assert_eq!(frame.as_bytes(), [header, payload].concat());
    assert_eq!(frame.as_ref(), frame.as_bytes());
    assert_eq!(frame.payload(), payload);
    assert_eq!(frame.len(), header.len() + payload.len());
}

#[test]
fn frames_of_the_server_have_the_shortest_header_and_no_mask() {
    let payload = "x".repeat(65_536);
    let bytes = payload.as_bytes();
    check(&ws::text(""), &[0x81, 0], b"");
    check(&ws::text("Hello"), &[0x81, 5], b"Hello");
    check(&ws::text(&payload[..125]), &[0x81, 125], &bytes[..125]);
    check(&ws::text(&payload[..126]), &[0x81, 126, 0, 126], &bytes[..126]);
    check(&ws::text(&payload[..65_535]), &[0x81, 126, 255, 255], &bytes[..65_535]);
    check(&ws::text(&payload), &[0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0], bytes);
    check(&ws::binary(&[0, 255]), &[0x82, 2], &[0, 255]);
    check(&ws::ping(b""), &[0x89, 0], b"");
    check(&ws::pong(b"same"), &[0x8A, 4], b"same");
    check(&ws::close(1000, ""), &[0x88, 2], &[0x03, 0xE8]);
    check(&ws::close(4201, "late"), &[0x88, 6], b"\x10\x69late");
    check(&ws::close_empty(), &[0x88, 0], b"");
}

#[test]
fn control_frames_are_cut_to_what_they_can_hold() {
    check(&ws::ping(&[1; 126]), &[0x89, 125], &[1; 125]);
    check(&ws::pong(&[1; 1000]), &[0x8A, 125], &[1; 125]);
    let reason = |text: &str| str::from_utf8(&ws::close(1000, text).payload()[2..]).unwrap().to_owned();
    assert_eq!(reason(&"x".repeat(123)), "x".repeat(123));
    assert_eq!(reason(&"x".repeat(124)), "x".repeat(123));
    assert_eq!(reason(&"ä".repeat(62)), "ä".repeat(61));
    assert_eq!(reason(&"€".repeat(42)), "€".repeat(41));
    assert_eq!(reason(&format!("x{}", "😀".repeat(31))), format!("x{}", "😀".repeat(30)));
}

#[test]
fn the_debug_form_of_a_frame_is_short_and_shows_no_payload() {
    assert_eq!(format!("{:?}", ws::text(&"secret".repeat(1000))), "Frame(Text, 6000 bytes)");
    assert_eq!(format!("{:?}", ws::close(1000, "why")), "Frame(Close, 5 bytes)");
}

#[test]
fn clones_of_a_frame_share_their_bytes() {
    let frame = ws::text("shared");
    assert_eq!(frame.clone().as_bytes().as_ptr(), frame.as_bytes().as_ptr());
}

#[test]
fn frames_of_a_client_are_masked() {
    // RFC 6455, section 5.7.
    let expected = [0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58];
    assert_eq!(masked(OpCode::Text, true, b"Hello", [0x37, 0xFA, 0x21, 0x3D]), expected);
    let header = |length| masked(OpCode::Binary, false, &vec![0; length], [0; 4])[..10].to_vec();
    assert_eq!(header(126)[..4], [0x02, 0xFE, 0, 126]);
    assert_eq!(header(65_535)[..4], [0x02, 0xFE, 255, 255]);
    assert_eq!(header(65_536), [0x02, 0xFF, 0, 0, 0, 0, 0, 1, 0, 0]);
}
