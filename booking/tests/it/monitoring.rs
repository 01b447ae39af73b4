//! The metrics of the application, and whether dashboards and alerts ask for metrics that exist.

use std::time::Duration;

use booking::{Application, config::BookingConfig, domain::Role, metrics};
use gema_broadcast::{BroadcastConfig, Broadcaster, Connection, Credentials, ReverbConnection};
use gema_testkit::{HttpConnection, HttpResponse, Scrape, TestServer, eventually, within_patience};
use serde_json::json;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::oneshot,
};

use crate::{database::Kind, world::World};

mod files;
mod promql;
mod reference;

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
    let server = TestServer::start(|server| server);
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

    // The relay begins its figures a moment after the start.
    eventually(true, async || scrape().await.find("broadcast_outbox_failed_total", &[]).is_some()).await;
    let (before, server_before) = (scrape().await, server.scrape().await);
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
    // What is delivered is counted when it is no longer pending.
    let sent = server.scrape().await.count("gema_publishes_total", &[("result", "ok")]);
    assert!(sent >= 4, "{sent}");
    eventually(sent, async || scrape().await.count("broadcast_outbox_delivered_total", &[])).await;

    let after = scrape().await;
    let bookings = |scrape: &Scrape, result| scrape.count("booking_bookings_total", &[("result", result)]);
    assert_eq!(bookings(&before, "created"), 0);
    assert_eq!([bookings(&after, "created"), bookings(&after, "cancelled")], [1, 1]);
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

    let text = ask(operators, "GET", "/metrics", "").await.text().to_owned();
    reference::check(&text, &before);
    files::Known::new(&after, &before, &server.scrape().await, &server_before).check();
    drop(stop);
    // Its database is gone, so that it may end with an error, but end it does.
    let _ = within_patience("the end of the application", running).await.unwrap();
    server.stop().await;
}
