//! `gema config` and `gema completions`.

use gema_testkit::TestServer;
use serde_json::Value;

use super::{run, run_with};
use crate::process::directory;

#[tokio::test]
async fn check_reports_every_mistake_or_says_what_is_configured() {
    let directory = directory();
    let path = directory.path().join(".env");
    std::fs::write(&path, "REVERB_APP_ID=1\nREVERB_APP_KEY=key\nGEMA_SHARDS=many\n").unwrap();
    let answer = run_with(&directory, &["config", "check", "--port", "eighty"], |command| {
        command.env("GEMA_SHARD", "4");
    });
    answer
        .await
        .failure(2, &["--port", "GEMA_SHARDS (./.env)", "GEMA_SHARD (environment)", "REVERB_APP_SECRET"]);

    std::fs::write(&path, "REVERB_APP_ID=1\nREVERB_APP_KEY=key\nREVERB_APP_SECRET=s3cr3t\nREDIS_HOST=x\n")
        .unwrap();
    let out = run_with(&directory, &["config", "check"], |_| ()).await.success();
    assert_eq!(
        out,
        "The configuration is right: application 1, on 0.0.0.0:8080.\nKnown and without effect here: REDIS_HOST.\n"
    );
    std::fs::write(&path, "PUSHER_APP_ID=1\nREVERB_VERIFY_SSL=false\n").unwrap();
    let out = run_with(&directory, &["config", "check"], |_| ()).await.success();
    assert!(out.contains("\nWarning: REVERB_VERIFY_SSL (./.env): has no effect here. "), "{out}");
    assert!(out.contains("\nWarning: PUSHER_APP_ID (./.env): makes no application here"), "{out}");
    let out = run(&["config", "check", "--path", "ws", "--host", "::1"]).await.success();
    assert_eq!(
        out,
        "The configuration is right: the development application, for this machine only, on [::1]:8080/ws.\n"
    );
}

#[tokio::test]
async fn print_tells_each_value_and_its_origin_and_no_secret() {
    let directory = directory();
    std::fs::write(
        directory.path().join(".env"),
        "REVERB_APP_ID=7\nREVERB_APP_KEY=key\nREVERB_APP_SECRET=s3cr3t-env\nREDIS_PASSWORD=s3cr3t-redis\nGEMA_SHARDS=3\n",
    )
    .unwrap();
    std::fs::write(
        directory.path().join("gema.toml"),
        "[server]\nhttp_idle_timeout = 5\nshards = 9\n[[apps]]\nid = 8\nkey = \"other\"\nsecret = \"s3cr3t-file\"\n",
    )
    .unwrap();
    let arguments = ["config", "print", "--origin", "--port", "9000"];
    let out = run_with(&directory, &arguments, |command| {
        command.env("GEMA_SHUTDOWN_GRACE", "1");
    });
    let out = out.await.success();
    let words = |name: &str| -> Vec<&str> {
        let line = out.lines().find(|line| line.trim_start().starts_with(&format!("{name} ")));
        line.unwrap_or_else(|| panic!("no {name} in {out}")).split_whitespace().skip(1).collect()
    };
    assert_eq!(words("REVERB_SERVER_PORT"), ["9000", "flag", "--port"]);
    assert_eq!(words("GEMA_SHUTDOWN_GRACE"), ["1", "environment"]);
    assert_eq!(words("GEMA_SHARDS"), ["3", "./.env"]);
    assert_eq!(words("GEMA_HTTP_IDLE_TIMEOUT"), ["5", "./gema.toml"]);
    assert_eq!(words("GEMA_REQUEST_TIMEOUT"), ["30", "default"]);
    assert_eq!(words("REVERB_APP_SECRET"), ["********", "./.env"]);
    assert_eq!(words("secret"), ["********", "./gema.toml"]);
    assert!(out.contains("\nApplication 7\n") && out.contains("\nApplication 8\n"), "{out}");
    assert!(!out.contains("s3cr3t"), "{out}");

    let plain = run_with(&directory, &["config", "print"], |_| ()).await.success();
    std::fs::write(directory.path().join(".env.staging"), "GEMA_SHARDS=4\n").unwrap();
    let staging = run_with(&directory, &["config", "print", "--origin"], |command| {
        command.env("APP_ENV", "staging");
    });
    let staging = staging.await.success();
    assert!(staging.contains("./.env.staging") && !staging.contains("./.env\n"), "{staging}");
    assert!(!plain.contains(".env") && plain.contains("GEMA_SHARDS"), "{plain}");
    let json = run_with(&directory, &["config", "print", "--json"], |_| ()).await.success();
    assert!(!json.contains("s3cr3t"), "{json}");
    let entries: Vec<Value> = serde_json::from_str(&json).unwrap();
    let shards = entries.iter().find(|entry| entry["name"] == "GEMA_SHARDS").unwrap();
    assert_eq!((&shards["value"], &shards["origin"]), (&"3".into(), &"./.env".into()));
    std::fs::write(directory.path().join(".env"), "GEMA_SHARDS=many\n").unwrap();
    run_with(&directory, &["config", "print"], |_| ()).await.failure(2, &["GEMA_SHARDS"]);
}

#[tokio::test]
async fn print_tells_each_webhook_without_what_may_be_secret_in_it() {
    let directory = directory();
    let file = "[[apps]]\nid = 8\nkey = \"k\"\nsecret = \"s3cr3t\"\nwebhook_url = \"http://a.test/own?t=s3cr3t\"\n\
        [[apps.webhooks]]\nurl = \"https://u:s3cr3t@b.test/first\"\nevents = [\"cache_miss\"]\n\
        headers = { Authorization = \"s3cr3t\", X-Team = \"s3cr3t\" }\n\
        [[apps.webhooks]]\nurl = \"https://c.test/second\"\n";
    std::fs::write(directory.path().join("gema.toml"), file).unwrap();
    let json = run_with(&directory, &["config", "print", "--json"], |_| ()).await.success();
    assert!(!json.contains("s3cr3t"), "{json}");
    let entries: Vec<Value> = serde_json::from_str(&json).unwrap();
    let check = |group: &str, name: &str, value: &str, origin: &str| {
        let found = entries.iter().find(|entry| entry["group"] == group && entry["name"] == name);
        let found = found.unwrap_or_else(|| panic!("no {name} of {group}: {json}"));
        assert_eq!((&found["value"], &found["origin"]), (&value.into(), &origin.into()));
    };
    check("Application 8", "webhook_url", "http://a.test/own?********", "./gema.toml");
    let (first, second) = ("Application 8, webhook 1", "Application 8, webhook 2");
    check(first, "url", "https://********@b.test/first", "./gema.toml");
    check(first, "events", "cache_miss", "./gema.toml");
    check(first, "headers", "Authorization: ********, X-Team: ********", "./gema.toml");
    check(first, "timeout", "4", "default");
    check(second, "url", "https://c.test/second", "./gema.toml");
    check(second, "headers", "(none)", "default");
    let table = run_with(&directory, &["config", "print"], |_| ()).await.success();
    assert!(table.contains("(the system's)") && table.contains("\nApplication 8, webhook 2\n"), "{table}");
}

#[tokio::test]
async fn the_file_may_be_named_by_a_variable_for_every_command() {
    let server = TestServer::start(|builder| builder);
    let directory = directory();
    let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
    let port = server.address().port();
    let app = "[[apps]]\nid = 4711\nkey = \"test-key\"\nsecret = \"test-secret\"\n";
    write("named.toml", &format!("[server]\nport = {port}\n{app}"));
    write("flag.toml", "[[apps]]\nid = 9\nkey = \"k\"\nsecret = \"s\"\n");
    write("gema.toml", "[server]\nshards = \"many\"\n");
    let run = async |arguments: &[&str], config: &'static str| {
        run_with(&directory, arguments, |command| {
            command.env("GEMA_CONFIG", config);
        })
        .await
    };
    for arguments in [&["config", "check"][..], &["health"], &["channels"]] {
        run(arguments, "named.toml").await.success();
    }
    let out = run(&["config", "check", "--config", "flag.toml"], "named.toml").await.success();
    assert!(out.contains("application 9"), "{out}");
    run(&["config", "check"], "nowhere.toml").await.failure(2, &["nowhere.toml"]);
    run(&["config", "check"], "").await.failure(2, &["./gema.toml"]);
    write(".env", "GEMA_CONFIG=flag.toml\n");
    let out = run_with(&directory, &["config", "check"], |_| ()).await.success();
    assert!(out.contains("application 9"), "{out}");
    server.stop().await;
}

#[tokio::test]
async fn every_shell_gets_completions_of_every_command() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let out = run(&["completions", shell]).await.success();
        for word in ["start", "trigger", "listen", "channels", "users", "health", "config"] {
            assert!(out.contains(word), "{shell}: {word}");
        }
    }
    run(&["completions", "tcsh"]).await.failure(2, &["bash"]);
}
