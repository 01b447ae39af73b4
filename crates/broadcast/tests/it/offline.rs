//! Broadcasters without a server.

use std::sync::Mutex;

use gema_broadcast::{
    BroadcastConfig, BroadcastError, Broadcaster, Channel, Connection, InfoSet, Message, SocketId,
};

use tracing::Level;

use crate::setup::OrderShipped;

#[tokio::test]
async fn a_recorder_keeps_messages_as_they_would_be_sent() {
    let (broadcaster, recorder) = Broadcaster::recorder();
    recorder.assert_nothing_broadcast();
    recorder.assert_not_broadcast::<OrderShipped>();
    let event = OrderShipped::on([Channel::private("orders.7"), Channel::encrypted("vault")]);
    let sender: SocketId = "1.2".parse().unwrap();
    broadcaster.to_others(sender).broadcast(&event).await.unwrap();
    broadcaster.batch(&recorder.messages()).await.unwrap();
    let expected = Message::of(&event).unwrap().unwrap().except(sender);
    assert_eq!(recorder.messages(), [expected.clone(), expected]);
    recorder.assert_broadcast::<OrderShipped>(|payload| payload["id"] == 7);
    recorder.assert_broadcast_times::<OrderShipped>(2);
}

#[tokio::test]
async fn a_recorder_knows_the_channels_and_who_was_left_out() {
    let (broadcaster, recorder) = Broadcaster::recorder();
    let sender: SocketId = "1.2".parse().unwrap();
    let [a, b, c] = ["a", "b", "c"].map(Channel::private);
    broadcaster.to_others(sender).broadcast(&OrderShipped::on([a.clone(), b.clone()])).await.unwrap();
    recorder.assert_broadcast_on::<OrderShipped>([b.clone(), a.clone()]);
    recorder.assert_broadcast_except::<OrderShipped>(sender);
    let there_was = format!(
        "there were:\n  App\\Events\\OrderShipped on `private-a`, `private-b` to all but 1.2: {}",
        OrderShipped::DATA
    );
    for channels in [vec![], vec![a.clone()], vec![b.clone(), c.clone()], vec![a, b, c]] {
        let failure = failure(&|| recorder.assert_broadcast_on::<OrderShipped>(channels.clone()));
        assert!(failure.ends_with(&there_was), "{failure}");
    }
    for other in [None, Some("1.3".parse().unwrap())] {
        let failure = failure(&|| recorder.assert_broadcast_except::<OrderShipped>(other));
        assert!(failure.ends_with(&there_was), "{failure}");
    }
}

#[tokio::test]
async fn an_assertion_that_fails_says_what_there_was() {
    let (broadcaster, recorder) = Broadcaster::recorder();
    broadcaster.broadcast(&OrderShipped::on([Channel::public("news")])).await.unwrap();
    let there_was =
        format!("there were:\n  {} on `news`: {}", "App\\Events\\OrderShipped", OrderShipped::DATA);
    let failures = [
        failure(&|| recorder.assert_broadcast::<OrderShipped>(|payload| payload["id"] == 8)),
        failure(&|| recorder.assert_broadcast_times::<OrderShipped>(2)),
        failure(&|| recorder.assert_not_broadcast::<OrderShipped>()),
        failure(&|| recorder.assert_nothing_broadcast()),
    ];
    for failure in failures {
        assert!(failure.ends_with(&there_was), "{failure}");
    }
}

#[tokio::test]
async fn the_log_has_the_payload_only_at_level_debug() {
    let event = OrderShipped::on([Channel::public("news"), Channel::private("orders.7")]);
    let broadcaster = Broadcaster::log();
    let info = logged(Level::INFO, broadcaster.broadcast(&event)).await;
    let debug = logged(Level::DEBUG, broadcaster.broadcast(&event)).await;
    for log in [&info, &debug] {
        assert!(
            log.contains("Broadcasting `App\\Events\\OrderShipped` on `news`, `private-orders.7`"),
            "{log}"
        );
    }
    assert!(!info.contains("example.com"), "{info}");
    assert!(debug.contains("example.com"), "{debug}");
}

#[tokio::test]
async fn a_connection_that_was_forgotten_is_told_once() {
    let broadcasting = async |connection: Option<&str>| {
        let get = |name: &str| connection.filter(|_| name == "BROADCAST_CONNECTION").map(str::to_owned);
        let doing = async {
            let broadcaster = Broadcaster::new(BroadcastConfig::load(&get).unwrap()).unwrap();
            for _ in 0..2 {
                broadcaster.broadcast(&OrderShipped::on([Channel::public("news")])).await?;
            }
            Ok(())
        };
        logged(Level::WARN, doing).await
    };
    for forgotten in [None, Some(""), Some("\"\"")] {
        let log = broadcasting(forgotten).await;
        assert_eq!(log.matches("BROADCAST_CONNECTION is not set").count(), 1, "{forgotten:?}: {log}");
    }
    for meant in ["null", "log"] {
        assert_eq!(broadcasting(Some(meant)).await, "", "{meant}");
    }
}

#[tokio::test]
async fn without_a_server_there_is_nobody_to_ask() {
    let user = "7".parse().unwrap();
    let channel = "presence-desk".parse().unwrap();
    let null = Broadcaster::new(BroadcastConfig { connection: Connection::Null }).unwrap();
    for (name, broadcaster) in
        [("log", Broadcaster::log()), ("null", null), ("recorder", Broadcaster::recorder().0)]
    {
        broadcaster.broadcast(&OrderShipped::on([Channel::public("news")])).await.unwrap();
        assert!(broadcaster.credentials().is_none());
        let refusals = [
            broadcaster.channels(None, InfoSet::default()).await.map(drop),
            broadcaster.channel(&channel, InfoSet::default()).await.map(drop),
            broadcaster.users(&channel).await.map(drop),
            broadcaster.terminate(&user).await,
        ];
        for refusal in refusals {
            assert!(matches!(refusal, Err(BroadcastError::NoServer(of)) if of == name), "{refusal:?}");
        }
    }
}

/// What an assertion says that must not hold.
fn failure(assertion: &dyn Fn()) -> String {
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(assertion)).unwrap_err();
    panic.downcast_ref::<String>().unwrap().clone()
}

/// What is logged, down to a level, while something is done.
async fn logged(level: Level, doing: impl Future<Output = Result<(), BroadcastError>>) -> String {
    let log = tempfile::NamedTempFile::new().unwrap();
    let writer = Mutex::new(log.reopen().unwrap());
    let subscriber = tracing_subscriber::fmt().with_max_level(level).with_writer(writer).finish();
    let guard = tracing::subscriber::set_default(subscriber);
    doing.await.unwrap();
    drop(guard);
    std::fs::read_to_string(log.path()).unwrap()
}
