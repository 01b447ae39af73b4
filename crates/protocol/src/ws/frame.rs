//! From messages to the bytes of frames.

use std::fmt;

use bytes::Bytes;

use super::header::{FIN, LENGTH_IN_16_BITS, LENGTH_IN_64_BITS, MASKED, MAX_HEADER};
use super::mask::Mask;
use super::{MAX_CONTROL_PAYLOAD, OpCode};

/// The longest reason in a close frame: what the code leaves of the payload.
const MAX_CLOSE_REASON: usize = MAX_CONTROL_PAYLOAD - size_of::<u16>();

/// A frame of the server as it stands on the wire. Clones share their bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame(Bytes);

impl Frame {
    /// The bytes of the frame, header included.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The payload alone, for logs and tests.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        let extended = match self.0[1] {
            LENGTH_IN_16_BITS => 2,
            LENGTH_IN_64_BITS => 8,
            _ => 0,
        };
        &self.0[2 + extended..]
    }

    /// The length on the wire in bytes.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a frame has a header, so it is never empty")]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    fn build(opcode: OpCode, payload: &[&[u8]]) -> Self {
        let length = payload.iter().map(|part| part.len()).sum();
        let mut bytes = Vec::with_capacity(header_size(length) + length);
        put_header(&mut bytes, opcode, true, 0, length);
        for part in payload {
            bytes.extend_from_slice(part);
        }
        Self(bytes.into())
    }
}

impl AsRef<[u8]> for Frame {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match OpCode::from_bits(self.0[0] & !FIN) {
            Some(opcode) => write!(f, "Frame({opcode:?}, {} bytes)", self.payload().len()),
            None => write!(f, "Frame({} bytes)", self.payload().len()),
        }
    }
}

/// A text message.
#[must_use]
pub fn text(payload: &str) -> Frame {
    Frame::build(OpCode::Text, &[payload.as_bytes()])
}

/// A binary message.
#[must_use]
pub fn binary(payload: &[u8]) -> Frame {
    Frame::build(OpCode::Binary, &[payload])
}

/// A ping. The payload is cut to the 125 bytes that a control frame can hold.
#[must_use]
pub fn ping(payload: &[u8]) -> Frame {
    Frame::build(OpCode::Ping, &[cut(payload)])
}

/// The answer to a ping with this payload, which is cut to the 125 bytes that a control frame can hold.
#[must_use]
pub fn pong(payload: &[u8]) -> Frame {
    Frame::build(OpCode::Pong, &[cut(payload)])
}

/// A close frame. The reason is cut at the end of a character, so that at most 123 bytes are left.
#[must_use]
pub fn close(code: u16, reason: &str) -> Frame {
    let reason = &reason[..reason.floor_char_boundary(MAX_CLOSE_REASON)];
    Frame::build(OpCode::Close, &[&code.to_be_bytes(), reason.as_bytes()])
}

/// A close frame that gives no code: the answer to one that gives none.
#[must_use]
pub fn close_empty() -> Frame {
    Frame::build(OpCode::Close, &[])
}

/// A frame of a client, for tests and load generators. It is built as told, whether or not the rules allow it.
#[must_use]
pub fn masked(opcode: OpCode, fin: bool, payload: &[u8], mask: [u8; 4]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(MAX_HEADER + payload.len());
    put_header(&mut bytes, opcode, fin, MASKED, payload.len());
    bytes.extend_from_slice(&mask);
    let start = bytes.len();
    bytes.extend_from_slice(payload);
    Mask::new(mask).apply(&mut bytes[start..]);
    bytes
}

/// The bytes of a header without a mask.
fn header_size(length: usize) -> usize {
    match length {
        0..126 => 2,
        126..0x1_0000 => 4,
        0x1_0000.. => 10,
    }
}

/// Writes a header up to its mask. `masked` is [`MASKED`] or 0.
fn put_header(bytes: &mut Vec<u8>, opcode: OpCode, fin: bool, masked: u8, length: usize) {
    bytes.push(opcode as u8 | if fin { FIN } else { 0 });
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short), _) if short < LENGTH_IN_16_BITS => bytes.push(masked | short),
        (_, Ok(long)) => {
            bytes.push(masked | LENGTH_IN_16_BITS);
            bytes.extend_from_slice(&long.to_be_bytes());
        }
        (_, Err(_)) => {
            bytes.push(masked | LENGTH_IN_64_BITS);
            bytes.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
}

fn cut(payload: &[u8]) -> &[u8] {
    &payload[..payload.len().min(MAX_CONTROL_PAYLOAD)]
}
