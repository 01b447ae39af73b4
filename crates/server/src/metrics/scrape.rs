//! What is not counted as it happens but looked up when somebody asks.

use std::sync::atomic::Ordering::Relaxed;

use gema_hub::{AppTally, SessionLimit};
use gema_protocol::names::ChannelKind;
use prometheus_client::metrics::counter::Counter;

use super::{
    AppLabels, AuthorizationLabels, ChannelLabels, Direction, DirectionLabels, Kind, Limit, LimitLabels,
    Metrics, ShardCounts, ShardLabels, Unauthorized, gauge, process::Process,
};
use crate::http::Server;

/// All metrics as they are now, in the text format of Prometheus. It looks into every stripe of the directory and into
/// `/proc`: not for a thread that others wait for.
pub(crate) fn scrape(server: &Server) -> String {
    let metrics = &*server.metrics;
    metrics.set_shard_counts(&metrics.of_shards());
    metrics.ready.set(i64::from(server.readiness.verdict().is_ok()));
    metrics.inbox_limit.set(gauge(server.config().inbox_size));
    for (shard, inbox) in (0..=u8::MAX).zip(server.directory.inboxes()) {
        metrics.inbox_bytes.get_or_create(&ShardLabels { shard }).set(gauge(inbox.waiting_bytes()));
    }
    let tallies = server.directory.tallies();
    for app in server.apps.now().iter() {
        let connections = server.admission.connections(app);
        metrics.connections.get_or_create(&AppLabels { app_id: app.id.clone() }).set(gauge(connections));
        metrics.begin_app(app);
        metrics.set_tally(&app.id, &tallies.get(&app.number).copied().unwrap_or_default());
    }
    metrics.set_process(&Process::read());
    // A String takes everything.
    metrics.encode().unwrap_or_default()
}

impl Metrics {
    fn set_shard_counts(&self, counts: &ShardCounts) {
        let ShardCounts { numbers, fan_out, recipients } = counts;
        let directions = [
            (Direction::In, numbers.messages_in, numbers.bytes_in),
            (Direction::Out, numbers.messages_out, numbers.bytes_out),
        ];
        for (direction, messages, bytes) in directions {
            set(&self.websocket_messages.get_or_create(&DirectionLabels { direction }), messages);
            set(&self.websocket_bytes.get_or_create(&DirectionLabels { direction }), bytes);
        }
        self.outbox_bytes.set(gauge(numbers.outbox_bytes));
        set(&self.slow_consumers, numbers.slow_consumers);
        for limit in SessionLimit::ALL {
            let labels = LimitLabels { limit: limit.into() };
            set(&self.limits_hit.get_or_create(&labels), numbers.limits[limit.index()]);
        }
        let refused = [
            (Unauthorized::Channel, numbers.channels_refused),
            (Unauthorized::SignIn, numbers.sign_ins_refused),
        ];
        for (reason, count) in refused {
            set(&self.authorization_failures.get_or_create(&AuthorizationLabels { reason }), count);
        }
        self.fan_out.set(fan_out);
        self.recipients.set(recipients);
    }

    fn set_tally(&self, app_id: &str, tally: &AppTally) {
        let kinds = [
            (Kind::Public, ChannelKind::Public),
            (Kind::Private, ChannelKind::Private),
            (Kind::Encrypted, ChannelKind::Encrypted),
            (Kind::Presence, ChannelKind::Presence),
            (Kind::User, ChannelKind::ServerToUser),
        ];
        for (kind, of) in kinds {
            let labels = ChannelLabels { app_id: app_id.to_owned(), kind };
            let tally = tally.of(of);
            self.channels.get_or_create(&labels).set(gauge(tally.channels));
            self.subscriptions.get_or_create(&labels).set(gauge(tally.subscriptions));
        }
        let members = gauge(tally.members);
        self.presence_members.get_or_create(&AppLabels { app_id: app_id.to_owned() }).set(members);
    }

    fn set_process(&self, process: &Process) {
        self.process_cpu.inner().store(process.cpu_seconds.to_bits(), Relaxed);
        self.process_resident_memory.set(gauge(process.resident_bytes));
        self.process_virtual_memory.set(gauge(process.virtual_bytes));
        self.process_threads.set(gauge(process.threads));
        self.process_open_fds.set(gauge(process.open_fds));
        self.process_max_fds.set(gauge(process.max_fds));
    }
}

/// Makes a counter show what has been counted elsewhere, which never falls.
fn set(counter: &Counter, value: u64) {
    counter.inner().store(value, Relaxed);
}

impl From<SessionLimit> for Limit {
    fn from(limit: SessionLimit) -> Self {
        match limit {
            SessionLimit::MessageRate => Self::MessageRate,
            SessionLimit::ClientEventRate => Self::ClientEventRate,
            SessionLimit::MessageSize => Self::MessageSize,
            SessionLimit::EventSize => Self::EventSize,
            SessionLimit::ChannelsPerConnection => Self::ChannelsPerConnection,
            SessionLimit::PresenceMembers => Self::PresenceMembers,
            SessionLimit::PresenceMemberSize => Self::PresenceMemberSize,
        }
    }
}
