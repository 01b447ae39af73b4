//! Connections that come and go.

use std::{
    collections::{HashSet, VecDeque},
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use serde_json::Value;

use crate::{
    connection::Connection,
    course::AFTERMATH,
    crowd::Crowd,
    refusal,
    subscription::{self, Place},
    target::Target,
};

const CHANNEL: &str = "presence-bench-churn";
/// How late a connection may begin because the one whose place it takes is not confirmed.
const LATENESS: Duration = Duration::from_secs(10);

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
    /// Those whose subscription is not confirmed yet.
    unconfirmed: HashSet<usize>,
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
        let unconfirmed = HashSet::new();
        Self {
            target: target.clone(),
            size,
            interval,
            due: Instant::now(),
            connections,
            unconfirmed,
            begun: 0,
            subscribed: 0,
        }
    }

    /// How many wait for the confirmation of their subscription.
    pub(crate) fn unconfirmed(&self) -> usize {
        self.unconfirmed.len()
    }

    /// Begins a new phase.
    pub(crate) fn begin(&mut self, start: Instant) {
        (self.due, self.begun, self.subscribed) = (start, 0, 0);
    }

    /// Begins what is due; answers until when nothing is, or nothing after `end`. After a while in which nothing could be
    /// done, more may be due than there are places: confirmations that have come in the meantime have to be read first.
    pub(crate) fn turn_over(&mut self, crowd: &mut Crowd, end: Instant) -> anyhow::Result<Option<Instant>> {
        while self.due <= Instant::now() && self.due < end {
            if self.has_no_place() {
                ensure!(self.due.elapsed() < LATENESS, "a subscription was not confirmed in time");
                // A confirmation wakes it up before that.
                return Ok(Some(Instant::now() + AFTERMATH));
            }
            let newest =
                if self.connections.len() < self.size { crowd.open()? } else { self.replace(crowd)? };
            self.connections.push_back(newest);
            self.unconfirmed.insert(newest);
            self.begun += 1;
            self.due += self.interval;
        }
        Ok((self.due < end).then_some(self.due))
    }

    /// Whether all are there, and the oldest has to stay because it is not confirmed.
    fn has_no_place(&self) -> bool {
        let oldest = self.connections.front().filter(|_| self.connections.len() == self.size);
        oldest.is_some_and(|oldest| self.unconfirmed.contains(oldest))
    }

    /// Ends the oldest connection, whose place the answer is.
    fn replace(&mut self, crowd: &mut Crowd) -> anyhow::Result<usize> {
        let oldest = self.connections.pop_front().context("nobody is there")?;
        crowd.reopen(oldest)?;
        Ok(oldest)
    }

    /// Takes a message to one of its connections.
    pub(crate) fn take(
        &mut self,
        index: usize,
        connection: &mut Connection,
        text: &[u8],
    ) -> anyhow::Result<()> {
        let message: Value = serde_json::from_slice(text)?;
        match message["event"].as_str() {
            Some("pusher:connection_established") => {
                let socket_id = subscription::socket_id(&message)?;
                let place = Place { channel: CHANNEL.to_owned(), user_id: Some(socket_id.to_string()) };
                connection.socket_id = Some(socket_id);
                subscription::send(connection, &self.target, &place)
            }
            Some("pusher_internal:subscription_succeeded") => {
                ensure!(self.unconfirmed.remove(&index), "a subscription is confirmed twice");
                self.subscribed += 1;
                Ok(())
            }
            Some("pusher_internal:member_added" | "pusher_internal:member_removed") => Ok(()),
            _ => Err(refusal::unexpected(&message, &self.target, connection.socket_id.is_some())),
        }
    }
}
