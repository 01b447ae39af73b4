//! The command on a PostgreSQL server, and what it says when that server does not let it.

use std::process::{Command, Output, Stdio};

use crate::database::{Home, Kind, Scratch, make_role};

/// `booking migrate` as this role: its status, what it has printed, and what it has logged.
fn migrate(scratch: &Scratch, role: &str) -> (Option<i32>, String, String) {
    let place = tempfile::tempdir().unwrap();
    let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_booking"))
        .arg("migrate")
        .current_dir(place.path())
        .env_clear()
        .env("DATABASE_URL", scratch.address(role))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

async fn scratch() -> Scratch {
    match Home::new(Kind::Postgres).await {
        Home::Server(scratch) => scratch,
        Home::Directory(_) => panic!("it is a server"),
    }
}

#[tokio::test]
async fn a_role_without_rights_is_told_once_how_to_get_them() {
    let scratch = scratch().await;
    let role = make_role().await;
    let name = scratch.name();
    let (code, said, log) = migrate(&scratch, &role);
    assert_eq!((code, said.as_str()), (Some(1), ""));
    let remedy = format!("`alter database {name} owner to {role}` if it is there\n");
    assert!(
        log.starts_with("booking: cannot bring up to date postgres://") && log.ends_with(&remedy),
        "{log}"
    );
    assert!(log.contains(&format!("`create database {name} owner {role}`")), "{log}");
    assert_eq!(log.matches("permission denied").count(), 1, "{log}");
    assert!(!log.contains("at line"), "{log}");

    // What is advised helps.
    scratch.give_to(&role).await;
    let (code, _, log) = migrate(&scratch, &role);
    assert_eq!(code, Some(0), "{log}");
}

#[tokio::test]
async fn a_database_is_brought_up_to_date_again_and_again_without_a_line_in_the_log() {
    let scratch = scratch().await;
    for _ in 0..2 {
        let (code, said, log) = migrate(&scratch, "postgres");
        assert_eq!((code, log.as_str()), (Some(0), ""));
        assert!(said.contains(scratch.name()) && said.ends_with(" is up to date.\n"), "{said}");
    }
}

#[tokio::test]
async fn a_role_or_a_database_that_is_not_there_can_be_made() {
    let scratch = scratch().await;
    let (code, _, log) = migrate(&scratch, "nobody_of_that_name");
    assert_eq!(code, Some(1));
    assert!(log.contains("`create role nobody_of_that_name login password '…'`"), "{log}");
    let gone = Scratch::that_is_not_there();
    let (code, _, log) = migrate(&gone, "postgres");
    assert_eq!(code, Some(1));
    assert!(
        log.ends_with(&format!("; `create database {} owner postgres` makes it\n", gone.name())),
        "{log}"
    );
}
