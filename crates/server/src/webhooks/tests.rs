//! Webhooks behind the service of a shard that writes nothing to a socket.

use std::{collections::HashMap, time::Instant};

use gema_hub::{Delivery, Outboxes, ShardId, Slot};
use mio::Poll;
use tempfile::TempDir;

use super::*;
use crate::{
    admission::Admission,
    config::{Config, Flags},
    directory::Directory,
    pusher::PusherService,
    shard::{Inbox, Message, Order, Service as _, inbox},
    welcome::Welcome,
};

/// An application with a webhook of which nobody accepts anything.
pub(super) fn app() -> Arc<App> {
    let vars = [
        ("REVERB_APP_ID", "app"),
        ("REVERB_APP_KEY", "key"),
        ("REVERB_APP_SECRET", "secret"),
        ("REVERB_APP_MAX_MESSAGE_SIZE", "0"),
        ("REVERB_APP_ACCEPT_CLIENT_EVENTS_FROM", "all"),
        ("GEMA_APP_MAX_EVENT_SIZE", "1000000"),
        ("GEMA_APP_WEBHOOK_URL", "http://127.0.0.1:9/"),
    ];
    let vars = vars.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let config = Config::load(&Flags::default(), &HashMap::from(vars), None).unwrap();
    Arc::clone(&config.apps[0])
}

/// One shard in a turn that does not end.
struct Turn {
    app: Arc<App>,
    service: PusherService,
    out: Outboxes,
    admission: Arc<Admission>,
    webhooks: Arc<WebhookSender>,
    metrics: Arc<Metrics>,
    _inbox: Inbox<Order<Welcome, Delivery>>,
    _spool: TempDir,
}

impl Turn {
    async fn start() -> Self {
        let (app, spool) = (app(), tempfile::tempdir().unwrap());
        let metrics = Arc::new(Metrics::for_shards(1));
        let config = SpoolConfig { path: spool.path().to_owned(), size: 1 << 30, fsync: false };
        let webhooks = Arc::new(WebhookSender::new(config, Arc::clone(&metrics)));
        webhooks.apply(&[Arc::clone(&app)]).await.unwrap();
        let (sender, inbox) = inbox(&Poll::new().unwrap(), 1 << 30).unwrap();
        let directory = Arc::new(Directory::new(vec![sender], Arc::clone(&webhooks)));
        let service = PusherService::new(ShardId(0), directory, Arc::clone(&metrics), None);
        Self {
            app,
            service,
            out: Outboxes::new(),
            admission: Admission::new(1, 1, None),
            webhooks,
            metrics,
            _inbox: inbox,
            _spool: spool,
        }
    }

    fn connect(&mut self, slot: Slot) {
        let permit = self.admission.admit(&self.app).unwrap();
        let welcome = Welcome::Accepted { app: Arc::clone(&self.app), permit };
        self.service.handle_connected(Instant::now(), slot, welcome, &mut self.out);
    }

    fn send(&mut self, slot: Slot, event: &str, channel: &str, data: &str) {
        let data = match event {
            "pusher:subscribe" => serde_json::json!({ "channel": channel }),
            _ => data.into(),
        };
        let text = serde_json::json!({ "event": event, "channel": channel, "data": data }).to_string();
        self.service.handle_message(Instant::now(), slot, Message::Text(text.into()), &mut self.out);
    }

    /// Number of the last line that is in the file.
    fn written(&self) -> u64 {
        self.webhooks.journal().unwrap().written()
    }

    /// Ends the turn, and answers how many facts are in the file, and their bytes. Nothing is dropped.
    async fn end(self) -> (u64, u64) {
        self.webhooks.stop().await;
        let written = (self.written() - 1, self.webhooks.journal().unwrap().bytes());
        let text = self.metrics.encode().unwrap();
        assert!(text.contains("gema_webhook_events_dropped_total{reason=\"spool_error\"} 0\n"), "{text}");
        written
    }
}

#[tokio::test]
async fn what_a_shard_reads_in_one_turn_is_written_in_the_middle_of_it() {
    let mut turn = Turn::start().await;
    turn.connect(Slot(0));
    let data = "x".repeat(100_000);
    for _ in 0..210 {
        turn.send(Slot(0), "client-e", "room", &data);
    }
    let (facts, bytes) = turn.end().await;
    assert!(facts == 210 && bytes > 20 << 20, "{facts} facts of {bytes} bytes");
}

#[tokio::test]
async fn the_departures_of_many_who_go_at_once_are_written_in_the_middle_of_a_turn() {
    let mut turn = Turn::start().await;
    let slots = (0..80).map(Slot);
    for slot in slots.clone() {
        turn.connect(slot);
        for number in 0..100 {
            turn.send(slot, "pusher:subscribe", &format!("{:a>150}-{number}", slot.0), "");
        }
    }
    turn.webhooks.sync();
    let before = turn.written();
    for slot in slots {
        turn.service.handle_disconnected(Instant::now(), slot, &mut turn.out);
    }
    // More than 2 MB in all, of which about one waits.
    assert!(turn.written() > before + 3_000, "{}", turn.written() - before);
    turn.end().await;
}
