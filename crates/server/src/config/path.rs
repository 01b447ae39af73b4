//! The prefix of all paths of the server.

use std::{fmt, str::FromStr};

/// A prefix of paths, empty or such as `/ws`: with a slash at its start and none at its end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PathPrefix(String);

/// The text cannot be a prefix of paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a path prefix")]
pub struct InvalidPathPrefix;

impl PathPrefix {
    /// The prefix as it stands in front of `/app/{key}`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PathPrefix {
    type Err = InvalidPathPrefix;

    /// As in Reverb, `ws`, `/ws`, `ws/` and ` /ws/ ` are the same.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let path = text.trim_matches(['/', ' ']);
        if path.is_empty() {
            return Ok(Self::default());
        }
        let unreserved = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
        let segment = |segment: &str| !["", ".", ".."].contains(&segment) && segment.chars().all(unreserved);
        if path.split('/').all(segment) { Ok(Self(format!("/{path}"))) } else { Err(InvalidPathPrefix) }
    }
}

impl fmt::Display for PathPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slashes_and_spaces_around_a_prefix_do_not_matter() {
        for (text, expected) in
            [("", ""), ("/", ""), (" / ", ""), ("ws", "/ws"), (" /ws/ ", "/ws"), ("a/b/", "/a/b")]
        {
            assert_eq!(text.parse::<PathPrefix>().unwrap().as_str(), expected, "{text:?}");
        }
    }
}
