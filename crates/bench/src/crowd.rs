//! Many connections, a few publishers, and the poll that waits for both.

use std::{
    io,
    ops::Range,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use mio::{Events, Poll};
use serde_json::Value;

use crate::{
    connection::Connection,
    encryption::Encryption,
    progress::Progress,
    publisher::Publisher,
    refusal,
    subscription::{self, Place},
    target::{Target, Watchdog},
};

/// Connections that are being opened at the same time: fewer than a listener's queue usually holds.
const OPENING: usize = 100;
const BUFFER: usize = 64 * 1024;
const EVENTS: usize = 1024;

/// Many connections, a few publishers, and the poll that waits for both.
#[derive(Debug)]
pub(crate) struct Crowd {
    poll: Poll,
    target: Target,
    encryption: Option<Encryption>,
    pub(crate) connections: Vec<Connection>,
    publishers: Vec<Publisher>,
    events: Option<Events>,
    buffer: Box<[u8]>,
    /// The request for the upgrade.
    upgrade: Vec<u8>,
    /// Time that went by in looking whether something had come, without waiting.
    pub(crate) spun: Duration,
}

impl Crowd {
    /// Nobody yet.
    pub(crate) fn new(target: &Target) -> anyhow::Result<Self> {
        let origin =
            target.origin.as_ref().map_or_else(String::new, |origin| format!("origin: {origin}\r\n"));
        let upgrade = format!(
            "GET /app/{}?protocol=7&client=gema-bench&version=1.0 HTTP/1.1\r\nhost: {}\r\n{origin}upgrade: websocket\r\n\
             connection: Upgrade\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n",
            target.key,
            target.authority(),
        );
        Ok(Self {
            poll: Poll::new()?,
            target: target.clone(),
            encryption: target.encryption()?,
            connections: Vec::new(),
            publishers: Vec::new(),
            events: Some(Events::with_capacity(EVENTS)),
            buffer: vec![0; BUFFER].into_boxed_slice(),
            upgrade: upgrade.into_bytes(),
            spun: Duration::ZERO,
        })
    }

    /// The server.
    pub(crate) fn target(&self) -> &Target {
        &self.target
    }

    /// So many further publishers; answers which they are.
    pub(crate) fn add_publishers(&mut self, count: usize) -> Range<usize> {
        let first = self.publishers.len();
        self.publishers.extend(
            (first..first + count).map(|index| Publisher::new(&self.target, self.encryption.clone(), index)),
        );
        first..first + count
    }

    /// Triggers an event over a publisher's connection; `data` is a text without quotes.
    pub(crate) fn publish(&mut self, publisher: usize, channel: &str, data: &str) -> anyhow::Result<()> {
        self.publishers[publisher].publish(channel, data, self.poll.registry())
    }

    /// Requests of a publisher that are not answered.
    pub(crate) fn unanswered(&self, publisher: usize) -> u64 {
        self.publishers[publisher].unanswered()
    }

    /// Begins one more connection.
    pub(crate) fn open(&mut self) -> anyhow::Result<usize> {
        let index = self.connections.len();
        self.connections.push(self.begin(index)?);
        Ok(index)
    }

    /// Hangs up and connects anew.
    pub(crate) fn reopen(&mut self, index: usize) -> anyhow::Result<()> {
        self.connections[index] = self.begin(index)?;
        Ok(())
    }

    fn begin(&self, index: usize) -> anyhow::Result<Connection> {
        Connection::begin(&self.target, self.encryption.as_ref(), self.poll.registry(), index)
            .with_context(|| format!("connection {index}"))
    }

    /// Opens so many further connections, and waits until each is subscribed where `place` says, if it says anything,
    /// and connected. Answers which they are.
    pub(crate) fn gather(
        &mut self,
        sockets: usize,
        place: impl Fn(usize) -> Option<Place>,
    ) -> anyhow::Result<Range<usize>> {
        let first = self.connections.len();
        let (target, mut watchdog, mut ready) = (self.target.clone(), Watchdog::new(), 0);
        let progress = Progress::new("connections", sockets as u64);
        while ready < sockets {
            while self.connections.len() < first + sockets.min(ready + OPENING) {
                self.open()?;
            }
            self.turn(Some(Duration::from_millis(100)), |index, connection, text| {
                let message: Value = serde_json::from_slice(text)?;
                match message["event"].as_str() {
                    Some("pusher:connection_established") => {
                        connection.socket_id = Some(subscription::socket_id(&message)?);
                        match place(index - first) {
                            Some(place) => subscription::send(connection, &target, &place)?,
                            None => ready += 1,
                        }
                    }
                    Some("pusher_internal:subscription_succeeded") => ready += 1,
                    _ => return Err(refusal::unexpected(&message, &target, connection.socket_id.is_some())),
                }
                Ok(())
            })?;
            progress.set(ready as u64);
            if watchdog.is_stuck(ready as u64) {
                bail!("only {ready} of {sockets} connections are subscribed");
            }
        }
        Ok(first..first + sockets)
    }

    /// Waits for the system, then gives each message to `take` with the number of its connection.
    pub(crate) fn turn(
        &mut self,
        timeout: Option<Duration>,
        mut take: impl FnMut(usize, &mut Connection, &[u8]) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let start = Instant::now();
        let mut events = self.events.take().context("a turn within a turn")?;
        match self.poll.poll(&mut events, timeout) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error.into()),
            _ => {}
        }
        if events.is_empty() && timeout == Some(Duration::ZERO) {
            self.spun += start.elapsed();
        }
        for event in &events {
            let index = event.token().0;
            let Some(connection) = self.connections.get_mut(index) else {
                self.publishers[Publisher::index(event)].handle_event(
                    event,
                    self.poll.registry(),
                    &mut self.buffer,
                )?;
                continue;
            };
            if event.is_writable() {
                connection.handle_writable(&self.upgrade).with_context(|| format!("connection {index}"))?;
            }
            if event.is_readable() || event.is_error() {
                connection
                    .handle_readable(&mut self.buffer, event.is_read_closed(), |connection, text| {
                        take(index, connection, text)
                    })
                    .with_context(|| format!("connection {index}"))?;
            }
        }
        self.events = Some(events);
        Ok(())
    }
}
