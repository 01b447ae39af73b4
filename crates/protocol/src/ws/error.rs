//! Why the bytes of a client cannot be decoded.

use super::CloseCode;

/// Why the bytes of a client are not WebSocket frames, or are more than the server will read. The connection is to be
/// closed with [`close_code`](Self::close_code) and [`reason`](Self::reason); its decoder is of no further use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("decode a frame: {}", self.reason())]
pub enum DecodeError {
    /// A reserved bit is set although no extension was negotiated.
    ReservedBits,
    /// The opcode is none of RFC 6455's.
    ReservedOpcode,
    /// A client must mask every frame.
    Unmasked,
    /// A control frame must be a single one.
    FragmentedControl,
    /// A control frame holds at most 125 bytes.
    ControlTooLong,
    /// A continuation without a message to continue.
    UnexpectedContinuation,
    /// A new message before the fragmented one is complete.
    ExpectedContinuation,
    /// A length that is not in its shortest form, or has the highest of its 64 bits set.
    InvalidLength,
    /// A text message is not UTF-8.
    InvalidUtf8,
    /// A message is longer than the server will even discard.
    TooBig,
    /// A close frame with half a code.
    InvalidClosePayload,
    /// A close frame with a code that must not be sent.
    InvalidCloseCode,
    /// The reason in a close frame is not UTF-8.
    InvalidCloseReason,
}

impl DecodeError {
    /// The code of the close frame that answers this error.
    #[must_use]
    pub fn close_code(self) -> CloseCode {
        match self {
            Self::InvalidUtf8 | Self::InvalidCloseReason => CloseCode::INVALID_PAYLOAD,
            Self::TooBig => CloseCode::TOO_BIG,
            Self::ReservedBits
            | Self::ReservedOpcode
            | Self::Unmasked
            | Self::FragmentedControl
            | Self::ControlTooLong
            | Self::UnexpectedContinuation
            | Self::ExpectedContinuation
            | Self::InvalidLength
            | Self::InvalidClosePayload
            | Self::InvalidCloseCode => CloseCode::PROTOCOL,
        }
    }

    /// The text of the close frame that answers this error; short enough to fit.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::ReservedBits => "Reserved bits are set",
            Self::ReservedOpcode => "Unknown opcode",
            Self::Unmasked => "Frame is not masked",
            Self::FragmentedControl => "Control frame is fragmented",
            Self::ControlTooLong => "Control frame is too long",
            Self::UnexpectedContinuation => "Continuation without a message",
            Self::ExpectedContinuation => "Message inside a fragmented message",
            Self::InvalidLength => "Invalid frame length",
            Self::InvalidUtf8 => "Text is not valid UTF-8",
            // Reverb's words.
            Self::TooBig => "Maximum message size exceeded",
            Self::InvalidClosePayload => "Close frame is too short",
            Self::InvalidCloseCode => "Invalid close code",
            Self::InvalidCloseReason => "Close reason is not valid UTF-8",
        }
    }
}
