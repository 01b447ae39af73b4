//! What an operator sees.

use std::{collections::BTreeMap, num::NonZeroU32, time::Duration};

use gema_broadcast::outbox::RelayOptions;
use gema_testkit::eventually;
use metrics::Unit;
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};

use super::{TestDatabase, World, for_both_databases, options};

for_both_databases!(metrics_tell_what_waits_and_what_became_of_it);

/// All numbers since the last time, by name and reason.
fn figures(snapshotter: &Snapshotter) -> BTreeMap<String, f64> {
    let metrics = snapshotter.snapshot().into_vec().into_iter();
    metrics
        .map(|(key, unit, description, value)| {
            let name = key.key().name();
            assert!(description.is_some(), "{name} has no description");
            let seconds = unit == Some(Unit::Seconds);
            assert_eq!(seconds, name.ends_with("_seconds"), "{name} in {unit:?}");
            let labels: Vec<&str> = key.key().labels().map(metrics::Label::value).collect();
            let value = match value {
                DebugValue::Counter(count) => count as f64,
                DebugValue::Gauge(value) => *value,
                DebugValue::Histogram(_) => panic!("{name} is a histogram"),
            };
            ([&[name], &labels[..]].concat().join(" "), value)
        })
        .collect()
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
    let mut total = BTreeMap::<String, f64>::new();
    let mut seen = |name: &str| {
        for (name, value) in figures(&snapshotter) {
            let counted =
                if name.contains("_total") { total.get(&name).unwrap_or(&0.0) + value } else { value };
            total.insert(name, counted);
        }
        total.get(&format!("broadcast_outbox_{name}")).copied()
    };
    eventually(Some(3.0), async || seen("pending")).await;
    assert_eq!(seen("oldest_age_seconds"), Some(2.5));
    assert_eq!(seen("dead"), Some(0.0));
    eventually(true, async || seen("failed_total unreachable") > Some(1.0)).await;
    world.receiver.set_down(false);
    eventually(true, async || {
        world.advance(Duration::from_millis(100));
        seen("dead") == Some(2.0)
    })
    .await;
    assert_eq!(seen("pending"), Some(0.0));
    assert_eq!(seen("oldest_age_seconds"), Some(0.0));
    assert_eq!(seen("delivered_total"), Some(1.0));
    assert_eq!(seen("dead_total"), Some(2.0));
    assert_eq!(seen("failed_total refused"), Some(1.0));
    assert_eq!(seen("failed_total status"), Some(2.0));
    relay.finish().await;
}
