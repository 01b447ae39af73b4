//! Tests of `gema init`.

use std::{collections::HashMap, fs};

use tempfile::TempDir;

use super::*;
use crate::config::{Config, Environment, Flags};

const CREDENTIALS: Credentials<'_> =
    Credentials { id: "123456", key: "aaaaaaaaaaaaaaaaaaaa", secret: "bbbbbbbbbbbbbbbbbbbb" };

fn run(directory: &TempDir) -> String {
    let mut out = Vec::new();
    init_with(CREDENTIALS, directory.path(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Runs `gema init` over a `.env` file and gives what the file is then, and what was printed.
fn over(text: &str) -> (String, String) {
    let directory = TempDir::new().unwrap();
    fs::write(directory.path().join(".env"), text).unwrap();
    let out = run(&directory);
    (fs::read_to_string(directory.path().join(".env")).unwrap(), out)
}

#[test]
fn a_new_file_has_all_lines() {
    let directory = TempDir::new().unwrap();
    let out = run(&directory);
    assert_eq!(
        fs::read_to_string(directory.path().join(".env")).unwrap(),
        r#"BROADCAST_CONNECTION=reverb

REVERB_APP_ID=123456
REVERB_APP_KEY=aaaaaaaaaaaaaaaaaaaa
REVERB_APP_SECRET=bbbbbbbbbbbbbbbbbbbb
REVERB_HOST="localhost"
REVERB_PORT=8080
REVERB_SCHEME=http

VITE_REVERB_APP_KEY="${REVERB_APP_KEY}"
VITE_REVERB_HOST="${REVERB_HOST}"
VITE_REVERB_PORT="${REVERB_PORT}"
VITE_REVERB_SCHEME="${REVERB_SCHEME}"
"#
    );
    assert!(out.starts_with("Created "), "{out}");
    assert!(out.contains("new Echo("), "{out}");
    assert!(!out.contains(CREDENTIALS.secret), "{out}");
}

#[cfg(unix)]
#[test]
fn a_new_file_is_for_its_owner_only_and_an_old_one_keeps_its_permissions() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = TempDir::new().unwrap();
    let path = directory.path().join(".env");
    let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    run(&directory);
    assert_eq!(mode(), 0o600);

    fs::write(&path, "APP_NAME=Laravel\n").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    run(&directory);
    assert_eq!(mode(), 0o640);
    assert!(fs::read_to_string(&path).unwrap().contains("REVERB_APP_ID=123456"));
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link() {
    let directory = TempDir::new().unwrap();
    let target = directory.path().join("shared.env");
    fs::write(&target, "APP_NAME=Laravel\n").unwrap();
    std::os::unix::fs::symlink(&target, directory.path().join(".env")).unwrap();
    run(&directory);
    assert!(directory.path().join(".env").is_symlink());
    assert!(fs::read_to_string(target).unwrap().contains("REVERB_APP_ID=123456"));
}

#[test]
fn a_second_run_changes_nothing_and_says_so() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join(".env");
    init(directory.path(), &mut Vec::new()).unwrap();
    let first = fs::read_to_string(&path).unwrap();
    let mut out = Vec::new();
    init(directory.path(), &mut out).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), first);
    assert!(String::from_utf8(out).unwrap().starts_with("Nothing to do: "));
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "no temporary file is left");
}

#[test]
fn existing_lines_stay_and_only_missing_ones_are_added() {
    let before = "APP_NAME=Laravel\nBROADCAST_CONNECTION=log\n# REVERB_APP_ID=9\nexport REVERB_APP_KEY = 'mine'\n\
                  REVERB_PORT=443";
    let (after, out) = over(before);
    assert!(after.starts_with(&format!("{before}\n\nREVERB_APP_ID=123456\nREVERB_APP_SECRET=")), "{after}");
    assert!(!after.contains(CREDENTIALS.key), "{after}");
    assert_eq!(after.matches("REVERB_PORT=").count(), 2, "its own and the VITE one: {after}");
    assert!(out.contains("BROADCAST_CONNECTION is `log`"), "{out}");
}

#[test]
fn what_laravel_10_reads_is_pointed_out() {
    let (after, out) = over("BROADCAST_DRIVER=log\n");
    assert!(
        after.starts_with("BROADCAST_DRIVER=log\n") && after.contains("BROADCAST_CONNECTION=reverb"),
        "{after}"
    );
    assert!(out.contains("BROADCAST_DRIVER is `log`: Laravel 10 reads that"), "{out}");
    let (_, out) = over("BROADCAST_DRIVER=reverb\n");
    assert!(!out.contains("BROADCAST_DRIVER"), "{out}");
}

#[test]
fn a_blank_line_is_pointed_out() {
    let (after, out) = over("REVERB_APP_KEY=\nREVERB_APP_SECRET=\"\"\n");
    assert!(after.starts_with("REVERB_APP_KEY=\nREVERB_APP_SECRET=\"\"\n"), "{after}");
    assert!(out.contains("REVERB_APP_KEY is blank"), "{out}");
    assert!(out.contains("REVERB_APP_SECRET is blank"), "{out}");
}

#[test]
fn the_secret_of_the_development_application_is_pointed_out() {
    let (_, out) = over("REVERB_APP_ID=1\nREVERB_APP_KEY=gema-dev-key\nREVERB_APP_SECRET=gema-dev-secret\n");
    assert!(out.contains("REVERB_APP_SECRET is public"), "{out}");
}

#[test]
fn windows_line_ends_are_kept() {
    let (after, _) = over("APP_NAME=Laravel\r\n");
    assert_eq!(after.matches('\n').count(), after.matches("\r\n").count());
}

#[test]
fn a_file_that_is_no_text_is_left_alone() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join(".env");
    fs::write(&path, [0xff, 0xfe]).unwrap();
    let error = init(directory.path(), &mut Vec::new()).unwrap_err();
    assert!(matches!(error, InitError::Read { .. }), "{error}");
    assert_eq!(fs::read(&path).unwrap(), [0xff, 0xfe]);
}

#[test]
fn drawn_credentials_differ_and_configure_a_server() {
    let drawn = || {
        let directory = TempDir::new().unwrap();
        init(directory.path(), &mut Vec::new()).unwrap();
        let path = directory.path().join(".env");
        let text = fs::read_to_string(&path).unwrap();
        let (environment, errors) = Environment::layered(HashMap::new(), &path, &text);
        assert_eq!(errors, []);
        let config = Config::load(&Flags::default(), &environment, None).unwrap();
        assert!(!config.development);
        let key = config.apps[0].key.clone();
        let secret = value_in(&text, "REVERB_APP_SECRET").unwrap().to_owned();
        assert_eq!(config.apps[0].id.len(), 6);
        for word in [&key, &secret] {
            assert_eq!(word.len(), 20);
            assert!(word.bytes().all(|byte| ALPHABET.contains(&byte)), "{word}");
        }
        (key, secret)
    };
    let (first, second) = (drawn(), drawn());
    assert_ne!(first.0, first.1);
    assert_ne!(first, second);
}
