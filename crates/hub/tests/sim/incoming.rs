//! What a client has received.

/// A frame as a client sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Received {
    Text(String),
    Ping,
    Close(u16, String),
}

impl Received {
    /// One line: the JSON of a message, else what it is in angle brackets.
    pub(crate) fn line(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Ping => "<ping>".to_owned(),
            Self::Close(code, reason) => format!("<close {code} {reason}>"),
        }
    }
}

/// Turns bytes into frames. Panics at whatever no server may send.
#[derive(Debug, Default)]
pub(crate) struct Incoming {
    bytes: Vec<u8>,
    pub(crate) received: Vec<Received>,
    /// How many of them have been looked at.
    seen: usize,
}

impl Incoming {
    pub(crate) fn extend(&mut self, bytes: &[u8]) {
        assert!(!self.is_closed(), "bytes after a close frame: {bytes:?}");
        self.bytes.extend_from_slice(bytes);
        while let Some((first, header, length)) = self.frame() {
            let payload: Vec<u8> = self.bytes.drain(..header + length).skip(header).collect();
            assert!(!self.is_closed(), "a frame after a close frame");
            self.received.push(match first {
                0x81 => Received::Text(String::from_utf8(payload).unwrap()),
                0x89 => Received::Ping,
                0x88 => Received::Close(
                    u16::from_be_bytes([payload[0], payload[1]]),
                    String::from_utf8(payload[2..].to_vec()).unwrap(),
                ),
                other => panic!("unexpected first byte {other:#x}"),
            });
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        matches!(self.received.last(), Some(Received::Close(..)))
    }

    /// The frames that have come since the last call.
    pub(crate) fn news(&mut self) -> &[Received] {
        let from = std::mem::replace(&mut self.seen, self.received.len());
        &self.received[from..]
    }

    /// The first byte and the lengths of header and payload, if the first frame is there as a whole.
    fn frame(&self) -> Option<(u8, usize, usize)> {
        let (header, length) = match *self.bytes.get(1)? {
            126 => (4, usize::from(u16::from_be_bytes(self.bytes.get(2..4)?.try_into().unwrap()))),
            127 => (10, u64::from_be_bytes(self.bytes.get(2..10)?.try_into().unwrap()) as usize),
            length => (2, usize::from(length)),
        };
        (self.bytes.len() >= header + length).then_some((self.bytes[0], header, length))
    }
}
