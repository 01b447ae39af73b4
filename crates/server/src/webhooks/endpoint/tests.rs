use gema_hub::Fact;

use super::*;
use crate::webhooks::{journal::Bounds, tests::app};

#[tokio::test]
async fn what_is_given_up_ends_where_the_segment_begins_that_is_kept() {
    let directory = tempfile::tempdir().unwrap();
    let (app, metrics) = (app(), Arc::new(Metrics::for_shards(1)));
    let bounds = Bounds { spool: 1 << 30, segment: 512, fsync: false };
    let journal = Arc::new(Journal::open(directory.path(), bounds, Arc::clone(&metrics)).unwrap());
    let webhook = app.webhooks.as_ref().unwrap().endpoints[0].clone();
    let prepared = Prepared::new("app-1".to_owned(), Arc::clone(&app), webhook, journal.folder()).unwrap();
    let mut endpoint = Endpoint::open(prepared, Arc::clone(&journal), Arc::clone(&metrics));
    for number in 2..=21 {
        let fact = Fact::CacheMiss { channel: format!("cache-{number}").into() };
        journal.push(Some(&app.id), &Entry::Fact(fact));
        journal.sync();
    }
    let first = journal.segment_of(15);
    assert!(2 < first && first < journal.newest().first);

    endpoint.progress.give_up.store(first, Ordering::Release);
    endpoint.give_up_what_must().await.unwrap();
    while endpoint.read_line().unwrap() {}
    assert!(endpoint.waiting.iter().map(|waiting| waiting.place.seq).eq(first..=21));
    let lost = format!("gema_webhook_events_dropped_total{{reason=\"spool_full\"}} {}\n", first - 2);
    let text = metrics.encode().unwrap();
    assert!(text.contains(&lost), "{lost}{text}");
}
