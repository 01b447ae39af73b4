//! The application server that triggers events.

use std::{
    io::{self, Read as _, Write as _},
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context as _, bail};
use gema_protocol::signature::request::sign_request;
use mio::{Interest, Registry, Token, event::Event, net::TcpStream};

use crate::target::Target;

/// The publisher's token; connections have their numbers.
const TOKEN: Token = Token(usize::MAX);
const END_OF_HEAD: &[u8] = b"\r\n\r\n";
const LENGTH: &str = "content-length: ";

/// The application server that triggers events: one HTTP connection that is kept alive. A request does not wait for
/// the answer to the one before, so that a slow server does not slow the publisher down.
#[derive(Debug)]
pub(crate) struct Publisher {
    socket: TcpStream,
    target: Target,
    channel: &'static str,
    path: String,
    /// Bytes that the socket has not taken yet.
    unsent: Vec<u8>,
    /// Bytes of answers that are not complete.
    partial: Vec<u8>,
    /// Requests that are not answered.
    pub(crate) unanswered: u64,
}

impl Publisher {
    /// Connects; events will go to `channel`.
    pub(crate) fn connect(
        target: &Target,
        channel: &'static str,
        registry: &Registry,
    ) -> anyhow::Result<Self> {
        let socket = std::net::TcpStream::connect(target.address()).context("connect the publisher")?;
        socket.set_nodelay(true)?;
        socket.set_nonblocking(true)?;
        let mut socket = TcpStream::from_std(socket);
        registry.register(&mut socket, TOKEN, Interest::READABLE | Interest::WRITABLE)?;
        Ok(Self {
            socket,
            target: target.clone(),
            channel,
            path: format!("/apps/{}/events", target.id),
            unsent: Vec::new(),
            partial: Vec::new(),
            unanswered: 0,
        })
    }

    /// Triggers an event; `data` is a text without quotes.
    pub(crate) fn publish(&mut self, data: &str) -> anyhow::Result<()> {
        let Target { id: _, key, secret, .. } = &self.target;
        let body = format!(r#"{{"name":"bench","channel":"{}","data":"{data}"}}"#, self.channel);
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        let query = sign_request("POST", &self.path, &[], body.as_bytes(), key, secret, now);
        write!(
            self.unsent,
            "POST {}?{query} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n{LENGTH}{}\r\n\r\n{body}",
            self.path,
            body.len()
        )?;
        self.unanswered += 1;
        self.flush()
    }

    /// The system says that the socket takes or has bytes.
    pub(crate) fn handle_event(&mut self, event: &Event, buffer: &mut [u8]) -> anyhow::Result<()> {
        if event.is_writable() {
            self.flush()?;
        }
        loop {
            match self.socket.read(buffer) {
                Ok(0) => bail!("the server has ended the publisher's connection"),
                Ok(length) => self.partial.extend_from_slice(&buffer[..length]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error).context("read an answer"),
            }
        }
        self.take_answers()
    }

    fn flush(&mut self) -> anyhow::Result<()> {
        while !self.unsent.is_empty() {
            match self.socket.write(&self.unsent) {
                Ok(written) => drop(self.unsent.drain(..written)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error).context("publish"),
            }
        }
        Ok(())
    }

    fn take_answers(&mut self) -> anyhow::Result<()> {
        while let Some(head) =
            self.partial.windows(END_OF_HEAD.len()).position(|window| window == END_OF_HEAD)
        {
            let text = std::str::from_utf8(&self.partial[..head])?;
            let length: usize = text
                .lines()
                .find_map(|line| line.strip_prefix(LENGTH))
                .context("an answer without content-length")?
                .parse()?;
            let end = head + END_OF_HEAD.len() + length;
            if self.partial.len() < end {
                break;
            }
            if !text.starts_with("HTTP/1.1 200 ") {
                bail!("the server refuses an event: {}", String::from_utf8_lossy(&self.partial[..end]));
            }
            self.partial.drain(..end);
            self.unanswered -= 1;
        }
        Ok(())
    }
}
