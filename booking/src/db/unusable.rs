//! Why a database cannot be used, for the operator: the reason once, and what to do about it.

use std::fmt;

use gema_broadcast::outbox::OutboxError;
use sqlx::migrate::MigrateError;

use super::{DatabaseUrl, MigrationError, has_code};

/// A database that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unusable {
    step: &'static str,
    url: String,
    reason: String,
    remedy: Option<String>,
}

impl Unusable {
    pub(super) fn unreachable(url: &DatabaseUrl, error: &sqlx::Error) -> Self {
        Self { step: "open", url: url.to_string(), reason: reason(error), remedy: remedy(url, error) }
    }

    pub(super) fn out_of_date(url: &DatabaseUrl, error: &MigrationError) -> Self {
        let (reason, remedy) = match error {
            MigrationError::Tables(
                MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _),
            )
            | MigrationError::Outbox(OutboxError::Database(error)) => (reason(error), remedy(url, error)),
            MigrationError::Tables(MigrateError::VersionMissing(version)) => (
                format!("it has the migration {version}, which this program does not know"),
                Some("run the version of booking that made it, or a later one".to_owned()),
            ),
            other => (other.to_string(), None),
        };
        Self { step: "bring up to date", url: url.to_string(), reason, remedy }
    }
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { step, url, reason, remedy } = self;
        write!(f, "cannot {step} {url}: {reason}")?;
        match remedy {
            Some(remedy) => write!(f, "; {remedy}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Unusable {}

/// What the server or the system says, and nothing around it: the text of a whole error names a line of PostgreSQL's own
/// source besides.
fn reason(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(error) => error.message().to_owned(),
        sqlx::Error::Io(error) => error.to_string(),
        other => other.to_string(),
    }
}

fn remedy(url: &DatabaseUrl, error: &sqlx::Error) -> Option<String> {
    /// SQLite's `SQLITE_CANTOPEN`.
    const CANNOT_OPEN: &str = "14";
    const INVALID_AUTHORIZATION: [&str; 2] = ["28000", "28P01"];
    const NO_SUCH_DATABASE: &str = "3D000";
    const INSUFFICIENT_PRIVILEGE: &str = "42501";
    let DatabaseUrl::Postgres(options) = url else {
        let remedy = "the folder of DATABASE_URL has to exist, and this user must be able to write there";
        return has_code(error, &[CANNOT_OPEN]).then(|| remedy.to_owned());
    };
    let role = options.get_username();
    let (database, role) = (identifier(options.get_database().unwrap_or(role)), identifier(role));
    if matches!(error, sqlx::Error::Io(_)) {
        return Some("see that PostgreSQL listens there, or set DATABASE_URL to where it does".to_owned());
    }
    if has_code(error, &INVALID_AUTHORIZATION) {
        return Some(format!(
            "name a role and its password in DATABASE_URL; `create role {role} login password '…'` makes one"
        ));
    }
    if has_code(error, &[NO_SUCH_DATABASE]) {
        return Some(format!("`create database {database} owner {role}` makes it"));
    }
    has_code(error, &[INSUFFICIENT_PRIVILEGE]).then(|| {
        format!(
            "the database has to be the role's own: `create database {database} owner {role}`, or `alter database \
             {database} owner to {role}` if it is there"
        )
    })
}

/// A name as it stands in SQL.
fn identifier(name: &str) -> String {
    let is_plain = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if is_plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::db::said::said;

    #[test]
    fn each_reason_is_said_once_and_with_what_to_do() {
        let url: DatabaseUrl = "postgres://ani:rahasia@db/Studio-1".parse().unwrap();
        let check = |error: sqlx::Error, expected: &str| {
            let unusable = Unusable::unreachable(&url, &error).to_string();
            assert_eq!(unusable, format!("cannot open postgres://ani@db:5432/Studio-1: {expected}"));
        };
        check(
            said("28P01"),
            "28P01; name a role and its password in DATABASE_URL; `create role ani login password '…'` makes one",
        );
        check(said("3D000"), "3D000; `create database \"Studio-1\" owner ani` makes it");
        check(
            sqlx::Error::Io(io::ErrorKind::ConnectionRefused.into()),
            "connection refused; see that PostgreSQL listens there, or set DATABASE_URL to where it does",
        );
        check(sqlx::Error::PoolClosed, "attempted to acquire a connection on a closed pool");
    }

    #[test]
    fn migrations_fail_with_the_reason_of_the_server() {
        let url: DatabaseUrl = "postgres://ani:rahasia@db/studio".parse().unwrap();
        let check = |error: MigrationError, expected: &str| {
            let unusable = Unusable::out_of_date(&url, &error).to_string();
            assert_eq!(
                unusable,
                format!("cannot bring up to date postgres://ani@db:5432/studio: {expected}")
            );
        };
        let remedy = "the database has to be the role's own: `create database studio owner ani`, or `alter database \
                      studio owner to ani` if it is there";
        let expected = format!("42501; {remedy}");
        check(MigrateError::Execute(said("42501")).into(), &expected);
        check(MigrateError::ExecuteMigration(said("42501"), 1).into(), &expected);
        check(OutboxError::Database(said("42501")).into(), &expected);
        check(
            MigrateError::VersionMissing(7).into(),
            "it has the migration 7, which this program does not know; run the version of booking that made it, or \
             a later one",
        );
    }

    #[test]
    fn names_are_quoted_where_sql_asks_for_it() {
        for (name, expected) in [
            ("booking", "booking"),
            ("b_2", "b_2"),
            ("2b", "\"2b\""),
            ("Ani", "\"Ani\""),
            ("a\"b", "\"a\"\"b\""),
        ] {
            assert_eq!(identifier(name), expected);
        }
    }
}
