//! A WebSocket over tungstenite, with the raw bytes within reach.

use std::fmt::Write as _;

use futures_util::{SinkExt as _, StreamExt as _};
use gema_protocol::ws::{self, OpCode};
use tokio::io::AsyncWriteExt as _;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{self, Message, error::ProtocolError, protocol::Role},
};

use crate::{Event, HttpConnection, Stream, within_patience};

/// The example of RFC 6455, section 1.3.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// The client's side of a WebSocket. What the server sends is checked by tungstenite; what the client sends is as
/// right or wrong as the test wants it.
#[derive(Debug)]
pub struct WebSocket {
    stream: WebSocketStream<Stream>,
    traffic: Traffic,
}

/// What has gone through a WebSocket, as its client has seen it; what tungstenite answers by itself is not counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Messages that were sent.
    pub sent: u64,
    /// Their bytes on the wire.
    pub sent_bytes: u64,
    /// Messages that were received.
    pub received: u64,
    /// Their bytes on the wire.
    pub received_bytes: u64,
}

/// Bytes of a frame with so many bytes of payload.
fn frame_size(payload: usize, masked: bool) -> u64 {
    let length = if payload > 65535 {
        8
    } else if payload > 125 {
        2
    } else {
        0
    };
    2 + length + if masked { 4 } else { 0 } + payload as u64
}

/// How the server closes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Close {
    /// The code; `None` when the frame is empty.
    pub code: Option<u16>,
    /// The reason.
    pub reason: String,
}

/// A request to upgrade, with these headers in addition.
#[must_use]
pub fn opening_request(path: &str, headers: &[(&str, &str)]) -> String {
    let mut request = format!(
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n"
    );
    for (name, value) in headers {
        // A String never refuses a write.
        let _ = write!(request, "{name}: {value}\r\n");
    }
    request + "\r\n"
}

impl WebSocket {
    /// Upgrades a connection.
    pub async fn open(stream: impl Into<Stream>, path: &str, headers: &[(&str, &str)]) -> Self {
        let mut http = HttpConnection::new(stream);
        http.write(opening_request(path, headers).as_bytes()).await;
        Self::upgraded(http).await
    }

    /// The request to upgrade is sent, perhaps with something behind it: reads the answer.
    ///
    /// # Panics
    /// When the server does not switch protocols, or offers what was not asked for.
    pub async fn upgraded(mut http: HttpConnection) -> Self {
        let response = http.response().await;
        assert_eq!(response.status, 101, "{response:?}");
        assert_eq!(response.header("sec-websocket-accept"), Some(ACCEPT));
        assert_eq!(response.header("sec-websocket-protocol"), None, "no subprotocol was asked for");
        assert_eq!(response.header("sec-websocket-extensions"), None, "no extension is spoken");
        let (stream, rest) = http.into_parts();
        let stream = WebSocketStream::from_partially_read(stream, rest, Role::Client, None).await;
        Self { stream, traffic: Traffic::default() }
    }

    /// The next message, or nothing when the connection has ended, in whichever way.
    ///
    /// # Panics
    /// When the server breaks the rules of WebSocket, or nothing comes.
    pub async fn receive(&mut self) -> Option<Message> {
        match within_patience("a WebSocket message", self.stream.next()).await? {
            Ok(message) => {
                self.traffic.received += 1;
                self.traffic.received_bytes += frame_size(payload_of(&message), false);
                Some(message)
            }
            Err(
                tungstenite::Error::ConnectionClosed
                | tungstenite::Error::AlreadyClosed
                | tungstenite::Error::Io(_)
                | tungstenite::Error::Protocol(ProtocolError::ResetWithoutClosingHandshake),
            ) => None,
            Err(error) => panic!("the server breaks the rules of WebSocket: {error}"),
        }
    }

    /// The next text message, however many pings come before; nothing when the connection is closed.
    pub async fn receive_text(&mut self) -> Option<String> {
        loop {
            match self.receive().await? {
                Message::Text(text) => return Some(text.to_string()),
                Message::Ping(_) | Message::Pong(_) => {}
                Message::Close(_) => return None,
                other => panic!("the server has sent {other:?}"),
            }
        }
    }

    /// The next event.
    ///
    /// # Panics
    /// When something else comes.
    pub async fn next_event(&mut self) -> Event {
        let text = self.receive_text().await;
        Event::parse(&text.expect("the connection has ended before the next event"))
    }

    /// The next event, which must have this name.
    ///
    /// # Panics
    /// When something else comes.
    pub async fn expect_event(&mut self, name: &str) -> Event {
        let event = self.next_event().await;
        assert_eq!(event.name, name, "{event:?}");
        event
    }

    /// The next error, which must have this code.
    ///
    /// # Panics
    /// When something else comes.
    pub async fn expect_error(&mut self, code: u16) -> Event {
        let event = self.expect_event("pusher:error").await;
        assert_eq!(event.code(), Some(code.into()), "{event:?}");
        event
    }

    /// The server closes next, then the connection ends.
    ///
    /// # Panics
    /// When something else comes, or the connection stays.
    pub async fn expect_close(&mut self) -> Close {
        let close = match self.receive().await {
            Some(Message::Close(Some(frame))) => {
                Close { code: Some(frame.code.into()), reason: frame.reason.to_string() }
            }
            Some(Message::Close(None)) => Close { code: None, reason: String::new() },
            other => panic!("the server does not close but sends {other:?}"),
        };
        let after = self.receive().await;
        assert!(after.is_none(), "after its close the server sends {after:?}");
        close
    }

    /// The server refuses the connection: an error, then a close with the same code and reason.
    ///
    /// # Panics
    /// When something else comes.
    pub async fn expect_refusal(&mut self, code: u16) -> String {
        let error = self.expect_error(code).await;
        let close = self.expect_close().await;
        assert_eq!(close, Close { code: Some(code), reason: error.message().to_owned() });
        assert!((1..=123).contains(&close.reason.len()), "{close:?}");
        close.reason
    }

    /// Reads until the connection ends; answers the texts that came before, and the close if there was one.
    pub async fn drain(&mut self) -> (Vec<String>, Option<Close>) {
        let (mut texts, mut close) = (Vec::new(), None);
        while let Some(message) = self.receive().await {
            match message {
                Message::Text(text) => texts.push(text.to_string()),
                Message::Close(frame) => {
                    let (code, reason) =
                        frame.map(|frame| (frame.code.into(), frame.reason.to_string())).unzip();
                    close = Some(Close { code, reason: reason.unwrap_or_default() });
                }
                _ => {}
            }
        }
        (texts, close)
    }

    /// Sends a text message.
    pub async fn send_text(&mut self, text: impl Into<String>) {
        self.send(Message::text(text.into())).await;
    }

    /// Sends any message; a connection that is gone takes it as well.
    pub async fn send(&mut self, message: Message) {
        self.traffic.sent += 1;
        self.traffic.sent_bytes += frame_size(payload_of(&message), true);
        // The server may have closed already; the test sees that from what it receives.
        let _ = within_patience("room for a message", self.stream.send(message)).await;
    }

    /// What has gone through so far.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        self.traffic
    }

    /// Sends one frame, as right or wrong as it is.
    pub async fn send_frame(&mut self, opcode: OpCode, fin: bool, payload: &[u8]) {
        self.write(&ws::masked(opcode, fin, payload, MASK)).await;
    }

    /// Sends bytes; a connection that is gone takes them as well.
    pub async fn write(&mut self, bytes: &[u8]) {
        let _ = within_patience("room for bytes", self.stream.get_mut().write_all(bytes)).await;
    }

    /// The connection below.
    #[must_use]
    pub fn into_stream(self) -> Stream {
        self.stream.into_inner()
    }

    /// Ends the connection without a word: a reset.
    ///
    /// # Panics
    /// When the system refuses.
    pub fn reset(self) {
        self.into_stream().tcp().set_zero_linger().expect("a TCP socket has this option");
    }
}

/// Bytes of a message's payload.
fn payload_of(message: &Message) -> usize {
    match message {
        Message::Close(frame) => frame.as_ref().map_or(0, |frame| 2 + frame.reason.len()),
        other => other.len(),
    }
}
