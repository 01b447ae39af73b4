//! A database for one test.

use std::{str::FromStr, time::Duration};

use gema_broadcast::outbox::{Outbox, OutboxDatabase};
use sqlx::{
    Connection, Executor, PgConnection, Pool, Postgres, Sqlite, Transaction,
    pool::PoolOptions,
    postgres::PgConnectOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode},
};
use tempfile::TempDir;

/// What a test needs of a database beyond what the library does with it.
pub(crate) trait TestDatabase: OutboxDatabase {
    /// What removes the database when it is dropped.
    type Home: Send + Sync;

    async fn create() -> (Self::Home, <Self::Connection as Connection>::Options);

    async fn execute(pool: &Pool<Self>, sql: &'static str);

    /// A transaction of an application, which will write.
    async fn begin_writing(pool: &Pool<Self>) -> Transaction<'static, Self>;

    /// Nobody else can write to the outbox until it is dropped.
    async fn lock_writes(pool: &Pool<Self>) -> Transaction<'static, Self>;

    /// Ends the connections with which relays hold locks while they send.
    async fn end_rounds(pool: &Pool<Self>);

    /// Takes the outbox away, also from relays that are sending: its table is called `hidden` then.
    async fn hide_outbox(pool: &Pool<Self>) {
        Self::end_rounds(pool).await;
        Self::execute(pool, "ALTER TABLE broadcast_outbox RENAME TO hidden").await;
    }
}

/// An empty database, which is removed when this is dropped.
pub(crate) struct Scratch<DB: TestDatabase> {
    pub(crate) pool: Pool<DB>,
    options: <DB::Connection as Connection>::Options,
    /// Dropped last: the connections are in the way of it.
    pub(crate) home: DB::Home,
}

impl<DB: TestDatabase> Scratch<DB> {
    pub(crate) async fn empty() -> Self {
        let (home, options) = DB::create().await;
        let pool = connect::<DB>(options.clone());
        Self { pool, options, home }
    }

    /// With the tables of the outbox.
    pub(crate) async fn migrated() -> Self {
        let scratch = Self::empty().await;
        Outbox::migrate(&scratch.pool).await.unwrap();
        scratch
    }

    /// What another process would have.
    pub(crate) fn another_pool(&self) -> Pool<DB> {
        connect::<DB>(self.options.clone())
    }
}

fn connect<DB: TestDatabase>(options: <DB::Connection as Connection>::Options) -> Pool<DB> {
    PoolOptions::new().max_connections(8).connect_lazy_with(options)
}

impl TestDatabase for Sqlite {
    type Home = TempDir;

    async fn create() -> (TempDir, SqliteConnectOptions) {
        let directory = tempfile::tempdir().unwrap();
        let options = SqliteConnectOptions::new()
            .filename(directory.path().join("test.sqlite3"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .busy_timeout(Duration::from_secs(10));
        (directory, options)
    }

    async fn execute(pool: &Pool<Self>, sql: &'static str) {
        pool.execute(sql).await.unwrap();
    }

    async fn begin_writing(pool: &Pool<Self>) -> Transaction<'static, Self> {
        pool.begin_with("BEGIN IMMEDIATE").await.unwrap()
    }

    async fn lock_writes(pool: &Pool<Self>) -> Transaction<'static, Self> {
        Self::begin_writing(pool).await
    }

    /// They hold none.
    async fn end_rounds(_pool: &Pool<Self>) {}
}

/// A database of the server that `scripts/with-postgres` has started.
pub(crate) struct PostgresHome {
    name: String,
}

/// The database that the others are made from.
fn server() -> PgConnectOptions {
    let url = std::env::var("GEMA_TEST_POSTGRES").unwrap_or_else(|_| {
        panic!(
            "GEMA_TEST_POSTGRES is not set: run these tests as \
             `scripts/with-postgres cargo nextest run --package gema-broadcast --features sqlite,postgres`"
        )
    });
    PgConnectOptions::from_str(&url).unwrap()
}

impl TestDatabase for Postgres {
    type Home = PostgresHome;

    async fn create() -> (PostgresHome, PgConnectOptions) {
        let name = format!("test_{:032x}", rand::random::<u128>());
        let mut connection = PgConnection::connect_with(&server()).await.unwrap();
        let sql = format!("CREATE DATABASE {name}");
        connection.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
        connection.close().await.unwrap();
        let options = server().database(&name);
        (PostgresHome { name }, options)
    }

    async fn execute(pool: &Pool<Self>, sql: &'static str) {
        pool.execute(sql).await.unwrap();
    }

    async fn begin_writing(pool: &Pool<Self>) -> Transaction<'static, Self> {
        pool.begin().await.unwrap()
    }

    async fn lock_writes(pool: &Pool<Self>) -> Transaction<'static, Self> {
        let mut transaction = pool.begin().await.unwrap();
        transaction.execute("LOCK TABLE broadcast_outbox IN SHARE MODE").await.unwrap();
        transaction
    }

    async fn end_rounds(pool: &Pool<Self>) {
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND state = 'idle in transaction'";
        Self::execute(pool, end).await;
    }
}

impl Drop for PostgresHome {
    /// Nothing can be awaited here, so a thread does.
    fn drop(&mut self) {
        let sql = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let mut connection = PgConnection::connect_with(&server()).await.unwrap();
                connection.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
            });
        });
        let dropped = dropping.join();
        assert!(dropped.is_ok() || std::thread::panicking(), "the database `{}` is still there", self.name);
    }
}
