//! The environment of the process over the `.env` file of the working directory.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet, HashMap},
    ffi::OsString,
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use super::{InvalidSetting, Origin, nearest::PREFIXES};

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
        let path = directory.join(".env");
        match fs::read_to_string(&path) {
            Ok(text) => Self::layered(process, &path, &text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::layered(process, &path, ""),
            Err(error) => {
                let unreadable = InvalidSetting {
                    setting: "file".to_owned(),
                    origin: Origin::DotEnv(path.clone()),
                    value: None,
                    reason: format!("cannot be read: {error}"),
                    remedy: "Make it a readable text file, or start Gema in another directory.".to_owned(),
                };
                (Self::layered(process, &path, "").0, vec![unreadable])
            }
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
        let mut errors = Vec::new();
        let text = text.trim_start_matches('\u{feff}');
        let lines_read = Cell::new(0);
        for item in dotenvy::Iter::new(LineReader { rest: text.as_bytes(), lines_read: &lines_read }) {
            match item {
                Ok((name, value)) => {
                    if let Some(mistake) = swallowed_line(&name, &value, path, lines_read.get()) {
                        errors.push(mistake);
                    }
                    // As in Laravel, the last of several lines wins.
                    environment.dotenv.insert(name, value);
                }
                Err(error) => errors.extend(broken_line(&error, path, text, lines_read.get())),
            }
        }
        (environment, errors)
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

/// Gives one line at a time and counts them: dotenvy does not tell where it stumbled.
struct LineReader<'a> {
    rest: &'a [u8],
    lines_read: &'a Cell<usize>,
}

impl Read for LineReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let line = self.rest.iter().position(|byte| *byte == b'\n').map_or(self.rest.len(), |end| end + 1);
        let (given, rest) = self.rest.split_at(line.min(buffer.len()));
        buffer[..given.len()].copy_from_slice(given);
        self.rest = rest;
        if given.ends_with(b"\n") || (rest.is_empty() && !given.is_empty()) {
            self.lines_read.set(self.lines_read.get() + 1);
        }
        Ok(given.len())
    }
}

/// The variables of this process. Names and values that are not UTF-8 are nobody's settings, or are refused by their
/// parsers.
pub(super) fn of_process() -> impl Iterator<Item = (String, String)> {
    let text = |text: OsString| text.to_string_lossy().into_owned();
    std::env::vars_os().map(move |(name, value)| (text(name), text(value)))
}

/// The mistake that ends in this line, without the value, which may be a secret. A line that clearly sets something
/// of somebody else's is none: PHP reads some values that the parser here does not.
fn broken_line(error: &dotenvy::Error, path: &Path, text: &str, last_line: usize) -> Option<InvalidSetting> {
    // The text is the line or its value, with all lines of a quoted one.
    let dotenvy::Error::LineParse(broken, _) = error else {
        return Some(unreadable_line("file".to_owned(), format!("cannot be read: {error}"), path));
    };
    let number = (last_line + 1).saturating_sub(broken.lines().count().max(1));
    let line = text.lines().nth(number.saturating_sub(1)).unwrap_or_default();
    let name = line.split_once('=').map(|(name, _)| name.trim());
    let is_foreign = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_uppercase())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && !PREFIXES.iter().any(|prefix| name.starts_with(prefix))
    };
    if broken.lines().count() <= 1 && name.is_some_and(is_foreign) {
        return None;
    }
    let name = name.map_or(String::new(), |name| format!(", `{name}`"));
    Some(unreadable_line(format!("line {number}{name}"), "cannot be read".to_owned(), path))
}

/// The mistake of a value that runs over a line of ours, because of one quote that is none.
fn swallowed_line(name: &str, value: &str, path: &Path, last_line: usize) -> Option<InvalidSetting> {
    let is_ours = |line: &str| PREFIXES.iter().any(|prefix| line.starts_with(prefix));
    value.lines().skip(1).find(|line| is_ours(line))?;
    let number = (last_line + 1).saturating_sub(value.lines().count());
    let reason = "has a quote that ends in another line, after other settings".to_owned();
    Some(unreadable_line(format!("line {number}, `{name}`"), reason, path))
}

fn unreadable_line(setting: String, reason: String, path: &Path) -> InvalidSetting {
    InvalidSetting {
        setting,
        origin: Origin::DotEnv(path.to_owned()),
        value: None,
        reason,
        remedy: "Write NAME=value, with quotes around a value that has spaces or quotes in it.".to_owned(),
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
