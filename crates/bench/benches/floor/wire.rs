//! What is read and written. Nothing is checked: it is as the generator sends it.

use std::io::{self, Write as _};

use anyhow::{Context as _, bail};
use gema_protocol::ws::{self, Frame};
use mio::net::TcpStream;

/// As long as the server's answer; nobody checks the key.
pub(crate) const UPGRADE: &[u8] =
    b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\
    x-powered-by: Gema\r\nsec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\
    date: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\n";
pub(crate) const ESTABLISHED: &str = r#"{"event":"pusher:connection_established","data":"{\"socket_id\":\"123456789012345.0\",\"activity_timeout\":30}"}"#;
pub(crate) const PUBLISHED: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\
    date: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\n{}";
/// Stands in every message that subscribes.
pub(crate) const SUBSCRIBE: &str = r#""pusher:subscribe""#;
/// Stands in every event of a client.
pub(crate) const CLIENT_EVENT: &str = r#""event":"client-"#;
const CHANNEL: &str = r#""channel":""#;
const END_OF_HEAD: &[u8] = b"\r\n\r\n";

/// A request that is there as a whole.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    /// Of head and body.
    pub(crate) length: usize,
    /// None when it asks for a WebSocket.
    pub(crate) body: Option<&'a str>,
}

/// The request at the start of `input`.
pub(crate) fn request(input: &[u8]) -> anyhow::Result<Option<Request<'_>>> {
    let Some(head) = input.windows(END_OF_HEAD.len()).position(|window| window == END_OF_HEAD) else {
        return Ok(None);
    };
    let body = head + END_OF_HEAD.len();
    if input.starts_with(b"GET ") {
        return Ok(Some(Request { length: body, body: None }));
    }
    let length = body + content_length(&input[..head])?;
    let Some(bytes) = input.get(body..length) else { return Ok(None) };
    Ok(Some(Request { length, body: Some(std::str::from_utf8(bytes)?) }))
}

fn content_length(head: &[u8]) -> anyhow::Result<usize> {
    let head = std::str::from_utf8(head)?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    Ok(length.context("a request without content-length")?.parse()?)
}

/// The channel of an event that was triggered, and the frame that the server would make of it.
pub(crate) fn event(body: &str) -> anyhow::Result<(&str, Frame)> {
    let channel = channel(body)?;
    let (_, data) = body.split_once(r#""data":"#).context("an event without data")?;
    Ok((channel, ws::text(&format!(r#"{{"event":"bench","channel":"{channel}","data":{data}"#))))
}

/// The channel in a message or in the body of a request.
pub(crate) fn channel(text: &str) -> anyhow::Result<&str> {
    let (_, name) = text.split_once(CHANNEL).context("a message without channel")?;
    let (name, _) = name.split_once('"').context("a channel without an end")?;
    Ok(name)
}

pub(crate) fn subscribed(channel: &str) -> Frame {
    ws::text(&format!(
        r#"{{"event":"pusher_internal:subscription_succeeded","channel":"{channel}","data":"{{}}"}}"#
    ))
}

/// One write. What the socket does not take at once is an error: there are no queues here.
pub(crate) fn write(socket: &mut TcpStream, bytes: &[u8]) -> anyhow::Result<()> {
    match socket.write(bytes) {
        Ok(written) if written == bytes.len() => Ok(()),
        Ok(_) => bail!("a client reads too slowly, and there are no queues here"),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
            bail!("a client reads too slowly, and there are no queues here")
        }
        // Its next event says that it is gone.
        Err(_) => Ok(()),
    }
}
