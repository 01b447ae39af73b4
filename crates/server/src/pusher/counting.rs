//! What a shard counts and logs of its connections.

use std::{sync::Arc, time::Instant};

use gema_hub::{App, ClientEventCounts, FanOut, HubCounts, Session, ShardId};
use gema_protocol::codes::ErrorCode;
use prometheus_client::metrics::counter::Counter;

use crate::{
    metrics::{Ending, Metrics, PublishResult, ShardCounts, Source},
    shard::{End, Traffic},
};

/// What a shard counts of its connections: in plain numbers, which others see at the end of each turn.
#[derive(Debug)]
pub(super) struct Counting {
    metrics: Arc<Metrics>,
    shard: ShardId,
    counts: ShardCounts,
    /// When the messages were accepted that are in the outboxes since the last flush.
    fan_outs: Vec<Instant>,
    /// Whether broadcasts have been counted that others do not see yet.
    delivered: bool,
    /// By the numbers of applications.
    senders: Vec<Option<Sender>>,
}

/// The counters of an application's client events.
#[derive(Debug)]
struct Sender {
    app_id: String,
    counters: [Counter; 3],
}

impl Counting {
    pub(super) fn new(metrics: Arc<Metrics>, shard: ShardId) -> Self {
        Self {
            metrics,
            shard,
            counts: ShardCounts::default(),
            fan_outs: Vec::new(),
            delivered: false,
            senders: Vec::new(),
        }
    }

    /// A connection has been accepted.
    pub(super) fn opened(&self, session: &Session) {
        self.metrics.count_opened(session.app());
        tracing::debug!(app.id = session.app().id, socket.id = %session.socket_id(), "A connection is open");
    }

    /// An accepted connection ends.
    pub(super) fn closing(&self, session: &Session, end: End) {
        let reason = reason_of(end);
        self.metrics.count_closed(session.app(), reason);
        tracing::debug!(
            app.id = session.app().id,
            socket.id = %session.socket_id(),
            reason = reason.text(),
            "A connection ends"
        );
    }

    /// Something has been put into outboxes; if it is a message to a channel that had recipients, it counts.
    pub(super) fn fanned_out(&mut self, fan_out: FanOut) {
        if let (Some(accepted), true) = (fan_out.accepted, fan_out.recipients > 0) {
            self.counts.recipients.observe(fan_out.recipients as u64);
            self.fan_outs.push(accepted);
        }
    }

    /// The outboxes have been written to the sockets.
    pub(super) fn flushed(&mut self) {
        if self.fan_outs.is_empty() {
            return;
        }
        let now = Instant::now();
        for accepted in self.fan_outs.drain(..) {
            self.counts.fan_out.observe_duration(now.saturating_duration_since(accepted));
        }
        self.delivered = true;
    }

    /// Shows others what has been counted.
    pub(super) fn turn_ended(&mut self, traffic: &Traffic, hub: &mut HubCounts) {
        let numbers = &mut self.counts.numbers;
        numbers.messages_in = traffic.messages_in;
        numbers.bytes_in = traffic.bytes_in;
        numbers.messages_out = traffic.out.written;
        numbers.bytes_out = traffic.out.written_bytes;
        numbers.outbox_bytes = traffic.out.waiting_bytes;
        numbers.slow_consumers = traffic.out.slow;
        numbers.channels_refused = hub.channels_refused;
        numbers.sign_ins_refused = hub.sign_ins_refused;
        numbers.limits = hub.limits;
        let block = self.metrics.shard(self.shard);
        block.publish_numbers(numbers);
        if std::mem::take(&mut self.delivered) {
            block.publish_fan_outs(&self.counts);
        }
        for (app, events) in hub.take_client_events() {
            self.count_client_events(&app, events);
        }
    }

    fn count_client_events(&mut self, app: &App, events: ClientEventCounts) {
        let index = app.number.0 as usize;
        if self.senders.len() <= index {
            self.senders.resize_with(index + 1, || None);
        }
        let sender = match &mut self.senders[index] {
            Some(sender) if sender.app_id == app.id => sender,
            other => other.insert(Sender::new(&self.metrics, app)),
        };
        for (counter, count) in sender.counters.iter().zip([events.sent, events.refused, events.busy]) {
            counter.inc_by(count);
        }
    }
}

impl Sender {
    fn new(metrics: &Metrics, app: &App) -> Self {
        let results = [PublishResult::Ok, PublishResult::Refused, PublishResult::Busy];
        let counters = results.map(|result| metrics.publishes_of(app, Source::Client, result));
        Self { app_id: app.id.clone(), counters }
    }
}

fn reason_of(end: End) -> Ending {
    const OVER_CAPACITY: u16 = ErrorCode::OverCapacity as u16;
    const PONG_TIMEOUT: u16 = ErrorCode::PongTimeout as u16;
    const TERMINATED: u16 = ErrorCode::Unauthorized as u16;
    const SHUTDOWN: u16 = ErrorCode::ReconnectNow as u16;
    match end {
        End::Client => Ending::Client,
        End::Lost => Ending::Lost,
        End::ProtocolError => Ending::ProtocolError,
        End::Server(OVER_CAPACITY) => Ending::OverCapacity,
        End::Server(PONG_TIMEOUT) => Ending::PongTimeout,
        End::Server(TERMINATED) => Ending::Terminated,
        End::Server(SHUTDOWN) => Ending::Shutdown,
        End::Server(_) => Ending::Other,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::config::{Config, Flags};

    #[test]
    fn client_events_are_counted_by_what_came_of_them() {
        let app = [("REVERB_APP_ID", "1"), ("REVERB_APP_KEY", "k"), ("REVERB_APP_SECRET", "s")];
        let vars = app.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let config = Config::load(&Flags::default(), &HashMap::from(vars), None).unwrap();
        let metrics = Arc::new(Metrics::for_shards(1));
        let mut counting = Counting::new(Arc::clone(&metrics), ShardId(0));
        for _ in 0..2 {
            let events = ClientEventCounts { sent: 1, refused: 2, busy: 3 };
            counting.count_client_events(&config.apps[0], events);
        }
        let text = metrics.encode().unwrap();
        for (result, count) in [("ok", 2), ("refused", 4), ("busy", 6)] {
            let labels = format!("app_id=\"1\",source=\"client\",result=\"{result}\"");
            assert!(text.contains(&format!("gema_publishes_total{{{labels}}} {count}\n")), "{text}");
        }
    }
}
