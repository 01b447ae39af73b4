//! The file `gema.toml`: a table `[server]` and any number of `[[apps]]`.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use toml::{Table, Value};

use super::{
    InvalidSetting, Origin,
    env::{self, Place},
    nearest,
};

/// The key of an application's list of webhooks.
const WEBHOOKS: &str = "webhooks";
/// The key of the table of headers of a webhook.
pub(super) const WEBHOOK_HEADERS: &str = "headers";

/// A parsed `gema.toml`. What its values mean is found out by [`Config::load`](super::Config::load).
#[derive(Clone)]
pub struct GemaToml {
    path: PathBuf,
    table: Table,
}

impl GemaToml {
    /// Reads the file, which must exist.
    ///
    /// # Errors
    ///
    /// It cannot be read or is not TOML.
    pub fn read(path: &Path) -> Result<Self, Vec<InvalidSetting>> {
        let text = fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
        Self::parse(path, &text)
    }

    /// Reads the file, if it exists.
    ///
    /// # Errors
    ///
    /// It cannot be read or is not TOML.
    pub fn read_if_present(path: &Path) -> Result<Option<Self>, Vec<InvalidSetting>> {
        match fs::read_to_string(path) {
            Ok(text) => Self::parse(path, &text).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unreadable(path, &error)),
        }
    }

    /// Parses the text of a file; the path is for messages only.
    ///
    /// # Errors
    ///
    /// The text is not TOML.
    pub fn parse(path: &Path, text: &str) -> Result<Self, Vec<InvalidSetting>> {
        let table = text.parse().map_err(|error: toml::de::Error| {
            // The error's own text quotes the line, which may hold a secret.
            let start = error.span().map_or(0, |span| span.start);
            let number = text.get(..start).unwrap_or(text).matches('\n').count() + 1;
            vec![InvalidSetting {
                setting: format!("line {number}"),
                origin: Origin::File(path.to_owned()),
                value: None,
                reason: format!("is not TOML: {}", error.message()),
                remedy: "Write key = value, with quotes around texts.".to_owned(),
            }]
        })?;
        Ok(Self { path: path.to_owned(), table })
    }

    pub(super) fn origin(&self) -> Origin {
        Origin::File(self.path.clone())
    }

    pub(super) fn server(&self) -> Option<&Table> {
        self.table.get("server")?.as_table()
    }

    pub(super) fn apps(&self) -> impl Iterator<Item = &Table> {
        let apps = self.table.get("apps").and_then(Value::as_array);
        apps.into_iter().flatten().filter_map(Value::as_table)
    }

    /// Keys that nobody knows, and tables that are none.
    pub(super) fn mistakes(&self) -> Vec<InvalidSetting> {
        let mut mistakes = Vec::new();
        for (key, value) in &self.table {
            let right = match key.as_str() {
                "server" => value.is_table(),
                "apps" => value.as_array().is_some_and(|apps| apps.iter().all(Value::is_table)),
                _ => {
                    mistakes.push(self.unknown(key, key, &["server", "apps"]));
                    continue;
                }
            };
            if !right {
                mistakes.push(InvalidSetting {
                    setting: key.clone(),
                    origin: self.origin(),
                    value: None,
                    reason: "is not a table".to_owned(),
                    remedy: "Write settings of the server under [server], each application under [[apps]]."
                        .to_owned(),
                });
            }
        }
        if let Some(server) = self.server() {
            let known: Vec<_> = env::ALL.iter().filter_map(|variable| server_key(variable.place)).collect();
            let unknown = server.keys().filter(|key| !known.contains(&key.as_str()));
            mistakes.extend(unknown.map(|key| self.unknown(&format!("[server] {key}"), key, &known)));
        }
        let known: Vec<_> = env::ALL.iter().filter_map(|variable| app_key(variable.place)).collect();
        for (index, app) in self.apps().enumerate() {
            let unknown = app.keys().filter(|key| *key != WEBHOOKS && !known.contains(&key.as_str()));
            let setting = |key: &str| format!("{} {key}", app_label(index));
            mistakes.extend(unknown.map(|key| self.unknown(&setting(key), key, &known)));
            self.webhook_mistakes(index, app, &mut mistakes);
        }
        mistakes
    }

    fn webhook_mistakes(&self, index: usize, app: &Table, mistakes: &mut Vec<InvalidSetting>) {
        let is_tables =
            |value: &Value| value.as_array().is_some_and(|tables| tables.iter().all(Value::is_table));
        if app.get(WEBHOOKS).is_some_and(|value| !is_tables(value)) {
            mistakes.push(InvalidSetting {
                setting: format!("{} {WEBHOOKS}", app_label(index)),
                origin: self.origin(),
                value: None,
                reason: "is not a list of tables".to_owned(),
                remedy: "Write each webhook under [[apps.webhooks]], behind its application.".to_owned(),
            });
        }
        let keys = env::ALL.iter().filter_map(|variable| webhook_key(variable.place));
        let known: Vec<_> = keys.chain([WEBHOOK_HEADERS]).collect();
        for (number, webhook) in webhook_tables(app).enumerate() {
            let unknown = webhook.keys().filter(|key| !known.contains(&key.as_str()));
            let setting = |key: &str| format!("{} {key}", webhook_label(index, number));
            mistakes.extend(unknown.map(|key| self.unknown(&setting(key), key, &known)));
        }
    }

    fn unknown(&self, setting: &str, key: &str, known: &[&str]) -> InvalidSetting {
        InvalidSetting {
            setting: setting.to_owned(),
            origin: self.origin(),
            value: None,
            reason: "is not a setting".to_owned(),
            remedy: nearest::advice(key, known.iter().copied()),
        }
    }
}

impl std::fmt::Debug for GemaToml {
    /// The path only: the table holds secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("GemaToml").field(&self.path).finish()
    }
}

/// How messages call the application at this place of the file.
pub(super) fn app_label(index: usize) -> String {
    format!("[[apps]] number {}:", index + 1)
}

/// How messages call the webhook at this place of an application.
pub(super) fn webhook_label(app: usize, webhook: usize) -> String {
    format!("[[apps]] number {}, [[apps.webhooks]] number {}:", app + 1, webhook + 1)
}

/// The tables of an application's webhooks.
pub(super) fn webhook_tables(app: &Table) -> impl Iterator<Item = &Table> {
    let webhooks = app.get(WEBHOOKS).and_then(Value::as_array);
    webhooks.into_iter().flatten().filter_map(Value::as_table)
}

/// The key of a setting in a table of a webhook.
pub(super) fn webhook_key(place: Place) -> Option<&'static str> {
    app_key(place)?.strip_prefix("webhook_")
}

pub(super) fn server_key(place: Place) -> Option<&'static str> {
    match place {
        Place::Server(key) => Some(key),
        Place::App(_) | Place::Alias(_) | Place::Accepted => None,
    }
}

pub(super) fn app_key(place: Place) -> Option<&'static str> {
    match place {
        Place::App(key) => Some(key),
        Place::Server(_) | Place::Alias(_) | Place::Accepted => None,
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Vec<InvalidSetting> {
    vec![InvalidSetting {
        setting: "file".to_owned(),
        origin: Origin::File(path.to_owned()),
        value: None,
        reason: format!("cannot be read: {error}"),
        remedy: "Give the path of a readable text file to --config, or leave the flag out.".to_owned(),
    }]
}
