//! What a disk may do to the spool, and what is in it.

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use serde_json::{Value, json};
use tokio::sync::watch;

use super::{
    receiver::{Answer, Receiver, line},
    start, start_on,
};

/// The files of a folder whose names end so.
fn files(folder: &Path, end: &str) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    files.filter(|path| path.to_str().unwrap().ends_with(end)).collect()
}

/// A small spool, and messages that fill it soon.
const SMALL: [(&str, &str); 3] = [
    ("GEMA_WEBHOOK_SPOOL_SIZE", "65536"),
    ("REVERB_APP_MAX_MESSAGE_SIZE", "20000"),
    ("GEMA_APP_WEBHOOK_EVENTS", "client_event"),
];

/// Data of which each fills a segment of a spool of 64 KiB.
fn long(number: u64) -> Value {
    json!({ "number": number, "text": "x".repeat(4_000) })
}

fn place(event: &Value) -> (u64, u64) {
    let mut numbers = event["id"].as_str().unwrap().rsplit('-').map(|number| number.parse().unwrap());
    let index = numbers.next().unwrap();
    (numbers.next().unwrap(), index)
}

#[tokio::test]
async fn a_disk_that_is_full_stops_neither_webhooks_nor_a_restart() {
    let mut receiver = Receiver::start().await;
    let (server, spool) = start(&receiver, &SMALL);
    let mut client = server.connect().await;
    let folder = spool.path().join("spool");
    let state = files(&folder, ".state.json").pop().unwrap();
    let unfinished = state.with_extension("new");
    symlink("/dev/full", &unfinished).unwrap();
    client.subscribe("private-room").await;
    for number in 0..10 {
        client.whisper("private-room", "client-n", long(number)).await;
    }
    assert_eq!(receiver.events(10).await.len(), 10);
    // What has been told makes room, since nobody else may.
    gema_testkit::eventually(true, async || files(&folder, ".log").len() <= 2).await;
    let errors = server.scrape().await.count("gema_webhook_spool_errors_total", &[]);
    assert!(errors > 0);
    server.stop().await;

    fs::remove_file(&unfinished).unwrap();
    // Not even a file can be made any more.
    fs::create_dir(&unfinished).unwrap();
    let server = start_on(&spool, &receiver, &SMALL);
    let mut client = server.connect().await;
    client.subscribe("private-room").await;
    client.whisper("private-room", "client-n", long(10)).await;
    assert_eq!(receiver.events(1).await.len(), 1);
    fs::remove_dir(&unfinished).unwrap();
    server.stop().await;
}

#[tokio::test]
async fn events_that_wait_stay_when_older_ones_make_room() {
    let (open, opened) = watch::channel(true);
    let mut receiver =
        Receiver::answering(
            move |_, _| if *opened.borrow() { Answer::Status(200) } else { Answer::Status(503) },
        )
        .await;
    let (server, spool) = start(&receiver, &SMALL);
    let mut client = server.connect().await;
    let folder = spool.path().join("spool");
    let logs = || files(&folder, ".log").len();
    let unfinished = files(&folder, ".state.json").pop().unwrap().with_extension("new");
    // The state cannot be written, and not because the disk is full: what has been told makes no room by itself.
    fs::create_dir(&unfinished).unwrap();
    client.subscribe("private-room").await;
    for number in 0..14 {
        client.whisper("private-room", "client-n", long(number)).await;
    }
    assert_eq!(receiver.events(14).await.len(), 14);
    assert!(logs() >= 14);

    open.send_replace(false);
    for number in 14..18 {
        client.whisper("private-room", "client-n", long(number)).await;
    }
    gema_testkit::eventually(true, async || logs() < 14).await;
    open.send_replace(true);
    let accepted = [("event", "client_event")];
    gema_testkit::eventually(18, async || {
        server.scrape().await.count("gema_webhook_events_total", &accepted)
    })
    .await;
    let dropped = [("reason", "spool_full")];
    assert_eq!(server.scrape().await.count("gema_webhook_events_dropped_total", &dropped), 0);
    fs::remove_dir(&unfinished).unwrap();
    server.stop().await;
}

#[tokio::test]
async fn a_spool_that_cannot_be_flushed_is_reported_and_events_are_told() {
    let mut receiver = Receiver::start().await;
    let (server, spool) = start(&receiver, &[]);
    let mut client = server.connect().await;
    client.subscribe("a").await;
    receiver.lines(1).await;
    let errors = async || server.scrape().await.count("gema_webhook_spool_errors_total", &[]);
    assert_eq!(errors().await, 0);
    // Who has the file open goes on with it.
    let log = files(&spool.path().join("spool"), ".log").pop().unwrap();
    fs::remove_file(&log).unwrap();
    symlink("/dev/full", &log).unwrap();
    client.subscribe("b").await;
    assert_eq!(receiver.lines(1).await, ["channel_occupied b"]);
    assert_eq!(errors().await, 1);
    server.stop().await;
}

#[tokio::test]
async fn a_state_that_is_older_than_the_spool_is_reported() {
    let mut receiver = Receiver::start().await;
    let settings =
        [("GEMA_WEBHOOK_SPOOL_SIZE", "65536"), ("GEMA_APP_WEBHOOK_EVENTS", "channel_occupied,client_event")];
    let (server, spool) = start(&receiver, &settings);
    server.connect().await;
    let folder = spool.path().join("spool");
    server.stop().await;
    let state = files(&folder, ".state.json").pop().unwrap();
    let old = fs::read(&state).unwrap();

    let server = start_on(&spool, &receiver, &settings);
    let first = files(&folder, ".log").into_iter().min().unwrap();
    let mut client = server.connect().await;
    client.subscribe("private-room").await;
    for number in 0..10 {
        client.whisper("private-room", "client-n", long(number)).await;
    }
    receiver.lines(11).await;
    gema_testkit::eventually(false, async || first.exists()).await;
    server.stop().await;
    fs::write(&state, old).unwrap();

    let server = start_on(&spool, &receiver, &settings);
    assert_eq!(server.scrape().await.count("gema_webhook_spool_errors_total", &[]), 1);
    server.connect().await.subscribe("b").await;
    assert_eq!(receiver.lines(1).await, ["channel_occupied b"]);
    server.stop().await;
}

#[tokio::test]
async fn a_spool_that_has_lost_its_end_loses_nothing_that_happens_afterwards() {
    let remove = |log: &Path| fs::remove_file(log).unwrap();
    let cut = |log: &Path| fs::OpenOptions::new().write(true).open(log).unwrap().set_len(10).unwrap();
    for spoil in [&remove as &dyn Fn(&Path), &cut] {
        let mut receiver = Receiver::start().await;
        let (server, spool) = start(&receiver, &[]);
        let mut client = server.connect().await;
        let mut before = Vec::new();
        for number in 0..10 {
            client.subscribe(&format!("a{number}")).await;
        }
        before.extend(receiver.events(10).await);
        server.stop().await;
        files(&spool.path().join("spool"), ".log").iter().for_each(|log| spoil(log));

        let server = start_on(&spool, &receiver, &[]);
        let mut client = server.connect().await;
        client.subscribe("b").await;
        let after = receiver.events(1).await;
        assert_eq!(line(&after[0]), "channel_occupied b");
        assert!(place(&after[0]) > before.iter().map(place).max().unwrap(), "{after:?}");
        assert_eq!(server.scrape().await.count("gema_webhook_spool_errors_total", &[]), 1);
        server.stop().await;
    }
}

#[tokio::test]
async fn a_state_that_cannot_be_read_loses_nothing_that_waits() {
    let dead = Arc::new(AtomicBool::new(true));
    let mut receiver = Receiver::answering({
        let dead = Arc::clone(&dead);
        move |_, _| Answer::Status(if dead.load(Ordering::SeqCst) { 503 } else { 200 })
    })
    .await;
    let (server, spool) = start(&receiver, &[]);
    let mut client = server.connect().await;
    client.subscribe("waits").await;
    let waiting = receiver.next().await.events();
    server.stop().await;
    let state = files(&spool.path().join("spool"), ".state.json").pop().unwrap();
    fs::write(state, "").unwrap();

    receiver.so_far();
    dead.store(false, Ordering::SeqCst);
    let server = start_on(&spool, &receiver, &[]);
    assert_eq!(receiver.events(1).await, waiting);
    assert_eq!(server.scrape().await.count("gema_webhook_spool_errors_total", &[]), 1);
    server.stop().await;
}

#[tokio::test]
async fn nobody_else_can_read_the_spool() {
    let mut receiver = Receiver::start().await;
    let (server, spool) = start(&receiver, &[]);
    server.connect().await.subscribe("news").await;
    receiver.lines(1).await;
    server.stop().await;
    let folder = spool.path().join("spool");
    for path in files(&folder, "").into_iter().chain([folder]) {
        let mode = path.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}: {mode:o}", path.display());
    }
}

#[tokio::test]
async fn channels_that_no_webhook_tells_of_take_nothing_of_the_spool() {
    let mut receiver = Receiver::start().await;
    let settings = [("GEMA_APP_WEBHOOK_CHANNELS", "private-user.*")];
    let (server, spool) = start(&receiver, &settings);
    let size = || -> u64 {
        files(&spool.path().join("spool"), ".log").iter().map(|log| log.metadata().unwrap().len()).sum()
    };
    let mut stranger = server.connect().await;
    let before = size();
    for number in 0..100 {
        stranger.subscribe(&format!("strange-{number}")).await;
        stranger.unsubscribe(&format!("strange-{number}")).await;
    }
    stranger.expect_nothing_before_pong().await;
    assert_eq!(size(), before);
    server.connect().await.subscribe("private-user.1").await;
    assert_eq!(receiver.lines(1).await, ["channel_occupied private-user.1"]);
    server.stop().await;
}
