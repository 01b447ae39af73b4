//! Tests of how a server is found.

use std::fs;

use super::*;
use crate::config::Environment;

fn target(files: &[(&str, &str)], options: &TargetOptions) -> Result<Target, ToolError> {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(directory.path().join(name), text).unwrap();
    }
    let (environment, mistakes) = Environment::read(Vec::new(), directory.path());
    options.resolve(&Sources::of_directory(environment, mistakes, directory.path(), None))
}

const APP: &str = "REVERB_APP_ID=7\nREVERB_APP_KEY=key\nREVERB_APP_SECRET=secret\n";

fn with_app(more: &str) -> String {
    format!("{APP}{more}")
}

#[test]
fn a_url_has_a_scheme_a_host_and_perhaps_more() {
    for (url, address, websocket) in [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080", "ws://127.0.0.1:8080"),
        ("wss://ws.example.com/", "https://ws.example.com", "wss://ws.example.com"),
        (
            "https://ws.example.com:8443/real/time/",
            "https://ws.example.com:8443/real/time",
            "wss://ws.example.com:8443/real/time",
        ),
        ("ws://[::1]:6001/ws", "http://[::1]:6001/ws", "ws://[::1]:6001/ws"),
    ] {
        let parsed = Address::parse(url).unwrap();
        assert_eq!((parsed.to_string(), parsed.websocket()), (address.to_owned(), websocket.to_owned()));
    }
    assert_eq!(Address::parse("ws://[::1]:6001").unwrap().host, "::1");
    for url in
        ["127.0.0.1:8080", "ftp://host", "http://", "http://user@host", "http://host/?a=b", "http://host/#a"]
    {
        let error = Address::parse(url).unwrap_err();
        assert!(matches!(error, ToolError::Argument(_)) && error.to_string().contains(url), "{error}");
    }
}

#[test]
fn a_tool_goes_where_publishers_go_and_with_local_where_the_server_listens() {
    let env = with_app("REVERB_HOST=ws.example.com\nREVERB_SERVER_PORT=6001\nREVERB_SERVER_PATH=ws\n");
    let public = target(&[(".env", &env)], &TargetOptions::default()).unwrap();
    assert_eq!(public.address.to_string(), "https://ws.example.com/ws");
    assert!(public.address_from.contains("REVERB_HOST") && public.address_from.contains(".env"));
    assert!(public.check_certificate);
    let local = target(&[(".env", &env)], &TargetOptions { local: true, ..Default::default() }).unwrap();
    assert_eq!(local.address.to_string(), "http://127.0.0.1:6001/ws");

    let bare = target(&[(".env", APP)], &TargetOptions::default()).unwrap();
    assert_eq!(bare.address.to_string(), "http://127.0.0.1:8080");
    assert!(bare.address_from.contains("by default"), "{}", bare.address_from);
    let ipv6 = target(&[(".env", &with_app("REVERB_SERVER_HOST=::\n"))], &TargetOptions::default()).unwrap();
    assert_eq!(ipv6.address.to_string(), "http://[::1]:8080");
}

#[test]
fn the_application_is_the_first_or_the_one_that_is_named() {
    let toml = "[[apps]]\nid = \"8\"\nkey = \"other\"\nsecret = \"of-file\"\n";
    let files = [(".env", APP), ("gema.toml", toml)];
    let first = target(&files, &TargetOptions::default()).unwrap();
    assert_eq!((first.id.as_str(), first.key.as_str(), first.secret.expose()), ("7", "key", "secret"));
    assert!(
        first.app_from.contains("REVERB_APP_SECRET") && first.app_from.contains(".env"),
        "{}",
        first.app_from
    );

    let named = TargetOptions { app_id: Some("8".to_owned()), ..Default::default() };
    let second = target(&files, &named).unwrap();
    assert_eq!((second.key.as_str(), second.secret.expose()), ("other", "of-file"));
    assert!(second.app_from.contains("gema.toml"), "{}", second.app_from);

    let unknown = TargetOptions { app_id: Some("9".to_owned()), ..Default::default() };
    let error = target(&files, &unknown).unwrap_err();
    assert_eq!(error.exit(), crate::cli::Exit::Usage);
    assert!(error.to_string().contains("it has 7, 8"), "{error}");
    let rotating = with_app("GEMA_APP_PREVIOUS_SECRET=older\n");
    let rotating = target(&[(".env", &rotating)], &TargetOptions::default()).unwrap();
    assert_eq!(rotating.secret.expose(), "older", "a server that is not reloaded knows it too");
    assert!(rotating.app_from.contains("GEMA_APP_PREVIOUS_SECRET"), "{}", rotating.app_from);
    let development = target(&[], &TargetOptions::default()).unwrap();
    assert_eq!((development.id.as_str(), development.secret.expose()), ("1", "gema-dev-secret"));
}

#[test]
fn arguments_go_over_the_configuration_and_need_none_when_they_say_everything() {
    let text = |text: &str| Some(text.to_owned());
    let all = TargetOptions {
        url: text("https://example.com"),
        app_id: text("1"),
        key: text("k"),
        secret: text("s"),
        insecure: true,
        ..Default::default()
    };
    let complete = all.target(Path::new("nowhere")).unwrap();
    assert_eq!((complete.id.as_str(), complete.key.as_str(), complete.secret.expose()), ("1", "k", "s"));
    assert!(!complete.check_certificate);

    let part = TargetOptions { secret: text("s"), ..Default::default() };
    let mixed = target(&[(".env", APP)], &part).unwrap();
    assert_eq!(
        (mixed.key.as_str(), mixed.secret.expose(), mixed.app_from.as_str()),
        ("key", "s", "--secret")
    );
    let wrong = target(&[(".env", "GEMA_SHARDS=many\n")], &part).unwrap_err();
    assert!(
        matches!(wrong, ToolError::Configuration(_)) && wrong.to_string().contains("GEMA_SHARDS"),
        "{wrong}"
    );
}
