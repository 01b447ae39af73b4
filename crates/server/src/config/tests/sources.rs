//! Where settings come from, and who wins.

use std::fs;

use super::*;

const FILE_APP: &str = "[[apps]]\nid = '123456'\nkey = 'of-file'\nsecret = 's'\n";

/// The `.env` of a Laravel application after `php artisan reverb:install`.
const LARAVEL: &str = r#"APP_NAME=Laravel
APP_ENV=local
APP_KEY=base64:xPTBnmzyAqsTSrCTWqPTCsVCwQ3HQFb1FGJd7VYNfzU=
APP_DEBUG=true
APP_URL=http://localhost
# APP_MAINTENANCE_STORE=database
BCRYPT_ROUNDS=12

DB_CONNECTION=sqlite
# DB_HOST=127.0.0.1
SESSION_DOMAIN=null
BROADCAST_CONNECTION=reverb
REDIS_CLIENT=phpredis
REDIS_HOST=127.0.0.1
REDIS_PASSWORD=null
REDIS_PORT=6379
MAIL_FROM_ADDRESS="hello@example.com"
MAIL_FROM_NAME="${APP_NAME}"
AWS_ACCESS_KEY_ID=

REVERB_APP_ID=482910
REVERB_APP_KEY=k1k1k1k1k1k1k1k1k1k1
REVERB_APP_SECRET=s2s2s2s2s2s2s2s2s2s2
REVERB_HOST="localhost"
REVERB_PORT=8080
REVERB_SCHEME=http

VITE_APP_NAME="${APP_NAME}"
VITE_REVERB_APP_KEY="${REVERB_APP_KEY}"
VITE_REVERB_HOST="${REVERB_HOST}"
VITE_REVERB_PORT="${REVERB_PORT}"
VITE_REVERB_SCHEME="${REVERB_SCHEME}"
"#;

fn flags(host: &str) -> Flags {
    Flags { host: Some(host.to_owned()), ..Flags::default() }
}

fn environment(process: &[(&str, &str)], dotenv: &str) -> Environment {
    let (environment, errors) = Environment::layered(vars(process), Path::new(".env"), dotenv);
    assert_eq!(errors, []);
    environment
}

#[test]
fn the_env_file_of_a_laravel_application_works_as_it_is() {
    let config = Config::load(&Flags::default(), &environment(&[], LARAVEL), None).unwrap();
    assert_eq!(config.apps.len(), 1);
    assert_eq!(config.apps[0].id, "482910");
    assert_eq!(config.apps[0].key, "k1k1k1k1k1k1k1k1k1k1");
    assert_eq!((config.server.host.as_str(), config.server.port), ("0.0.0.0", 8080));
    assert_eq!(config.server.hostname.as_deref(), Some("localhost"));
    assert_eq!((config.server.public_scheme, config.server.public_port), (Scheme::Http, 8080));
    assert_eq!(config.without_effect, ["REDIS_HOST", "REDIS_PORT"]);
}

#[test]
fn flag_over_environment_over_env_file_over_toml_over_default() {
    let dotenv = "REVERB_SERVER_HOST=10.0.0.3\nREVERB_SERVER_PORT=3\nREVERB_SERVER_PATH=three\n";
    let process = [&APP[..], &[("REVERB_SERVER_HOST", "10.0.0.2"), ("REVERB_SERVER_PORT", "2")]].concat();
    let text = "[server]\nhost = '10.0.0.4'\nport = 4\npath = 'four'\nhostname = 'four.test'\n";
    let vars = environment(&process, dotenv);
    let server = Config::load(&flags("10.0.0.1"), &vars, Some(&toml(text))).unwrap().server;
    assert_eq!((server.host.as_str(), server.port), ("10.0.0.1", 2));
    assert_eq!((server.path.as_str(), server.hostname.as_deref()), ("/three", Some("four.test")));
    assert_eq!(server.public_port, 443);
}

#[test]
fn the_origin_of_a_mistake_is_told() {
    let broken = |process: &[(&str, &str)], dotenv: &str, text: &str| {
        let result = Config::load(&flags(""), &environment(process, dotenv), Some(&toml(text)));
        result.unwrap_err()[0].origin.clone()
    };
    let text = "[server]\nport = 'x'\n";
    assert_eq!(broken(&[("REVERB_SERVER_PORT", "x")], "REVERB_SERVER_PORT=y", text), Origin::Environment);
    assert_eq!(broken(&[], "REVERB_SERVER_PORT=y", text), Origin::DotEnv(".env".into()));
    assert_eq!(broken(&[], "", text), Origin::File("gema.toml".into()));
    assert_eq!(broken(&[], "GEMA_SHARD=1", ""), Origin::DotEnv(".env".into()));
}

#[test]
fn null_and_blank_are_not_set() {
    let text = "[server]\nport = 9000\nhostname = 'of-file.test'\n";
    for blank in ["null", "(null)", "NULL", "", " ", "empty", "(empty)"] {
        let vars = vars(&[&APP[..], &[("REVERB_SERVER_PORT", blank), ("REVERB_HOST", blank)]].concat());
        let flags = Flags { path: Some(String::new()), ..Flags::default() };
        let server = Config::load(&flags, &vars, Some(&toml(text))).unwrap().server;
        assert_eq!((server.port, server.hostname.as_deref()), (9000, Some("of-file.test")), "{blank:?}");
    }
}

#[test]
fn a_blank_path_takes_the_path_of_the_file_away() {
    let vars = vars(&[&APP[..], &[("REVERB_SERVER_PATH", "")]].concat());
    let config = Config::load(&Flags::default(), &vars, Some(&toml("[server]\npath = 'ws'"))).unwrap();
    assert_eq!(config.server.path.as_str(), "");
}

#[test]
fn the_application_of_the_environment_comes_first_and_replaces_its_namesake() {
    let text = format!("{FILE_APP}[[apps]]\nid = '2'\nkey = 'two'\nsecret = 's'\nping_interval = 5\n");
    let config = Config::load(&Flags::default(), &vars(&APP), Some(&toml(&text))).unwrap();
    let apps: Vec<_> = config.apps.iter().map(|app| (app.number.0, app.key.as_str())).collect();
    assert_eq!(apps, [(0, "the-key"), (1, "two")]);
    assert_eq!(config.apps[1].ping_interval.as_secs(), 5);
}

#[test]
fn the_file_has_lists_and_numbers() {
    let text = format!("{FILE_APP}allowed_origins = ['a.test', 'b.test']\nwatchlists = false\n");
    let config = Config::load(&Flags::default(), &vars(&[]), Some(&toml(&text))).unwrap();
    assert_eq!(config.apps[0].allowed_origins, ["a.test", "b.test"]);
    assert!(!config.apps[0].watchlists);
}

#[test]
fn mistakes_of_the_file() {
    let twice = "[[apps]] number 2: id (gema.toml): `123456` belongs to another application already. Give each \
                 application its own.";
    let again = twice.replace(" id ", " key ").replace("123456", "of-file");
    let of_type = "Give a text, a number, true or false; or a list of texts, where there can be several.";
    let tables = "Write settings of the server under [server], each application under [[apps]].";
    let cases = [
        (format!("{FILE_APP}{FILE_APP}"), vec![twice.to_owned(), again]),
        (
            "[server]\nmax_request_size = {}".to_owned(),
            vec![format!("[server] max_request_size (gema.toml): is of the type table. {of_type}")],
        ),
        ("server = 1".to_owned(), vec![format!("server (gema.toml): is not a table. {tables}")]),
        ("apps = [1]".to_owned(), vec![format!("apps (gema.toml): is not a table. {tables}")]),
        (
            "serve = {}".to_owned(),
            vec!["serve (gema.toml): is not a setting. Did you mean `server`?".to_owned()],
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(
            messages(Config::load(&Flags::default(), &vars(&[]), Some(&toml(&text)))),
            expected,
            "{text}"
        );
    }
}

#[test]
fn broken_toml_is_told_with_its_line_and_without_its_text() {
    let error = GemaToml::parse(Path::new("gema.toml"), "[server]\n[[apps]]\nsecret = s3cr3t\n").unwrap_err();
    let message = error[0].to_string();
    assert!(message.starts_with("line 3 (gema.toml): is not TOML: "), "{message}");
    assert!(!message.contains("s3cr3t"), "{message}");
}

#[test]
fn without_an_application_there_is_one_for_this_machine() {
    let load = |flags: &Flags, pairs: &[(&str, &str)]| Config::load(flags, &vars(pairs), None);
    let config = load(&Flags::default(), &[("REVERB_APP_PING_INTERVAL", "5")]).unwrap();
    assert!(config.development);
    assert_eq!(config.server.host, "127.0.0.1");
    let app = &config.apps[0];
    assert_eq!((app.id.as_str(), app.key.as_str(), app.ping_interval.as_secs()), ("1", "gema-dev-key", 5));

    for host in ["127.0.0.1", "127.0.0.9", "::1", "localhost"] {
        assert_eq!(load(&flags(host), &[]).unwrap().server.host, host);
    }
    assert_eq!(
        messages(load(&flags("0.0.0.0"), &[])),
        ["flag --host: `0.0.0.0` can be reached from elsewhere, but the credentials are those of the \
          development application. Configure an application of your own, for example with `gema init`, or listen on \
          127.0.0.1."]
    );
    assert_eq!(messages(load(&Flags::default(), &[("REVERB_SERVER_HOST", "example.com")])).len(), 1);
}

#[test]
fn configured_development_credentials_stay_on_this_machine() {
    let pasted = [
        ("REVERB_APP_ID", "1"),
        ("REVERB_APP_KEY", "gema-dev-key"),
        ("REVERB_APP_SECRET", "gema-dev-secret"),
    ];
    let config = Config::load(&Flags::default(), &vars(&pasted), None).unwrap();
    assert!(config.development);
    assert_eq!((config.apps.len(), config.server.host.as_str()), (1, "127.0.0.1"));
    assert_eq!(messages(Config::load(&flags("0.0.0.0"), &vars(&pasted), None)).len(), 1);

    let previous = [("REVERB_APP_SECRET", "my-own"), ("GEMA_APP_PREVIOUS_SECRET", "gema-dev-secret")];
    let replaced = vars(&[&pasted[..2], &previous].concat());
    assert!(Config::load(&Flags::default(), &replaced, None).unwrap().development);
    assert_eq!(messages(Config::load(&flags("0.0.0.0"), &replaced, None)).len(), 1);
}

#[test]
fn the_files_of_a_directory_are_read() {
    let directory = tempfile::tempdir().unwrap();
    let load = |config: Option<&Path>| {
        let (environment, mistakes) = Environment::read(vars(&[]), directory.path());
        Sources::of_directory(environment, mistakes, directory.path(), config).config(&Flags::default())
    };
    fs::write(directory.path().join(".env"), "GEMA_SHARDS=3\nBROKEN LINE\n").unwrap();
    fs::write(directory.path().join("gema.toml"), FILE_APP).unwrap();
    fs::write(directory.path().join("broken.toml"), "port 8080").unwrap();

    let errors = load(Some(Path::new("broken.toml"))).unwrap_err();
    let settings: Vec<_> = errors.iter().map(|error| error.setting.as_str()).collect();
    assert_eq!(settings, ["line 2", "line 1"]);
    assert_eq!(load(Some(Path::new("absent.toml"))).unwrap_err().len(), 2);

    fs::write(directory.path().join(".env"), "GEMA_SHARDS=3\n").unwrap();
    let config = load(None).unwrap();
    assert_eq!((config.server.shards, config.apps[0].key.as_str()), (3, "of-file"));
}
