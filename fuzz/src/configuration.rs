//! What operators write.

use std::{collections::HashSet, net::IpAddr, path::Path};

use gema::config::{Config, Environment, Flags, GemaToml, report};

const SECRET: &str = "a-secret-that-no-message-may-show";

/// The input is the text of `.env`, a zero byte, and the text of `gema.toml`. It is a configuration that can be served,
/// or every mistake has a message, without the secret.
pub fn read(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (dotenv, toml) = text.split_once('\0').unwrap_or((&text, ""));
    let process = [("REVERB_APP_SECRET".to_owned(), SECRET.to_owned())];
    let (environment, mut mistakes) = Environment::layered(process, Path::new(".env"), dotenv);
    let file = GemaToml::parse(Path::new("gema.toml"), toml).map_err(|more| mistakes.extend(more)).ok();
    match Config::load(&Flags::default(), &environment, file.as_ref()) {
        Ok(config) if mistakes.is_empty() => can_be_served(&config),
        Ok(_) => {}
        Err(more) => {
            assert!(!more.is_empty(), "refused without a reason");
            mistakes.extend(more);
        }
    }
    // What writes the secret into another setting has made no secret of it.
    let report = report(&mistakes);
    assert!(dotenv.contains("${") || !report.contains(SECRET), "{report}");
}

fn can_be_served(config: &Config) {
    assert!(!config.apps.is_empty());
    let ids: HashSet<_> = config.apps.iter().map(|app| &app.id).collect();
    let keys: HashSet<_> = config.apps.iter().map(|app| &app.key).collect();
    assert_eq!((ids.len(), keys.len()), (config.apps.len(), config.apps.len()));
    if config.development {
        let host = &config.server.host;
        let is_loopback = host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
        assert!(is_loopback, "the development application on {host}");
    }
    for app in &config.apps {
        assert!(app.limits.outbox_size >= app.limits.event_size);
        assert!(!app.allowed_origins.is_empty());
    }
}
