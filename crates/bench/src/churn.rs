//! Connections that come and go.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use anyhow::bail;
use serde_json::Value;

use crate::{
    connection::Connection,
    crowd::Crowd,
    subscription::{self, Place},
    target::Target,
};

const CHANNEL: &str = "presence-bench-churn";

/// Connections that come to a presence channel and go: once all are there, the oldest makes place for the next.
#[derive(Debug)]
pub(crate) struct Churn {
    target: Target,
    /// How many there are at the same time.
    size: usize,
    interval: Duration,
    due: Instant,
    /// The oldest first.
    connections: VecDeque<usize>,
    /// Connections that were begun in this phase.
    pub(crate) begun: u64,
    /// Subscriptions that the server has confirmed in this phase.
    pub(crate) subscribed: u64,
}

impl Churn {
    /// Nobody yet; `rate` connections will begin each second.
    pub(crate) fn new(target: &Target, size: usize, rate: f64) -> Self {
        let interval = Duration::from_secs_f64(1.0 / rate);
        let connections = VecDeque::with_capacity(size);
        Self {
            target: target.clone(),
            size,
            interval,
            due: Instant::now(),
            connections,
            begun: 0,
            subscribed: 0,
        }
    }

    /// Begins a new phase.
    pub(crate) fn begin(&mut self, start: Instant) {
        (self.due, self.begun, self.subscribed) = (start, 0, 0);
    }

    /// Begins what is due; answers until when nothing is, or nothing after `end`.
    pub(crate) fn turn_over(&mut self, crowd: &mut Crowd, end: Instant) -> anyhow::Result<Option<Instant>> {
        while self.due <= Instant::now() && self.due < end {
            if self.connections.len() < self.size {
                self.connections.push_back(crowd.open()?);
            } else if let Some(oldest) = self.connections.pop_front() {
                crowd.reopen(oldest)?;
                self.connections.push_back(oldest);
            }
            self.begun += 1;
            self.due += self.interval;
        }
        Ok((self.due < end).then_some(self.due))
    }

    /// Takes a message to one of its connections.
    pub(crate) fn take(&mut self, connection: &mut Connection, text: &[u8]) -> anyhow::Result<()> {
        let message: Value = serde_json::from_slice(text)?;
        match message["event"].as_str() {
            Some("pusher:connection_established") => {
                let socket_id = subscription::socket_id(&message)?;
                let place = Place { channel: CHANNEL.to_owned(), user_id: Some(socket_id.to_string()) };
                connection.socket_id = Some(socket_id);
                subscription::send(connection, &self.target, &place)
            }
            Some("pusher_internal:subscription_succeeded") => {
                self.subscribed += 1;
                Ok(())
            }
            Some("pusher_internal:member_added" | "pusher_internal:member_removed") => Ok(()),
            _ => bail!("unexpected message: {message}"),
        }
    }
}
