//! Tests of the banner.

use std::collections::HashMap;

use super::*;
use crate::config::Flags;

fn config(vars: &[(&str, &str)]) -> Config {
    let vars: HashMap<_, _> = vars.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    Config::load(&Flags::default(), &vars, None).unwrap()
}

const APP: [(&str, &str); 4] = [
    ("REVERB_APP_ID", "123456"),
    ("REVERB_APP_KEY", "the-key"),
    ("REVERB_APP_SECRET", "the-secret"),
    ("GEMA_SHARDS", "4"),
];

fn check(vars: &[(&str, &str)], listen: &str, fd_limit: u64, expected: &str) {
    let text = banner(&config(vars), listen.parse().unwrap(), Some(MetricsAddress::DEFAULT), fd_limit);
    assert_eq!(text, expected.replace("VERSION", env!("CARGO_PKG_VERSION")), "{text}");
}

#[test]
fn an_application_behind_a_proxy() {
    let proxy = [("REVERB_HOST", "ws.example.com"), ("REVERB_SERVER_PATH", "ws")];
    check(
        &[&APP[..], &proxy].concat(),
        "0.0.0.0:8080",
        1_048_576,
        "
  Gema VERSION

  Listening on  http://0.0.0.0:8080/ws
  Public        wss://ws.example.com/ws for browsers, https://ws.example.com/ws for publishers
  Applications  id 123456, key the-key
  Shards        4
  Metrics       http://127.0.0.1:9601/metrics
  Open files    1048576 at most
",
    );
}

#[test]
fn a_port_that_speaks_tls() {
    check(
        &[&APP[..], &[("GEMA_ACME_DOMAINS", "ws.example.com")]].concat(),
        "0.0.0.0:443",
        1_048_576,
        "
  Gema VERSION

  Listening on  https://0.0.0.0:443
  Public        wss://0.0.0.0:443 for browsers, https://0.0.0.0:443 for publishers
  Applications  id 123456, key the-key
  Shards        4
  Metrics       http://127.0.0.1:9601/metrics
  Open files    1048576 at most
",
    );
}

#[test]
fn few_open_files_are_warned_of() {
    let local = [("REVERB_HOST", "localhost"), ("REVERB_PORT", "8080"), ("REVERB_SCHEME", "http")];
    check(
        &[&APP[..], &local].concat(),
        "0.0.0.0:8080",
        1024,
        "
  Gema VERSION

  Listening on  http://0.0.0.0:8080
  Public        ws://localhost:8080 for browsers, http://localhost:8080 for publishers
  Applications  id 123456, key the-key
  Shards        4
  Metrics       http://127.0.0.1:9601/metrics
  Open files    1024 at most

  Warning: every connection takes an open file. Raise the limit with `ulimit -n 65536`, or with
  LimitNOFILE= in the systemd unit.
",
    );
}

#[test]
fn the_development_application_shows_its_credentials() {
    check(
        &[("GEMA_SHARDS", "2")],
        "127.0.0.1:8080",
        4096,
        r#"
  Gema VERSION

  Listening on  http://127.0.0.1:8080
  Public        ws://127.0.0.1:8080 for browsers, http://127.0.0.1:8080 for publishers
  Applications  id 1, key gema-dev-key
  Shards        2
  Metrics       http://127.0.0.1:9601/metrics
  Open files    4096 at most

  Everybody knows the credentials of this development application: it is served to this machine
  only. `gema init` makes an application of your own. Lines for Laravel's .env:

    BROADCAST_CONNECTION=reverb
    REVERB_APP_ID=1
    REVERB_APP_KEY=gema-dev-key
    REVERB_APP_SECRET=gema-dev-secret
    REVERB_HOST="127.0.0.1"
    REVERB_PORT=8080
    REVERB_SCHEME=http
    VITE_REVERB_APP_KEY="${REVERB_APP_KEY}"
    VITE_REVERB_HOST="${REVERB_HOST}"
    VITE_REVERB_PORT="${REVERB_PORT}"
    VITE_REVERB_SCHEME="${REVERB_SCHEME}"
"#,
    );
}

#[test]
fn where_metrics_are_not_is_told_as_well() {
    let address = "10.0.0.1:8080".parse().unwrap();
    let told = |vars: &[(&str, &str)], metrics: Option<&str>| {
        let text = banner(
            &config(&[&APP[..], vars].concat()),
            address,
            metrics.map(|at| at.parse().unwrap()),
            10_000,
        );
        text.lines().find_map(|line| line.strip_prefix("  Metrics       ").map(str::to_owned)).unwrap()
    };
    assert_eq!(told(&[], None), "off, because 127.0.0.1:9601 is taken (set GEMA_METRICS_ADDRESS)");
    assert_eq!(told(&[("GEMA_METRICS_ADDRESS", "off")], None), "off");
    let there = [("GEMA_METRICS_ADDRESS", "0.0.0.0:9999")];
    assert_eq!(told(&there, Some("0.0.0.0:9999")), "http://0.0.0.0:9999/metrics");
}
