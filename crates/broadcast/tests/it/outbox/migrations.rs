//! The tables.

use futures_util::future::join_all;
use gema_broadcast::outbox::{Outbox, OutboxError};

use super::{Scratch, TestDatabase, World, for_both_databases};

for_both_databases!(
    migrating_again_keeps_what_is_there,
    many_may_migrate_at_the_same_time,
    tables_of_a_later_version_are_refused,
);

async fn migrating_again_keeps_what_is_there<DB: TestDatabase>() {
    let world = World::<DB>::new().await;
    world.enqueue(1, &["a"]).await;
    Outbox::migrate(world.pool()).await.unwrap();
    assert_eq!(world.outbox.status(world.pool()).await.unwrap().pending, 1);
}

async fn many_may_migrate_at_the_same_time<DB: TestDatabase>() {
    let scratch = Scratch::<DB>::empty().await;
    let pools: Vec<_> = (0..6).map(|_| scratch.another_pool()).collect();
    for result in join_all(pools.iter().map(Outbox::migrate)).await {
        result.unwrap();
    }
    assert_eq!(Outbox::new().status(&scratch.pool).await.unwrap().pending, 0);
}

async fn tables_of_a_later_version_are_refused<DB: TestDatabase>() {
    let scratch = Scratch::<DB>::migrated().await;
    DB::execute(&scratch.pool, "INSERT INTO broadcast_outbox_schema (version) VALUES (99)").await;
    let error = Outbox::migrate(&scratch.pool).await.unwrap_err();
    assert!(matches!(error, OutboxError::Schema { found: 99, .. }), "{error}");
}
