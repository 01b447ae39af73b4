//! Random frames, random splits, random bytes.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

const SMALL: MessageLimit = MessageLimit { accept: 300, discard: 400 };

/// What a client sends.
#[derive(Debug, Clone)]
enum Sent {
    Text(String),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(u16, String),
}

impl Sent {
    fn item(&self) -> Item<'static> {
        match self {
            Self::Text(text) if text.len() > SMALL.accept => Item::Oversized { length: text.len() as u64 },
            Self::Binary(bytes) if bytes.len() > SMALL.accept => {
                Item::Oversized { length: bytes.len() as u64 }
            }
            Self::Text(string) => text(string),
            Self::Binary(bytes) => binary(bytes),
            Self::Ping(bytes) => ping(bytes),
            Self::Pong(_) => Item::Pong,
            Self::Close(code, reason) => close(*code, reason),
        }
    }

    /// The frames of this message, cut into fragments at `cuts` if it is one that can be.
    fn frames(&self, cuts: &[usize], mask: [u8; 4]) -> Vec<Vec<u8>> {
        let (opcode, payload) = match self {
            Self::Text(text) => (OpCode::Text, text.as_bytes().to_vec()),
            Self::Binary(bytes) => (OpCode::Binary, bytes.clone()),
            Self::Ping(bytes) => return vec![masked(OpCode::Ping, true, bytes, mask)],
            Self::Pong(bytes) => return vec![masked(OpCode::Pong, true, bytes, mask)],
            Self::Close(code, reason) => {
                let payload = [&code.to_be_bytes(), reason.as_bytes()].concat();
                return vec![masked(OpCode::Close, true, &payload, mask)];
            }
        };
        let pieces = pieces(&payload, cuts);
        let last = pieces.len() - 1;
        let opcode_at = |at| if at == 0 { opcode } else { OpCode::Continuation };
        pieces.iter().enumerate().map(|(at, piece)| masked(opcode_at(at), at == last, piece, mask)).collect()
    }
}

/// Cuts bytes at the given positions, taken modulo their length.
fn pieces<'a>(bytes: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect();
    cuts.sort_unstable();
    let mut pieces = Vec::new();
    let mut start = 0;
    for cut in cuts {
        pieces.push(&bytes[start..cut]);
        start = cut;
    }
    pieces.push(&bytes[start..]);
    pieces
}

fn any_text(longest: usize) -> impl Strategy<Value = String> {
    vec(any::<char>(), 0..=longest / 4).prop_map(String::from_iter)
}

fn any_control() -> impl Strategy<Value = Sent> {
    prop_oneof![
        vec(any::<u8>(), 0..=125).prop_map(Sent::Ping),
        vec(any::<u8>(), 0..=125).prop_map(Sent::Pong),
        (3000..5000_u16, any_text(123)).prop_map(|(code, reason)| Sent::Close(code, reason)),
    ]
}

fn any_message() -> impl Strategy<Value = Sent> {
    prop_oneof![any_text(400).prop_map(Sent::Text), vec(any::<u8>(), 0..=400).prop_map(Sent::Binary)]
}

proptest! {
    #[test]
    fn random_frames_in_random_pieces_decode_to_what_was_sent(
        conversation in vec((any_message(), vec(any::<usize>(), 0..4), vec(any_control(), 0..3)), 0..6),
        cuts in vec(any::<usize>(), 0..20),
        mask in any::<[u8; 4]>(),
    ) {
        let mut bytes = Vec::new();
        let mut expected = Vec::new();
        for (message, message_cuts, controls) in conversation {
            let mut controls = controls.into_iter();
            let mut frames = message.frames(&message_cuts, mask);
            let last = frames.pop().unwrap();
            for fragment in frames {
                bytes.extend(fragment);
                if let Some(control) = controls.next() {
                    bytes.extend(control.frames(&[], mask).concat());
                    expected.push(control.item());
                }
            }
            bytes.extend(last);
            expected.push(message.item());
            for control in controls {
                bytes.extend(control.frames(&[], mask).concat());
                expected.push(control.item());
            }
        }
        prop_assert_eq!(feed(pieces(&bytes, &cuts), SMALL), (expected.clone(), None));
        prop_assert_eq!(feed(bytes.chunks(1), SMALL), (expected, None));
    }

    #[test]
    fn random_bytes_are_consumed_or_refused_however_they_are_split(
        bytes in vec(any::<u8>(), 0..200),
        cuts in vec(any::<usize>(), 0..5),
    ) {
        check_any_split(&bytes, &cuts);
    }

    #[test]
    fn frames_with_one_wrong_byte_are_consumed_or_refused_however_they_are_split(
        message in any_message(),
        message_cuts in vec(any::<usize>(), 0..3),
        (at, wrong) in (any::<usize>(), any::<u8>()),
        cuts in vec(any::<usize>(), 0..5),
    ) {
        let mut bytes = message.frames(&message_cuts, MASK).concat();
        let at = at % bytes.len();
        bytes[at] = wrong;
        check_any_split(&bytes, &cuts);
    }

    #[test]
    fn random_text_is_refused_with_the_byte_that_the_standard_library_refuses(
        bytes in vec(prop_oneof![Just(b'a'), 0x80..=0xBF_u8, 0xC0..=0xFF_u8], 0..12),
    ) {
        let impossible = |end: &usize| str::from_utf8(&bytes[..*end]).is_err_and(|error| error.error_len().is_some());
        let cut_off = str::from_utf8(&bytes).is_err().then_some(bytes.len());
        let wrong = (1..=bytes.len()).find(impossible).or(cut_off);
        let header = 6;
        prop_assert_eq!(
            feed_until_error(&frame(OpCode::Text, &bytes)),
            wrong.map(|wrong| (header + wrong, DecodeError::InvalidUtf8))
        );
    }
}

/// Bytes mean the same at once, in pieces and one by one. [`feed`] asserts that the decoder makes progress.
fn check_any_split(bytes: &[u8], cuts: &[usize]) {
    let (items, error) = feed([bytes], SMALL);
    assert_eq!(feed(pieces(bytes, cuts), SMALL), (items.clone(), error));
    assert_eq!(feed(bytes.chunks(1), SMALL), (items, error));
}
