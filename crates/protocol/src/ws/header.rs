//! The header of a frame that a client sent.

use super::mask::Mask;
use super::{DecodeError, MAX_CONTROL_PAYLOAD};

/// The longest header: two bytes, a length of eight, a mask of four.
pub(super) const MAX_HEADER: usize = 14;

pub(super) const FIN: u8 = 0x80;
pub(super) const MASKED: u8 = 0x80;
pub(super) const LENGTH_IN_16_BITS: u8 = 126;
pub(super) const LENGTH_IN_64_BITS: u8 = 127;
const RESERVED: u8 = 0x70;

/// What a frame is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum OpCode {
    /// A further fragment of a message.
    Continuation = 0,
    /// A text message, or its first fragment.
    Text = 1,
    /// A binary message, or its first fragment.
    Binary = 2,
    /// The last frame of a connection.
    Close = 8,
    /// A request for a pong.
    Ping = 9,
    /// The answer to a ping, or a sign of life.
    Pong = 10,
}

impl OpCode {
    /// The opcode with this number, unless it is reserved.
    pub(super) fn from_bits(bits: u8) -> Option<Self> {
        match bits {
            0 => Some(Self::Continuation),
            1 => Some(Self::Text),
            2 => Some(Self::Binary),
            8 => Some(Self::Close),
            9 => Some(Self::Ping),
            10 => Some(Self::Pong),
            _ => None,
        }
    }

    fn kind(self) -> Kind {
        match self {
            Self::Continuation => Kind::Continuation,
            Self::Text => Kind::Message(MessageKind::Text),
            Self::Binary => Kind::Message(MessageKind::Binary),
            Self::Close => Kind::Control(ControlKind::Close),
            Self::Ping => Kind::Control(ControlKind::Ping),
            Self::Pong => Kind::Control(ControlKind::Pong),
        }
    }
}

/// An opcode, sorted by what the decoder does with it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Message(MessageKind),
    Continuation,
    Control(ControlKind),
}

#[derive(Debug, Clone, Copy)]
pub(super) enum MessageKind {
    Text,
    Binary,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum ControlKind {
    Close,
    Ping,
    Pong,
}

/// A header that obeys the rules which hold for a single frame and for its place in the sequence of frames.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header {
    pub(super) kind: Kind,
    pub(super) fin: bool,
    /// The bytes of payload that follow.
    pub(super) length: u64,
    pub(super) mask: Mask,
    /// The bytes of the header itself.
    pub(super) size: usize,
}

impl Header {
    /// Reads the header at the start of `bytes`; `None` if it is not complete. What is wrong is reported as soon as the
    /// offending byte is there.
    pub(super) fn parse(bytes: &[u8], in_message: bool) -> Result<Option<Self>, DecodeError> {
        let Some((&first, rest)) = bytes.split_first() else {
            return Ok(None);
        };
        let fin = first & FIN != 0;
        let kind = parse_kind(first, fin, in_message)?;

        let Some((&second, rest)) = rest.split_first() else {
            return Ok(None);
        };
        if second & MASKED == 0 {
            return Err(DecodeError::Unmasked);
        }
        let short = second & !MASKED;
        if matches!(kind, Kind::Control(_)) && usize::from(short) > MAX_CONTROL_PAYLOAD {
            return Err(DecodeError::ControlTooLong);
        }
        let Some((length, rest)) = parse_length(short, rest)? else {
            return Ok(None);
        };
        let Some((&key, rest)) = rest.split_first_chunk() else {
            return Ok(None);
        };
        Ok(Some(Self { kind, fin, length, mask: Mask::new(key), size: bytes.len() - rest.len() }))
    }

    /// Where the payload that starts at `start` ends, if that is within the `available` bytes.
    pub(super) fn end_of_payload(&self, start: usize, available: usize) -> Option<usize> {
        let length = usize::try_from(self.length).ok()?;
        (length <= available - start).then(|| start + length)
    }

    /// Unmasks the payload, all of it.
    pub(super) fn unmask<'a>(&mut self, payload: &'a mut [u8]) -> &'a [u8] {
        self.mask.apply(payload);
        payload
    }
}

/// Checks the first byte of a header.
fn parse_kind(first: u8, fin: bool, in_message: bool) -> Result<Kind, DecodeError> {
    if first & RESERVED != 0 {
        return Err(DecodeError::ReservedBits);
    }
    let opcode = OpCode::from_bits(first & 0x0F).ok_or(DecodeError::ReservedOpcode)?;
    match opcode.kind() {
        Kind::Control(_) if !fin => Err(DecodeError::FragmentedControl),
        Kind::Continuation if !in_message => Err(DecodeError::UnexpectedContinuation),
        Kind::Message(_) if in_message => Err(DecodeError::ExpectedContinuation),
        kind @ (Kind::Message(_) | Kind::Continuation | Kind::Control(_)) => Ok(kind),
    }
}

/// Reads the length of the payload from the seven bits in the second byte and, if they say so, from `rest`; returns it
/// and what follows.
fn parse_length(short: u8, rest: &[u8]) -> Result<Option<(u64, &[u8])>, DecodeError> {
    let (length, rest, allowed) = match short {
        LENGTH_IN_16_BITS => {
            let Some((&bytes, rest)) = rest.split_first_chunk() else {
                return Ok(None);
            };
            (u64::from(u16::from_be_bytes(bytes)), rest, u64::from(LENGTH_IN_16_BITS)..=u64::MAX)
        }
        LENGTH_IN_64_BITS => {
            let Some((&bytes, rest)) = rest.split_first_chunk() else {
                return Ok(None);
            };
            (u64::from_be_bytes(bytes), rest, 0x1_0000..=u64::MAX >> 1)
        }
        short => return Ok(Some((u64::from(short), rest))),
    };
    if allowed.contains(&length) { Ok(Some((length, rest))) } else { Err(DecodeError::InvalidLength) }
}
