//! What survives the end of a process, and what happens where the spool does not do.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use gema::{
    RunError,
    config::{Config, Flags},
};

use tokio::time::Instant;

use super::{
    IN_TIME,
    receiver::{Answer, Receiver},
    start, start_on,
};

#[tokio::test]
async fn an_application_without_webhooks_has_no_spool() {
    let spool = tempfile::tempdir().unwrap();
    let path = spool.path().join("spool");
    let server = gema_testkit::TestServer::start(|builder| builder.set("GEMA_WEBHOOK_SPOOL", path.display()));
    server.connect().await.subscribe("news").await;
    server.stop().await;
    assert!(!path.exists());
}

#[tokio::test]
async fn what_was_not_accepted_is_told_by_the_next_process_with_the_same_ids() {
    let dead = Arc::new(AtomicBool::new(true));
    let mut receiver = Receiver::answering({
        let dead = Arc::clone(&dead);
        move |_, _| Answer::Status(if dead.load(Ordering::SeqCst) { 503 } else { 200 })
    })
    .await;
    let (server, spool) = start(&receiver, &[]);
    let mut client = server.connect().await;
    client.join("presence-room", "u1").await;
    let first = receiver.next().await;
    assert!(!first.accepted);
    server.stop().await;
    receiver.so_far();

    dead.store(false, Ordering::SeqCst);
    let server = start_on(&spool, &receiver, &[]);
    let told = receiver.events(2).await;
    assert_eq!(told, first.events());
    // The connections of the first process have ended with it.
    assert_eq!(receiver.lines(2).await, ["member_removed presence-room u1", "channel_vacated presence-room"]);
    server.stop().await;
    assert!(receiver.so_far().is_empty());
}

#[tokio::test]
async fn whoever_comes_back_to_the_next_process_in_time_is_not_told() {
    while !comes_back_to_the_next_process_in_time().await {}
}

/// Shows that it is not told, unless the machine is so busy that it takes too long to come back.
async fn comes_back_to_the_next_process_in_time() -> bool {
    let mut receiver = Receiver::start().await;
    let (server, spool) = start(&receiver, &[]);
    let mut client = server.connect().await;
    client.subscribe("stays").await;
    client.subscribe("goes").await;
    receiver.lines(2).await;
    let left = Instant::now();
    server.stop().await;

    let server = start_on(&spool, &receiver, &[]);
    let mut client = server.connect().await;
    client.subscribe("stays").await;
    let in_time = left.elapsed() < IN_TIME;
    if in_time {
        assert_eq!(receiver.lines(1).await, ["channel_vacated goes"]);
    }
    server.stop().await;
    assert!(!in_time || receiver.so_far().is_empty());
    in_time
}

#[tokio::test]
async fn a_full_spool_loses_what_has_waited_longest_and_goes_on() {
    let dead = Arc::new(AtomicBool::new(true));
    let mut receiver = Receiver::answering({
        let dead = Arc::clone(&dead);
        move |_, _| Answer::Status(if dead.load(Ordering::SeqCst) { 503 } else { 200 })
    })
    .await;
    let settings = [
        ("GEMA_WEBHOOK_SPOOL_SIZE", "65536"),
        ("REVERB_APP_MAX_MESSAGE_SIZE", "20000"),
        ("GEMA_APP_WEBHOOK_EVENTS", "client_event"),
    ];
    let (server, spool) = start(&receiver, &settings);
    let mut client = server.connect().await;
    client.subscribe("private-room").await;
    let text = "x".repeat(4_000);
    for number in 0..100 {
        client
            .whisper("private-room", "client-n", serde_json::json!({ "number": number, "text": text }))
            .await;
    }
    client.expect_nothing_before_pong().await;
    // The bound is that of the lines. The state has the events that are read ahead as well: sometimes all that may be.
    let size = || -> u64 {
        let files = fs::read_dir(spool.path().join("spool")).unwrap().map(Result::unwrap);
        let logs = files.filter(|file| file.path().extension().is_some_and(|end| end == "log"));
        logs.map(|log| log.metadata().map_or(0, |metadata| metadata.len())).sum()
    };
    // So little that more is read or given up than may be read ahead: the first event is given up in any case.
    gema_testkit::eventually(true, async || size() < 2 * 65_536).await;
    dead.store(false, Ordering::SeqCst);
    client.whisper("private-room", "client-n", serde_json::json!({ "number": 100, "text": "" })).await;
    let mut numbers = Vec::new();
    while numbers.last() != Some(&100) {
        for event in receiver.events(1).await {
            let data: serde_json::Value = serde_json::from_str(event["data"].as_str().unwrap()).unwrap();
            numbers.push(data["number"].as_u64().unwrap());
        }
    }
    assert!(numbers.is_sorted() && numbers[0] > 0 && numbers.len() > 5, "{numbers:?}");
    let scrape = server.scrape().await;
    let dropped = scrape.count("gema_webhook_events_dropped_total", &[("reason", "spool_full")]);
    assert_eq!(dropped + numbers.len() as u64, 101, "{numbers:?}");
    server.stop().await;
}

#[tokio::test]
async fn a_reload_begins_and_ends_webhooks() {
    let mut receiver = Receiver::start().await;
    let (spool, url) = (tempfile::tempdir().unwrap(), receiver.url());
    let path = spool.path().join("spool");
    let server = gema_testkit::TestServer::start(|builder| builder.set("GEMA_WEBHOOK_SPOOL", path.display()));
    let mut client = server.connect().await;
    client.subscribe("before").await;

    server.reload(|builder| builder.set("GEMA_APP_WEBHOOK_URL", &url)).await.unwrap();
    client.subscribe("first").await;
    assert_eq!(receiver.lines(1).await, ["channel_occupied first"]);

    server.reload(|builder| builder).await.unwrap();
    client.subscribe("untold").await;

    server.reload(|builder| builder.set("GEMA_APP_WEBHOOK_URL", &url)).await.unwrap();
    client.subscribe("second").await;
    assert_eq!(receiver.lines(1).await, ["channel_occupied second"]);
    server.stop().await;
}

#[tokio::test]
async fn a_server_that_cannot_have_its_spool_does_not_start() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let vars = [
        ("REVERB_APP_ID", "1"),
        ("REVERB_APP_KEY", "key"),
        ("REVERB_APP_SECRET", "secret"),
        ("GEMA_APP_WEBHOOK_URL", "http://127.0.0.1:9/"),
        ("GEMA_WEBHOOK_SPOOL", file.path().to_str().unwrap()),
    ];
    let vars = vars.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect();
    let config =
        Config::load(&Flags::default(), &std::collections::HashMap::from_iter::<Vec<_>>(vars), None).unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let error = gema::run(config, listener, gema::reloads().1, std::future::pending()).await.unwrap_err();
    assert!(matches!(error, RunError::Webhooks(_)), "{error}");
    // Whoever shows it shows its cause as well.
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("GEMA_WEBHOOK_SPOOL") && !error.to_string().contains(&cause), "{error}: {cause}");
}
