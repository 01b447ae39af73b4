//! Metrics prove themselves: what the server has counted is what its clients and publishers have counted.

use std::collections::BTreeSet;

use gema::metrics::DECLARED;
use gema_protocol::ws::OpCode;
use gema_testkit::{
    ApiClient, Credentials, Message, PusherClient, Scrape, TestServer, Traffic, WebSocket, eventually,
};
use serde_json::json;

use encrypted::{check_handshakes, is_encrypted};

mod encrypted;
mod operators;
mod webhooks;

/// An application with limits and an origin, beside that of all tests.
const OTHER: &str = "
[[apps]]
id = 'other'
key = 'other-key'
secret = 'other-secret'
max_connections = 2
allowed_origins = ['good.test']
";

fn start(shards: usize) -> TestServer {
    TestServer::start(|server| {
        if is_encrypted(shards) {
            server.encrypted();
        }
        server.file(OTHER).set("GEMA_SHARDS", shards);
        server.set("GEMA_SHUTDOWN_GRACE", 10).set("REVERB_APP_MAX_MESSAGE_SIZE", 20_000)
    })
}

fn other() -> Credentials {
    Credentials::new("other", "other-key", "other-secret")
}

/// A connection to the other application.
async fn open_other(server: &TestServer, origin: &str) -> WebSocket {
    let path = "/app/other-key?protocol=7";
    WebSocket::open(server.stream().await, path, &[("Origin", &format!("https://{origin}"))]).await
}

/// What the test has counted itself.
#[derive(Debug, Default)]
struct Counted {
    /// HTTP requests by route, method and class of status.
    requests: Vec<(&'static str, &'static str, &'static str)>,
}

const EVENTS: &str = "/apps/{app_id}/events";
const BATCH: &str = "/apps/{app_id}/batch_events";
const CONNECT: &str = "/app/{key}";

impl Counted {
    /// Sends a request that must succeed or be refused.
    async fn request(&mut self, api: &ApiClient, route: &'static str, request: &[u8], class: &'static str) {
        let answer = api.connect().await.request(request).await;
        assert_eq!(format!("{}xx", answer.status / 100), class, "{}", answer.text());
        self.note(route, "POST", class);
    }

    fn note(&mut self, route: &'static str, method: &'static str, status: &'static str) {
        self.requests.push((route, method, status));
    }

    fn check_requests(&self, scrape: &Scrape) {
        for &(route, method, status) in &self.requests {
            let labels = [("route", route), ("method", method), ("status", status)];
            let expected =
                self.requests.iter().filter(|request| **request == (route, method, status)).count();
            assert_eq!(scrape.count("gema_http_requests_total", &labels), expected as u64, "{labels:?}");
            let of_route = self.requests.iter().filter(|request| request.0 == route).count();
            let timed = scrape.count("gema_http_request_duration_seconds_count", &[("route", route)]);
            assert_eq!(timed, of_route as u64, "{route}");
        }
        assert_eq!(scrape.count("gema_http_requests_total", &[]), self.requests.len() as u64);
    }
}

/// The clients of the known load, who have read whatever was for them.
struct Load {
    clients: Vec<PusherClient>,
    others: Vec<PusherClient>,
    counted: Counted,
}

impl Load {
    /// Connects, subscribes and signs in.
    async fn begin(server: &TestServer) -> Self {
        let (mut clients, mut others, mut counted) = (Vec::new(), Vec::new(), Counted::default());
        for _ in 0..4 {
            clients.push(server.connect().await);
            counted.note(CONNECT, "GET", "1xx");
        }
        for _ in 0..2 {
            others.push(PusherClient::greet(open_other(server, "good.test").await, other()).await);
            counted.note(CONNECT, "GET", "1xx");
        }
        for client in clients.iter_mut().chain(&mut others[..1]) {
            client.subscribe("room").await;
        }
        for client in &mut clients[..2] {
            client.subscribe("private-room").await;
        }
        for (client, user) in [(0, "u1"), (1, "u1"), (2, "u2")] {
            clients[client].join("presence-room", user).await;
        }
        // The first two are told of the third.
        for client in &mut clients[..2] {
            client.expect_event("pusher_internal:member_added").await;
        }
        clients[3].sign_in("u9").await;
        clients[3].subscribe("#server-to-user-u9").await;
        Self { clients, others, counted }
    }

    /// Publishes 3 events with `/events`, 1 of them to two channels, and 2 with `/batch_events`; one of either is refused.
    async fn publish(&mut self, server: &TestServer) {
        let api = server.api();
        for channels in [&["room"][..], &["room"], &["room", "private-room"]] {
            self.counted.request(&api, EVENTS, &api.trigger_request(channels, "e", "data"), "2xx").await;
        }
        self.counted.request(&api, EVENTS, &api.trigger_request(&["no channel"], "e", "data"), "4xx").await;
        let event = |channel: &str| json!({ "channel": channel, "name": "e", "data": "data" });
        let batch = json!({ "batch": [event("room"), event("presence-room")] }).to_string();
        self.counted.request(&api, BATCH, &api.post_request("/batch_events", batch.as_bytes()), "2xx").await;
        self.counted.request(&api, BATCH, &api.post_request("/batch_events", b"{"), "4xx").await;
        // To a room of the same name, with one subscriber.
        let api = server.api_of(other());
        self.counted.request(&api, EVENTS, &api.trigger_request(&["room"], "e", "data"), "2xx").await;
        for (client, events) in [(0, 6), (1, 6), (2, 5), (3, 4)] {
            for _ in 0..events {
                self.clients[client].expect_event("e").await;
            }
        }
        self.others[0].expect_event("e").await;
    }

    /// One client event to one other, one to two others, and two that are refused.
    async fn whisper(&mut self) {
        self.clients[0].whisper("private-room", "client-e", json!("data")).await;
        self.clients[1].expect_event("client-e").await;
        self.clients[2].whisper("presence-room", "client-e", json!("data")).await;
        for client in &mut self.clients[..2] {
            client.expect_event("client-e").await;
        }
        self.clients[3].whisper("private-room", "client-e", json!("data")).await;
        self.clients[3].expect_error(4009).await;
        self.clients[0].whisper("private-room", "client-e", json!("x".repeat(11_000))).await;
        self.clients[0].expect_error(4301).await;
    }

    /// What is not authorized, and what is too large.
    async fn fail(&mut self, server: &TestServer) {
        let client = &mut self.clients[3];
        client.send("pusher:subscribe", json!({ "channel": "private-room", "auth": "test-key:00" })).await;
        client.expect_error(4009).await;
        client.expect_event("pusher:subscription_error").await;
        for _ in 0..2 {
            client
                .send("pusher:signin", json!({ "auth": "test-key:00", "user_data": "{\"id\":\"x\"}" }))
                .await;
            client.expect_error(4009).await;
        }
        client.socket.send_text("x".repeat(20_001)).await;
        client.expect_error(4301).await;
        client.socket.send(Message::binary(vec![0; 200])).await;
        client.expect_error(4200).await;

        let api = server.api();
        let wrong = String::from_utf8(api.trigger_request(&["room"], "e", "data")).unwrap();
        let wrong = wrong.replace("auth_signature=", "auth_signature=0");
        self.counted.request(&api, EVENTS, wrong.as_bytes(), "4xx").await;
        let nobody = server.api_of(Credentials::new("nobody", "nobody", "nobody"));
        self.counted.request(&nobody, EVENTS, &nobody.trigger_request(&["room"], "e", "data"), "4xx").await;
    }

    /// The sum of what has gone through all WebSockets.
    fn traffic(&self) -> Traffic {
        self.clients.iter().chain(&self.others).fold(Traffic::default(), |sum, client| {
            let traffic = client.socket.traffic();
            Traffic {
                sent: sum.sent + traffic.sent,
                sent_bytes: sum.sent_bytes + traffic.sent_bytes,
                received: sum.received + traffic.received,
                received_bytes: sum.received_bytes + traffic.received_bytes,
            }
        })
    }
}

/// Waits until the shards have shown what they have counted: the last thing that happened was this many messages out.
async fn quiet(server: &TestServer, traffic: Traffic) -> Scrape {
    let messages = |scrape: &Scrape, direction| {
        scrape.count("gema_websocket_messages_total", &[("direction", direction)])
    };
    let expected = (traffic.sent, traffic.received);
    eventually(expected, async || {
        let scrape = server.scrape().await;
        (messages(&scrape, "in"), messages(&scrape, "out"))
    })
    .await;
    server.scrape().await
}

fn check_traffic(scrape: &Scrape, traffic: Traffic) {
    let bytes = |direction| scrape.count("gema_websocket_bytes_total", &[("direction", direction)]);
    assert_eq!((bytes("in"), bytes("out")), (traffic.sent_bytes, traffic.received_bytes));
    for gauge in ["gema_outbox_bytes", "gema_inbox_bytes"] {
        assert_eq!(scrape.count(gauge, &[]), 0, "{gauge}");
    }
}

fn check_gauges(scrape: &Scrape) {
    let of =
        |name: &str, labels: &[(&str, &str)]| scrape.count(name, &[&[("app_id", "4711")], labels].concat());
    assert_eq!(of("gema_connections", &[]), 4);
    assert_eq!(scrape.count("gema_connections", &[]), 6);
    assert_eq!(of("gema_connections_opened_total", &[]), 4);
    assert_eq!(scrape.count("gema_connections_opened_total", &[]), 6);
    for (kind, channels, subscriptions) in
        [("public", 1, 4), ("private", 1, 2), ("presence", 1, 3), ("user", 1, 1), ("encrypted", 0, 0)]
    {
        assert_eq!(of("gema_channels", &[("kind", kind)]), channels, "{kind}");
        assert_eq!(of("gema_subscriptions", &[("kind", kind)]), subscriptions, "{kind}");
    }
    assert_eq!(scrape.count("gema_subscriptions", &[("app_id", "other")]), 1);
    assert_eq!(of("gema_presence_members", &[]), 2);
}

fn check_publishes(scrape: &Scrape) {
    let of = |app, source, result| {
        let labels = [("app_id", app), ("source", source), ("result", result)];
        scrape.count("gema_publishes_total", &labels)
    };
    assert_eq!([of("4711", "http", "ok"), of("4711", "http", "refused")], [3, 1]);
    assert_eq!([of("4711", "batch", "ok"), of("4711", "batch", "refused")], [2, 1]);
    assert_eq!([of("4711", "client", "ok"), of("4711", "client", "refused")], [2, 2]);
    assert_eq!(of("other", "http", "ok"), 1);
    assert_eq!(scrape.count("gema_publishes_total", &[]), 12);
    let timed = |source| scrape.count("gema_publish_duration_seconds_count", &[("source", source)]);
    assert_eq!([timed("http"), timed("batch")], [5, 2]);
    let seconds = scrape.find("gema_publish_duration_seconds_sum", &[]).unwrap();
    assert!(seconds > 0.0 && seconds < 60.0, "{seconds}");
}

/// Ten messages had recipients: three events with `/events` of which one went to two channels, two in a batch, one to
/// the other room, two client events, and one about a member.
fn check_fan_out(scrape: &Scrape, shards: u64) {
    // Events, client events, the member that came.
    let recipients = (6 + 6 + 5 + 4 + 1) + (1 + 2) + 2;
    assert_eq!(scrape.count("gema_fan_out_recipients_sum", &[]), recipients);
    let count = scrape.count("gema_fan_out_recipients_count", &[]);
    assert!((10..=10 * shards).contains(&count), "{count} with {shards} shards");
    assert_eq!(scrape.count("gema_fan_out_duration_seconds_count", &[]), count);
    assert_eq!(scrape.count("gema_fan_out_duration_seconds_bucket", &[("le", "+Inf")]), count);
    let seconds = scrape.find("gema_fan_out_duration_seconds_sum", &[]).unwrap();
    assert!(seconds > 0.0 && seconds < 60.0, "{seconds}");
}

fn check_failures(scrape: &Scrape) {
    let failures = |reason| scrape.count("gema_authorization_failures_total", &[("reason", reason)]);
    assert_eq!(["api_signature", "api_app", "channel", "sign_in"].map(failures), [1, 1, 1, 2]);
    let limits = |limit| scrape.count("gema_limits_hit_total", &[("limit", limit)]);
    assert_eq!(["message_size", "event_size"].map(limits), [1, 1]);
    assert_eq!(scrape.count("gema_limits_hit_total", &[]), 2);
    assert_eq!(scrape.count("gema_slow_consumers_total", &[]), 0);
    assert_eq!(scrape.count("gema_connections_closed_total", &[]), 0);
}

/// What a server at work shows is what the table declares, with the same labels.
fn check_names(scrape: &Scrape) {
    let mut shown = scrape.names();
    for metric in DECLARED {
        for series in metric.series() {
            let mut labels: BTreeSet<_> = metric.labels.iter().map(|label| label.name).collect();
            if series.ends_with("_bucket") {
                labels.insert("le");
            }
            assert_eq!(shown.remove(&*series), Some(labels), "{series}");
        }
    }
    assert!(shown.is_empty(), "nobody has declared {shown:?}");
}

async fn a_known_load(shards: usize) -> (TestServer, Load) {
    let server = start(shards);
    let mut load = Load::begin(&server).await;
    load.publish(&server).await;
    load.whisper().await;
    load.fail(&server).await;
    let traffic = load.traffic();
    let scrape = quiet(&server, traffic).await;
    check_traffic(&scrape, traffic);
    check_gauges(&scrape);
    check_publishes(&scrape);
    check_fan_out(&scrape, shards as u64);
    check_failures(&scrape);
    load.counted.check_requests(&scrape);
    check_handshakes(&server, shards, load.counted.requests.len()).await;
    (server, load)
}

#[tokio::test]
async fn one_shard_counts_what_its_clients_have_counted() {
    let (server, load) = a_known_load(1).await;
    drop(load);
    server.stop().await;
}

#[tokio::test]
async fn several_shards_count_together_what_their_clients_have_counted() {
    let (server, load) = a_known_load(3).await;
    drop(load);
    server.stop().await;
}

#[tokio::test]
async fn refused_clients_are_counted_by_what_they_were_told() {
    let (server, mut load) = a_known_load(2).await;
    open_other(&server, "good.test").await.expect_refusal(4004).await;
    open_other(&server, "bad.test").await.expect_refusal(4009).await;
    server.websocket("/app/nobody").await.expect_refusal(4001).await;
    server.websocket("/app/test-key?protocol=3").await.expect_refusal(4007).await;
    for _ in 0..4 {
        load.counted.note(CONNECT, "GET", "1xx");
    }
    let scrape = server.scrape().await;
    let refused = |code| scrape.count("gema_connections_refused_total", &[("code", code)]);
    assert_eq!(["4001", "4004", "4007", "4009"].map(refused), [1, 1, 1, 1]);
    let failures = |reason| scrape.count("gema_authorization_failures_total", &[("reason", reason)]);
    assert_eq!(["app_key", "origin"].map(failures), [1, 1]);
    assert_eq!(scrape.count("gema_limits_hit_total", &[("limit", "app_connections")]), 1);
    assert_eq!(scrape.count("gema_connections", &[]), 6, "a refused client is no connection");
    load.counted.check_requests(&scrape);
    server.stop().await;
}

#[tokio::test]
async fn each_end_is_counted_by_its_reason_and_the_gauges_return_to_zero() {
    let (mut server, mut load) = a_known_load(2).await;
    server.websocket("/app/nobody").await.expect_refusal(4001).await;
    let clients = std::mem::take(&mut load.clients);
    let [mut first, second, mut third, mut fourth] = <[PusherClient; 4]>::try_from(clients).unwrap();
    first.socket.send(Message::Close(None)).await;
    second.socket.reset();
    third.socket.send_frame(OpCode::Continuation, true, b"of nothing").await;
    let terminate = server.api().post("/users/u9/terminate_connections", &json!({})).await;
    terminate.success();
    fourth.socket.drain().await;
    let closed = async |reason| {
        server
            .scrape()
            .await
            .count("gema_connections_closed_total", &[("app_id", "4711"), ("reason", reason)])
    };
    for reason in ["client", "lost", "protocol_error", "terminated"] {
        eventually(1, async || closed(reason).await).await;
    }
    let scrape = server.scrape().await;
    for gauge in ["gema_connections", "gema_channels", "gema_subscriptions", "gema_presence_members"] {
        assert_eq!(scrape.count(gauge, &[("app_id", "4711")]), 0, "{gauge}");
    }
    assert_eq!(scrape.count("gema_connections", &[("app_id", "other")]), 2);

    // The others do not answer the close, so that the server waits and can still be asked.
    server.begin_to_stop();
    let shutdown = [("app_id", "other"), ("reason", "shutdown")];
    eventually(2, async || server.scrape().await.count("gema_connections_closed_total", &shutdown)).await;
    let scrape = server.scrape().await;
    assert_eq!(scrape.count("gema_connections_closed_total", &[]), 6);
    for gauge in ["gema_connections", "gema_channels", "gema_outbox_bytes", "gema_inbox_bytes", "gema_ready"]
    {
        assert_eq!(scrape.count(gauge, &[]), 0, "{gauge}");
    }
    check_names(&scrape);
    drop((first, third, load));
    server.stop().await;
}
