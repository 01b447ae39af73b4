//! The fuzz targets as property tests: random bytes, and bytes that resemble what is expected.

#[expect(unreachable_pub, reason = "public for the fuzzer")]
#[path = "../../../fuzz/src/protocol.rs"]
mod targets;

use gema_protocol::ws::{OpCode, masked};
use proptest::{collection::vec, prelude::*};

fn opcode() -> impl Strategy<Value = OpCode> {
    prop_oneof![
        Just(OpCode::Text),
        Just(OpCode::Binary),
        Just(OpCode::Continuation),
        Just(OpCode::Ping),
        Just(OpCode::Pong),
        Just(OpCode::Close),
    ]
}

/// Frames that are mostly valid, so that the decoder gets beyond the first one.
fn frames() -> impl Strategy<Value = Vec<u8>> {
    let payload = prop_oneof![vec(32_u8..127, 0..200), vec(any::<u8>(), 0..40), vec(32_u8..127, 900..1200)];
    let frame = (opcode(), any::<bool>(), payload, any::<[u8; 4]>())
        .prop_map(|(opcode, fin, payload, mask)| masked(opcode, fin, &payload, mask));
    (any::<u8>(), vec(frame, 0..8)).prop_map(|(piece, frames)| {
        let mut bytes = vec![piece];
        bytes.extend(frames.concat());
        bytes
    })
}

/// JSON-like text out of the words of the protocol.
fn words() -> impl Strategy<Value = Vec<u8>> {
    let word = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"",
        "\\",
        "null",
        "true",
        "1e999",
        "12345678901234567890",
        "é",
        "\u{2028}",
        "\"event\":",
        "\"data\":",
        "\"channel\":",
        "\"channels\":",
        "\"name\":",
        "\"batch\":",
        "\"auth\":",
        "\"user_data\":",
        "\"channel_data\":",
        "\"socket_id\":",
        "\"1.2\"",
        "\"pusher:subscribe\"",
        "\"pusher:signin\"",
        "\"client-x\"",
        "\"private-a\"",
        "\"presence-a\"",
        "\"{}\"",
        "name=x&",
        "data=y&",
        "channels[]=a&",
        "%",
        "%41",
        "+",
        "auth_signature=",
        "auth_key=key&",
    ]);
    vec(word, 0..40).prop_map(|words| words.concat().into_bytes())
}

/// What the fuzzer has found worth keeping.
fn over_the_corpus(target: &str, run: fn(&[u8])) {
    let folder = format!("{}/../../fuzz/corpus/{target}", env!("CARGO_MANIFEST_DIR"));
    let files: Vec<_> = std::fs::read_dir(folder).expect("the corpus is in the repository").collect();
    assert!(!files.is_empty());
    for file in files {
        let path = file.expect("a folder can be listed").path();
        run(&std::fs::read(path).expect("a file of the corpus can be read"));
    }
}

#[test]
fn the_corpus_holds() {
    over_the_corpus("altered_query", targets::altered_query);
    over_the_corpus("client_message", targets::client_message);
    over_the_corpus("decoder", targets::decoder);
    over_the_corpus("signed_request", targets::signed_request);
    over_the_corpus("trigger", targets::trigger);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn pieces_make_no_difference_to_random_bytes(data in vec(any::<u8>(), 0..300)) {
        targets::decoder(&data);
    }

    #[test]
    fn pieces_make_no_difference_to_frames(data in frames()) {
        targets::decoder(&data);
    }

    #[test]
    fn every_client_message_is_read_or_refused(data in prop_oneof![words(), vec(any::<u8>(), 0..200)]) {
        targets::client_message(&data);
    }

    #[test]
    fn only_signed_requests_are_accepted(data in prop_oneof![words(), vec(any::<u8>(), 0..200)]) {
        targets::signed_request(&data);
    }

    #[test]
    fn a_signed_query_that_is_changed_is_refused_or_says_the_same(changes in vec(any::<u8>(), 0..12)) {
        targets::altered_query(&changes);
    }

    #[test]
    fn every_trigger_is_read_or_refused(data in prop_oneof![words(), vec(any::<u8>(), 0..200)]) {
        targets::trigger(&data);
    }
}
