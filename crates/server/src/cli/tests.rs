//! Tests of the command line.

use clap::{CommandFactory as _, Parser as _, error::ErrorKind};

use super::*;

fn start(arguments: &[&str]) -> Start {
    let arguments = ["gema"].iter().chain(arguments);
    match Cli::try_parse_from(arguments).unwrap().command {
        Command::Start(start) => start,
        Command::ReverbStart(start) => start.into(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_command_line_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn every_name_of_start_takes_the_flags_of_reverb() {
    for name in ["start", "serve", "reverb:start"] {
        let start = start(&[
            name,
            "--host=::1",
            "--port",
            "9000",
            "--path",
            "ws",
            "--hostname",
            "example.com",
            "--debug",
            "--config",
            "other.toml",
        ]);
        assert_eq!(start.flags.host.as_deref(), Some("::1"));
        assert_eq!(start.flags.port.as_deref(), Some("9000"));
        assert_eq!(start.flags.path.as_deref(), Some("ws"));
        assert_eq!(start.flags.hostname.as_deref(), Some("example.com"));
        assert!(start.flags.debug);
        assert_eq!(start.config, Some("other.toml".into()));
    }
}

#[test]
fn the_old_name_of_start_takes_the_flags_of_artisan() {
    for flag in
        ["--no-interaction", "-n", "-v", "-vv", "-vvv", "--verbose", "-q", "--quiet", "--ansi", "--no-ansi"]
    {
        let start = start(&["reverb:start", flag, "--port=9000"]);
        assert_eq!((start.flags.port.as_deref(), start.flags.env), (Some("9000"), None), "{flag}");
        Cli::try_parse_from(["gema", "start", flag]).unwrap_err();
    }
    let start = start(&["reverb:start", "--env=production", "-nvq", "--host=::1"]);
    assert_eq!((start.flags.env.as_deref(), start.flags.host.as_deref()), (Some("production"), Some("::1")));
    let help = Cli::try_parse_from(["gema", "reverb:start", "--help"]).unwrap_err().to_string();
    assert!(!help.contains("ansi") && help.contains("--hostname"), "{help}");
}

#[test]
fn flags_may_be_left_out() {
    let start = start(&["start"]);
    assert!(start.flags.host.is_none() && !start.flags.debug && start.config.is_none());
}

#[test]
fn every_name_of_init_is_known() {
    for name in ["init", "install", "reverb:install"] {
        assert!(matches!(Cli::try_parse_from(["gema", name]).unwrap().command, Command::Init), "{name}");
    }
}

#[test]
fn bench_takes_the_names_of_options_that_the_other_tools_have() {
    let arguments = ["gema", "bench", "fanout", "--app-id", "1", "--key", "k", "--secret", "s"];
    assert!(matches!(Cli::try_parse_from(arguments).unwrap().command, Command::Bench(_)));
}

#[test]
fn the_version_is_that_of_the_package() {
    let answer = Cli::try_parse_from(["gema", "--version"]).unwrap_err();
    assert_eq!(answer.kind(), ErrorKind::DisplayVersion);
    assert_eq!(answer.to_string(), format!("gema {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn bad_usage_ends_with_the_documented_code() {
    for arguments in [&["gema"][..], &["gema", "strat"], &["gema", "start", "--prot=1"]] {
        let error = Cli::try_parse_from(arguments).unwrap_err();
        assert_eq!(error.exit_code(), Exit::Usage as i32, "{arguments:?}");
    }
    let help = Cli::command().render_help().to_string();
    assert!(help.ends_with("2  the arguments or the configuration are wrong\n"), "{help}");
}
