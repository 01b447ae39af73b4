//! What is wrong with a setting, told so that it can be mended.

use std::fmt;

/// One mistake in the configuration. It never repeats a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidSetting {
    /// The variable.
    pub variable: &'static str,
    /// What is wrong with it.
    pub reason: String,
    /// What to do.
    pub remedy: &'static str,
}

impl InvalidSetting {
    /// All mistakes, a line for each.
    #[must_use]
    pub fn report(mistakes: &[Self]) -> String {
        mistakes.iter().map(Self::to_string).collect::<Vec<_>>().join("\n")
    }
}

impl fmt::Display for InvalidSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.variable, self.reason, self.remedy)
    }
}

impl std::error::Error for InvalidSetting {}
