//! The application server that triggers events.

use std::{
    collections::VecDeque,
    io::{self, Read as _, Write as _},
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context as _, bail};
use bytes::{Buf as _, BytesMut};
use gema_protocol::signature::request::sign_request;
use mio::{Interest, Registry, Token, event::Event, net::TcpStream};

use crate::{encryption::Encryption, socket::Socket, target::Target};

const MOST_HEADERS: usize = 64;

/// The application server that triggers events: one HTTP connection that is kept alive. A request does not wait for
/// the answer to the one before, so that a slow server does not slow the publisher down. To a server that ends the
/// connection with each answer, requests go one by one.
#[derive(Debug)]
pub(crate) struct Publisher {
    /// Nothing before the first event, and after the server has ended the connection.
    socket: Option<Socket>,
    encryption: Option<Encryption>,
    token: Token,
    target: Target,
    path: String,
    /// Requests that are not answered.
    requests: VecDeque<Vec<u8>>,
    /// How many of them have been begun to be sent on this connection.
    begun: usize,
    /// Whether the server keeps connections alive, as far as is known.
    keeps_alive: bool,
    /// Bytes that the socket has not taken yet.
    unsent: BytesMut,
    /// Bytes of answers that are not complete.
    partial: BytesMut,
}

/// What an answer says about the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Answer {
    size: usize,
    keeps_alive: bool,
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
    pub(crate) fn new(target: &Target, encryption: Option<Encryption>, index: usize) -> Self {
        Self {
            socket: None,
            encryption,
            token: Self::token(index),
            target: target.clone(),
            path: format!("/apps/{}/events", target.id),
            requests: VecDeque::new(),
            begun: 0,
            keeps_alive: true,
            unsent: BytesMut::new(),
            partial: BytesMut::new(),
        }
    }

    /// Requests that are not answered.
    pub(crate) fn unanswered(&self) -> u64 {
        self.requests.len() as u64
    }

    /// Triggers an event; `data` is a text without quotes.
    pub(crate) fn publish(&mut self, channel: &str, data: &str, registry: &Registry) -> anyhow::Result<()> {
        let request = self.request(channel, data)?;
        self.requests.push_back(request);
        self.send(registry)
    }

    fn request(&self, channel: &str, data: &str) -> anyhow::Result<Vec<u8>> {
        let Target { key, secret, .. } = &self.target;
        let body = format!(r#"{{"name":"bench","channel":"{channel}","data":"{data}"}}"#);
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        let query = sign_request("POST", &self.path, &[], body.as_bytes(), key, secret, now);
        let (path, authority, length) = (&self.path, self.target.authority(), body.len());
        Ok(format!(
            "POST {path}?{query} HTTP/1.1\r\nhost: {authority}\r\ncontent-type: application/json\r\n\
             content-length: {length}\r\n\r\n{body}"
        )
        .into_bytes())
    }

    /// Sends what may be sent, on a new connection if there is none.
    fn send(&mut self, registry: &Registry) -> anyhow::Result<()> {
        if self.socket.is_none() {
            self.open(registry)?;
        }
        let most = if self.keeps_alive { self.requests.len() } else { 1 };
        for request in self.requests.iter().take(most).skip(self.begun) {
            self.unsent.extend_from_slice(request);
            self.begun += 1;
        }
        self.flush()
    }

    fn open(&mut self, registry: &Registry) -> anyhow::Result<()> {
        let socket = std::net::TcpStream::connect(self.target.address()).context("connect the publisher")?;
        socket.set_nodelay(true)?;
        socket.set_nonblocking(true)?;
        let mut socket = TcpStream::from_std(socket);
        registry.register(&mut socket, self.token, Interest::READABLE | Interest::WRITABLE)?;
        self.socket = Some(Socket::new(socket, self.encryption.as_ref())?);
        Ok(())
    }

    /// Forgets the connection: what has no answer is to be sent again.
    fn close(&mut self) {
        self.socket = None;
        self.begun = 0;
        self.unsent.clear();
        self.partial.clear();
    }

    /// The system says that the socket takes or has bytes.
    pub(crate) fn handle_event(
        &mut self,
        event: &Event,
        registry: &Registry,
        buffer: &mut [u8],
    ) -> anyhow::Result<()> {
        if event.is_writable() {
            self.flush()?;
        }
        while let Some(socket) = &mut self.socket {
            match socket.read(buffer) {
                Ok(0) if self.requests.is_empty() => self.close(),
                Ok(0) => bail!("the server ends the publisher's connection and leaves requests unanswered"),
                Ok(length) => {
                    self.partial.extend_from_slice(&buffer[..length]);
                    self.take_answers()?;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error).context("read an answer"),
            }
        }
        if self.begun < self.requests.len() { self.send(registry) } else { Ok(()) }
    }

    fn flush(&mut self) -> anyhow::Result<()> {
        let Some(socket) = &mut self.socket else { return Ok(()) };
        while !self.unsent.is_empty() {
            match socket.write(&self.unsent) {
                Ok(written) => self.unsent.advance(written),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error).context("publish"),
            }
        }
        socket.flush().context("publish")
    }

    fn take_answers(&mut self) -> anyhow::Result<()> {
        while let Some(Answer { size, keeps_alive }) = self.answer()? {
            self.requests.pop_front().context("an answer without a request")?;
            self.begun -= 1;
            self.partial.advance(size);
            if !keeps_alive {
                self.keeps_alive = false;
                self.close();
            }
        }
        Ok(())
    }

    /// The first answer, when it is there as a whole.
    fn answer(&self) -> anyhow::Result<Option<Answer>> {
        let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
        let mut answer = httparse::Response::new(&mut headers);
        let httparse::Status::Complete(head) = answer.parse(&self.partial).context("an answer")? else {
            return Ok(None);
        };
        let header = |name: &str| {
            let header = answer.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
            header.map(|header| header.value.trim_ascii())
        };
        let length = header("content-length").context("an answer without content-length")?;
        let size = head + std::str::from_utf8(length)?.parse::<usize>()?;
        let Some(bytes) = self.partial.get(..size) else { return Ok(None) };
        if answer.code != Some(200) {
            let advice = match answer.code {
                Some(401 | 403 | 404) => format!(
                    "\nIt is signed for application {}: --id, --key and --secret have to be those of one of the server's.",
                    self.target.id
                ),
                _ => String::new(),
            };
            bail!("the server refuses an event: {}{advice}", String::from_utf8_lossy(bytes));
        }
        let keeps_alive = !header("connection").is_some_and(|value| value.eq_ignore_ascii_case(b"close"));
        Ok(Some(Answer { size, keeps_alive }))
    }
}
