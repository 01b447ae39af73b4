//! The environment of the process over the `.env` file of the working directory.

use std::{collections::BTreeMap, env, io, path::Path};

use super::InvalidSetting;

/// Variables; those of the process hide those of the file.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// The variables of this process over `.env` in the directory, if there is one.
    ///
    /// # Errors
    /// When the file cannot be read, or a line of it makes no sense.
    pub fn of_process(directory: &Path) -> Result<Self, InvalidSetting> {
        let path = directory.join(".env");
        let mut variables = BTreeMap::new();
        match dotenvy::from_path_iter(&path) {
            Ok(lines) => {
                for line in lines {
                    let (name, value) = line.map_err(|error| unreadable(&path, &error))?;
                    variables.insert(name, value);
                }
            }
            Err(dotenvy::Error::Io(error)) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(unreadable(&path, &error)),
        }
        let process = env::vars_os()
            .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()));
        variables.extend(process);
        Ok(Self(variables))
    }

    /// The value of a variable, as it is written.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

/// Values may be secrets.
impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// What dotenvy says of a line contains the line, and that may be a secret.
fn unreadable(path: &Path, error: &dotenvy::Error) -> InvalidSetting {
    let reason = match error {
        dotenvy::Error::LineParse(_, at) => format!("a line cannot be understood, at its character {at}"),
        other => format!("cannot be read: {other}"),
    };
    let remedy = "write lines such as NAME=value or NAME=\"a value\"".to_owned();
    InvalidSetting { setting: path.display().to_string(), reason, remedy }
}
