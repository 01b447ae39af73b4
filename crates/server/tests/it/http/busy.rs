//! Publishers of a server whose shards do not come round.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use arc_swap::ArcSwap;
use axum::{
    Router,
    body::{Body, to_bytes},
    http::Request,
};
use gema::{
    admission::Admission,
    apps::Apps,
    config::{Config, Flags},
    directory::Directory,
    http::{Server, router},
    metrics::Metrics,
    rate_limits::RateLimits,
    readiness::Readiness,
    refusals::Refusals,
    shard::{Inbox, Order, inbox},
    webhooks::WebhookSender,
    welcome::Welcome,
};
use gema_hub::{ChannelKey, Delivery, Directory as _, ShardId, Subscriber};
use gema_testkit::{ApiClient, Credentials, Scrape};
use mio::Poll;
use serde_json::json;
use tower::ServiceExt as _;

/// A server with one shard, of which nobody takes anything out of the inbox.
struct Stuck {
    server: Arc<Server>,
    router: Router,
    _poll: Poll,
    _inbox: Inbox<Order<Welcome, Delivery>>,
}

impl Stuck {
    fn start(settings: &[(&str, &str)]) -> Self {
        let Credentials { id, key, secret } = Credentials::of_tests();
        let app =
            [("REVERB_APP_ID", &*id), ("REVERB_APP_KEY", &*key), ("REVERB_APP_SECRET", secret.expose())];
        let vars = app.iter().chain(settings).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let Config { server: settings, apps, .. } =
            Config::load(&Flags::default(), &vars.collect::<HashMap<_, _>>(), None).unwrap();
        let metrics = Arc::new(Metrics::for_shards(1));
        let webhooks = Arc::new(WebhookSender::new(settings.webhook_spool.clone(), Arc::clone(&metrics)));
        let poll = Poll::new().unwrap();
        let (sender, inbox) = inbox(&poll, settings.inbox_size).unwrap();
        let apps = Apps::new(&apps);
        let server = Arc::new(Server {
            development: false,
            directory: Arc::new(Directory::new(vec![sender], Arc::clone(&webhooks))),
            admission: Admission::new(apps.now().numbers(), 1, None),
            limits: RateLimits::new(&settings, apps.now().iter()),
            apps,
            metrics,
            tls: None,
            webhooks,
            refusals: Refusals::default(),
            readiness: Readiness::new(1),
            config: ArcSwap::from_pointee(settings),
        });
        Self { router: router(Arc::clone(&server)), server, _poll: poll, _inbox: inbox }
    }

    /// Somebody subscribes to a channel, so that its events have to go to the shard.
    fn subscribe(&self, channel: &str) {
        let app = self.server.apps.by_id(&Credentials::of_tests().id).unwrap().number;
        let key = ChannelKey { app, name: channel.parse().unwrap() };
        let subscriber = Subscriber {
            shard: ShardId(0),
            member: None,
            most_members: usize::MAX,
            counts: false,
            webhooks: None,
        };
        self.server.directory.subscribe(Instant::now(), &key, subscriber).unwrap();
    }

    /// The status and the body that a signed request is answered with.
    async fn answer(&self, request: Vec<u8>) -> (u16, String) {
        let request = String::from_utf8(request).unwrap();
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        let target = head.split(' ').nth(1).unwrap();
        let request = Request::post(target).body(Body::from(body.to_owned())).unwrap();
        let (head, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        (head.status.as_u16(), String::from_utf8(body.to_vec()).unwrap())
    }
}

#[tokio::test]
async fn a_publisher_waits_for_a_full_shard_but_not_for_ever_and_is_counted_as_busy() {
    let stuck = Stuck::start(&[("GEMA_INBOX_SIZE", "65536"), ("GEMA_REQUEST_TIMEOUT", "1")]);
    stuck.subscribe("room");
    let api = ApiClient::new(([127, 0, 0, 1], 1).into(), "", Credentials::of_tests());
    let event = |channel| api.trigger_request(&[channel], "e", &"x".repeat(10_000));
    for _ in 0..7 {
        assert_eq!(stuck.answer(event("room")).await, (200, "{}".to_owned()));
    }
    let batch = json!({ "batch": [{ "channel": "room", "name": "e", "data": "d" }] }).to_string();
    let batch = api.post_request("/batch_events", batch.as_bytes());
    let started = Instant::now();
    let answers = tokio::join!(stuck.answer(event("room")), stuck.answer(batch));
    assert!(started.elapsed() >= Duration::from_secs(1), "{:?}", started.elapsed());
    for (status, body) in [answers.0, answers.1] {
        assert!(status == 503 && body.contains("GEMA_INBOX_SIZE"), "{status} {body}");
    }
    // Nobody waits whose subscribers are elsewhere, or nowhere.
    assert_eq!(stuck.answer(event("elsewhere")).await, (200, "{}".to_owned()));

    let scrape = Scrape::parse(&stuck.server.metrics.encode().unwrap());
    let published =
        |source, result| scrape.count("gema_publishes_total", &[("source", source), ("result", result)]);
    assert_eq!(["ok", "busy", "refused"].map(|result| published("http", result)), [8, 1, 0]);
    assert_eq!(["ok", "busy", "refused"].map(|result| published("batch", result)), [0, 1, 0]);
    for route in ["/apps/{app_id}/events", "/apps/{app_id}/batch_events"] {
        let failed = [("route", route), ("method", "POST"), ("status", "5xx")];
        assert_eq!(scrape.count("gema_http_requests_total", &failed), 1, "{route}");
    }
}
