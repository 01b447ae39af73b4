//! The end of webhooks, by a reload or with the server.

use std::time::Duration;

use gema_testkit::{ServerBuilder, TestServer};
use tokio::sync::watch;

use super::{
    receiver::{Answer, Received, Receiver},
    start,
};

#[tokio::test]
async fn a_receiver_that_fails_slowly_delays_neither_a_reload_nor_the_end() {
    let mut receiver = Receiver::answering(|_, _| Answer::LateRefusal(Duration::from_millis(300))).await;
    let (server, spool) = start(&receiver, &[]);
    let mut client = server.connect().await;
    client.subscribe("news").await;
    receiver.next().await;
    let url = receiver.url();
    let reload = server.reload(|builder| {
        builder.set("GEMA_WEBHOOK_SPOOL", spool.path().join("spool").display());
        builder.set("GEMA_APP_WEBHOOK_URL", url)
    });
    // Each request is refused, for a day: whoever waited for one that is accepted would not end in time.
    reload.await.unwrap();
    receiver.so_far();
    receiver.next().await;
    server.stop().await;
}

#[tokio::test]
async fn what_waits_for_a_webhook_that_is_removed_is_counted_as_lost() {
    let mut receiver = Receiver::answering(|_, _| Answer::Status(500)).await;
    let (server, _spool) = start(&receiver, &[]);
    let mut client = server.connect().await;
    for number in 0..100 {
        client.subscribe(&format!("c{number}")).await;
    }
    receiver.next().await;
    server.reload(|builder| builder).await.unwrap();
    let dropped = [("reason", "removed")];
    assert_eq!(server.scrape().await.count("gema_webhook_events_dropped_total", &dropped), 100);
    server.stop().await;
}

#[tokio::test]
async fn filters_that_change_forget_what_they_no_longer_see() {
    let mut receiver = Receiver::start().await;
    let (spool, url) = (tempfile::tempdir().unwrap(), receiver.url());
    let path = spool.path().join("spool");
    let configure = |builder: &mut ServerBuilder, channels: &str| {
        builder.set("GEMA_WEBHOOK_SPOOL", path.display());
        builder.set("GEMA_APP_WEBHOOK_URL", &url);
        builder.set("GEMA_APP_WEBHOOK_CHANNELS", channels);
    };
    let server = TestServer::start(|builder| {
        configure(builder, "a*");
        builder
    });
    let reload = async |channels: &str| {
        let reload = server.reload(|builder| {
            configure(builder, channels);
            builder
        });
        reload.await.unwrap();
    };
    let mut client = server.connect().await;
    client.subscribe("a1").await;
    assert_eq!(receiver.lines(1).await, ["channel_occupied a1"]);
    reload("b*").await;
    client.unsubscribe("a1").await;
    client.subscribe("b1").await;
    assert_eq!(receiver.lines(1).await, ["channel_occupied b1"]);
    reload("a*").await;
    client.subscribe("a1").await;
    assert_eq!(receiver.lines(1).await, ["channel_occupied a1"]);
    server.stop().await;
}

#[tokio::test]
async fn what_waits_for_a_webhook_is_told_though_another_one_with_its_url_is_removed() {
    let (open, opened) = watch::channel(false);
    let refuse = move |refused| if refused { Answer::Status(503) } else { Answer::Status(200) };
    let answer = move |_, received: &Received| refuse(received.body.contains("b1") && !*opened.borrow());
    let mut receiver = Receiver::answering(answer).await;
    let (spool, url) = (tempfile::tempdir().unwrap(), receiver.url());
    let path = spool.path().join("spool");
    let configure = |builder: &mut ServerBuilder, channels: &[&str]| {
        builder.set("GEMA_WEBHOOK_SPOOL", path.display()).set("GEMA_METRICS_ADDRESS", "127.0.0.1:0");
        // The application of the environment can have one webhook only.
        for name in ["REVERB_APP_ID", "REVERB_APP_KEY", "REVERB_APP_SECRET"] {
            builder.set(name, "");
        }
        builder.file("[[apps]]\nid = \"7\"\nkey = \"test-key\"\nsecret = \"test-secret\"\n");
        for channels in channels {
            builder.file(&format!("[[apps.webhooks]]\nurl = \"{url}\"\nchannels = [\"{channels}\"]\n"));
        }
    };
    let server = TestServer::start(|builder| {
        configure(builder, &["a*", "b*"]);
        builder
    });
    let mut client = server.connect().await;
    client.subscribe("a1").await;
    assert_eq!(receiver.lines(1).await, ["channel_occupied a1"]);
    client.subscribe("b1").await;
    assert!(!receiver.next().await.accepted);
    let reload = server.reload(|builder| {
        configure(builder, &["b*"]);
        builder
    });
    reload.await.unwrap();
    open.send_replace(true);
    assert_eq!(receiver.lines(1).await, ["channel_occupied b1"]);
    let dropped = [("reason", "removed")];
    assert_eq!(server.scrape().await.count("gema_webhook_events_dropped_total", &dropped), 0);
    client.subscribe("b2").await;
    assert_eq!(receiver.lines(1).await, ["channel_occupied b2"]);
    server.stop().await;
}
