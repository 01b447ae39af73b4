//! Each variable: its default and its effect, from the environment and from `gema.toml`.

use gema_hub::ClientEvents;

use super::*;

/// A variable, a value for it, where it shows, and what shows there by default and with the value.
type Row = (Variable, &'static str, fn(&Config) -> String, &'static str, &'static str);

fn show(value: impl std::fmt::Debug) -> String {
    format!("{value:?}")
}

#[rustfmt::skip]
const SERVER_ROWS: &[Row] = &[
    (env::REVERB_SERVER_HOST, "::1", |c| c.server.host.clone(), "0.0.0.0", "::1"),
    (env::REVERB_SERVER_HOST, "[::]", |c| c.server.host.clone(), "0.0.0.0", "::"),
    (env::REVERB_SERVER_PORT, "9000", |c| show(c.server.port), "8080", "9000"),
    (env::REVERB_SERVER_PATH, "/ws/", |c| c.server.path.to_string(), "", "/ws"),
    (env::REVERB_HOST, "example.com", |c| show(&c.server.hostname), "None", "Some(\"example.com\")"),
    (env::REVERB_PORT, "8443", |c| show(c.server.public_port), "443", "8443"),
    (env::REVERB_SCHEME, "http", |c| c.server.public_scheme.to_string(), "https", "http"),
    (env::REVERB_MAX_REQUEST_SIZE, "10000", |c| show(c.server.max_request_size), "262144", "10000"),
    (env::REVERB_MAX_REQUEST_SIZE, "10000", |c| show(limits(c).event_size), "10240", "10000"),
    (env::REVERB_MAX_REQUEST_SIZE, "900000", |c| show(limits(c).outbox_size), "1048576", "3600000"),
    (env::GEMA_SHARDS, "100", |c| show(c.server.shards == 100), "false", "true"),
    (env::GEMA_MAX_CONNECTIONS, "5", |c| show(c.server.max_connections), "None", "Some(5)"),
    (env::GEMA_MAX_HTTP_CONNECTIONS, "5", |c| show(c.server.max_http_connections), "10000", "5"),
    (env::GEMA_HANDSHAKE_TIMEOUT, "3", |c| show(c.server.handshake_timeout), "10s", "3s"),
    (env::GEMA_HTTP_IDLE_TIMEOUT, "3", |c| show(c.server.http_idle_timeout), "60s", "3s"),
    (env::GEMA_REQUEST_TIMEOUT, "3", |c| show(c.server.request_timeout), "30s", "3s"),
    (env::GEMA_SHUTDOWN_GRACE, "0", |c| show(c.server.shutdown_grace), "10s", "0ns"),
    (env::GEMA_INBOX_SIZE, "100000", |c| show(c.server.inbox_size), "16777216", "100000"),
    (env::GEMA_WEBHOOK_SPOOL, "/var/spool", |c| show(&c.server.webhook_spool.path), "\"gema-spool\"", "\"/var/spool\""),
    (env::GEMA_WEBHOOK_SPOOL_SIZE, "100000", |c| show(c.server.webhook_spool.size), "1073741824", "100000"),
    (env::GEMA_WEBHOOK_FSYNC, "true", |c| show(c.server.webhook_spool.fsync), "false", "true"),
    (env::GEMA_METRICS_ADDRESS, "[::1]:9", |c| show(c.server.metrics_address), "Default", "At([::1]:9)"),
    (env::GEMA_METRICS_ADDRESS, "off", |c| show(c.server.metrics_address), "Default", "Off"),
    (env::GEMA_LOG, "gema=debug", |c| show(&c.server.log), "None", "Some(\"gema=debug\")"),
    (env::GEMA_LOG_FORMAT, "json", |c| c.server.log_format.to_string(), "text", "json"),
    (env::GEMA_WEBHOOK_SPOOL, "/var/spool", |c| show(&c.server.webhook_spool.path), "\"gema-spool\"", "\"/var/spool\""),
    (env::GEMA_WEBHOOK_SPOOL_SIZE, "100000", |c| show(c.server.webhook_spool.size), "1073741824", "100000"),
    (env::GEMA_WEBHOOK_FSYNC, "true", |c| show(c.server.webhook_spool.fsync), "false", "true"),
    (env::GEMA_TRUSTED_PROXIES, "10.0.0.0/8", |c| show(trusts(c, "10.1.2.3")), "false", "true"),
    (env::GEMA_MAX_CONNECTS_PER_ADDRESS, "5", |c| show(c.server.max_connects_per_address), "None", "Some(5)"),
    (env::GEMA_MAX_CONNECTIONS_PER_ADDRESS, "5", |c| show(c.server.max_connections_per_address), "None", "Some(5)"),
    (env::GEMA_MAX_FAILED_SIGNATURES_PER_ADDRESS, "0", |c| show(c.server.max_failed_signatures_per_address), "60", "0"),
];

#[rustfmt::skip]
const APP_ROWS: &[Row] = &[
    (env::GEMA_APP_PREVIOUS_SECRET, "old", |c| show(app(c).secrets.oldest().expose() == "old"), "false", "true"),
    (env::REVERB_APP_ALLOWED_ORIGINS, "a.test, *.b.test", origins, "[\"*\"]", "[\"a.test\", \"*.b.test\"]"),
    (env::GEMA_APP_ALLOWED_ORIGINS, "a.test", origins, "[\"*\"]", "[\"a.test\"]"),
    (env::REVERB_APP_PING_INTERVAL, "5", |c| show(app(c).ping_interval), "60s", "5s"),
    (env::GEMA_APP_PONG_TIMEOUT, "5", |c| show(app(c).pong_timeout), "30s", "5s"),
    (env::REVERB_APP_ACTIVITY_TIMEOUT, "5", |c| show(app(c).activity_timeout), "30s", "5s"),
    (env::REVERB_APP_MAX_CONNECTIONS, "0", |c| show(limits(c).connections), "None", "Some(0)"),
    (env::REVERB_APP_MAX_MESSAGE_SIZE, "5", |c| show(limits(c).message_size), "10000", "5"),
    (env::REVERB_APP_MAX_MESSAGE_SIZE, "0", |c| show(limits(c).message_size == usize::MAX), "false", "true"),
    (env::GEMA_APP_MAX_EVENT_SIZE, "5", |c| show(limits(c).event_size), "10240", "5"),
    (env::REVERB_APP_ACCEPT_CLIENT_EVENTS_FROM, "all", |c| show(app(c).client_events), "Members", "All"),
    (env::REVERB_APP_ACCEPT_CLIENT_EVENTS_FROM, "none", |c| show(app(c).client_events), "Members", "None"),
    (env::REVERB_APP_RATE_LIMITING_ENABLED, "1", |c| show(app(c).rate_limit.is_some()), "false", "true"),
    (env::GEMA_APP_MAX_CLIENT_EVENTS_PER_SECOND, "5", |c| show(limits(c).client_events_per_second), "None", "Some(5)"),
    (env::GEMA_APP_MAX_PUBLISHES_PER_SECOND, "5", |c| show(limits(c).publishes_per_second), "None", "Some(5)"),
    (env::GEMA_APP_SUBSCRIPTION_COUNTS, "on", |c| show(app(c).subscription_counts), "false", "true"),
    (env::GEMA_APP_WATCHLISTS, "no", |c| show(app(c).watchlists), "true", "false"),
    (env::GEMA_APP_CACHE_TTL, "5", |c| show(app(c).cache_ttl), "1800s", "5s"),
    (env::GEMA_APP_MAX_CHANNELS_PER_CONNECTION, "5", |c| show(limits(c).channels_per_connection), "1000", "5"),
    (env::GEMA_APP_MAX_PRESENCE_MEMBERS, "5", |c| show(limits(c).presence_members), "10000", "5"),
    (env::GEMA_APP_MAX_PRESENCE_MEMBER_SIZE, "5", |c| show(limits(c).presence_member_size), "10240", "5"),
    (env::GEMA_APP_MAX_OUTBOX_SIZE, "20000", |c| show(limits(c).outbox_size), "1048576", "20000"),
    (env::GEMA_APP_WEBHOOK_URL, "http://a.test/", |c| show(app(c).webhooks.is_some()), "false", "true"),
];

/// Variables that need a URL beside them.
#[rustfmt::skip]
const WEBHOOK_ROWS: &[Row] = &[
    (env::GEMA_APP_WEBHOOK_EVENTS, "cache_miss", |c| show(tells(c, "cache_miss")), "true", "true"),
    (env::GEMA_APP_WEBHOOK_EVENTS, "cache_miss", |c| show(tells(c, "member_added")), "true", "false"),
    (env::GEMA_APP_WEBHOOK_CHANNELS, "a, b*", |c| show(&webhook(c).channels),
        "[]", "[ChannelPattern(\"a\"), ChannelPattern(\"b*\")]"),
    (env::GEMA_APP_WEBHOOK_BATCHING, "off", |c| show(webhook(c).batching), "true", "false"),
    (env::GEMA_APP_WEBHOOK_TIMEOUT, "9", |c| show(webhook(c).timeout), "4s", "9s"),
    (env::GEMA_APP_WEBHOOK_RETRY_FOR, "9", |c| show(webhook(c).retry_for), "86400s", "9s"),
];

const WEBHOOK_URL: (&str, &str) = ("GEMA_APP_WEBHOOK_URL", "http://a.test/");

fn webhook(config: &Config) -> &gema_hub::Webhook {
    &app(config).webhooks.as_ref().unwrap().endpoints[0]
}

fn tells(config: &Config, name: &str) -> bool {
    let kind = gema_hub::FactKind::ALL.into_iter().find(|kind| kind.name() == name).unwrap();
    webhook(config).events.contains(kind)
}

#[test]
fn each_setting_of_a_webhook_has_its_default_and_its_effect_in_all_three_places() {
    for (variable, value, shown, default, expected) in WEBHOOK_ROWS {
        assert_eq!(&shown(&with_app(&[WEBHOOK_URL])), default, "{} by default", variable.name);
        assert_eq!(&shown(&with_app(&[WEBHOOK_URL, (variable.name, value)])), expected, "{}", variable.name);
        let key = file::app_key(variable.place).unwrap();
        let short = file::webhook_key(variable.place).unwrap();
        for text in [
            format!("webhook_url = 'http://a.test/'\n{key} = '{value}'"),
            format!("[[apps.webhooks]]\nurl = 'http://a.test/'\n{short} = '{value}'"),
        ] {
            let file = toml(&format!("[[apps]]\nid = '1'\nkey = 'k'\nsecret = 's'\n{text}"));
            let config = Config::load(&Flags::default(), &vars(&[]), Some(&file)).unwrap();
            assert_eq!(&shown(&config), expected, "{text}");
        }
    }
}

#[test]
fn an_application_can_have_several_webhooks() {
    let file = toml(
        "[[apps]]\nid = '1'\nkey = 'k'\nsecret = 's'\nwebhook_url = 'http://a.test/'\n\
         [[apps.webhooks]]\nurl = 'http://b.test/'\nevents = ['cache_miss', 'client_event']\n\
         [[apps.webhooks]]\nurl = 'http://c.test/'\nheaders = { Authorization = 'Bearer x' }\n",
    );
    let config = Config::load(&Flags::default(), &vars(&[]), Some(&file)).unwrap();
    let endpoints = &app(&config).webhooks.as_ref().unwrap().endpoints;
    let urls: Vec<_> = endpoints.iter().map(|webhook| webhook.url.as_str()).collect();
    assert_eq!(urls, ["http://a.test/", "http://b.test/", "http://c.test/"]);
    assert_eq!(endpoints[2].headers[0].value, "Bearer x");
    assert!(!show(endpoints).contains("Bearer"), "a header may be secret");
}

fn app(config: &Config) -> &App {
    &config.apps[0]
}

fn limits(config: &Config) -> gema_hub::Limits {
    app(config).limits
}

fn trusts(config: &Config, proxy: &str) -> bool {
    config.server.trusted_proxies.contains(proxy.parse().unwrap())
}

fn origins(config: &Config) -> String {
    show(&app(config).allowed_origins)
}

#[test]
fn each_variable_has_its_default_and_its_effect() {
    for (variable, value, shown, default, expected) in SERVER_ROWS.iter().chain(APP_ROWS) {
        assert_eq!(&shown(&with_app(&[])), default, "{} by default", variable.name);
        assert_eq!(&shown(&with_app(&[(variable.name, value)])), expected, "{}", variable.name);
    }
}

#[test]
fn each_key_of_the_file_has_the_effect_of_its_variable() {
    let credentials = "[[apps]]\nid = 1\nkey = 'k'\nsecret = 's'\n";
    for (variable, value, shown, default, expected) in SERVER_ROWS.iter().chain(APP_ROWS) {
        let text = match variable.place {
            Place::Server(key) => format!("[server]\n{key} = '{value}'\n{credentials}"),
            Place::App(key) => format!("{credentials}{key} = '{value}'\n"),
            Place::Alias(_) | Place::Accepted => continue,
        };
        let load = |text: &str| Config::load(&Flags::default(), &vars(&[]), Some(&toml(text))).unwrap();
        assert_eq!(&shown(&load(credentials)), default, "{} by default", variable.name);
        assert_eq!(&shown(&load(&text)), expected, "{text}");
    }
}

#[test]
fn every_variable_is_tested() {
    let tested: BTreeSet<_> =
        SERVER_ROWS.iter().chain(APP_ROWS).chain(WEBHOOK_ROWS).map(|row| row.0.name).collect();
    let elsewhere = [
        env::REVERB_APP_ID,
        env::REVERB_APP_KEY,
        env::REVERB_APP_SECRET,
        env::REVERB_APP_RATE_LIMIT_MAX_ATTEMPTS,
        env::REVERB_APP_RATE_LIMIT_DECAY_SECONDS,
        env::REVERB_APP_RATE_LIMIT_TERMINATE,
        env::GEMA_TLS_CERT,
        env::GEMA_TLS_KEY,
        env::GEMA_ACME_DOMAINS,
        env::GEMA_ACME_CACHE,
        env::GEMA_ACME_EMAIL,
        env::GEMA_ACME_DIRECTORY,
        env::GEMA_ACME_CA,
        env::GEMA_PROXY_PROTOCOL,
    ];
    for variable in env::ALL.iter().filter(|variable| variable.place != Place::Accepted) {
        assert!(tested.contains(variable.name) || elsewhere.contains(variable), "{}", variable.name);
    }
}

#[test]
fn credentials_make_an_application() {
    let config = with_app(&[]);
    assert!(!config.development);
    assert_eq!((app(&config).id.as_str(), app(&config).key.as_str()), ("123456", "the-key"));
    assert_eq!(app(&config).client_events, ClientEvents::Members);
    assert_eq!(app(&config).number, gema_hub::AppNumber(0));
}

#[test]
fn rate_limiting_has_a_window() {
    let enabled = ("REVERB_APP_RATE_LIMITING_ENABLED", "true");
    let limit = |pairs: &[(&str, &str)]| with_app(pairs).apps[0].rate_limit.unwrap();
    let default = limit(&[enabled]);
    assert_eq!((default.max_attempts, default.decay.as_secs(), default.terminate), (60, 60, false));
    let stated = limit(&[
        enabled,
        ("REVERB_APP_RATE_LIMIT_MAX_ATTEMPTS", "5"),
        ("REVERB_APP_RATE_LIMIT_DECAY_SECONDS", "2"),
        ("REVERB_APP_RATE_LIMIT_TERMINATE", "true"),
    ]);
    assert_eq!((stated.max_attempts, stated.decay.as_secs(), stated.terminate), (5, 2, true));
}

#[test]
fn the_proxy_protocol_is_for_trusted_proxies() {
    let proxies = ("GEMA_TRUSTED_PROXIES", "127.0.0.1");
    assert!(!with_app(&[proxies]).server.proxy_protocol);
    assert!(with_app(&[proxies, ("GEMA_PROXY_PROTOCOL", "true")]).server.proxy_protocol);
}

#[test]
fn the_size_of_an_event_may_differ_from_that_of_a_request() {
    let config = with_app(&[("REVERB_MAX_REQUEST_SIZE", "10000"), ("GEMA_APP_MAX_EVENT_SIZE", "500")]);
    assert_eq!((config.server.max_request_size, limits(&config).event_size), (10_000, 500));
}

#[test]
fn what_reverb_alone_uses_is_accepted_without_effect() {
    assert_eq!(with_app(&[]).without_effect, <[&str; 0]>::default());
    let config = with_app(&[
        ("REVERB_SERVER", "reverb"),
        ("REVERB_SCALING_ENABLED", "false"),
        ("REVERB_SCALING_CHANNEL", "reverb"),
        ("REDIS_HOST", "127.0.0.1"),
        ("REDIS_PASSWORD", "null"),
        ("REVERB_PULSE_INGEST_INTERVAL", "15"),
        ("REVERB_TELESCOPE_INGEST_INTERVAL", "15"),
        ("VITE_REVERB_APP_KEY", "the-key"),
    ]);
    assert_eq!(
        config.without_effect,
        [
            "REVERB_SERVER",
            "REVERB_SCALING_CHANNEL",
            "REDIS_HOST",
            "REVERB_PULSE_INGEST_INTERVAL",
            "REVERB_TELESCOPE_INGEST_INTERVAL",
        ]
    );
}

#[test]
fn options_of_the_environment_are_in_vain_without_its_application() {
    let file = toml("[[apps]]\nid = 1\nkey = 'k'\nsecret = 's'");
    let vars = vars(&[("REVERB_APP_PING_INTERVAL", "5"), ("GEMA_SHARDS", "1")]);
    let config = Config::load(&Flags::default(), &vars, Some(&file)).unwrap();
    assert_eq!(config.without_effect, ["REVERB_APP_PING_INTERVAL"]);
    assert_eq!(app(&config).ping_interval.as_secs(), 60);
}
