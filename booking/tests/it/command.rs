//! The command as an operator types it.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    path::Path,
    process::{Child, Command, Output, Stdio},
};

use chrono::Utc;
use chrono_tz::Asia::Jakarta;
use tempfile::TempDir;

/// A command with an environment and a directory of its own.
fn booking(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_booking"));
    command.args(arguments).current_dir(directory).env_clear().env("BOOKING_PORT", "0");
    command.env("BOOKING_METRICS", "127.0.0.1:0").stdin(Stdio::null());
    command
}

fn run(directory: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = booking(directory, arguments).output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

/// A command whose application others could reach.
fn for_others(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = booking(directory, arguments);
    command.env("BOOKING_HOST", "0.0.0.0");
    for (name, value) in [("REVERB_APP_ID", "1"), ("REVERB_APP_KEY", "k"), ("REVERB_APP_SECRET", "s")] {
        command.env(name, value);
    }
    command
}

fn place() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// What a serving application has printed up to the first line with this text.
fn read_until(child: &mut Child, text: &str) -> String {
    let mut lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
    let mut read = String::new();
    loop {
        let line = lines.next().unwrap_or_else(|| panic!("it ended without `{text}`: {read}")).unwrap();
        read.push_str(&line);
        read.push('\n');
        if line.contains(text) {
            return read;
        }
    }
}

#[test]
fn wrong_settings_are_told_all_at_once_and_nothing_is_made() {
    let place = place();
    let mut command = booking(place.path(), &["serve"]);
    command.env("BOOKING_PORT", "x").env("BOOKING_TOKEN_DAY", "1").env("DATABASE_URL", "mysql://x");
    let Output { status, stderr, .. } = command.output().unwrap();
    let stderr = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(2));
    for expected in
        ["3 settings are wrong", "BOOKING_PORT: `x`", "did you mean BOOKING_TOKEN_DAYS?", "DATABASE_URL"]
    {
        assert!(stderr.contains(expected), "{expected} is not in {stderr}");
    }
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
}

#[test]
fn a_database_that_nobody_serves_is_told_without_its_password_and_with_the_reason() {
    let place = place();
    std::fs::write(place.path().join(".env"), "DATABASE_URL=postgres://ani:rahasia@127.0.0.1:1/booking\n")
        .unwrap();
    let (code, _, stderr) = run(place.path(), &["migrate"]);
    assert_eq!(code, Some(1));
    assert!(
        stderr.starts_with(
            "booking: cannot open postgres://ani@127.0.0.1:1/booking: Connection refused (os error "
        ),
        "{stderr}"
    );
    assert!(
        stderr.ends_with("; see that PostgreSQL listens there, or set DATABASE_URL to where it does\n"),
        "{stderr}"
    );
}

#[test]
fn the_demonstration_is_made_once_with_its_passwords_and_the_outbox_can_be_looked_at() {
    let place = place();
    assert_eq!(run(place.path(), &["migrate"]).0, Some(0));
    let today = || Utc::now().with_timezone(&Jakarta).date_naive();
    let day = today();
    let (code, first, _) = run(place.path(), &["seed", "--demo"]);
    assert_eq!(code, Some(0));
    assert!(first.contains("siti@example.com") && first.contains("Made 6 sessions"), "{first}");
    let mut again = run(place.path(), &["seed", "--demo"]);
    if today() != day {
        // A day has begun where the sessions are, perhaps before that: it was filled, or is now.
        again = run(place.path(), &["seed", "--demo"]);
    }
    let (code, second, _) = again;
    assert_eq!(code, Some(0));
    assert!(
        second.contains("siti@example.com") && second.contains("Made 0 sessions and 0 bookings"),
        "{second}"
    );

    let (code, list, _) = run(place.path(), &["outbox", "list"]);
    assert_eq!(code, Some(0));
    assert!(
        list.starts_with("1 wait to be sent, the first for ") && list.contains("; 0 were given up."),
        "{list}"
    );
    let nobodys = "018f0000-0000-7000-8000-000000000000";
    for verb in ["retry", "discard"] {
        let (code, text, _) = run(place.path(), &["outbox", verb, nobodys]);
        assert_eq!((code, text.as_str()), (Some(1), "No such event was given up.\n"));
    }
    assert_eq!(run(place.path(), &["outbox", "retry-all"]).1, "0 events will be sent.\n");
}

#[test]
fn an_application_serves_until_it_is_told_to_stop() {
    let place = place();
    let mut serving = booking(place.path(), &["serve", "--demo"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let banner = read_until(&mut serving, "budi@example.com");
    for expected in ["Database       sqlite:booking.sqlite3", "development application", "Demo accounts"] {
        assert!(banner.contains(expected), "{expected} is not in {banner}");
    }
    let pid = serving.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert_eq!(serving.wait().unwrap().code(), Some(0));
    let mut log = String::new();
    serving.stderr.unwrap().read_to_string(&mut log).unwrap();
    assert!(log.contains("Stopped"), "{log}");
}

#[test]
fn the_demonstration_is_not_served_to_others() {
    let place = place();
    for arguments in [["serve", "--demo"], ["seed", "--demo"]] {
        let Output { status, stderr, .. } = for_others(place.path(), &arguments).output().unwrap();
        assert_eq!(status.code(), Some(2));
        assert!(String::from_utf8(stderr).unwrap().contains("passwords everybody knows"));
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
    }
}

#[test]
fn a_database_with_the_demonstration_is_not_served_to_others() {
    let place = place();
    assert_eq!(run(place.path(), &["seed", "--demo"]).0, Some(0));
    let Output { status, stdout, stderr } = for_others(place.path(), &["serve"]).output().unwrap();
    let stderr = String::from_utf8(stderr).unwrap();
    assert_eq!((status.code(), stdout.len()), (Some(2), 0), "{stderr}");
    assert!(stderr.contains("admin@example.com") && stderr.contains("DATABASE_URL"), "{stderr}");
}

#[test]
fn an_administrator_is_made_with_a_password_that_no_other_process_sees() {
    let place = place();
    let add = |email: &str, role: &str, input: &str| {
        let arguments = ["user", "add", "--email", email, "--name", "Ani", "--role", role];
        let mut adding = booking(place.path(), &arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        adding.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let Output { status, stdout, stderr } = adding.wait_with_output().unwrap();
        (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
    };
    let (code, said, log) = add("Ani@example.com", "admin", "rahasia-sekali\n");
    assert_eq!(
        (code, said.as_str()),
        (Some(0), "Made the account ani@example.com with the role admin.\n"),
        "{log}"
    );
    let (code, said, log) = add("ani@example.com", "user", "rahasia-sekali\n");
    assert_eq!((code, said.as_str()), (Some(1), ""));
    assert!(log.contains("booking: there is an account with this address already"), "{log}");
    for short in ["", "\n", "rahasia\n", "rahasia\r\n"] {
        let (code, _, log) = add("budi@example.com", "user", short);
        assert_eq!(code, Some(1));
        assert!(log.contains("the password must have 8 to 255 characters"), "{log}");
    }

    // Nobody knows that password, so the database may be served to others.
    let mut serving =
        for_others(place.path(), &["serve"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let banner = read_until(&mut serving, "Metrics");
    serving.kill().unwrap();
    serving.wait().unwrap();
    assert!(banner.contains("Listening on   http://0.0.0.0:"), "{banner}");
}

#[test]
fn a_studio_begins_with_a_session() {
    let place = place();
    let add = |end: &str| {
        let line =
            ["session", "add", "--name", "Yoga Pagi", "--start", "07:00", "--end", end, "--capacity", "12"];
        run(place.path(), &[&line[..], &["--price", "75000"]].concat())
    };
    let (code, said, log) = add("08:00");
    let made = "Made the session 1, Yoga Pagi, 07:00 to 08:00 (Asia/Jakarta).\n";
    assert_eq!((code, said.as_str()), (Some(0), made), "{log}");
    let (code, said, log) = add("07:00");
    assert_eq!((code, said.as_str()), (Some(1), ""));
    assert_eq!(log, "booking: a session has to end after its start, on the same day\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_are_served_for_prometheus() {
    let place = place();
    let mut serving = booking(place.path(), &["serve", "--demo"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let banner = tokio::task::block_in_place(|| read_until(&mut serving, "budi@example.com"));
    let url = banner.lines().find_map(|line| line.trim().strip_prefix("Metrics")).unwrap().trim().to_owned();
    let figures = async || reqwest::get(&url).await.unwrap().text().await.unwrap();
    gema_testkit::eventually(true, async || figures().await.contains("broadcast_outbox_pending ")).await;
    assert!(figures().await.contains("# TYPE broadcast_outbox_oldest_age_seconds gauge"));
    serving.kill().unwrap();
    serving.wait().unwrap();
}
