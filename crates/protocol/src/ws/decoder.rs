//! From the bytes of a client to messages and control frames.

use std::borrow::Cow;

use super::header::{ControlKind, Header, Kind, MAX_HEADER};
use super::mask::Mask;
use super::message::PartialMessage;
use super::{DecodeError, Item, MessageLimit};

/// The reading half of a WebSocket connection, seen from the server. It does no I/O: feed it with
/// [`decode`](Self::decode).
///
/// It is a null pointer as long as frames come whole. Memory is taken only while a frame or a message is incomplete, and
/// grows with what has arrived, not with what was announced.
#[derive(Debug, Default)]
pub struct Decoder {
    partial: Option<Box<Partial>>,
}

/// What one call of [`Decoder::decode`] did.
#[derive(Debug, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// The bytes of the input that are used up; the next call starts behind them.
    pub consumed: usize,
    /// What is complete; `None` if all of the input is used up and more is needed.
    pub item: Option<Item<'a>>,
}

impl Decoder {
    /// Decodes the next item at the start of `input`, whose bytes it unmasks in place.
    ///
    /// Call it again with what was not consumed until there is no item, then with the bytes that arrive next.
    ///
    /// # Errors
    ///
    /// When the client breaks the rules of framing or sends text that is not UTF-8, each as soon as the offending byte
    /// is there, and when it announces a message that passes `limit.discard`. The connection has to end then.
    pub fn decode<'a>(
        &mut self,
        input: &'a mut [u8],
        limit: MessageLimit,
    ) -> Result<Decoded<'a>, DecodeError> {
        let mut at = 0;
        while at < input.len() {
            if self.is_between_frames() {
                let (used, header) = self.read_header(&input[at..])?;
                at += used;
                let Some(mut header) = header else { break };
                match (header.kind, header.end_of_payload(at, input.len())) {
                    (Kind::Control(kind), Some(end)) => {
                        self.release_if_idle();
                        let item = kind.item(Cow::Borrowed(header.unmask(&mut input[at..end])))?;
                        return Ok(Decoded { consumed: end, item: Some(item) });
                    }
                    (Kind::Message(kind), Some(end)) if header.fin => {
                        self.release_if_idle();
                        let item = if limit.accepts(header.length)? {
                            kind.borrowed(header.unmask(&mut input[at..end]))?
                        } else {
                            Item::Oversized { length: header.length }
                        };
                        return Ok(Decoded { consumed: end, item: Some(item) });
                    }
                    (Kind::Control(_) | Kind::Message(_) | Kind::Continuation, _) => {
                        self.begin_payload(&header, limit)?;
                    }
                }
            }
            let (used, item) = self.read_payload(&mut input[at..])?;
            at += used;
            if item.is_some() {
                return Ok(Decoded { consumed: at, item });
            }
        }
        Ok(Decoded { consumed: at, item: None })
    }

    fn is_between_frames(&self) -> bool {
        self.partial.as_ref().is_none_or(|partial| matches!(partial.position, Position::Header(_)))
    }

    /// Reads a header, together with the part of it that came before. Returns how much of `input` it took.
    fn read_header(&mut self, input: &[u8]) -> Result<(usize, Option<Header>), DecodeError> {
        let in_message = self.partial.as_ref().is_some_and(|partial| partial.message.is_some());
        if let Some(Partial { position: Position::Header(stash), .. }) = self.partial.as_deref_mut()
            && stash.length > 0
        {
            let before = stash.length;
            stash.fill(input);
            let Some(header) = Header::parse(stash.bytes(), in_message)? else {
                return Ok((input.len(), None));
            };
            *stash = HeaderStash::default();
            return Ok((header.size - before, Some(header)));
        }
        if let Some(header) = Header::parse(input, in_message)? {
            return Ok((header.size, Some(header)));
        }
        let mut stash = HeaderStash::default();
        stash.fill(input);
        self.partial.get_or_insert_default().position = Position::Header(stash);
        Ok((input.len(), None))
    }

    /// Prepares for the payload of a frame that is a fragment or has not arrived as a whole.
    fn begin_payload(&mut self, header: &Header, limit: MessageLimit) -> Result<(), DecodeError> {
        let partial = self.partial.get_or_insert_default();
        let payload = Payload { mask: header.mask, left: header.length };
        partial.position = match header.kind {
            Kind::Control(kind) => Position::Control { kind, payload, bytes: Vec::new() },
            Kind::Message(kind) => {
                partial.message.insert(PartialMessage::new(kind)).announce(header.length, limit)?;
                Position::Message { fin: header.fin, payload }
            }
            Kind::Continuation => {
                if let Some(message) = &mut partial.message {
                    message.announce(header.length, limit)?;
                }
                Position::Message { fin: header.fin, payload }
            }
        };
        Ok(())
    }

    /// Takes what `input` has of the current payload; returns how much that is, and the item that it completes.
    fn read_payload(&mut self, input: &mut [u8]) -> Result<(usize, Option<Item<'static>>), DecodeError> {
        let Some(partial) = self.partial.as_deref_mut() else {
            return Ok((0, None));
        };
        let (used, item) = match &mut partial.position {
            Position::Header(_) => return Ok((0, None)),
            Position::Control { kind, payload, bytes } => {
                let arrived = payload.take(input);
                bytes.extend_from_slice(arrived);
                if payload.left > 0 {
                    return Ok((arrived.len(), None));
                }
                (arrived.len(), Some(kind.item(Cow::Owned(std::mem::take(bytes)))?))
            }
            Position::Message { fin, payload } => {
                let arrived = payload.take(input);
                if let Some(message) = &mut partial.message {
                    message.push(arrived)?;
                }
                if payload.left > 0 {
                    return Ok((arrived.len(), None));
                }
                let complete = if *fin { partial.message.take() } else { None };
                (arrived.len(), complete.map(PartialMessage::finish).transpose()?)
            }
        };
        partial.position = Position::default();
        self.release_if_idle();
        Ok((used, item))
    }

    /// Gives the memory back at the end of a frame, unless a message is open.
    fn release_if_idle(&mut self) {
        if self.partial.as_ref().is_some_and(|partial| partial.message.is_none()) {
            self.partial = None;
        }
    }
}

/// What has to be remembered until more bytes arrive.
#[derive(Debug, Default)]
struct Partial {
    position: Position,
    /// The message that is incomplete, with control frames possibly between its fragments.
    message: Option<PartialMessage>,
}

/// What the next byte belongs to.
#[derive(Debug)]
enum Position {
    Header(HeaderStash),
    Control { kind: ControlKind, payload: Payload, bytes: Vec<u8> },
    Message { fin: bool, payload: Payload },
}

impl Default for Position {
    fn default() -> Self {
        Self::Header(HeaderStash::default())
    }
}

/// The beginning of a header.
#[derive(Debug, Default)]
struct HeaderStash {
    buffer: [u8; MAX_HEADER],
    length: usize,
}

impl HeaderStash {
    /// Appends as much as a header can still have.
    fn fill(&mut self, input: &[u8]) {
        for (free, byte) in self.buffer[self.length..].iter_mut().zip(input) {
            *free = *byte;
            self.length += 1;
        }
    }

    fn bytes(&self) -> &[u8] {
        &self.buffer[..self.length]
    }
}

/// The payload that has still to arrive.
#[derive(Debug)]
struct Payload {
    mask: Mask,
    left: u64,
}

impl Payload {
    /// Unmasks and returns what `input` has of it.
    fn take<'a>(&mut self, input: &'a mut [u8]) -> &'a [u8] {
        let length = usize::try_from(self.left).unwrap_or(usize::MAX).min(input.len());
        let arrived = &mut input[..length];
        self.mask.apply(arrived);
        self.left -= length as u64;
        arrived
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ws::{OpCode, masked};

    const LIMIT: MessageLimit = MessageLimit { accept: 2_000_000, discard: 3_000_000 };

    #[test]
    fn a_decoder_is_as_large_as_a_pointer() {
        assert_eq!(size_of::<Decoder>(), size_of::<usize>());
    }

    #[test]
    fn a_decoder_at_a_message_boundary_owns_no_memory() {
        let mut frames = masked(OpCode::Text, false, b"one ", [1, 2, 3, 4]);
        frames.extend(masked(OpCode::Ping, true, b"two", [5, 6, 7, 8]));
        frames.extend(masked(OpCode::Continuation, true, b"three", [9, 10, 11, 12]));
        let message_end = frames.len();
        frames.extend(masked(OpCode::Pong, true, b"four", [13, 14, 15, 16]));
        let pong_end = frames.len();
        frames.extend(masked(OpCode::Text, true, b"", [17, 18, 19, 20]));

        let mut decoder = Decoder::default();
        for at in 0..frames.len() {
            assert_eq!(
                decoder.partial.is_none(),
                [0, message_end, pong_end].contains(&at),
                "before byte {at}"
            );
            decoder.decode(&mut frames[at..=at], LIMIT).unwrap();
        }
        assert!(decoder.partial.is_none());
    }

    #[test]
    fn a_whole_frame_is_handed_out_borrowed_and_leaves_no_memory_behind() {
        let mut decoder = Decoder::default();
        for opcode in [OpCode::Text, OpCode::Binary, OpCode::Ping] {
            let mut frame = masked(opcode, true, b"payload", [1, 2, 3, 4]);
            let decoded = decoder.decode(&mut frame, LIMIT).unwrap();
            assert!(matches!(
                decoded.item,
                Some(
                    Item::Text(Cow::Borrowed(_))
                        | Item::Binary(Cow::Borrowed(_))
                        | Item::Ping(Cow::Borrowed(_))
                )
            ));
            assert!(decoder.partial.is_none());
        }
    }

    #[test]
    fn an_announced_length_costs_nothing_until_the_bytes_arrive() {
        let mut frame = masked(OpCode::Binary, true, &[0; 1_000_000], [1, 2, 3, 4]);
        let mut decoder = Decoder::default();
        let capacity =
            |decoder: &Decoder| decoder.partial.as_ref().unwrap().message.as_ref().unwrap().body.capacity();
        decoder.decode(&mut frame[..15], LIMIT).unwrap();
        assert!(capacity(&decoder) < 64);
        decoder.decode(&mut frame[15..1015], LIMIT).unwrap();
        assert!(capacity(&decoder) < 4096);
    }

    #[test]
    fn a_message_that_is_thrown_away_is_not_buffered() {
        let mut frame = masked(OpCode::Text, false, b"kept so far", [1, 2, 3, 4]);
        frame.extend(masked(OpCode::Continuation, false, &[b'x'; 90], [1, 2, 3, 4]));
        let mut decoder = Decoder::default();
        let decoded = decoder.decode(&mut frame, MessageLimit { accept: 100, discard: 200 }).unwrap();
        assert_eq!(decoded.item, None);
        assert_eq!(decoder.partial.unwrap().message.unwrap().body.capacity(), 0);
    }
}
