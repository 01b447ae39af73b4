//! What is wrong with a setting, told so that it can be mended without a look into the manual.

use std::{
    fmt::{self, Write as _},
    path::PathBuf,
};

/// One mistake in the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidSetting {
    /// Which setting: a variable, a flag, or a key of `gema.toml`.
    pub setting: String,
    /// Where it stands.
    pub origin: Origin,
    /// What it says; `None` where nothing is said, and for secrets.
    pub value: Option<String>,
    /// Why that cannot be, as the rest of a sentence that begins with the value.
    pub reason: String,
    /// What to do, as a sentence.
    pub remedy: String,
}

/// Where a setting was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// This flag of the command line.
    Flag(&'static str),
    /// The environment of the process.
    Environment,
    /// A `.env` file.
    DotEnv(PathBuf),
    /// A `gema.toml` file.
    File(PathBuf),
}

/// Why a text is not a value; the loader adds which setting it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) reason: String,
    pub(super) remedy: String,
}

impl Wrong {
    pub(super) fn new(reason: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { reason: reason.into(), remedy: remedy.into() }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => write!(f, "flag {flag}"),
            Self::Environment => f.write_str("environment"),
            Self::DotEnv(path) | Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}

impl fmt::Display for InvalidSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Origin::Flag(_) => write!(f, "{}: ", self.origin)?,
            origin => write!(f, "{} ({origin}): ", self.setting)?,
        }
        if let Some(value) = &self.value {
            write!(f, "`{value}` ")?;
        }
        write!(f, "{}. {}", self.reason, self.remedy)
    }
}

/// What is printed when the configuration is refused.
#[must_use]
pub fn report(errors: &[InvalidSetting]) -> String {
    let mut text = match errors.len() {
        1 => "The configuration has a mistake:\n".to_owned(),
        count => format!("The configuration has {count} mistakes:\n"),
    };
    for error in errors {
        // A String never refuses a write.
        let _ = write!(text, "\n  {error}\n");
    }
    text
}
