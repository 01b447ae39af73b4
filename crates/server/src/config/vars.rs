//! The environment of the process over the `.env` file of the working directory.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    InvalidSetting, Origin,
    dotenv::{self, Content, Entry, Problem},
    nearest::PREFIXES,
};

/// A set of variables; a map in tests.
pub trait Vars {
    /// The value of a variable, as it is written.
    fn get(&self, key: &str) -> Option<String>;

    /// The names of all variables.
    fn names(&self) -> Vec<String>;

    /// Where the value of a variable is from.
    fn origin(&self, _key: &str) -> Origin {
        Origin::Environment
    }
}

/// Variables of a process, over those of a `.env` file.
#[derive(Default)]
pub struct Environment {
    process: BTreeMap<String, String>,
    dotenv: BTreeMap<String, String>,
    path: PathBuf,
}

impl Environment {
    /// These variables of a process over `.env` in the directory, and what is wrong with that file.
    #[must_use]
    pub fn read(
        process: impl IntoIterator<Item = (String, String)>,
        directory: &Path,
    ) -> (Self, Vec<InvalidSetting>) {
        Self::read_named(None, process, directory)
    }

    /// The same; `.env.NAME` is read in the place of `.env` where it exists.
    #[must_use]
    pub fn read_named(
        name: Option<&str>,
        process: impl IntoIterator<Item = (String, String)>,
        directory: &Path,
    ) -> (Self, Vec<InvalidSetting>) {
        let process: BTreeMap<_, _> = process.into_iter().collect();
        let path = dotenv_path(directory, name, &process);
        match fs::read_to_string(&path) {
            Ok(text) => Self::layered(process, &path, &text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::layered(process, &path, ""),
            Err(error) => (Self::layered(process, &path, "").0, vec![unreadable(&path, &error)]),
        }
    }

    /// These variables of a process over the text of a `.env` file, and what is wrong with that text.
    #[must_use]
    pub fn layered(
        process: impl IntoIterator<Item = (String, String)>,
        path: &Path,
        text: &str,
    ) -> (Self, Vec<InvalidSetting>) {
        let mut environment =
            Self { process: process.into_iter().collect(), dotenv: BTreeMap::new(), path: path.to_owned() };
        let mut mistakes = Vec::new();
        for entry in dotenv::entries(text) {
            mistakes.extend(mistake(&entry, path));
            // The last of several lines wins.
            match entry.content {
                Content::Assignment(name, Some(value)) => {
                    let value = value.resolve(|name| environment.get(name));
                    environment.dotenv.insert(name, value);
                }
                Content::Assignment(name, None) => {
                    environment.dotenv.remove(&name);
                }
                Content::Comment | Content::Broken(..) => {}
            }
        }
        (environment, mistakes)
    }
}

impl Vars for Environment {
    fn get(&self, key: &str) -> Option<String> {
        self.process.get(key).or_else(|| self.dotenv.get(key)).cloned()
    }

    fn names(&self) -> Vec<String> {
        let names: BTreeSet<_> = self.process.keys().chain(self.dotenv.keys()).cloned().collect();
        names.into_iter().collect()
    }

    fn origin(&self, key: &str) -> Origin {
        if self.process.contains_key(key) { Origin::Environment } else { Origin::DotEnv(self.path.clone()) }
    }
}

impl std::fmt::Debug for Environment {
    /// Names only: anything may be a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

impl Vars for HashMap<String, String> {
    fn get(&self, key: &str) -> Option<String> {
        Self::get(self, key).cloned()
    }

    fn names(&self) -> Vec<String> {
        self.keys().cloned().collect()
    }
}

/// The variables of this process. Names and values that are not UTF-8 are nobody's settings, or are refused by their
/// parsers.
pub(super) fn of_process() -> impl Iterator<Item = (String, String)> {
    let text = |text: OsString| text.to_string_lossy().into_owned();
    std::env::vars_os().map(move |(name, value)| (text(name), text(value)))
}

/// What is wrong with an entry, without its value, which may be a secret.
fn mistake(entry: &Entry<'_>, path: &Path) -> Option<InvalidSetting> {
    let is_ours = |line: &&str| PREFIXES.iter().any(|prefix| line.trim_start().starts_with(prefix));
    let (name, problem) = match &entry.content {
        Content::Comment => (None, None),
        Content::Assignment(name, _) => (Some(name), None),
        Content::Broken(name, problem) => (name.as_ref(), Some(problem)),
    };
    let (reason, remedy) = if entry.lines.iter().skip(1).any(is_ours) {
        let reason = "has a quote that ends in another line, after other settings, or not at all";
        (reason, Problem::Quote.remedy())
    } else {
        // A line that clearly sets something of somebody else's is their affair.
        let problem = problem.filter(|_| !name.is_some_and(|name| is_foreign(name)))?;
        (problem.reason(), problem.remedy())
    };
    let name = name.map_or(String::new(), |name| format!(", `{name}`"));
    Some(InvalidSetting {
        setting: format!("line {}{name}", entry.number),
        origin: Origin::DotEnv(path.to_owned()),
        value: None,
        reason: reason.to_owned(),
        remedy: remedy.to_owned(),
    })
}

fn is_foreign(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// The `.env` file of the directory: as in Laravel, that of the environment of this name, or of `APP_ENV`, where it
/// exists.
fn dotenv_path(directory: &Path, name: Option<&str>, process: &BTreeMap<String, String>) -> PathBuf {
    let of_process = process.get("APP_ENV").cloned().and_then(laravel_literal);
    let names = [name, of_process.as_deref()].into_iter().flatten();
    let mut paths = names.map(|name| directory.join(format!(".env.{name}")));
    paths.find(|path| path.is_file()).unwrap_or_else(|| directory.join(".env"))
}

fn unreadable(path: &Path, error: &io::Error) -> InvalidSetting {
    let remedy = match error.kind() {
        io::ErrorKind::PermissionDenied => {
            "Let the user that Gema runs as read it (chmod, chgrp), or run Gema as its owner."
        }
        _ => "Make it a readable text file, or start Gema in another directory.",
    };
    InvalidSetting {
        setting: "file".to_owned(),
        origin: Origin::DotEnv(path.to_owned()),
        value: None,
        reason: format!("cannot be read: {error}"),
        remedy: remedy.to_owned(),
    }
}

/// What Laravel's `env()` makes of a value: `null` is none, `empty` is blank, a pair of quotes is taken off.
pub(super) fn laravel_literal(value: String) -> Option<String> {
    match value.to_ascii_lowercase().as_str() {
        "true" | "(true)" => Some("true".to_owned()),
        "false" | "(false)" => Some("false".to_owned()),
        "empty" | "(empty)" => Some(String::new()),
        "null" | "(null)" => None,
        _ => {
            let unquoted = ['"', '\''].into_iter().find_map(|quote| {
                let inner = value.strip_prefix(quote)?.strip_suffix(quote)?;
                Some(inner.to_owned())
            });
            Some(unquoted.unwrap_or(value))
        }
    }
}

#[cfg(test)]
mod tests;
