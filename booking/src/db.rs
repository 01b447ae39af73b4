//! The two databases, and how one SQL text serves both.

use std::{io, time::Duration};

use gema_broadcast::outbox::{Outbox, OutboxError};
use sqlx::{
    Connection as _, PgConnection, PgPool, Postgres, Sqlite, SqliteConnection, SqlitePool, Transaction,
    migrate::MigrateError,
    pool::PoolConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::time::timeout;

#[cfg(test)]
pub(crate) mod said;
mod unusable;
mod url;

pub use unusable::Unusable;
pub use url::{DatabaseUrl, InvalidDatabaseUrl};

/// How long a request waits for a connection.
const ACQUIRE: Duration = Duration::from_secs(10);
/// Readers of SQLite, connections of PostgreSQL.
const CONNECTIONS: u32 = 10;

/// A database. Cloning is cheap.
#[derive(Debug, Clone)]
pub enum Db {
    /// A file. SQLite has one writer at a time, so there is one connection that writes: who wants to write waits
    /// here, in turn, instead of meeting `SQLITE_BUSY`.
    Sqlite {
        /// The connection that writes.
        writer: SqlitePool,
        /// Those that read, which the writer does not hold up.
        readers: SqlitePool,
    },
    /// A server, which other processes may use at the same time.
    Postgres(PgPool),
}

/// Why the tables could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// Those of the application.
    #[error(transparent)]
    Tables(#[from] MigrateError),
    /// Those of the outbox.
    #[error(transparent)]
    Outbox(#[from] OutboxError),
}

/// A transaction. Dropped without [`commit`](Self::commit) it leaves no trace.
#[derive(Debug)]
pub(crate) enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// A connection for reading.
#[derive(Debug)]
pub(crate) enum Reader {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

/// What the functions of the store work on.
#[derive(Debug)]
pub(crate) enum Conn<'c> {
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut PgConnection),
}

/// Compiles the same query for both databases: `on!(conn, c => sqlx::query(SQL).bind(1).execute(c))`.
macro_rules! on {
    ($conn:expr, $c:ident => $query:expr) => {
        match $conn {
            $crate::db::Conn::Sqlite(connection) => {
                let $c = &mut **connection;
                $query.await
            }
            $crate::db::Conn::Postgres(connection) => {
                let $c = &mut **connection;
                $query.await
            }
        }
    };
}

/// Executes the same statement in either database and tells how many rows it was about:
/// `execute!(conn, sqlx::query(SQL).bind(1))`.
macro_rules! execute {
    ($conn:expr, $query:expr) => {
        match $conn {
            $crate::db::Conn::Sqlite(connection) => {
                $query.execute(&mut **connection).await.map(|done| done.rows_affected())
            }
            $crate::db::Conn::Postgres(connection) => {
                $query.execute(&mut **connection).await.map(|done| done.rows_affected())
            }
        }
    };
}

pub(crate) use {execute, on};

impl Db {
    /// Opens the database and brings its tables up to date.
    ///
    /// # Errors
    /// When it cannot be used, for the operator.
    pub async fn open(url: &DatabaseUrl) -> Result<Self, Unusable> {
        let db = Self::connect(url).await.map_err(|error| Unusable::unreachable(url, &error))?;
        db.migrate().await.map_err(|error| Unusable::out_of_date(url, &error))?;
        Ok(db)
    }

    /// Opens the database; a file of SQLite that does not exist is made.
    ///
    /// # Errors
    /// When it cannot be opened or reached.
    pub async fn connect(url: &DatabaseUrl) -> Result<Self, sqlx::Error> {
        match url {
            DatabaseUrl::Sqlite(options) => Self::file(options).await,
            DatabaseUrl::Postgres(options) => {
                // Nothing of ours takes long: what does is stuck, and must not hold its locks for ever.
                let options = options.clone().application_name("booking").options([
                    ("statement_timeout", "15s"),
                    ("lock_timeout", "10s"),
                    ("idle_in_transaction_session_timeout", "30s"),
                    // What migrations find there already is no news.
                    ("client_min_messages", "warning"),
                ]);
                Self::server(options).await
            }
        }
    }

    async fn server(options: PgConnectOptions) -> Result<Self, sqlx::Error> {
        let passing = Self::greet(&options).await?;
        let pool =
            PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(ACQUIRE).connect_with(options);
        match (pool.await, passing) {
            (Ok(pool), _) => Ok(Self::Postgres(pool)),
            (Err(sqlx::Error::PoolTimedOut), Some(reason)) => Err(reason),
            (Err(error), _) => Err(error),
        }
    }

    /// Connects once without the pool, which takes a server that is not there for one that is about to start, and would
    /// only tell that time has run out. What may pass by itself is no reason to give up: the pool tries again.
    async fn greet(options: &PgConnectOptions) -> Result<Option<sqlx::Error>, sqlx::Error> {
        match timeout(ACQUIRE, PgConnection::connect_with(options)).await {
            Ok(Ok(connection)) => {
                // It was there, and that is all there was to know.
                let _ = connection.close().await;
                Ok(None)
            }
            Ok(Err(error)) if may_pass(&error) => Ok(Some(error)),
            Ok(Err(error)) => Err(error),
            Err(_) => {
                let reason = format!("no answer within {} s", ACQUIRE.as_secs());
                Err(sqlx::Error::Io(io::Error::new(io::ErrorKind::TimedOut, reason)))
            }
        }
    }

    async fn file(options: &SqliteConnectOptions) -> Result<Self, sqlx::Error> {
        let options = options
            .clone()
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5));
        // The writer comes first: it makes the file that readers find.
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(ACQUIRE)
            .connect_with(options.clone().create_if_missing(true))
            .await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(ACQUIRE)
            .connect_with(options.read_only(true))
            .await?;
        Ok(Self::Sqlite { writer, readers })
    }

    /// Brings the tables up to date, the outbox's as well. Processes that start at the same time wait for each
    /// other.
    ///
    /// # Errors
    /// When a migration fails, or the database is newer than this program.
    pub async fn migrate(&self) -> Result<(), MigrationError> {
        match self {
            Self::Sqlite { writer, .. } => {
                sqlx::migrate!("migrations/sqlite").run(writer).await?;
                Outbox::migrate(writer).await?;
            }
            Self::Postgres(pool) => {
                sqlx::migrate!("migrations/postgres").run(pool).await?;
                Outbox::migrate(pool).await?;
            }
        }
        Ok(())
    }

    /// Closes all connections, after what they are doing.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }

    /// Begins a transaction that writes.
    pub(crate) async fn begin(&self) -> sqlx::Result<Tx> {
        match self {
            // With a plain BEGIN the first write could fail because another process has written since.
            Self::Sqlite { writer, .. } => writer.begin_with("BEGIN IMMEDIATE").await.map(Tx::Sqlite),
            Self::Postgres(pool) => pool.begin().await.map(Tx::Postgres),
        }
    }

    pub(crate) async fn reader(&self) -> sqlx::Result<Reader> {
        match self {
            Self::Sqlite { readers, .. } => readers.acquire().await.map(Reader::Sqlite),
            Self::Postgres(pool) => pool.acquire().await.map(Reader::Postgres),
        }
    }
}

impl Tx {
    pub(crate) fn conn(&mut self) -> Conn<'_> {
        match self {
            Self::Sqlite(transaction) => Conn::Sqlite(transaction),
            Self::Postgres(transaction) => Conn::Postgres(transaction),
        }
    }

    pub(crate) async fn commit(self) -> sqlx::Result<()> {
        match self {
            Self::Sqlite(transaction) => transaction.commit().await,
            Self::Postgres(transaction) => transaction.commit().await,
        }
    }
}

impl Reader {
    pub(crate) fn conn(&mut self) -> Conn<'_> {
        match self {
            Self::Sqlite(connection) => Conn::Sqlite(connection),
            Self::Postgres(connection) => Conn::Postgres(connection),
        }
    }
}

impl Conn<'_> {
    /// The text for this database, where one does not do: SQLite has no row locks and needs none.
    pub(crate) fn pick(&self, sqlite: &'static str, postgres: &'static str) -> &'static str {
        match self {
            Self::Sqlite(_) => sqlite,
            Self::Postgres(_) => postgres,
        }
    }
}

/// Whether the transaction failed only because of others at the same time, so that it may be tried again.
pub(crate) fn is_collision(error: &sqlx::Error) -> bool {
    const SERIALIZATION_FAILURE: &str = "40001";
    const DEADLOCK_DETECTED: &str = "40P01";
    has_code(error, &[SERIALIZATION_FAILURE, DEADLOCK_DETECTED])
}

/// Whether others held for too long what the transaction needed.
pub(crate) fn is_lock_timeout(error: &sqlx::Error) -> bool {
    const LOCK_NOT_AVAILABLE: &str = "55P03";
    has_code(error, &[LOCK_NOT_AVAILABLE])
}

/// Whether there is so much to do that this was not done in time. Later it may be.
pub(crate) fn is_overload(error: &sqlx::Error) -> bool {
    const QUERY_CANCELED: &str = "57014";
    matches!(error, sqlx::Error::PoolTimedOut) || is_lock_timeout(error) || has_code(error, &[QUERY_CANCELED])
}

/// Whether a server that has no connection for us now may have one soon.
fn may_pass(error: &sqlx::Error) -> bool {
    const TOO_MANY_CONNECTIONS: &str = "53300";
    const CANNOT_CONNECT_NOW: &str = "57P03";
    has_code(error, &[TOO_MANY_CONNECTIONS, CANNOT_CONNECT_NOW])
}

fn has_code(error: &sqlx::Error, codes: &[&str]) -> bool {
    error
        .as_database_error()
        .and_then(|error| error.code())
        .is_some_and(|code| codes.contains(&code.as_ref()))
}
