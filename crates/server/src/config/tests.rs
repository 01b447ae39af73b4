//! Tests of the loader.

use std::collections::{BTreeSet, HashMap};

use super::*;

mod effects;
mod mistakes;
mod settings;
mod sources;
mod tls;
mod warnings;

/// Credentials with which the environment has an application.
const APP: [(&str, &str); 3] =
    [("REVERB_APP_ID", "123456"), ("REVERB_APP_KEY", "the-key"), ("REVERB_APP_SECRET", "the-secret")];

fn vars(pairs: &[(&str, &str)]) -> HashMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn toml(text: &str) -> GemaToml {
    GemaToml::parse(Path::new("gema.toml"), text).unwrap()
}

/// The configuration of these variables, with an application.
fn with_app(pairs: &[(&str, &str)]) -> Config {
    Config::load(&Flags::default(), &vars(&[&APP[..], pairs].concat()), None).unwrap()
}

/// What is wrong with these variables, with an application.
fn mistakes_with_app(pairs: &[(&str, &str)]) -> Vec<String> {
    let variables = vars(&[&APP[..], pairs].concat());
    messages(Config::load(&Flags::default(), &variables, None))
}

fn messages(result: Result<Config, Vec<InvalidSetting>>) -> Vec<String> {
    result.unwrap_err().iter().map(ToString::to_string).collect()
}

#[test]
fn names_and_keys_are_unique_and_defaults_are_right() {
    let names: BTreeSet<_> = env::ALL.iter().map(|variable| variable.name).collect();
    assert_eq!(names.len(), env::ALL.len());
    for key in [file::server_key, file::app_key] {
        let keys: Vec<_> = env::ALL.iter().filter_map(|variable| key(variable.place)).collect();
        assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len());
    }
}

#[test]
fn the_reference_page_names_every_variable() {
    let page = reference_markdown();
    for variable in env::ALL {
        let row = format!("| `{}` |", variable.name);
        assert_eq!(page.matches(&row).count(), 1, "{}", variable.name);
    }
    assert!(page.contains(
        "| `REVERB_SERVER_PORT` | `port` | `8080` | Port to listen on. Not the public port, which is `REVERB_PORT`. |"
    ));
    assert!(page.lines().filter(|line| line.starts_with("| ")).all(|line| line.matches('|').count() == 5));
}

#[test]
fn secrets_are_not_shown() {
    let vars = vars(&APP);
    let config = Config::load(&Flags::default(), &vars, None).unwrap();
    assert!(!format!("{config:?}").contains("the-secret"));
    let (environment, _) = Environment::layered(vars, Path::new(".env"), "");
    assert!(!format!("{environment:?}").contains("the-secret"));
    assert!(!format!("{:?}", toml("[[apps]]\nsecret = 'the-secret'")).contains("the-secret"));
}

#[test]
fn the_reference_page_is_up_to_date() {
    let page = include_str!("../../../../docs/configuration.md");
    assert_eq!(page, super::reference_markdown(), "`gema reference > docs/configuration.md` writes it anew");
}
