//! What an operator can watch. Every metric is declared here, once: its type, its name, its help and its unit. The
//! reference in the documentation (`docs/metrics.md`) is made of the same table.
//!
//! A new one is a row of the table and a method that counts. Its labels are a row of `labels!` in `metrics/labels.rs`,
//! their values one of `label_values!`. What a shard does per message is not counted here but in plain numbers of the
//! shard (`metrics/shard.rs`), which a scrape sums up (`metrics/scrape.rs`).

mod begin;
mod histogram;
mod labels;
pub mod process;
mod reference;
mod scrape;
mod shard;
mod table;
mod webhooks;

use std::{sync::atomic::AtomicU64, time::Duration};

use gema_hub::App;
use prometheus_client::{
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Unit,
};

pub use histogram::{Amounts, Bounds, Histogram, Seconds, SharedTally, Tally};
pub use labels::*;
pub use reference::metrics_markdown;
pub(crate) use scrape::scrape;
pub use shard::{ShardBlock, ShardCounts, ShardNumbers};
use table::metrics;
pub use table::{Declared, Described};

metrics! {
    /// Always 1; the label tells the version.
    build_info: Family<BuildLabels, Gauge> = "gema_build_info", None;
    /// Whether the server is ready (1), as `/ready` tells; 0 while it shuts down or a shard does not answer.
    ready: Gauge = "gema_ready", None;
    /// Threads that serve WebSocket connections.
    shards: Gauge = "gema_shards", None;

    /// Open WebSocket connections that have been accepted and are not closing.
    connections: Family<AppLabels, Gauge> = "gema_connections", None;
    /// WebSocket connections that have been accepted.
    connections_opened: Family<AppLabels, Counter> = "gema_connections_opened", None;
    /// Accepted WebSocket connections that have ended or begun to close, by the first reason.
    connections_closed: Family<ClosedLabels, Counter> = "gema_connections_closed", None;
    /// Clients that were refused, by the code that they were told; 503 where it was not even possible to tell them.
    connections_refused: Family<RefusedLabels, Counter> = "gema_connections_refused", None;
    /// HTTP connections that are being served, those of clients before their upgrade included
    /// (`GEMA_MAX_HTTP_CONNECTIONS`).
    http_connections: Gauge = "gema_http_connections", None;

    /// Channels with a subscriber.
    channels: Family<ChannelLabels, Gauge> = "gema_channels", None;
    /// Subscriptions: a connection counts once for each of its channels.
    subscriptions: Family<ChannelLabels, Gauge> = "gema_subscriptions", None;
    /// Members of presence channels: a user counts once for each of its channels.
    presence_members: Family<AppLabels, Gauge> = "gema_presence_members", None;

    /// WebSocket messages, control frames included; out: those that were written as a whole.
    websocket_messages: Family<DirectionLabels, Counter> = "gema_websocket_messages", None;
    /// Bytes of WebSocket connections after their upgrade, the heads of frames included, before encryption.
    websocket_bytes: Family<DirectionLabels, Counter> = "gema_websocket", Some(Unit::Bytes);

    /// Events that were published, each once however many channels it is for. A request that is refused as a whole
    /// counts once; one without a valid signature is not counted here.
    publishes: Family<PublishLabels, Counter> = "gema_publishes", None;
    /// From the verified signature of a request that publishes until its answer.
    publish_duration: Family<SourceLabels, Histogram<Seconds>> = "gema_publish_duration", Some(Unit::Seconds);
    /// Delivery of a message to a channel (an event, a client event, a member that came or left), once per message and
    /// shard: from its acceptance (the request is verified; the turn has begun that reads the client's message) until the
    /// shard has written it to its subscribers' sockets. Who does not read fast enough is not waited for.
    fan_out: Histogram<Seconds> = "gema_fan_out_duration", Some(Unit::Seconds);
    /// Subscribers that a message to a channel was for, once per message and shard.
    recipients: Histogram<Amounts> = "gema_fan_out_recipients", None;

    /// Bytes that wait for connections that do not read fast enough.
    outbox_bytes: Gauge = "gema_outbox", Some(Unit::Bytes);
    /// Bytes that wait for a shard.
    inbox_bytes: Family<ShardLabels, Gauge> = "gema_inbox", Some(Unit::Bytes);
    /// Bytes that may wait for a shard (`GEMA_INBOX_SIZE`).
    inbox_limit: Gauge = "gema_inbox_limit", Some(Unit::Bytes);
    /// Connections that were closed with 4100 because they read too slowly (`GEMA_APP_MAX_OUTBOX_SIZE`).
    slow_consumers: Counter = "gema_slow_consumers", None;

    /// Limits that somebody has hit, by limit.
    limits_hit: Family<LimitLabels, Counter> = "gema_limits_hit", None;
    /// Events that receivers of webhooks have accepted, by kind.
    webhook_events: Family<ToldLabels, Counter> = "gema_webhook_events", None;
    /// Requests of webhooks, by result.
    webhook_requests: Family<WebhookLabels, Counter> = "gema_webhook_requests", None;
    /// How long receivers of webhooks take for an answer, whatever it is.
    webhook_duration: Histogram<Seconds> = "gema_webhook_request_duration", Some(Unit::Seconds);
    /// Events that no webhook will tell any more, by reason. Each is in the log as well.
    webhook_dropped: Family<DroppedLabels, Counter> = "gema_webhook_events_dropped", None;
    /// Entries of the spool that the webhook that is furthest behind has still to tell; about as many events or more.
    webhook_backlog: Gauge = "gema_webhook_backlog", None;
    /// How long the oldest event waits that a webhook could not tell yet.
    webhook_oldest_age: Gauge<f64, AtomicU64> = "gema_webhook_oldest_event_age", Some(Unit::Seconds);
    /// What the events in the spool of webhooks take of the disk, without the state of each webhook.
    webhook_spool: Gauge = "gema_webhook_spool", Some(Unit::Bytes);
    /// Times that the spool of webhooks could not be read or written.
    webhook_spool_errors: Counter = "gema_webhook_spool_errors", None;
    /// TLS handshakes, by result: `ok`, `failed` (the client or its version does not fit, or it went away) or `timeout`.
    tls_handshakes: Family<HandshakeLabels, Counter> = "gema_tls_handshakes", None;
    /// When the certificate that is served expires, in Unix time; of several the one that expires first. Absent without
    /// TLS.
    tls_certificate_expiry: Family<NoLabels, Gauge> = "gema_tls_certificate_expiry_timestamp", Some(Unit::Seconds);
    /// Clients and requests that were not authorized.
    authorization_failures: Family<AuthorizationLabels, Counter> = "gema_authorization_failures", None;

    /// HTTP requests that were answered, by the template of their path (without `REVERB_SERVER_PATH`).
    http_requests: Family<RequestLabels, Counter> = "gema_http_requests", None;
    /// From the head of an HTTP request until the head of its answer.
    http_request_duration: Family<RouteLabels, Histogram<Seconds>> = "gema_http_request_duration", Some(Unit::Seconds);

    /// Processor time of the process, in the system and outside of it.
    process_cpu: Counter<f64, AtomicU64> = "process_cpu", Some(Unit::Seconds);
    /// Memory of the process that is in RAM.
    process_resident_memory: Gauge = "process_resident_memory", Some(Unit::Bytes);
    /// Address space of the process.
    process_virtual_memory: Gauge = "process_virtual_memory", Some(Unit::Bytes);
    /// Open files of the process; every connection is one.
    process_open_fds: Gauge = "process_open_fds", None;
    /// Files that the process may have open (`ulimit -n`).
    process_max_fds: Gauge = "process_max_fds", None;
    /// Threads of the process.
    process_threads: Gauge = "process_threads", None;
    /// When the server was started, in Unix time, by the clock at that moment.
    process_start_time: Gauge<f64, AtomicU64> = "process_start_time", Some(Unit::Seconds);
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Metrics of which nothing is counted yet, without shards.
    #[must_use]
    pub fn new() -> Self {
        Self::for_shards(0)
    }

    /// Metrics of which nothing is counted yet, with a place for each of so many shards.
    #[must_use]
    pub fn for_shards(shards: usize) -> Self {
        let metrics = Self::registered(std::iter::repeat_with(ShardBlock::default).take(shards).collect());
        metrics.build_info.get_or_create(&BuildLabels { version: env!("CARGO_PKG_VERSION") }).set(1);
        metrics.shards.set(gauge(shards));
        metrics.begin();
        metrics
    }

    /// The place of a shard.
    #[must_use]
    pub fn shard(&self, shard: gema_hub::ShardId) -> &ShardBlock {
        &self.blocks[usize::from(shard.0)]
    }

    /// What all shards have counted.
    #[must_use]
    pub fn of_shards(&self) -> ShardCounts {
        let mut sum = ShardCounts::default();
        self.blocks.iter().for_each(|shard| shard.add_to(&mut sum));
        sum
    }

    /// The metrics in the text format of Prometheus.
    ///
    /// # Errors
    /// Never: a text takes everything that is written to it.
    pub fn encode(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.registry)?;
        Ok(text)
    }

    /// Somebody has hit a limit.
    pub fn count_limit_hit(&self, limit: Limit) {
        self.limits_hit.get_or_create(&LimitLabels { limit }).inc();
    }

    /// A TLS handshake has ended.
    pub fn count_handshake(&self, result: Handshake) {
        self.tls_handshakes.get_or_create(&HandshakeLabels { result }).inc();
    }

    /// A certificate is served that expires then, in seconds of Unix time.
    pub fn set_certificate_expiry(&self, expires: i64) {
        self.tls_certificate_expiry.get_or_create(&NoLabels {}).set(expires);
    }

    /// A connection of the application has been accepted.
    pub fn count_opened(&self, app: &App) {
        self.connections_opened.get_or_create(&AppLabels { app_id: app.id.clone() }).inc();
    }

    /// An accepted connection of the application has ended, or is closing.
    pub fn count_closed(&self, app: &App, reason: Ending) {
        self.connections_closed.get_or_create(&ClosedLabels { app_id: app.id.clone(), reason }).inc();
    }

    /// So many HTTP connections are being served.
    pub fn set_http_connections(&self, count: usize) {
        self.http_connections.set(gauge(count));
    }

    /// An application is configured no more: what it has now is not shown again, what it had stays counted.
    pub fn forget_app(&self, app_id: &str) {
        let app_id = app_id.to_owned();
        for &kind in Kind::ALL {
            let labels = ChannelLabels { app_id: app_id.clone(), kind };
            self.channels.remove(&labels);
            self.subscriptions.remove(&labels);
        }
        let labels = AppLabels { app_id };
        self.connections.remove(&labels);
        self.presence_members.remove(&labels);
    }

    /// A client has been refused.
    pub fn count_refused(&self, code: u16) {
        self.connections_refused.get_or_create(&RefusedLabels { code }).inc();
    }

    /// A request that publishes has been answered after this time.
    pub fn count_publish(
        &self,
        app: &App,
        source: Source,
        (result, events): (PublishResult, u64),
        took: Duration,
    ) {
        self.publishes_of(app, source, result).inc_by(events);
        self.publish_duration.get_or_create(&SourceLabels { source }).observe_duration(took);
    }

    /// The counter of an application's events.
    #[must_use]
    pub fn publishes_of(&self, app: &App, source: Source, result: PublishResult) -> Counter {
        self.publishes.get_or_create_owned(&PublishLabels { app_id: app.id.clone(), source, result })
    }

    /// An HTTP request has been answered after this time.
    pub fn count_request(&self, request: &RequestLabels, took: Duration) {
        self.http_requests.get_or_create(request).inc();
        self.http_request_duration
            .get_or_create(&RouteLabels { route: request.route })
            .observe_duration(took);
    }

    /// Somebody was not authorized.
    pub fn count_unauthorized(&self, reason: Unauthorized) {
        self.authorization_failures.get_or_create(&AuthorizationLabels { reason }).inc();
    }
}

/// A number as gauges have them.
fn gauge(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn what_is_counted_is_shown() {
        let metrics = Metrics::new();
        metrics.count_limit_hit(Limit::AppConnections);
        let text = metrics.encode().unwrap();
        assert!(text.contains("gema_limits_hit_total{limit=\"app_connections\"} 1\n"), "{text}");
        assert!(text.contains("gema_limits_hit_total{limit=\"message_rate\"} 0\n"), "{text}");
    }

    #[test]
    fn names_are_unique_and_as_prometheus_wants_them() {
        let names: BTreeSet<_> = DECLARED.iter().map(Declared::name).collect();
        assert_eq!(names.len(), DECLARED.len());
        for name in &names {
            let letters = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
            assert!(letters && (name.starts_with("gema_") || name.starts_with("process_")), "{name}");
            assert_eq!(name.matches("total").count(), usize::from(name.ends_with("_total")), "{name}");
        }
    }

    #[test]
    fn no_label_is_a_channel_a_user_or_an_address() {
        let names: BTreeSet<_> =
            DECLARED.iter().flat_map(|metric| metric.labels).map(|label| label.name).collect();
        for unbounded in ["channel", "user", "user_id", "socket_id", "address", "ip", "path"] {
            assert!(!names.contains(unbounded), "{unbounded}");
        }
    }
}
