//! What a decoder hands out.

use std::borrow::Cow;

use super::header::{ControlKind, MessageKind};
use super::{CloseCode, DecodeError};

/// A complete message or control frame of a client.
///
/// Its bytes are borrowed from the read buffer, unless they arrived in pieces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item<'a> {
    /// A text message.
    Text(Cow<'a, str>),
    /// A binary message.
    Binary(Cow<'a, [u8]>),
    /// A ping; the pong that answers it carries the same bytes, at most 125.
    Ping(Cow<'a, [u8]>),
    /// A pong. What it carries says nothing more than that the client lives.
    Pong,
    /// The client's last frame; nothing that follows it is to be decoded.
    Close(Option<CloseReason<'a>>),
    /// A message that was longer than what is accepted has been thrown away.
    Oversized {
        /// The length of the whole message in bytes.
        length: u64,
    },
}

/// Why a client closes the connection, if it says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloseReason<'a> {
    /// The code, one that a peer may send.
    pub code: CloseCode,
    /// The text for people, often empty.
    pub text: Cow<'a, str>,
}

impl MessageKind {
    /// The message that a whole frame carries.
    pub(super) fn borrowed(self, payload: &[u8]) -> Result<Item<'_>, DecodeError> {
        match self {
            Self::Text => {
                let text = simdutf8::basic::from_utf8(payload).map_err(|_| DecodeError::InvalidUtf8)?;
                Ok(Item::Text(Cow::Borrowed(text)))
            }
            Self::Binary => Ok(Item::Binary(Cow::Borrowed(payload))),
        }
    }

    /// The message that was put together from pieces.
    pub(super) fn owned(self, body: Vec<u8>) -> Result<Item<'static>, DecodeError> {
        match self {
            Self::Text => {
                let text = String::from_utf8(body).map_err(|_| DecodeError::InvalidUtf8)?;
                Ok(Item::Text(Cow::Owned(text)))
            }
            Self::Binary => Ok(Item::Binary(Cow::Owned(body))),
        }
    }
}

impl ControlKind {
    /// What a control frame with this payload says.
    pub(super) fn item(self, payload: Cow<'_, [u8]>) -> Result<Item<'_>, DecodeError> {
        match self {
            Self::Ping => Ok(Item::Ping(payload)),
            Self::Pong => Ok(Item::Pong),
            Self::Close => Ok(Item::Close(parse_close(payload)?)),
        }
    }
}

fn parse_close(payload: Cow<'_, [u8]>) -> Result<Option<CloseReason<'_>>, DecodeError> {
    if payload.is_empty() {
        return Ok(None);
    }
    let Some((&code, text)) = payload.split_first_chunk() else {
        return Err(DecodeError::InvalidClosePayload);
    };
    let code = CloseCode::from_peer(u16::from_be_bytes(code)).ok_or(DecodeError::InvalidCloseCode)?;
    let skipped = payload.len() - text.len();
    let text = match payload {
        Cow::Borrowed(bytes) => str::from_utf8(&bytes[skipped..]).ok().map(Cow::Borrowed),
        Cow::Owned(mut bytes) => String::from_utf8(bytes.split_off(skipped)).ok().map(Cow::Owned),
    };
    Ok(Some(CloseReason { code, text: text.ok_or(DecodeError::InvalidCloseReason)? }))
}
