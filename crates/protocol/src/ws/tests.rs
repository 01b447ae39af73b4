//! Tests of the codec as a whole; each file has one topic.

use std::borrow::Cow;

use super::{CloseCode, CloseReason, DecodeError, Decoder, Item, MessageLimit, OpCode, masked};

mod control;
mod frames;
mod limits;
mod random;
mod rules;
mod splits;
mod utf8;

const MASK: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];
const LIMIT: MessageLimit = MessageLimit { accept: 1_000_000, discard: 2_000_000 };

/// What a decoder makes of bytes that arrive in these chunks: the items, and the error that ends them.
fn feed<'a>(
    chunks: impl IntoIterator<Item = &'a [u8]>,
    limit: MessageLimit,
) -> (Vec<Item<'static>>, Option<DecodeError>) {
    let mut decoder = Decoder::default();
    let mut items = Vec::new();
    for chunk in chunks {
        let mut chunk = chunk.to_vec();
        let mut rest = chunk.as_mut_slice();
        loop {
            let available = rest.len();
            match decoder.decode(rest, limit) {
                Ok(decoded) => {
                    assert!(decoded.consumed <= available);
                    let Some(item) = decoded.item else {
                        assert_eq!(decoded.consumed, available, "no item, so all is consumed");
                        break;
                    };
                    assert!(decoded.consumed > 0, "an item takes bytes");
                    items.push(owned(item));
                    let consumed = decoded.consumed;
                    rest = &mut rest[consumed..];
                }
                Err(error) => return (items, Some(error)),
            }
        }
    }
    (items, None)
}

/// What a decoder makes of bytes that arrive at once.
fn feed_whole(bytes: &[u8]) -> (Vec<Item<'static>>, Option<DecodeError>) {
    feed([bytes], LIMIT)
}

/// How many bytes a decoder takes one by one until it reports an error.
fn feed_until_error(bytes: &[u8]) -> Option<(usize, DecodeError)> {
    let mut decoder = Decoder::default();
    bytes.iter().enumerate().find_map(|(at, byte)| {
        let error = decoder.decode(&mut [*byte], LIMIT).err()?;
        Some((at + 1, error))
    })
}

fn owned(item: Item<'_>) -> Item<'static> {
    match item {
        Item::Text(text) => Item::Text(Cow::Owned(text.into_owned())),
        Item::Binary(bytes) => Item::Binary(Cow::Owned(bytes.into_owned())),
        Item::Ping(bytes) => Item::Ping(Cow::Owned(bytes.into_owned())),
        Item::Pong => Item::Pong,
        Item::Close(reason) => Item::Close(
            reason
                .map(|CloseReason { code, text }| CloseReason { code, text: Cow::Owned(text.into_owned()) }),
        ),
        Item::Oversized { length } => Item::Oversized { length },
    }
}

fn frame(opcode: OpCode, payload: impl AsRef<[u8]>) -> Vec<u8> {
    masked(opcode, true, payload.as_ref(), MASK)
}

/// A message in as many frames as there are payloads.
fn fragments(opcode: OpCode, payloads: &[&[u8]]) -> Vec<Vec<u8>> {
    let last = payloads.len() - 1;
    let opcode_at = |at| if at == 0 { opcode } else { OpCode::Continuation };
    payloads.iter().enumerate().map(|(at, bytes)| masked(opcode_at(at), at == last, bytes, MASK)).collect()
}

fn text(text: &str) -> Item<'static> {
    Item::Text(Cow::Owned(text.to_owned()))
}

fn binary(bytes: &[u8]) -> Item<'static> {
    Item::Binary(Cow::Owned(bytes.to_vec()))
}

fn ping(bytes: &[u8]) -> Item<'static> {
    Item::Ping(Cow::Owned(bytes.to_vec()))
}

fn close(number: u16, text: &str) -> Item<'static> {
    let code = CloseCode::from_peer(number).unwrap();
    Item::Close(Some(CloseReason { code, text: Cow::Owned(text.to_owned()) }))
}
