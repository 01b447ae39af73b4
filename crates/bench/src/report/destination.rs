//! A file for people.

use std::{
    fs,
    path::{Path, PathBuf},
    str::FromStr,
};

use anyhow::Context as _;

use super::Run;
use crate::{page, plot};

/// A file for people; its extension says what is written to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Destination {
    path: PathBuf,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Figures, warnings and plots on one page.
    Html,
    /// The plots alone.
    Svg,
}

impl FromStr for Destination {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let path = PathBuf::from(text);
        let kind = match path.extension().and_then(|extension| extension.to_str()) {
            Some("html") => Kind::Html,
            Some("svg") => Kind::Svg,
            _ => {
                return Err(
                    "the file ends with .html (figures and plots) or .svg (only the plots)".to_owned()
                );
            }
        };
        // Said before a long run, not after it.
        match path.parent() {
            Some(folder) if folder != Path::new("") && !folder.is_dir() => {
                Err(format!("there is no folder {}", folder.display()))
            }
            _ => Ok(Self { path, kind }),
        }
    }
}

impl Destination {
    /// Writes the runs side by side.
    pub(crate) fn write(&self, runs: &[Run]) -> anyhow::Result<()> {
        let plots = plot::svg(runs)?;
        let text = match self.kind {
            Kind::Html => page::html(runs, plots.as_deref()),
            Kind::Svg => {
                plots.context("there is nothing to plot; a file that ends with .html takes the figures")?
            }
        };
        fs::write(&self.path, text).with_context(|| format!("write {}", self.path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_says_what_is_written() {
        for (text, expected) in [("run.html", Kind::Html), ("./run.svg", Kind::Svg)] {
            assert_eq!(text.parse::<Destination>().unwrap().kind, expected);
        }
        for text in ["run.pdf", "run", "html", ".svg", ""] {
            assert!(text.parse::<Destination>().unwrap_err().contains(".html"), "{text}");
        }
    }

    #[test]
    fn the_folder_has_to_be_there() {
        let mistake = "no/such/folder/run.html".parse::<Destination>().unwrap_err();
        assert_eq!(mistake, "there is no folder no/such/folder");
    }
}
