//! The metrics of the application, and whether dashboards and alerts ask for metrics that exist.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
    time::Duration,
};

use booking::{Application, config::BookingConfig, domain::Role, metrics};
use gema_broadcast::{BroadcastConfig, Broadcaster, Connection, Credentials, ReverbConnection};
use gema_testkit::{
    HttpConnection, HttpResponse, Scrape, TestServer, declared_series, eventually, within_patience,
};
use serde_json::{Value, json};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::oneshot,
};

use crate::{database::Kind, world::World};

mod promql;

/// Metrics of parts of the server that are made at the same time as this. Each has to leave this list once it exists.
const AWAITED: [&str; 13] = [
    "gema_tls_handshakes_total",
    "gema_tls_certificate_expiry_timestamp_seconds",
    "gema_webhook_backlog",
    "gema_webhook_events_total",
    "gema_webhook_events_dropped_total",
    "gema_webhook_oldest_event_age_seconds",
    "gema_webhook_requests_total",
    "gema_webhook_request_duration_seconds",
    "gema_webhook_request_duration_seconds_bucket",
    "gema_webhook_request_duration_seconds_count",
    "gema_webhook_request_duration_seconds_sum",
    "gema_webhook_spool_bytes",
    "gema_webhook_spool_errors_total",
];

/// What Prometheus adds to each series.
const OF_PROMETHEUS: [&str; 2] = ["job", "instance"];

type Names = BTreeMap<String, BTreeSet<String>>;

async fn ask(listener: std::net::SocketAddr, method: &str, path: &str, body: &str) -> HttpResponse {
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    HttpConnection::new(TcpStream::connect(listener).await.unwrap()).request(request.as_bytes()).await
}

/// One test, because the figures of a process are collected once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_is_counted_and_dashboards_and_alerts_ask_for_what_there_is() {
    let world = World::new(Kind::Sqlite).await;
    let server = TestServer::start(|server| server.set("GEMA_METRICS_ADDRESS", "127.0.0.1:0"));
    let app = gema_testkit::Credentials::of_tests();
    let credentials = Credentials { key: app.key, secret: app.secret, encryption_key: None };
    let connection =
        ReverbConnection { port: server.address().port(), ..ReverbConnection::local(app.id, credentials) };
    let mut config = BookingConfig::load(&std::iter::empty::<(&str, &str)>().collect()).unwrap();
    config.server = connection.clone();
    let (api, figures) =
        (TcpListener::bind("127.0.0.1:0").await.unwrap(), TcpListener::bind("127.0.0.1:0").await.unwrap());
    let (address, operators) = (api.local_addr().unwrap(), figures.local_addr().unwrap());
    let application = Application {
        services: world.services.clone(),
        http: config.http_options(),
        broadcaster: Broadcaster::new(BroadcastConfig { connection: Connection::Reverb(connection) })
            .unwrap(),
        relay_poll: Duration::from_millis(50),
        metrics: Some((figures, metrics::install().unwrap())),
    };
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(application.run(api, async { drop(stopped.await) }));
    let scrape = async || Scrape::parse(ask(operators, "GET", "/metrics", "").await.text());

    let before = scrape().await;
    let (user, session) = (world.user("siti", Role::User).await, world.session(5).await);
    let booking = world.book(&user, &session, "2026-11-24").await;
    world.cancel(&user, booking.id).await.unwrap();
    assert_eq!(ask(address, "GET", "/up", "").await.status, 200);
    assert_eq!(ask(address, "GET", "/api/v1/sessions", "").await.status, 200);
    assert_eq!(ask(address, "GET", "/api/v1/sessions/4711/elsewhere", "").await.status, 404);
    assert_eq!(ask(address, "POST", "/api/v1/auth/login", "{").await.status, 400);
    let outbox_is_empty = async || world.services.outgoing.status().await.unwrap().pending;
    eventually(0, outbox_is_empty).await;
    // The gauges are set every second.
    eventually(Some(0.0), async || scrape().await.find("broadcast_outbox_pending", &[])).await;

    let after = scrape().await;
    let bookings = |scrape: &Scrape, result| scrape.count("booking_bookings_total", &[("result", result)]);
    assert_eq!(bookings(&before, "created"), 0);
    assert_eq!([bookings(&after, "created"), bookings(&after, "cancelled")], [1, 1]);
    let delivered = after.count("broadcast_outbox_delivered_total", &[]);
    assert_eq!(delivered, server.scrape().await.count("gema_publishes_total", &[("result", "ok")]));
    assert!(delivered >= 4, "{delivered}");
    let requests = |labels: &[(&str, &str)]| after.count("booking_http_requests_total", labels);
    assert_eq!(requests(&[("route", "/api/v1/sessions"), ("status", "200"), ("method", "GET")]), 1);
    assert_eq!(requests(&[("route", "none"), ("status", "404")]), 1);
    assert_eq!(requests(&[("route", "/api/v1/auth/login"), ("status", "400"), ("method", "POST")]), 1);
    assert_eq!(requests(&[]), 4);
    assert_eq!(after.count("booking_http_request_duration_seconds_count", &[]), 4);

    assert_eq!(ask(operators, "GET", "/ready", "").await.success(), json!({ "ready": true }));
    assert_eq!(ask(operators, "GET", "/up", "").await.success(), json!({ "health": "OK" }));
    world.db.close().await;
    let unready = ask(operators, "GET", "/ready", "").await;
    assert_eq!(unready.status, 503);
    assert_eq!(unready.json(), json!({ "ready": false, "reason": "the database fails" }));

    check_files(&names(&after), &names(&server.scrape().await));
    drop(stop);
    // Its database is gone, so that it may end with an error, but end it does.
    let _ = within_patience("the end of the application", running).await.unwrap();
    server.stop().await;
}

fn names(scrape: &Scrape) -> Names {
    let owned = |labels: BTreeSet<&str>| labels.into_iter().map(str::to_owned).collect();
    scrape.names().into_iter().map(|(name, labels)| (name.to_owned(), owned(labels))).collect()
}

fn check_files(booking: &Names, server: &Names) {
    let declared: Names = declared_series();
    for name in AWAITED {
        assert!(
            !declared.contains_key(name),
            "{name} exists now: it has to leave the list of what is awaited"
        );
    }
    for (name, labels) in server {
        assert_eq!(declared.get(name), Some(labels), "{name}");
    }
    let mut known = declared;
    known.extend(booking.clone());
    known.insert("up".to_owned(), BTreeSet::new());

    let deploy = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../deploy");
    let mut checked = 0;
    for file in ["grafana/gema.json", "grafana/booking.json"] {
        let board: Value = serde_json::from_str(&fs::read_to_string(deploy.join(file)).unwrap()).unwrap();
        let mut queries = Vec::new();
        texts(&board, &["expr", "definition"], &mut queries);
        checked += queries.len();
        queries.iter().for_each(|query| check(file, query, &known));
    }
    let rules = fs::read_to_string(deploy.join("prometheus/alerts.yml")).unwrap();
    let expressions: Vec<_> = rules
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("expr: "))
        .map(str::to_owned)
        .collect();
    assert_eq!(
        expressions.len(),
        rules.matches("- alert: ").count(),
        "each rule has its expression on one line"
    );
    checked += expressions.len();
    expressions.iter().for_each(|expression| check("alerts.yml", expression, &known));
    assert!(checked > 80, "{checked} queries");
}

/// All texts with one of these keys.
fn texts(value: &Value, keys: &[&str], found: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| texts(item, keys, found)),
        Value::Object(fields) => {
            for (key, field) in fields {
                match field {
                    Value::String(text) if keys.contains(&&**key) => found.push(text.clone()),
                    _ => texts(field, keys, found),
                }
            }
        }
        _ => {}
    }
}

/// Every metric and label of a query is there.
fn check(file: &str, query: &str, known: &Names) {
    let query = promql::Query::parse(query).unwrap_or_else(|error| panic!("{file}: {error}: {query}"));
    assert!(
        !query.selectors.is_empty() || query.text.contains("vector("),
        "{file}: no metric in {}",
        query.text
    );
    let mut labels: BTreeSet<&str> = OF_PROMETHEUS.into();
    let mut is_awaited = false;
    for selector in &query.selectors {
        if AWAITED.contains(&&*selector.metric) {
            is_awaited = true;
            continue;
        }
        let of_metric = known.get(&selector.metric);
        let of_metric =
            of_metric.unwrap_or_else(|| panic!("{file}: no metric {}: {}", selector.metric, query.text));
        for label in &selector.labels {
            let is_there = of_metric.contains(label) || OF_PROMETHEUS.contains(&&**label);
            assert!(is_there, "{file}: {} has no label {label}: {}", selector.metric, query.text);
        }
        labels.extend(of_metric.iter().map(String::as_str));
    }
    for label in query.grouping.iter().filter(|_| !is_awaited) {
        assert!(labels.contains(&**label), "{file}: no label {label}: {}", query.text);
    }
}
