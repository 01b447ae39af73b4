//! The reference: what the kernel costs. `cargo bench -p gema-bench --bench floor -- --listen 127.0.0.1:8080` runs it
//! until it is killed; it understands just what `gema bench` sends.

use std::{
    io::{self, Read as _, Write},
    net::SocketAddr,
};

use anyhow::{Context as _, bail};
use clap::Parser;
use gema_protocol::ws::{self, Decoder, Frame, Item, MessageLimit};
use mio::{
    Events, Interest, Poll, Token,
    net::{TcpListener, TcpStream},
};
use slab::Slab;

const LISTENER: Token = Token(usize::MAX);
const END_OF_HEAD: &[u8] = b"\r\n\r\n";
const LIMIT: MessageLimit = MessageLimit { accept: 10_000, discard: 10_000 };

/// As long as the server's answer; nobody checks the key.
const UPGRADE: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\
    x-powered-by: Gema\r\nsec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\
    date: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\n";
const ESTABLISHED: &str = r#"{"event":"pusher:connection_established","data":"{\"socket_id\":\"123456789012345.0\",\"activity_timeout\":30}"}"#;
const SUBSCRIBED: &str =
    r#"{"event":"pusher_internal:subscription_succeeded","channel":"bench","data":"{}"}"#;
const PUBLISHED: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\
    date: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\n{}";

/// The reference server
#[derive(Debug, Parser)]
struct Options {
    /// Where it listens; without it nothing is done, as when all benchmarks are run
    #[arg(long)]
    listen: Option<SocketAddr>,
    /// Cargo passes it to every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> anyhow::Result<()> {
    match Options::parse().listen {
        Some(address) => run(address, &mut io::stdout().lock()),
        None => Ok(()),
    }
}

/// A plain poll loop on one thread: one write per delivery, whole answers from constants, no checks, no queues, no
/// limits. It understands just what the generator sends.
#[derive(Debug)]
struct Floor {
    poll: Poll,
    listener: TcpListener,
    peers: Slab<Peer>,
    subscribers: Vec<usize>,
}

#[derive(Debug)]
struct Peer {
    socket: TcpStream,
    input: Vec<u8>,
    /// There is one once the connection is a WebSocket.
    decoder: Option<Decoder>,
}

/// Runs until it is killed.
///
/// # Errors
/// When the system refuses something, or a client does not read as fast as it is written to.
fn run(address: SocketAddr, out: &mut impl Write) -> anyhow::Result<()> {
    let mut listener = TcpListener::bind(address).context("listen")?;
    writeln!(out, "Listening on http://{}", listener.local_addr()?)?;
    out.flush()?;
    let poll = Poll::new()?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    let mut floor = Floor { poll, listener, peers: Slab::new(), subscribers: Vec::new() };
    let mut events = Events::with_capacity(1024);
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match floor.poll.poll(&mut events, None) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error.into()),
            _ => {}
        }
        for event in &events {
            match event.token() {
                LISTENER => floor.accept()?,
                Token(index) => {
                    if !floor.read(index, &mut buffer)? {
                        floor.peers.remove(index);
                        floor.subscribers.retain(|&subscriber| subscriber != index);
                    }
                }
            }
        }
    }
}

impl Floor {
    fn accept(&mut self) -> anyhow::Result<()> {
        loop {
            let (mut socket, _) = match self.listener.accept() {
                Ok(accepted) => accepted,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error).context("accept"),
            };
            socket.set_nodelay(true)?;
            let entry = self.peers.vacant_entry();
            self.poll.registry().register(&mut socket, Token(entry.key()), Interest::READABLE)?;
            entry.insert(Peer { socket, input: Vec::new(), decoder: None });
        }
    }

    /// Reads and answers; `false` when the peer is gone.
    fn read(&mut self, index: usize, buffer: &mut [u8]) -> anyhow::Result<bool> {
        loop {
            // It may have had an event left when it was removed.
            let Some(peer) = self.peers.get_mut(index) else { return Ok(true) };
            match peer.socket.read(buffer) {
                Ok(0) => return Ok(false),
                Ok(length) => peer.input.extend_from_slice(&buffer[..length]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(true),
                Err(_) => return Ok(false),
            }
            if self.peers[index].decoder.is_none() {
                self.take_requests(index)?;
            }
            self.take_messages(index)?;
        }
    }

    fn take_requests(&mut self, index: usize) -> anyhow::Result<()> {
        loop {
            let peer = &mut self.peers[index];
            let Some(head) = peer.input.windows(END_OF_HEAD.len()).position(|window| window == END_OF_HEAD)
            else {
                return Ok(());
            };
            let body = head + END_OF_HEAD.len();
            if peer.input.starts_with(b"GET ") {
                peer.input.drain(..body);
                peer.decoder = Some(Decoder::default());
                write(&mut peer.socket, UPGRADE)?;
                return write(&mut peer.socket, ws::text(ESTABLISHED).as_bytes());
            }
            let end = body + content_length(&peer.input[..head])?;
            if peer.input.len() < end {
                return Ok(());
            }
            let frame = event(&peer.input[body..end])?;
            peer.input.drain(..end);
            self.broadcast(&frame)?;
            write(&mut self.peers[index].socket, PUBLISHED)?;
        }
    }

    /// What is measured.
    fn broadcast(&mut self, frame: &Frame) -> anyhow::Result<()> {
        for &subscriber in &self.subscribers {
            write(&mut self.peers[subscriber].socket, frame.as_bytes())?;
        }
        Ok(())
    }

    fn take_messages(&mut self, index: usize) -> anyhow::Result<()> {
        let Peer { socket, input, decoder: Some(decoder) } = &mut self.peers[index] else { return Ok(()) };
        let mut at = 0;
        while at < input.len() {
            let decoded = decoder.decode(&mut input[at..], LIMIT)?;
            at += decoded.consumed;
            if let Some(Item::Text(_)) = decoded.item {
                write(socket, ws::text(SUBSCRIBED).as_bytes())?;
                self.subscribers.push(index);
            }
        }
        *input = Vec::new();
        Ok(())
    }
}

fn write(socket: &mut TcpStream, bytes: &[u8]) -> anyhow::Result<()> {
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

fn content_length(head: &[u8]) -> anyhow::Result<usize> {
    let head = std::str::from_utf8(head)?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    Ok(length.context("a request without content-length")?.parse()?)
}

/// The frame that the server would make of the generator's event.
fn event(body: &[u8]) -> anyhow::Result<Frame> {
    let body = std::str::from_utf8(body)?;
    let (_, data) = body.split_once(r#""data":"#).context("an event without data")?;
    Ok(ws::text(&format!(r#"{{"event":"bench","channel":"bench","data":{data}"#)))
}
