//! `DATABASE_URL`.

use std::{fmt, str::FromStr};

use sqlx::{postgres::PgConnectOptions, sqlite::SqliteConnectOptions};

/// Where the database is. [`Display`](fmt::Display) and `Debug` leave the password out.
#[derive(Clone)]
pub enum DatabaseUrl {
    /// A file.
    Sqlite(SqliteConnectOptions),
    /// A server.
    Postgres(PgConnectOptions),
}

/// A text that does not say where a database is. The text is not shown: it may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDatabaseUrl {
    /// Neither of the two databases.
    #[error(
        "must begin with sqlite: or postgres: (for example sqlite:booking.sqlite3 or postgres://user:password@host/name)"
    )]
    Scheme,
    /// A database that is gone with its connection.
    #[error("must name a file: a database in memory is gone with its connection, and readers do not see it")]
    InMemory,
    /// What follows the scheme.
    #[error("is not valid: {0}")]
    Rest(String),
}

impl FromStr for DatabaseUrl {
    type Err = InvalidDatabaseUrl;

    fn from_str(text: &str) -> Result<Self, InvalidDatabaseUrl> {
        let rest = |error: sqlx::Error| InvalidDatabaseUrl::Rest(error.to_string());
        match text.split_once(':') {
            Some(("sqlite", path)) => {
                let file = path.trim_start_matches('/').split('?').next().unwrap_or_default();
                if file.is_empty() || file == ":memory:" || path.contains("mode=memory") {
                    return Err(InvalidDatabaseUrl::InMemory);
                }
                text.parse().map(Self::Sqlite).map_err(rest)
            }
            Some(("postgres" | "postgresql", _)) => text.parse().map(Self::Postgres).map_err(rest),
            _ => Err(InvalidDatabaseUrl::Scheme),
        }
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(options) => write!(f, "sqlite:{}", options.get_filename().display()),
            Self::Postgres(options) => {
                let (user, host, port) = (options.get_username(), options.get_host(), options.get_port());
                let database = options.get_database().unwrap_or(user);
                match options.get_socket() {
                    Some(socket) => write!(f, "postgres://{user}@/{database}?host={}", socket.display()),
                    None => write!(f, "postgres://{user}@{host}:{port}/{database}"),
                }
            }
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Result<String, InvalidDatabaseUrl> {
        text.parse::<DatabaseUrl>().map(|url| url.to_string())
    }

    #[test]
    fn both_databases_are_understood_and_passwords_are_not_shown() {
        for (given, expected) in [
            ("sqlite:booking.sqlite3", "sqlite:booking.sqlite3"),
            ("sqlite:///var/lib/booking.sqlite3", "sqlite:/var/lib/booking.sqlite3"),
            ("postgres://ani:rahasia@db.example:5433/booking", "postgres://ani@db.example:5433/booking"),
            ("postgresql://ani:rahasia@db.example/booking", "postgres://ani@db.example:5432/booking"),
            (
                "postgres:///booking?user=ani&host=/run/postgresql",
                "postgres://ani@/booking?host=/run/postgresql",
            ),
        ] {
            assert_eq!(shown(given).as_deref(), Ok(expected));
        }
        let url: DatabaseUrl = "postgres://ani:rahasia@db.example/booking".parse().unwrap();
        assert!(!format!("{url:?}").contains("rahasia"));
    }

    #[test]
    fn anything_else_is_refused() {
        assert_eq!(shown("mysql://root@localhost/booking"), Err(InvalidDatabaseUrl::Scheme));
        assert_eq!(shown("booking.sqlite3"), Err(InvalidDatabaseUrl::Scheme));
        for text in ["sqlite:", "sqlite::memory:", "sqlite://:memory:", "sqlite:x?mode=memory"] {
            assert_eq!(shown(text), Err(InvalidDatabaseUrl::InMemory), "{text}");
        }
        assert!(matches!(shown("postgres://host:port/x"), Err(InvalidDatabaseUrl::Rest(_))));
    }
}
