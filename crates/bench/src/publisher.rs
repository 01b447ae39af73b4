//! The application server that triggers events.

use std::{
    io::{self, Read as _, Write as _},
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context as _, bail};
use gema_protocol::signature::request::sign_request;
use mio::{Interest, Registry, Token, event::Event, net::TcpStream};

use crate::target::Target;

const MOST_HEADERS: usize = 64;

/// The application server that triggers events: one HTTP connection that is kept alive. A request does not wait for
/// the answer to the one before, so that a slow server does not slow the publisher down.
#[derive(Debug)]
pub(crate) struct Publisher {
    /// Nothing before the first event, and after the server has ended a connection on which nothing was outstanding.
    socket: Option<TcpStream>,
    token: Token,
    target: Target,
    path: String,
    /// Bytes that the socket has not taken yet.
    unsent: Vec<u8>,
    /// Bytes of answers that are not complete.
    partial: Vec<u8>,
    /// Requests that are not answered.
    pub(crate) unanswered: u64,
}

impl Publisher {
    /// The token of publisher number `index`; connections have their numbers.
    fn token(index: usize) -> Token {
        Token(usize::MAX - 1 - index)
    }

    /// The number of the publisher that an event is for.
    pub(crate) fn index(event: &Event) -> usize {
        usize::MAX - 1 - event.token().0
    }

    /// Publisher number `index`, who connects with the first event.
    pub(crate) fn new(target: &Target, index: usize) -> Self {
        Self {
            socket: None,
            token: Self::token(index),
            target: target.clone(),
            path: format!("/apps/{}/events", target.id),
            unsent: Vec::new(),
            partial: Vec::new(),
            unanswered: 0,
        }
    }

    fn open(&mut self, registry: &Registry) -> anyhow::Result<()> {
        let socket = std::net::TcpStream::connect(self.target.address()).context("connect the publisher")?;
        socket.set_nodelay(true)?;
        socket.set_nonblocking(true)?;
        let mut socket = TcpStream::from_std(socket);
        registry.register(&mut socket, self.token, Interest::READABLE | Interest::WRITABLE)?;
        self.socket = Some(socket);
        Ok(())
    }

    /// Triggers an event; `data` is a text without quotes.
    pub(crate) fn publish(&mut self, channel: &str, data: &str, registry: &Registry) -> anyhow::Result<()> {
        if self.socket.is_none() {
            self.open(registry)?;
        }
        let Target { key, secret, .. } = &self.target;
        let body = format!(r#"{{"name":"bench","channel":"{channel}","data":"{data}"}}"#);
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        let query = sign_request("POST", &self.path, &[], body.as_bytes(), key, secret, now);
        write!(
            self.unsent,
            "POST {}?{query} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.path,
            self.target.authority(),
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
        while let Some(socket) = &mut self.socket {
            match socket.read(buffer) {
                Ok(0) if self.unanswered == 0 => self.socket = None,
                Ok(0) => bail!("the server ends the publisher's connection and leaves requests unanswered"),
                Ok(length) => self.partial.extend_from_slice(&buffer[..length]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error).context("read an answer"),
            }
            self.take_answers()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> anyhow::Result<()> {
        let Some(socket) = &mut self.socket else { return Ok(()) };
        while !self.unsent.is_empty() {
            match socket.write(&self.unsent) {
                Ok(written) => drop(self.unsent.drain(..written)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error).context("publish"),
            }
        }
        Ok(())
    }

    fn take_answers(&mut self) -> anyhow::Result<()> {
        while let Some(size) = self.answer()? {
            self.partial.drain(..size);
            self.unanswered -= 1;
        }
        Ok(())
    }

    /// The size of the first answer, when it is there as a whole.
    fn answer(&self) -> anyhow::Result<Option<usize>> {
        let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
        let mut answer = httparse::Response::new(&mut headers);
        let httparse::Status::Complete(head) = answer.parse(&self.partial).context("an answer")? else {
            return Ok(None);
        };
        let length = answer
            .headers
            .iter()
            .find(|header| header.name.eq_ignore_ascii_case("content-length"))
            .context("an answer without content-length")?;
        let size = head + std::str::from_utf8(length.value)?.trim().parse::<usize>()?;
        let Some(bytes) = self.partial.get(..size) else { return Ok(None) };
        if answer.code != Some(200) {
            bail!("the server refuses an event: {}", String::from_utf8_lossy(bytes));
        }
        Ok(Some(size))
    }
}
