//! A database for one test.

use std::str::FromStr;

use booking::db::{DatabaseUrl, Db};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, PgConnection, postgres::PgConnectOptions};
use tempfile::TempDir;

/// Which database.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

/// What removes the database when it is dropped.
#[derive(Debug)]
pub(crate) enum Home {
    Directory(TempDir),
    Server(Scratch),
}

/// A database of the server that `scripts/with-postgres` has started.
#[derive(Debug)]
pub(crate) struct Scratch {
    name: String,
}

impl Home {
    pub(crate) async fn new(kind: Kind) -> Self {
        match kind {
            Kind::Sqlite => Self::Directory(tempfile::tempdir().unwrap()),
            Kind::Postgres => {
                let name = random_name();
                execute(format!("CREATE DATABASE {name}")).await;
                Self::Server(Scratch { name })
            }
        }
    }

    /// Where the database is.
    pub(crate) fn url(&self) -> DatabaseUrl {
        match self {
            Self::Directory(directory) => {
                format!("sqlite:{}", directory.path().join("booking.sqlite3").display()).parse().unwrap()
            }
            Self::Server(scratch) => DatabaseUrl::Postgres(server().database(&scratch.name)),
        }
    }

    /// The database with its tables.
    pub(crate) async fn open(&self) -> Db {
        let db = Db::connect(&self.url()).await.unwrap();
        db.migrate().await.unwrap();
        db
    }
}

impl Scratch {
    /// A name that no database has.
    pub(crate) fn that_is_not_there() -> Self {
        Self { name: random_name() }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// What `DATABASE_URL` is for this role.
    pub(crate) fn address(&self, role: &str) -> String {
        server().database(&self.name).username(role).to_url_lossy().to_string()
    }

    /// Makes a role the owner.
    pub(crate) async fn give_to(&self, role: &str) {
        execute(format!("ALTER DATABASE {} OWNER TO {role}", self.name)).await;
    }
}

/// A role that may log in and nothing else. It is there as long as the server.
pub(crate) async fn make_role() -> String {
    let role = random_name();
    execute(format!("CREATE ROLE {role} LOGIN")).await;
    role
}

fn random_name() -> String {
    format!("booking_{:032x}", rand::random::<u128>())
}

/// The database that the others are made from.
fn server() -> PgConnectOptions {
    let url = std::env::var("GEMA_TEST_POSTGRES").unwrap_or_else(|_| {
        panic!(
            "GEMA_TEST_POSTGRES is not set: run these tests as \
             `scripts/with-postgres cargo nextest run --package booking`"
        )
    });
    PgConnectOptions::from_str(&url).unwrap()
}

async fn execute(sql: String) {
    let mut connection = PgConnection::connect_with(&server()).await.unwrap();
    connection.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
    connection.close().await.unwrap();
}

impl Drop for Scratch {
    /// Nothing can be awaited here, so a thread does.
    fn drop(&mut self) {
        let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(execute(sql));
        });
        assert!(dropping.join().is_ok(), "the database of a test could not be dropped");
    }
}

/// Tests of these names for either database, each with a world of its own.
macro_rules! on_both_databases {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $test() {
                    super::$test($crate::world::World::new($crate::database::Kind::Sqlite).await).await;
                }
            )+
        }

        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $test() {
                    super::$test($crate::world::World::new($crate::database::Kind::Postgres).await).await;
                }
            )+
        }
    };
}

pub(crate) use on_both_databases;
