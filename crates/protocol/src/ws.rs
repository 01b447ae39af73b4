//! WebSocket frames (RFC 6455), server side.
//!
//! [`Decoder`] turns the bytes of a client into [`Item`]s: complete messages and control frames. A frame that lies in
//! the read buffer as a whole is unmasked in place and handed out borrowed; only what is split between two reads or
//! fragmented is copied, and at a message boundary a decoder owns no memory but itself.
//!
//! [`text`], [`binary`], [`ping`], [`pong`] and [`close`] build a [`Frame`] of the server. It is neither masked nor
//! fragmented, so one frame serves all who are sent the same. Extensions are not spoken.
//!
//! ```
//! use gema_protocol::ws::{self, Decoder, Item, MessageLimit, OpCode};
//!
//! let mut received = ws::masked(OpCode::Text, true, b"hello", [1, 2, 3, 4]);
//! let limit = MessageLimit { accept: 10_000, discard: 100_000 };
//! let decoded = Decoder::default().decode(&mut received, limit).unwrap();
//! assert_eq!(decoded.item, Some(Item::Text("hello".into())));
//! ```

mod close;
mod decoder;
mod error;
mod frame;
mod handshake;
mod header;
mod item;
mod mask;
mod message;
#[cfg(test)]
mod tests;

pub use close::CloseCode;
pub use decoder::{Decoded, Decoder};
pub use error::DecodeError;
pub use frame::{Frame, binary, close, close_empty, masked, ping, pong, text};
pub use handshake::accept_key;
pub use header::OpCode;
pub use item::{CloseReason, Item};
pub use message::MessageLimit;

/// The longest payload of a control frame.
const MAX_CONTROL_PAYLOAD: usize = 125;
