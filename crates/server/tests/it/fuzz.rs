//! The fuzz target of the configuration as a property test, and over what the fuzzer has found worth keeping.

#[expect(unreachable_pub, reason = "public for the fuzzer")]
#[path = "../../../../fuzz/src/configuration.rs"]
mod configuration;

use gema::config::env;
use proptest::{collection::vec, prelude::*};

/// Lines of `.env` and of `gema.toml`, with real names and with values of all kinds.
fn settings() -> impl Strategy<Value = Vec<u8>> {
    let value = prop::sample::select(vec![
        "",
        "0",
        "1",
        "2",
        "65536",
        "-1",
        "true",
        "off",
        "null",
        "localhost",
        "0.0.0.0",
        "127.0.0.1",
        "::1",
        "a.test",
        "a,b",
        "*",
        "ws://x",
        "\"quoted\"",
        "\"open",
        "'x'",
        "${REVERB_APP_KEY}",
        "é",
        "gema-dev-secret",
        "1e9",
        "all",
    ]);
    let variable = prop::sample::select(env::ALL).prop_map(|variable| variable.name);
    let key = prop::sample::select(vec![
        "id",
        "key",
        "secret",
        "previous_secret",
        "host",
        "port",
        "path",
        "shards",
        "ping_interval",
        "max_event_size",
        "max_outbox_size",
        "allowed_origins",
        "nothing",
    ]);
    let table = prop::sample::select(vec!["[server]", "[[apps]]", "[[apps]]", "[apps]", "[other]"]);
    let dotenv = (variable, value.clone()).prop_map(|(name, value)| format!("{name}={value}\n"));
    let assignment = (key, value).prop_map(|(key, value)| format!("{key} = '{value}'\n"));
    let toml =
        (table, vec(assignment, 0..6)).prop_map(|(table, lines)| format!("{table}\n{}", lines.concat()));
    (vec(dotenv, 0..8), vec(toml, 0..4))
        .prop_map(|(dotenv, toml)| format!("{}\0{}", dotenv.concat(), toml.concat()).into_bytes())
}

#[test]
fn the_corpus_of_the_configuration_holds() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus/configuration");
    let files: Vec<_> = std::fs::read_dir(folder).unwrap().collect();
    assert!(!files.is_empty());
    for file in files {
        configuration::read(&std::fs::read(file.unwrap().path()).unwrap());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn settings_can_be_served_or_every_mistake_is_told(data in settings()) {
        configuration::read(&data);
    }
}
