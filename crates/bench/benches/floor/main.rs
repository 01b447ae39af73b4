//! The reference: what the kernel costs. `cargo bench -p gema-bench --bench floor -- --listen 127.0.0.1:8080` runs it
//! until it is killed; it understands just what `gema bench` sends.

mod channels;
mod wire;

use std::{
    io::{self, Read as _, Write},
    net::SocketAddr,
};

use anyhow::Context as _;
use clap::Parser;
use gema_protocol::ws::{self, Decoder, Item, MessageLimit};
use mio::{
    Events, Interest, Poll, Token,
    event::Event,
    net::{TcpListener, TcpStream},
};
use slab::Slab;

use crate::{channels::Channels, wire::write};

const LISTENER: Token = Token(usize::MAX);
const LIMIT: MessageLimit = MessageLimit { accept: 10_000, discard: 10_000 };

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

/// A plain poll loop on one thread: one write per delivery, answers from constants, no checks, no queues, no limits. It
/// understands just what the generator sends.
#[derive(Debug)]
struct Floor {
    poll: Poll,
    listener: TcpListener,
    peers: Slab<Peer>,
    channels: Channels,
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
    let mut floor = Floor { poll, listener, peers: Slab::new(), channels: Channels::default() };
    let mut events = Events::with_capacity(1024);
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match floor.poll.poll(&mut events, None) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error.into()),
            _ => {}
        }
        for event in &events {
            floor.handle(event, &mut buffer)?;
        }
    }
}

impl Floor {
    fn handle(&mut self, event: &Event, buffer: &mut [u8]) -> anyhow::Result<()> {
        if event.token() == LISTENER {
            return self.accept();
        }
        let Token(index) = event.token();
        if !self.read(index, event.is_read_closed(), buffer)? {
            self.peers.remove(index);
            self.channels.leave(index);
        }
        Ok(())
    }

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

    /// Reads and answers; `false` when the peer is gone. `to_the_end` says that the end is near: it comes without an
    /// event of its own.
    fn read(&mut self, index: usize, to_the_end: bool, buffer: &mut [u8]) -> anyhow::Result<bool> {
        loop {
            // It may have had an event left when it was removed.
            let Some(peer) = self.peers.get_mut(index) else { return Ok(true) };
            let length = match peer.socket.read(buffer) {
                Ok(0) => return Ok(false),
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(true),
                Err(_) => return Ok(false),
            };
            peer.input.extend_from_slice(&buffer[..length]);
            if peer.decoder.is_none() {
                self.take_requests(index)?;
            }
            self.take_messages(index)?;
            if length < buffer.len() && !to_the_end {
                return Ok(true);
            }
        }
    }

    fn take_requests(&mut self, index: usize) -> anyhow::Result<()> {
        let mut input = std::mem::take(&mut self.peers[index].input);
        let mut at = 0;
        while let Some(request) = wire::request(&input[at..])? {
            at += request.length;
            let Some(body) = request.body else {
                self.upgrade(index)?;
                break;
            };
            self.publish(body)?;
            write(&mut self.peers[index].socket, wire::PUBLISHED)?;
        }
        input.drain(..at);
        self.peers[index].input = input;
        Ok(())
    }

    fn upgrade(&mut self, index: usize) -> anyhow::Result<()> {
        let peer = &mut self.peers[index];
        peer.decoder = Some(Decoder::default());
        write(&mut peer.socket, wire::UPGRADE)?;
        write(&mut peer.socket, ws::text(wire::ESTABLISHED).as_bytes())
    }

    fn publish(&mut self, body: &str) -> anyhow::Result<()> {
        let (channel, frame) = wire::event(body)?;
        for &subscriber in self.channels.subscribers(channel) {
            write(&mut self.peers[subscriber].socket, frame.as_bytes())?;
        }
        Ok(())
    }

    fn take_messages(&mut self, index: usize) -> anyhow::Result<()> {
        let peer = &mut self.peers[index];
        let Some(mut decoder) = peer.decoder.take() else { return Ok(()) };
        let mut input = std::mem::take(&mut peer.input);
        let mut at = 0;
        while at < input.len() {
            let decoded = decoder.decode(&mut input[at..], LIMIT)?;
            at += decoded.consumed;
            if let Some(Item::Text(text)) = decoded.item {
                self.take_message(index, &text)?;
            }
        }
        self.peers[index].decoder = Some(decoder);
        Ok(())
    }

    fn take_message(&mut self, index: usize, text: &str) -> anyhow::Result<()> {
        if text.contains(wire::CLIENT_EVENT) {
            let frame = ws::text(text);
            for &member in self.channels.subscribers(wire::channel(text)?) {
                if member != index {
                    write(&mut self.peers[member].socket, frame.as_bytes())?;
                }
            }
        } else if text.contains(wire::SUBSCRIBE) {
            let channel = wire::channel(text)?;
            write(&mut self.peers[index].socket, wire::subscribed(channel).as_bytes())?;
            self.channels.join(channel, index);
        }
        Ok(())
    }
}
