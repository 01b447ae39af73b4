//! A message that arrives in pieces.

use super::header::MessageKind;
use super::{DecodeError, Item};

/// How long a message may be: the sum of its fragments, in bytes.
///
/// Between the two bounds a message costs its sender nothing but the message: it is read, thrown away and reported as
/// [`Item::Oversized`], so that the client can be told and the connection goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageLimit {
    /// The longest message that is delivered.
    pub accept: usize,
    /// The longest message that is read and thrown away; a longer one is [`DecodeError::TooBig`].
    pub discard: usize,
}

impl MessageLimit {
    /// Whether a message of this length is delivered.
    pub(super) fn accepts(self, length: u64) -> Result<bool, DecodeError> {
        let within = |limit| u64::try_from(limit).is_ok_and(|limit: u64| length <= limit);
        if within(self.accept) {
            Ok(true)
        } else if within(self.discard) {
            Ok(false)
        } else {
            Err(DecodeError::TooBig)
        }
    }
}

/// What has arrived of a message. It grows with the bytes that came, not with the length that was announced.
#[derive(Debug)]
pub(super) struct PartialMessage {
    kind: MessageKind,
    /// The announced bytes: the sum of the lengths in the headers so far.
    length: u64,
    pub(super) body: Vec<u8>,
    /// How much of `body` is known to be UTF-8; what is left is the beginning of one character.
    checked: usize,
    discarded: bool,
}

impl PartialMessage {
    pub(super) fn new(kind: MessageKind) -> Self {
        Self { kind, length: 0, body: Vec::new(), checked: 0, discarded: false }
    }

    /// Takes note of a fragment that is about to arrive.
    pub(super) fn announce(&mut self, length: u64, limit: MessageLimit) -> Result<(), DecodeError> {
        self.length = self.length.saturating_add(length);
        if !limit.accepts(self.length)? {
            self.discarded = true;
            self.body = Vec::new();
        }
        Ok(())
    }

    /// Takes the next bytes, already unmasked. Text that cannot become UTF-8 any more is refused at once.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), DecodeError> {
        if self.discarded {
            return Ok(());
        }
        self.body.extend_from_slice(bytes);
        match self.kind {
            MessageKind::Text => self.check_text(),
            MessageKind::Binary => Ok(()),
        }
    }

    /// The message, now that its last byte has arrived.
    pub(super) fn finish(self) -> Result<Item<'static>, DecodeError> {
        if self.discarded {
            return Ok(Item::Oversized { length: self.length });
        }
        self.kind.owned(self.body)
    }

    fn check_text(&mut self) -> Result<(), DecodeError> {
        match simdutf8::compat::from_utf8(&self.body[self.checked..]) {
            Ok(_) => self.checked = self.body.len(),
            Err(error) if error.error_len().is_none() => self.checked += error.valid_up_to(),
            Err(_) => return Err(DecodeError::InvalidUtf8),
        }
        Ok(())
    }
}
