use std::time::Duration;

use gema_broadcast::Connection;

use super::*;

fn load<const N: usize>(variables: [(&str, &str); N]) -> Result<BookingConfig, Vec<String>> {
    BookingConfig::load(&variables.into_iter().collect())
        .map_err(|mistakes| mistakes.iter().map(ToString::to_string).collect())
}

const REVERB: [(&str, &str); 6] = [
    ("REVERB_APP_ID", "7"),
    ("REVERB_APP_KEY", "kunci"),
    ("REVERB_APP_SECRET", "rahasia"),
    ("REVERB_HOST", "ws.example.com"),
    ("REVERB_PORT", "6001"),
    ("REVERB_SCHEME", "https"),
];

#[test]
fn without_any_variable_it_runs_on_this_machine_with_the_development_application() {
    let config = load([]).unwrap();
    assert_eq!(config.database.to_string(), "sqlite:booking.sqlite3");
    assert_eq!((config.host.as_str(), config.port), ("127.0.0.1", 8000));
    assert_eq!(config.settings, Settings::default());
    assert_eq!((config.rate_limit.get(), config.login_rate_limit.get()), (300, 5));
    assert_eq!(config.relay_poll, Duration::from_millis(500));
    assert_eq!(config.metrics, Some("127.0.0.1:9602".parse().unwrap()));
    assert!(config.development && config.allowed_origins.is_empty());
    assert_eq!(config.trusted_proxies, TrustedProxies::default());
    let client = config.http_options().client_config;
    assert_eq!((client.key.as_str(), client.host.as_str(), client.port), ("gema-dev-key", "127.0.0.1", 8080));
    assert_eq!((client.scheme.as_str(), client.path.as_str()), ("http", ""));
    assert!(matches!(config.broadcast.connection, Connection::Reverb(_)));
}

#[test]
fn every_setting_can_be_set() {
    let config = load([
        ("DATABASE_URL", "postgres://ani:rahasia@db/booking"),
        ("BOOKING_HOST", "::1"),
        ("BOOKING_PORT", "\"8001\""),
        ("BOOKING_ALLOWED_ORIGINS", "https://app.example.com, http://localhost:5173"),
        ("BOOKING_TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8"),
        ("BOOKING_RATE_LIMIT", "10"),
        ("BOOKING_LOGIN_RATE_LIMIT", "2"),
        ("BOOKING_PAYMENT_DELAY", "0"),
        ("BOOKING_PENDING_MINUTES", "5"),
        ("BOOKING_DAYS_AHEAD", "0"),
        ("BOOKING_MAX_PENDING", "3"),
        ("BOOKING_TOKEN_DAYS", "1"),
        ("BOOKING_RELAY_POLL", "50"),
        ("BOOKING_METRICS", ""),
        ("BROADCAST_CONNECTION", "log"),
    ])
    .unwrap();
    assert_eq!(config.database.to_string(), "postgres://ani@db:5432/booking");
    assert_eq!((config.host.as_str(), config.port, config.metrics), ("::1", 8001, None));
    assert_eq!(config.url(), "http://[::1]:8001");
    assert_eq!(config.allowed_origins, ["https://app.example.com", "http://localhost:5173"]);
    assert_eq!(config.http_options().trusted_proxies, "127.0.0.1/32,10.0.0.0/8".parse().unwrap());
    assert_eq!((config.rate_limit.get(), config.login_rate_limit.get()), (10, 2));
    let settings = Settings {
        payment_delay: Duration::ZERO,
        pending: Duration::from_secs(300),
        days_ahead: 0,
        max_pending: 3.try_into().unwrap(),
        token_lifetime: Duration::from_secs(86_400),
    };
    assert_eq!((config.settings, config.relay_poll), (settings, Duration::from_millis(50)));
    assert!(matches!(config.broadcast.connection, Connection::Log));
    assert!(!format!("{config:?}").contains("rahasia"));
}

#[test]
fn front_ends_are_served_from_a_folder_that_has_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let page = folder.path().join("react/index.html");
    assert_eq!(
        load([("BOOKING_WEB", path)]).unwrap_err(),
        [format!(
            "BOOKING_WEB: there is no page {}; build the front ends (`make run` does) and write the path of web/dist",
            page.display()
        )]
    );
    for part in ["react", "notifications"] {
        std::fs::create_dir(folder.path().join(part)).unwrap();
        std::fs::write(folder.path().join(part).join("index.html"), "").unwrap();
    }
    assert!(load([("BOOKING_WEB", path)]).unwrap().http_options().front_ends.is_some());
    for none in ["", " "] {
        assert!(load([("BOOKING_WEB", none)]).unwrap().front_ends.is_none());
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let mistakes = load([
        ("DATABASE_URL", "mysql://root:rahasia@localhost/x"),
        ("BOOKING_PORT", "eight"),
        ("BOOKING_TRUSTED_PROXIES", "127.0.0.1, nginx"),
        ("BOOKING_RATE_LIMIT", "0"),
        ("BOOKING_TOKEN_DAYS", "100001"),
        ("BOOKING_METRICS", "9602"),
        ("BOOKING_ALLOWED_ORIGINS", "*"),
        ("BOOKING_PAYMENTDELAY", "3"),
        ("BOOKING_COLOUR", "red"),
        ("BROADCAST_CONNECTION", "redis"),
    ])
    .unwrap_err();
    let expected = [
        "BOOKING_COLOUR: is not a setting; remove it",
        "BOOKING_PAYMENTDELAY: is not a setting; did you mean BOOKING_PAYMENT_DELAY?",
        "DATABASE_URL: must begin with sqlite: or postgres: (for example sqlite:booking.sqlite3 or \
         postgres://user:password@host/name); write where the database is",
        "BOOKING_PORT: `eight` is no port; write a number of 0 to 65535",
        "BOOKING_ALLOWED_ORIGINS: `*` is no origin; write what a browser sends, such as https://app.example.com, \
         separated by commas",
        "BOOKING_TRUSTED_PROXIES: `127.0.0.1, nginx` has `nginx`, which is neither an address nor a network; write \
         the addresses that your proxies connect from, such as 127.0.0.1 or 10.0.0.0/8",
        "BOOKING_RATE_LIMIT: `0` is no positive number; write a whole number from 1",
        "BOOKING_TOKEN_DAYS: `100001` is no positive number; write a whole number of 1 to 100000",
        "BOOKING_METRICS: `9602` is no address with a port; write an IP address and a port, such as \
         127.0.0.1:9602, or nothing",
        "BROADCAST_CONNECTION: `redis` is no connection; write reverb, pusher, log or null",
    ];
    assert_eq!(mistakes, expected);
}

#[test]
fn the_development_application_is_for_this_machine_only() {
    for host in ["127.0.0.1", "127.0.0.9", "::1", "localhost"] {
        assert!(load([("BOOKING_HOST", host)]).unwrap().development, "{host}");
    }
    for host in ["0.0.0.0", "::", "10.0.0.1", "booking.example.com"] {
        let mistakes = load([("BOOKING_HOST", host)]).unwrap_err();
        assert!(mistakes.len() == 1 && mistakes[0].starts_with("REVERB_APP_ID: is not set"), "{mistakes:?}");
    }
    let mut variables = REVERB.to_vec();
    variables.push(("BOOKING_HOST", "0.0.0.0"));
    let config = BookingConfig::load(&variables.into_iter().collect()).unwrap();
    assert!(!config.development);
    let client = config.http_options().client_config;
    assert_eq!((client.key.as_str(), client.host.as_str(), client.port), ("kunci", "ws.example.com", 6001));
}

#[test]
fn one_variable_of_a_server_asks_for_the_others() {
    let mistakes = load([("REVERB_APP_KEY", "kunci")]).unwrap_err();
    assert_eq!(mistakes.len(), 2);
    assert!(mistakes.iter().all(|mistake| mistake.contains("is not set")), "{mistakes:?}");
    let mistakes = load([("BROADCAST_CONNECTION", "reverb")]).unwrap_err();
    assert_eq!(mistakes.len(), 3, "{mistakes:?}");
}

#[test]
fn events_may_go_to_the_log_while_browsers_connect_to_a_server() {
    let mut variables = REVERB.to_vec();
    variables.push(("BROADCAST_DRIVER", "log"));
    let config = BookingConfig::load(&variables.into_iter().collect()).unwrap();
    assert!(matches!(config.broadcast.connection, Connection::Log));
    assert_eq!(config.server.credentials.key, "kunci");
}

#[test]
fn hosted_pusher_is_refused_because_the_pages_could_not_connect() {
    let mistakes = load([("BROADCAST_CONNECTION", "pusher")]).unwrap_err();
    assert!(mistakes[0].starts_with("BROADCAST_CONNECTION: pages of this application"), "{mistakes:?}");
}

#[test]
fn origins_are_what_browsers_send() {
    for wrong in
        ["app.example.com", "https://app.example.com/", "https://app.example.com/x", "ftp://x", "null"]
    {
        assert!(load([("BOOKING_ALLOWED_ORIGINS", wrong)]).is_err(), "{wrong}");
    }
}

#[test]
fn an_origin_that_would_match_no_browser_is_refused_with_the_one_that_does() {
    for (wrong, right) in [
        ("https://App.Example.com", "https://app.example.com"),
        ("HTTPS://app.example.com", "https://app.example.com"),
        ("https://app.example.com:443", "https://app.example.com"),
        ("http://app.example.com:80", "http://app.example.com"),
        ("http://app.example.com:08000", "http://app.example.com:8000"),
        ("https://ani:rahasia@app.example.com", "https://app.example.com"),
    ] {
        let mistakes = load([("BOOKING_ALLOWED_ORIGINS", wrong)]).unwrap_err();
        let expected = format!(
            "BOOKING_ALLOWED_ORIGINS: an origin in it would match no browser, for browsers send {right}; write it \
             like that"
        );
        assert_eq!(mistakes, [expected], "{wrong}");
        assert!(load([("BOOKING_ALLOWED_ORIGINS", right)]).is_ok(), "{right}");
    }
    let others =
        "http://app.example.com:443, https://app.example.com:80, http://[::1]:5173, http://localhost:3000";
    assert_eq!(load([("BOOKING_ALLOWED_ORIGINS", others)]).unwrap().allowed_origins.len(), 4);
}

#[test]
fn a_line_of_the_file_that_makes_no_sense_is_told_without_the_line() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join(".env"), "REVERB_APP_SECRET='rahasia\n").unwrap();
    let mistake = Environment::of_process(directory.path()).unwrap_err().to_string();
    assert!(mistake.contains("a line cannot be understood") && !mistake.contains("rahasia"), "{mistake}");
}

#[test]
fn the_page_of_the_application_lists_every_setting() {
    let page = include_str!("../../../docs/booking.md");
    for variable in variables::ALL {
        let default = if variable.default.is_empty() { "" } else { &format!("`{}`", variable.default) };
        let row = format!("| `{}` | {default} | {} |", variable.name, variable.meaning.trim());
        assert!(page.contains(&row), "docs/booking.md lacks this row:\n{row}");
    }
}
