//! What an operator sees.

use std::{collections::BTreeMap, num::NonZeroU32, time::Duration};

use gema_broadcast::outbox::RelayOptions;
use gema_testkit::eventually;
use metrics::Unit;
use metrics_util::{
    MetricKind,
    debugging::{DebugValue, DebuggingRecorder, Snapshotter},
};
use sqlx::Sqlite;
use tracing::Level;

use super::{Log, TestDatabase, World, for_both_databases, options};

for_both_databases!(metrics_tell_what_waits_and_what_became_of_it);

/// What was counted, and how the gauges stand, without the common prefix.
struct Figures {
    snapshotter: Snapshotter,
    counters: BTreeMap<String, u64>,
}

impl Figures {
    /// Waits for a refresh of the gauges with these values. A snapshot sets all of them to zero and a refresh sets
    /// all of them together, so one that is not zero tells that the zeros were set as well.
    async fn until_gauges_are(&mut self, expected: [(&str, f64); 3]) {
        let expected = BTreeMap::from(expected.map(|(name, value)| (name.to_owned(), value)));
        eventually(expected, async || self.gauges()).await;
    }

    fn counter(&mut self, name: &str) -> u64 {
        self.gauges();
        self.counters.get(name).copied().unwrap_or(0)
    }

    fn gauges(&mut self) -> BTreeMap<String, f64> {
        let mut gauges = BTreeMap::new();
        for (key, unit, description, value) in self.snapshotter.snapshot().into_vec() {
            let name = key.key().name();
            assert!(description.is_some(), "{name} has no description");
            assert_eq!(unit == Some(Unit::Seconds), name.ends_with("_seconds"), "{name} in {unit:?}");
            let labels: Vec<&str> = key.key().labels().map(metrics::Label::value).collect();
            let name = [&[name.strip_prefix("broadcast_outbox_").unwrap()], &labels[..]].concat().join(" ");
            match value {
                DebugValue::Counter(count) => *self.counters.entry(name).or_default() += count,
                DebugValue::Gauge(value) => drop(gauges.insert(name, *value)),
                DebugValue::Histogram(_) => panic!("{name} is a histogram"),
            }
        }
        gauges
    }
}

async fn metrics_tell_what_waits_and_what_became_of_it<DB: TestDatabase>() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    // The test and the relay have one thread.
    let _guard = metrics::set_default_local_recorder(&recorder);
    let world = World::<DB>::new().await;
    world.receiver.set_down(true);
    world.enqueue(1, &["a"]).await;
    world.enqueue(2, &["b"]).await;
    world.enqueue(3, &["c"]).await;
    world.advance(Duration::from_millis(2500));
    world.receiver.answer(async |received| match received.number() {
        2 => 422,
        3 => 500,
        _ => 200,
    });
    let max_tries = NonZeroU32::new(2).unwrap();
    let relay = world.relay_with(RelayOptions { max_tries, ..options() });
    let mut figures = Figures { snapshotter, counters: BTreeMap::new() };
    figures.until_gauges_are([("pending", 3.0), ("dead", 0.0), ("oldest_age_seconds", 2.5)]).await;
    eventually(true, async || figures.counter("failed_total unreachable") > 1).await;
    world.receiver.set_down(false);
    eventually(2, async || {
        world.advance(Duration::from_millis(100));
        figures.counter("dead_total")
    })
    .await;
    figures.until_gauges_are([("pending", 0.0), ("dead", 2.0), ("oldest_age_seconds", 0.0)]).await;
    relay.finish().await;
    assert_eq!(figures.counter("delivered_total"), 1);
    assert_eq!(figures.counter("dead_total"), 2);
    assert_eq!(figures.counter("failed_total refused"), 1);
    assert_eq!(figures.counter("failed_total status"), 2);
}

/// Its figures would be those of the relay that works, and cost as much to find out.
#[tokio::test]
async fn a_relay_that_only_waits_sets_no_gauges() {
    let recorder = DebuggingRecorder::new();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let world = World::<Sqlite>::new().await;
    let path = world.scratch.home.path().join("test.sqlite3-relay.lock");
    let other = std::fs::File::create(&path).unwrap();
    other.lock().unwrap();
    let (log, _logging) = Log::start();
    let waiting = world.relay();
    eventually(1, async || log.count(Level::INFO, "Another relay is at work")).await;
    // Enough for the figures to come, if any were asked for.
    for number in 0..20 {
        world.enqueue(number, &["a"]).await;
    }
    let is_gauge = |kind| kind == MetricKind::Gauge;
    let shown = recorder.snapshotter().snapshot().into_vec();
    assert!(!shown.iter().any(|(key, ..)| is_gauge(key.kind())));
    waiting.finish().await;
}
