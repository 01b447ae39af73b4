//! What each setting is, and where it is from.

use super::*;

fn shown(vars: &HashMap<String, String>, file: Option<&GemaToml>) -> Vec<SettingGroup> {
    let config = Config::load(&Flags::default(), vars, file).unwrap();
    super::super::settings::settings(&Flags::default(), vars, file, &config)
}

fn value<'a>(groups: &'a [SettingGroup], title: &str, name: &str) -> (&'a str, Option<&'a Origin>) {
    let group = groups.iter().find(|group| group.title == title).unwrap();
    let setting = group.settings.iter().find(|setting| setting.name == name).unwrap();
    (&setting.value, setting.origin.as_ref())
}

#[test]
fn every_variable_is_shown_once_with_what_it_is() {
    for groups in [shown(&vars(&[]), None), shown(&vars(&APP), None)] {
        let names: Vec<_> =
            groups.iter().flat_map(|group| &group.settings).map(|setting| setting.name).collect();
        for variable in env::ALL {
            assert_eq!(names.iter().filter(|name| **name == variable.name).count(), 1, "{}", variable.name);
        }
        assert_eq!(names.len(), env::ALL.len());
    }
}

#[test]
fn every_key_of_an_application_is_shown_for_one_of_the_file() {
    let file = toml("[[apps]]\nid = \"8\"\nkey = \"k\"\nsecret = \"s3cr3t\"\nping_interval = 7\n");
    let groups = shown(&vars(&[]), Some(&file));
    assert_eq!(
        groups.iter().map(|group| group.title.as_str()).collect::<Vec<_>>(),
        ["Server", "Application 8", "Accepted without effect"]
    );
    for key in env::ALL.iter().filter_map(|variable| file::app_key(variable.place)) {
        value(&groups, "Application 8", key);
    }
    assert_eq!(
        value(&groups, "Application 8", "ping_interval"),
        ("7", Some(&Origin::File("gema.toml".into())))
    );
    assert_eq!(value(&groups, "Application 8", "secret").0, MASK);
    assert_eq!(value(&groups, "Application 8", "activity_timeout"), ("30", None));
}

#[test]
fn what_depends_on_other_settings_is_shown_as_it_has_become() {
    let groups = shown(&vars(&[&APP[..], &[("REVERB_MAX_REQUEST_SIZE", "500000")]].concat()), None);
    assert_eq!(value(&groups, "Application 123456", "GEMA_APP_MAX_EVENT_SIZE"), ("500000", None));
    assert_eq!(value(&groups, "Application 123456", "GEMA_APP_MAX_OUTBOX_SIZE"), ("2000000", None));
    assert_eq!(value(&groups, "Server", "REVERB_SERVER_HOST"), ("0.0.0.0", None));
    assert!(value(&groups, "Server", "GEMA_SHARDS").0.parse::<usize>().is_ok());

    let groups = shown(&vars(&[("GEMA_APP_ALLOWED_ORIGINS", "a.example,b.example")]), None);
    let development = "Development application";
    assert_eq!(value(&groups, development, "REVERB_APP_ALLOWED_ORIGINS"), ("a.example,b.example", None));
    assert_eq!(
        value(&groups, development, "GEMA_APP_ALLOWED_ORIGINS"),
        ("a.example,b.example", Some(&Origin::Environment))
    );
    assert_eq!(value(&groups, development, "REVERB_APP_KEY"), ("gema-dev-key", None));
    assert_eq!(value(&groups, "Server", "REVERB_SERVER_HOST"), ("127.0.0.1", None));
}

#[test]
fn secrets_are_masked_wherever_they_are() {
    let secrets = [
        ("REDIS_PASSWORD", "s3cr3t-1"),
        ("REDIS_URL", "redis://:s3cr3t-2@host"),
        ("REVERB_APP_SECRET", "s3cr3t-3"),
    ];
    let file = toml("[[apps]]\nid = \"8\"\nkey = \"k\"\nsecret = \"s3cr3t-4\"\n");
    let groups = shown(&vars(&[&APP[..], &secrets].concat()), Some(&file));
    assert!(!format!("{groups:?}").contains("s3cr3t"), "{groups:?}");
}

#[test]
fn an_application_of_the_file_that_is_replaced_is_not_shown() {
    let file = toml(
        "[[apps]]\nid = \"123456\"\nkey = \"k\"\nsecret = \"s\"\n[[apps]]\nid = \"8\"\nkey = \"l\"\nsecret = \"s\"\n",
    );
    let titles: Vec<_> = shown(&vars(&APP), Some(&file)).into_iter().map(|group| group.title).collect();
    assert_eq!(titles, ["Server", "Application 123456", "Application 8", "Accepted without effect"]);
}

#[test]
fn every_setting_that_deployments_and_their_documents_name_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = vec![root.join("docs/operations.md"), root.join("docs/migrating-from-reverb.md")];
    let mut folders = vec![root.join("deploy")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    let mut named = 0;
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let words = text.split(|c: char| !c.is_ascii_uppercase() && !c.is_ascii_digit() && c != '_');
        for name in words.filter(|word| word.starts_with("GEMA_") || word.starts_with("REVERB_")) {
            named += 1;
            // Such as `REVERB_APP_RATE_LIMIT_*`: a group of settings.
            let is_group =
                name.ends_with('_') && env::ALL.iter().any(|variable| variable.name.starts_with(name));
            let is_known = env::find(name).is_some() || name == crate::config::sources::GEMA_CONFIG;
            assert!(is_group || is_known, "{}: {name}", file.display());
        }
    }
    assert!(named > 20, "{named}");
}
