//! What is refused, and in which words.

use super::*;

/// A variable, its value, and the message about it.
const CASES: &[(&str, &str, &str)] = &[
    (
        "REVERB_SERVER_PORT",
        "80800",
        "REVERB_SERVER_PORT (environment): `80800` is not a port. Use a number from 1 to 65535.",
    ),
    (
        "REVERB_PORT",
        "tcp://10.0.0.1:8080",
        "REVERB_PORT (environment): `tcp://10.0.0.1:8080` is an address that Kubernetes sets for a service of \
             this name. Set `enableServiceLinks: false` in the pod, or rename the service.",
    ),
    (
        "REVERB_SERVER_HOST",
        "http://0.0.0.0",
        "REVERB_SERVER_HOST (environment): `http://0.0.0.0` is neither an IP address nor a host name. Give the \
             host alone: no scheme, port or path.",
    ),
    (
        "REVERB_SERVER_PATH",
        "a?b",
        "REVERB_SERVER_PATH (environment): `a?b` is not a path. Use letters, digits and `-._~` between single \
             slashes, such as `ws` or `realtime/ws`.",
    ),
    (
        "GEMA_TRUSTED_PROXIES",
        "10.0.0.0/8, nginx",
        "GEMA_TRUSTED_PROXIES (environment): `10.0.0.0/8, nginx` has `nginx`, which is neither an address nor a \
             network. Give the addresses that your proxies connect from, such as `10.0.0.0/8` or `192.0.2.7`.",
    ),
    (
        "GEMA_TRUSTED_PROXIES",
        "0.0.0.0/0",
        "GEMA_TRUSTED_PROXIES (environment): `0.0.0.0/0` has `0.0.0.0/0`, which is everybody: each client could \
             choose its address. Give the addresses that your proxies connect from, such as `10.0.0.0/8` or \
             `192.0.2.7`.",
    ),
    (
        "GEMA_PROXY_PROTOCOL",
        "true",
        "GEMA_PROXY_PROTOCOL (environment): `true` has no effect without trusted proxies. Set \
             GEMA_TRUSTED_PROXIES to the addresses that your proxies connect from.",
    ),
    ("REVERB_SCHEME", "wss", "REVERB_SCHEME (environment): `wss` is not a scheme. Use `http` or `https`."),
    (
        "REVERB_APP_ACTIVITY_TIMEOUT",
        "0",
        "REVERB_APP_ACTIVITY_TIMEOUT (environment): `0` is not a whole number from 1 to 31536000. Give a number \
             of seconds, without a unit.",
    ),
    (
        "REVERB_MAX_REQUEST_SIZE",
        "10k",
        "REVERB_MAX_REQUEST_SIZE (environment): `10k` is not a whole number from 1 to 4294967295. Give a number \
             of bytes, without a unit.",
    ),
    (
        "REVERB_APP_RATE_LIMITING_ENABLED",
        "enabled",
        "REVERB_APP_RATE_LIMITING_ENABLED (environment): `enabled` is neither true nor false. Use `true` or \
             `false`.",
    ),
    (
        "REVERB_APP_ACCEPT_CLIENT_EVENTS_FROM",
        "everyone",
        "REVERB_APP_ACCEPT_CLIENT_EVENTS_FROM (environment): `everyone` names nobody who could send client \
             events. Use `all`, `members` or `none`.",
    ),
    (
        "GEMA_APP_WEBHOOK_URL",
        "ftp://a.test",
        "GEMA_APP_WEBHOOK_URL (environment): has the scheme `ftp`, not http or https. Give the whole \
             address, such as `https://example.com/webhooks`.",
    ),
    (
        "GEMA_APP_WEBHOOK_TIMEOUT",
        "5",
        "GEMA_APP_WEBHOOK_TIMEOUT (environment): `5` is a setting of a webhook, but no URL is given. Set \
             GEMA_APP_WEBHOOK_URL as well, or remove it.",
    ),
    (
        "GEMA_WEBHOOK_SPOOL_SIZE",
        "1000",
        "GEMA_WEBHOOK_SPOOL_SIZE (environment): `1000` is not a whole number from 65536 to 1125899906842624. Give a \
             number of bytes, without a unit.",
    ),
    (
        "REVERB_APP_ALLOWED_ORIGINS",
        "https://a.test",
        "REVERB_APP_ALLOWED_ORIGINS (environment): `https://a.test` has a scheme in `https://a.test`. Give hosts \
             alone, such as `example.com` or `*.example.com`.",
    ),
    (
        "REVERB_APP_ALLOWED_ORIGINS",
        "a.test,localhost:3000",
        "REVERB_APP_ALLOWED_ORIGINS (environment): `a.test,localhost:3000` has a port in `localhost:3000`. Give hosts \
             alone, such as `example.com` or `*.example.com`.",
    ),
    (
        "GEMA_APP_ALLOWED_ORIGINS",
        "",
        "GEMA_APP_ALLOWED_ORIGINS (environment): `` names no host, so it would refuse every browser. Use `*` to \
             allow all.",
    ),
    (
        "GEMA_APP_MAX_OUTBOX_SIZE",
        "100",
        "GEMA_APP_MAX_OUTBOX_SIZE (environment): `100` is less than one event of 10240 bytes. Give several \
             times the greatest size of an event.",
    ),
    (
        "REVERB_SERVER",
        "swoole",
        "REVERB_SERVER (environment): `swoole` is not a server driver. Use `reverb`, the only one, or remove the \
             setting.",
    ),
    (
        "REVERB_SCALING_ENABLED",
        "true",
        "REVERB_SCALING_ENABLED (environment): `true` cannot be: this version runs on one node. Set it to \
             `false` or remove it.",
    ),
    (
        "GEMA_METRICS_ADDRESS",
        "localhost:9601",
        "GEMA_METRICS_ADDRESS (environment): `localhost:9601` is not an IP address with a port. Use one such as \
             `127.0.0.1:9601`, or `off`.",
    ),
    (
        "GEMA_LOG",
        "gema=loud",
        "GEMA_LOG (environment): `gema=loud` is not a filter for logs. Use `error`, `warn`, `info`, `debug` or \
             `trace`, or `target=level` with commas between several.",
    ),
    (
        "GEMA_LOG_FORMAT",
        "xml",
        "GEMA_LOG_FORMAT (environment): `xml` is not a form of logs. Use `text` or `json`.",
    ),
    (
        "REVERB_APP_MAX_CONNECTION",
        "5",
        "REVERB_APP_MAX_CONNECTION (environment): is not a setting. Did you mean `REVERB_APP_MAX_CONNECTIONS`?",
    ),
    ("GEMA_QQQQQQQQ", "5", "GEMA_QQQQQQQQ (environment): is not a setting. Remove it."),
];

#[test]
fn each_mistake_says_what_where_why_and_how_to_mend_it() {
    for (name, value, expected) in CASES {
        assert_eq!(mistakes_with_app(&[(name, value)]), [*expected]);
    }
}

#[test]
fn values_at_the_edges() {
    let cases = [
        ("REVERB_SERVER_PORT", "0", true),
        ("REVERB_PORT", "0", false),
        ("REVERB_SERVER_PORT", "65536", false),
        ("REVERB_SERVER_HOST", "localhost", true),
        ("REVERB_SERVER_HOST", "0.0.0.0:8080", false),
        ("REVERB_SERVER_PATH", "a/b-c_d.e~f", true),
        ("REVERB_SERVER_PATH", "a//b", false),
        ("REVERB_SERVER_PATH", "a/../b", false),
        ("GEMA_SHARDS", "0", false),
        ("GEMA_SHARDS", "255", true),
        ("GEMA_SHARDS", "256", false),
        ("GEMA_MAX_CONNECTIONS", "0", false),
        ("GEMA_INBOX_SIZE", "65535", false),
        ("REVERB_APP_PING_INTERVAL", "-1", false),
        ("REVERB_APP_PING_INTERVAL", "1.5", false),
        ("REVERB_APP_PING_INTERVAL", " 5 ", true),
        ("REVERB_APP_PING_INTERVAL", "31536001", false),
        ("REVERB_APP_MAX_CONNECTIONS", "4294967296", false),
        ("REVERB_APP_ACCEPT_CLIENT_EVENTS_FROM", "Members", false),
        ("REVERB_APP_ALLOWED_ORIGINS", "localhost:*", false),
        ("REVERB_APP_ALLOWED_ORIGINS", "[::1]:3000", false),
        ("REVERB_APP_ALLOWED_ORIGINS", "[::1]", false),
        ("REVERB_APP_ALLOWED_ORIGINS", "a.test/", false),
        ("REVERB_APP_ALLOWED_ORIGINS", "::1, *, app-*.test", true),
        ("GEMA_APP_WATCHLISTS", "YES", true),
        ("GEMA_APP_WATCHLISTS", "2", false),
        ("GEMA_APP_MAX_OUTBOX_SIZE", "10240", true),
    ];
    for (name, value, right) in cases {
        let variables = vars(&[&APP[..], &[(name, value)]].concat());
        assert_eq!(Config::load(&Flags::default(), &variables, None).is_ok(), right, "{name}={value}");
    }
}

#[test]
fn an_application_is_complete_or_absent() {
    let message =
        |name| format!("{name} (environment): is missing. An application needs an id, a key and a secret.");
    let load = |pairs: &[(&str, &str)]| messages(Config::load(&Flags::default(), &vars(pairs), None));
    assert_eq!(load(&APP[..2]), [message("REVERB_APP_SECRET")]);
    assert_eq!(load(&APP[2..]), [message("REVERB_APP_ID"), message("REVERB_APP_KEY")]);
    assert_eq!(load(&[APP[0], APP[1], ("REVERB_APP_SECRET", "")]), [message("REVERB_APP_SECRET")]);
}

#[test]
fn a_secret_does_not_replace_itself() {
    let variables = vars(&[&APP[..], &[("GEMA_APP_PREVIOUS_SECRET", APP[2].1)]].concat());
    assert_eq!(
        messages(Config::load(&Flags::default(), &variables, None)),
        [
            "GEMA_APP_PREVIOUS_SECRET (environment): is the secret itself. Give the secret that was valid before, or \
          remove it."
        ]
    );
}

#[test]
fn credentials_must_fit_a_path() {
    check_credential("REVERB_APP_KEY", "a:b");
    check_credential("REVERB_APP_ID", "1/2");
}

fn check_credential(name: &str, value: &str) {
    let mut variables = vars(&APP);
    variables.insert(name.to_owned(), value.to_owned());
    let expected = format!(
        "{name} (environment): `{value}` has a character that has no place in a URL. Use letters, digits, `-`, `_` \
         and `.`."
    );
    assert_eq!(messages(Config::load(&Flags::default(), &variables, None)), [expected]);
}

#[test]
fn both_names_of_the_origins_must_agree() {
    let both = |other| [("REVERB_APP_ALLOWED_ORIGINS", "a.test"), ("GEMA_APP_ALLOWED_ORIGINS", other)];
    assert_eq!(with_app(&both("a.test")).apps[0].allowed_origins, ["a.test"]);
    assert_eq!(
        mistakes_with_app(&both("b.test")),
        [
            "GEMA_APP_ALLOWED_ORIGINS (environment): `b.test` is not what REVERB_APP_ALLOWED_ORIGINS says. Keep one of \
          the two."
        ]
    );
}

#[test]
fn variables_of_a_kubernetes_service_are_not_ours() {
    let links = [
        ("GEMA_SERVICE_HOST", "10.0.0.1"),
        ("GEMA_SERVICE_PORT", "8080"),
        ("GEMA_SERVICE_PORT_HTTP", "8080"),
        ("GEMA_PORT", "tcp://10.0.0.1:8080"),
        ("GEMA_PORT_8080_TCP_ADDR", "10.0.0.1"),
    ];
    with_app(&links);
    // Without the link of the port it is the mistake that it looks like.
    assert_eq!(mistakes_with_app(&[("GEMA_SERVICE_HOST", "127.0.0.1")]).len(), 1);
}

#[test]
fn all_mistakes_are_reported_at_once() {
    let flags = Flags { port: Some("http".to_owned()), ..Flags::default() };
    let vars = vars(&[
        ("REVERB_APP_ID", "1"),
        ("REVERB_APP_PING_INTERVAL", "1m"),
        ("GEMA_SHARD", "2"),
        ("GEMA_SHARDS", "two"),
    ]);
    let file =
        toml("colour = 1\n[server]\nprot = 1\nshutdown_grace = -1\n[[apps]]\nid = 2\nwatchlist = true\n");
    let errors = Config::load(&flags, &vars, Some(&file)).unwrap_err();
    assert_eq!(
        report(&errors),
        "The configuration has 12 mistakes:

  GEMA_SHARD (environment): is not a setting. Did you mean `GEMA_SHARDS`?

  colour (gema.toml): is not a setting. Remove it.

  [server] prot (gema.toml): is not a setting. Did you mean `port`?

  [[apps]] number 1: watchlist (gema.toml): is not a setting. Did you mean `watchlists`?

  flag --port: `http` is not a port. Use a number from 1 to 65535.

  GEMA_SHARDS (environment): `two` is not a whole number from 1 to 255. Give a number of threads, without a unit.

  [server] shutdown_grace (gema.toml): `-1` is not a whole number from 0 to 31536000. Give a number of seconds, without a unit.

  REVERB_APP_KEY (environment): is missing. An application needs an id, a key and a secret.

  REVERB_APP_SECRET (environment): is missing. An application needs an id, a key and a secret.

  REVERB_APP_PING_INTERVAL (environment): `1m` is not a whole number from 1 to 31536000. Give a number of seconds, without a unit.

  [[apps]] number 1: key (gema.toml): is missing. An application needs an id, a key and a secret.

  [[apps]] number 1: secret (gema.toml): is missing. An application needs an id, a key and a secret.
"
    );
    assert!(report(&errors[..1]).starts_with("The configuration has a mistake:\n"));
}

#[test]
fn what_is_wrong_with_a_webhook_is_said_with_its_place() {
    let file = toml(
        "[[apps]]\nid = '1'\nkey = 'k'\nsecret = 's'\n\
         [[apps.webhooks]]\nevents = ['channel_ocupied']\nchannels = ['a b']\nheaders = { Host = 'x' }\n\
         [[apps.webhooks]]\nurl = 'a.test'\nbatch = true\nheaders = 7\n",
    );
    let first = "[[apps]] number 1, [[apps.webhooks]] number 1:";
    let second = "[[apps]] number 1, [[apps.webhooks]] number 2:";
    let headers = "Write headers = { Authorization = \"Bearer the-token\" }.";
    let expected = [
        format!("{second} batch (gema.toml): is not a setting. Did you mean `batching`?"),
        format!("{first} url (gema.toml): is missing. A webhook needs a URL."),
        format!("{first} headers.Host (gema.toml): is a header that every webhook has already. {headers}"),
        format!(
            "{first} events (gema.toml): `channel_ocupied` has `channel_ocupied`, which no webhook tells. Did you mean \
             `channel_occupied`?"
        ),
        format!(
            "{first} channels (gema.toml): `a b` has `a b`, which no channel can be called. Use letters, digits, \
             `_-=@.;`, and `*` for any text."
        ),
        format!("{second} headers (gema.toml): is of the type integer. {headers}"),
        format!(
            "{second} url (gema.toml): is not a URL: relative URL without a base. Give the whole address, \
             such as `https://example.com/webhooks`."
        ),
    ];
    assert_eq!(messages(Config::load(&Flags::default(), &vars(&[]), Some(&file))), expected);
    let file = toml("[[apps]]\nid = '1'\nkey = 'k'\nsecret = 's'\nwebhooks = 'http://a.test/'\n");
    let expected = "[[apps]] number 1: webhooks (gema.toml): is not a list of tables. Write each webhook under \
                    [[apps.webhooks]], behind its application.";
    assert_eq!(messages(Config::load(&Flags::default(), &vars(&[]), Some(&file))), [expected]);
}
