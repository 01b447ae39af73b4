use super::*;

fn load(vars: &[(&str, &str)]) -> Result<BroadcastConfig, Vec<InvalidSetting>> {
    let get = |name: &str| vars.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
    BroadcastConfig::load(&get)
}

fn reverb(vars: &[(&str, &str)]) -> ReverbConnection {
    let app = [
        ("BROADCAST_CONNECTION", "reverb"),
        ("REVERB_APP_ID", "1"),
        ("REVERB_APP_KEY", "key"),
        ("REVERB_APP_SECRET", "secret"),
    ];
    match load(&[vars, &app].concat()).unwrap().connection {
        Connection::Reverb(connection) => connection,
        other => panic!("{other:?}"),
    }
}

fn mistakes(vars: &[(&str, &str)]) -> Vec<String> {
    load(vars).unwrap_err().iter().map(ToString::to_string).collect()
}

#[test]
fn without_settings_nothing_is_sent() {
    assert!(matches!(load(&[]).unwrap().connection, Connection::Null));
    assert!(matches!(load(&[("BROADCAST_CONNECTION", "")]).unwrap().connection, Connection::Null));
    assert!(matches!(load(&[("BROADCAST_CONNECTION", "null")]).unwrap().connection, Connection::Null));
}

#[test]
fn the_new_name_of_the_connection_comes_before_the_old_one() {
    let (new, old) = ("BROADCAST_CONNECTION", "BROADCAST_DRIVER");
    assert!(matches!(load(&[(old, "log")]).unwrap().connection, Connection::Log));
    assert!(matches!(load(&[(new, "log"), (old, "null")]).unwrap().connection, Connection::Log));
    assert!(matches!(load(&[(new, "\"\""), (old, "log")]).unwrap().connection, Connection::Log));
}

#[test]
fn a_server_has_the_defaults_of_laravel() {
    let connection = reverb(&[]);
    assert_eq!(connection.origin(), "https://127.0.0.1:443");
    assert_eq!(connection.path, "");
    assert_eq!(connection.timeout, Duration::from_secs(30));
    assert_eq!(connection.connect_timeout, Duration::from_secs(10));
    assert_eq!(connection.retries, 2);
    assert_eq!(connection.credentials.encryption_key, None);
}

#[test]
fn every_setting_is_read_quoted_or_not() {
    let connection = reverb(&[
        ("REVERB_HOST", "\"localhost\""),
        ("REVERB_PORT", "'8080'"),
        ("REVERB_SCHEME", " http "),
        ("REVERB_SERVER_PATH", "ws/"),
        ("BROADCAST_ENCRYPTION_KEY", "base64:Y0F6UkgzVzlGWk0zaVhxU05JR3RLenR3TnVDejl4TVY="),
        ("BROADCAST_TIMEOUT", "5"),
        ("BROADCAST_CONNECT_TIMEOUT", "1"),
        ("BROADCAST_RETRIES", "0"),
    ]);
    assert_eq!(connection.origin(), "http://localhost:8080");
    assert_eq!(connection.path, "/ws");
    assert_eq!(connection.credentials.key, "key");
    assert_eq!(connection.credentials.secret.expose(), "secret");
    assert!(connection.credentials.encryption_key.is_some());
    assert_eq!(
        (connection.timeout, connection.connect_timeout),
        (Duration::from_secs(5), Duration::from_secs(1))
    );
    assert_eq!(connection.retries, 0);
}

#[test]
fn an_address_of_ipv6_is_put_into_brackets() {
    for host in ["::1", "[::1]"] {
        assert_eq!(reverb(&[("REVERB_HOST", host)]).origin(), "https://[::1]:443");
    }
}

#[test]
fn hosted_pusher_has_variables_of_its_own() {
    let app = [
        ("BROADCAST_CONNECTION", "pusher"),
        ("PUSHER_APP_ID", "2"),
        ("PUSHER_APP_KEY", "k"),
        ("PUSHER_APP_SECRET", "s"),
    ];
    let origin = |vars: &[(&str, &str)]| match load(&[&app, vars].concat()).unwrap().connection {
        Connection::Reverb(connection) => connection.origin(),
        other => panic!("{other:?}"),
    };
    assert_eq!(origin(&[]), "https://api-mt1.pusher.com:443");
    assert_eq!(origin(&[("PUSHER_APP_CLUSTER", "eu")]), "https://api-eu.pusher.com:443");
    assert_eq!(origin(&[("PUSHER_HOST", "soketi"), ("PUSHER_APP_CLUSTER", "eu")]), "https://soketi:443");
}

#[test]
fn all_mistakes_are_told_at_once() {
    let told = mistakes(&[
        ("BROADCAST_CONNECTION", "reverb"),
        ("REVERB_APP_KEY", "key"),
        ("REVERB_APP_SECRET", "''"),
        ("REVERB_HOST", "http://localhost"),
        ("REVERB_PORT", "0"),
        ("REVERB_SCHEME", "ws"),
        ("REVERB_SERVER_PATH", "a/../b"),
        ("BROADCAST_ENCRYPTION_KEY", "hidden!"),
        ("BROADCAST_TIMEOUT", "0"),
        ("BROADCAST_CONNECT_TIMEOUT", "1.5"),
        ("BROADCAST_RETRIES", "-1"),
    ]);
    let expected = [
        "REVERB_APP_ID: it is not set; write the same value as at the server",
        "REVERB_APP_SECRET: it is not set; write the same value as at the server",
        "BROADCAST_ENCRYPTION_KEY: this is no encryption key: it is not base64 (standard alphabet, with padding); \
         write base64 of 32 random bytes, for example the output of `openssl rand -base64 32`",
        "REVERB_SCHEME: `ws` is no scheme; write http or https",
        "REVERB_HOST: `http://localhost` is no host; write the name or the address alone; scheme, port and path have \
         variables of their own",
        "REVERB_PORT: `0` is not in the range; write a number of 1 to 65535",
        "REVERB_SERVER_PATH: `a/../b` is no path prefix; write names of letters, digits, - . _ ~ with slashes between \
         them, for example /ws",
        "BROADCAST_TIMEOUT: `0` is not in the range; write whole seconds, 1 to 3600",
        "BROADCAST_CONNECT_TIMEOUT: `1.5` is not in the range; write whole seconds, 1 to 3600",
        "BROADCAST_RETRIES: `-1` is not in the range; write a number of 0 to 100",
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_connection_that_there_is_not_is_refused() {
    let expected = "BROADCAST_DRIVER: `redis` is no connection; write reverb, pusher, log or null";
    assert_eq!(mistakes(&[("BROADCAST_DRIVER", "redis")]), [expected]);
}

#[test]
fn a_configuration_does_not_show_its_secrets() {
    let connection = reverb(&[("BROADCAST_ENCRYPTION_KEY", "Y0F6UkgzVzlGWk0zaVhxU05JR3RLenR3TnVDejl4TVY=")]);
    let shown = format!("{connection:?}");
    assert!(!shown.contains("\"secret\"") && !shown.contains("99"), "{shown}");
}
