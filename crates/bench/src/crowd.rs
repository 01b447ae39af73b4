//! Many connections, each subscribed to one channel.

use std::{io, time::Duration};

use anyhow::{Context as _, bail};
use gema_protocol::{names::SocketId, signature::sign_channel};
use mio::{Events, Poll, Token, event::Event};
use serde_json::{Value, json};

use crate::{
    connection::Connection,
    target::{Target, Watchdog},
};

/// Connections that are being opened at the same time: fewer than a listener's queue usually holds.
const OPENING: usize = 100;
const BUFFER: usize = 64 * 1024;
const EVENTS: usize = 1024;
/// The path of an upgrade goes on with the key of the application.
const VERSION: &str = "?protocol=7&client=gema-bench&version=1.0";

/// What the connections subscribe to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channels {
    /// All to this one.
    Shared(&'static str),
    /// Each to a private one of its own.
    Private,
}

/// Many connections, each subscribed to one channel, and the poll that waits for them.
#[derive(Debug)]
pub(crate) struct Crowd {
    pub(crate) poll: Poll,
    events: Option<Events>,
    connections: Vec<Connection>,
    buffer: Box<[u8]>,
    path: String,
}

impl Crowd {
    /// Nobody yet.
    pub(crate) fn new(target: &Target) -> anyhow::Result<Self> {
        Ok(Self {
            poll: Poll::new()?,
            events: Some(Events::with_capacity(EVENTS)),
            connections: Vec::new(),
            buffer: vec![0; BUFFER].into_boxed_slice(),
            path: format!("/app/{}{VERSION}", target.key),
        })
    }

    /// Opens connections and waits until all are subscribed.
    pub(crate) fn gather(
        &mut self,
        target: &Target,
        sockets: usize,
        channels: Channels,
    ) -> anyhow::Result<()> {
        let (mut watchdog, mut subscribed) = (Watchdog::new(), 0);
        while subscribed < sockets {
            while self.connections.len() < sockets.min(subscribed + OPENING) {
                let token = Token(self.connections.len());
                let connection = Connection::begin(target.address(), self.poll.registry(), token)
                    .with_context(|| format!("connection {}", token.0))?;
                self.connections.push(connection);
            }
            self.turn(
                Some(Duration::from_millis(100)),
                |_| Ok(()),
                |index, connection, text| {
                    let message: Value = serde_json::from_slice(text)?;
                    match message["event"].as_str() {
                        Some("pusher:connection_established") => {
                            connection.send(&subscribe(target, index, channels, &message)?)?;
                        }
                        Some("pusher_internal:subscription_succeeded") => subscribed += 1,
                        _ => bail!("unexpected message: {message}"),
                    }
                    Ok(())
                },
            )?;
            if watchdog.is_stuck(subscribed as u64) {
                bail!("only {subscribed} of {sockets} connections are subscribed");
            }
        }
        Ok(())
    }

    /// Waits for the system, then gives each message to `take` with the number of its connection, and each event of
    /// another socket to `other`.
    pub(crate) fn turn(
        &mut self,
        timeout: Option<Duration>,
        mut other: impl FnMut(&Event) -> anyhow::Result<()>,
        mut take: impl FnMut(usize, &mut Connection, &[u8]) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let mut events = self.events.take().context("a turn within a turn")?;
        match self.poll.poll(&mut events, timeout) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error.into()),
            _ => {}
        }
        for event in &events {
            let index = event.token().0;
            let Some(connection) = self.connections.get_mut(index) else {
                other(event)?;
                continue;
            };
            if event.is_writable() {
                connection.handle_writable(&self.path).with_context(|| format!("connection {index}"))?;
            }
            if event.is_readable() || event.is_error() {
                connection
                    .handle_readable(&mut self.buffer, |connection, text| take(index, connection, text))
                    .with_context(|| format!("connection {index}"))?;
            }
        }
        self.events = Some(events);
        Ok(())
    }
}

/// The message that subscribes a connection that has just been told its socket id.
fn subscribe(
    target: &Target,
    index: usize,
    channels: Channels,
    established: &Value,
) -> anyhow::Result<String> {
    let data = match channels {
        Channels::Shared(name) => json!({ "channel": name }),
        Channels::Private => {
            let name = format!("private-bench-{index}");
            let data = established["data"].as_str().context("connection_established has no data")?;
            let data: Value = serde_json::from_str(data)?;
            let socket_id: SocketId = data["socket_id"].as_str().context("there is no socket id")?.parse()?;
            json!({ "auth": sign_channel(&target.key, &target.secret, &socket_id, &name, None), "channel": name })
        }
    };
    Ok(json!({ "event": "pusher:subscribe", "data": data }).to_string())
}
