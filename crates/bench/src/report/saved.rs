//! `gema bench report`: a page from results that were saved.

use std::{
    fs,
    path::{Path, PathBuf},
    str::FromStr,
};

use anyhow::{Context as _, ensure};

use super::{Destination, Report};

/// A run and what it is called beside others.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) name: String,
    pub(crate) report: Report,
}

/// Options of the command.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// What to write: FILE.html (figures and plots) or FILE.svg (only the plots)
    #[arg(long, value_name = "FILE")]
    output: Destination,
    /// Results that `--format json` has written, and what to call them [default: the name of the file]
    #[arg(value_name = "[NAME=]RUN.json", required = true)]
    runs: Vec<Saved>,
}

/// A result in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Saved {
    name: String,
    path: PathBuf,
}

/// Writes saved results side by side.
///
/// # Errors
/// When a file is no result, or two runs have one name.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let Options { output, runs } = options;
    for (index, Saved { name, .. }) in runs.iter().enumerate() {
        let is_taken = runs[..index].iter().any(|earlier| earlier.name == *name);
        ensure!(!is_taken, "two runs are called {name}: write NAME=FILE");
    }
    let runs: Vec<Run> = runs.iter().map(Saved::read).collect::<Result<_, _>>()?;
    output.write(&runs)
}

impl FromStr for Saved {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, path) = match text.split_once('=') {
            Some((name, path)) => (Some(name), Path::new(path)),
            None => (None, Path::new(text)),
        };
        let stem = path.file_stem().ok_or("it names no file")?;
        let name = name.map_or_else(|| stem.to_string_lossy().into_owned(), str::to_owned);
        Ok(Self { name, path: path.to_owned() })
    }
}

impl Saved {
    fn read(&self) -> anyhow::Result<Run> {
        let Self { name, path } = self;
        let text = fs::read_to_string(path).with_context(|| format!("read {}", path.display()))?;
        let report = serde_json::from_str(&text)
            .with_context(|| format!("{} is not what `--format json` writes", path.display()))?;
        Ok(Run { name: name.clone(), report })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_called_as_its_file_unless_it_has_a_name() {
        for (text, name, path) in [
            ("runs/floor.json", "floor", "runs/floor.json"),
            ("Gema 2=runs/b.json", "Gema 2", "runs/b.json"),
            ("a=b=c.json", "a", "b=c.json"),
        ] {
            let expected = Saved { name: name.to_owned(), path: path.into() };
            assert_eq!(text.parse::<Saved>().unwrap(), expected);
        }
        assert!("name=".parse::<Saved>().is_err());
    }

    #[test]
    fn two_runs_have_two_names() {
        let runs = ["a/run.json", "b/run.json"].map(|text| text.parse().unwrap());
        let options = Options { output: "x.html".parse().unwrap(), runs: runs.to_vec() };
        assert_eq!(run(&options).unwrap_err().to_string(), "two runs are called run: write NAME=FILE");
    }

    #[test]
    fn a_file_that_is_no_result_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.json");
        fs::write(&path, r#"{"scenario":"fanout","figures":{"deliveries":"many"}}"#).unwrap();
        let mistake = Saved { name: "run".to_owned(), path }.read().unwrap_err();
        assert!(format!("{mistake:#}").contains("run.json is not what `--format json` writes: invalid type"));
    }
}
