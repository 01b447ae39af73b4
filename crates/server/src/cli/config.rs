//! `gema config`: whether the configuration is right, and where each value is from.

use std::{
    io::{self, Write},
    path::Path,
};

use serde::Serialize;

use super::Start;
use crate::config::{Config, InvalidSetting, SettingGroup, Sources};

/// Columns that a value may take before it moves the origins of all others.
const WIDEST_VALUE: usize = 40;

/// What to do with the configuration.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum ConfigCommand {
    /// Report every mistake at once; the exit code is 2 if there is one
    Check(Start),
    /// Print each setting and its value; secrets are masked
    Print(Print),
}

/// Arguments of `gema config print`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Print {
    /// The flags of `gema start`, which are part of the configuration.
    #[command(flatten)]
    pub start: Start,
    /// Tell where each value is from: a flag, the environment, a file, or the default
    #[arg(long)]
    pub origin: bool,
    /// Print an array of objects, with origins
    #[arg(long)]
    pub json: bool,
}

/// Why there is nothing to print.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The configuration is wrong.
    #[error("the configuration is wrong")]
    Invalid(Vec<InvalidSetting>),
    /// Nobody takes the output.
    #[error("failed to print")]
    Print(#[from] io::Error),
}

impl ConfigCommand {
    /// Does it with the configuration of this process in the directory.
    ///
    /// # Errors
    /// When the configuration is wrong, or `out` takes nothing. That nobody reads the output any more is no error.
    pub fn run(&self, directory: &Path, out: &mut impl Write) -> Result<(), ConfigError> {
        match self.answer(directory, out) {
            Err(ConfigError::Print(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            result => result,
        }
    }

    fn answer(&self, directory: &Path, out: &mut impl Write) -> Result<(), ConfigError> {
        let (Self::Check(start) | Self::Print(Print { start, .. })) = self;
        let sources = Sources::of_process(directory, start.config.as_deref());
        let config = sources.config(&start.flags).map_err(ConfigError::Invalid)?;
        match self {
            Self::Check(_) => summary(&config, out)?,
            Self::Print(print) => {
                let groups = sources.settings(&start.flags, &config);
                if print.json { json(&groups, out)? } else { table(&groups, print.origin, out)? }
            }
        }
        Ok(())
    }
}

fn summary(config: &Config, out: &mut impl Write) -> io::Result<()> {
    let server = &config.server;
    let host = if server.host.contains(':') { format!("[{}]", server.host) } else { server.host.clone() };
    let apps = match &config.apps[..] {
        [_] if config.development => "the development application, for this machine only".to_owned(),
        [app] => format!("application {}", app.id),
        apps => format!("{} applications", apps.len()),
    };
    writeln!(out, "The configuration is right: {apps}, on {host}:{}{}.", server.port, server.path)?;
    if !config.without_effect.is_empty() {
        writeln!(out, "Known and without effect here: {}.", config.without_effect.join(", "))?;
    }
    config.warnings.iter().try_for_each(|warning| writeln!(out, "Warning: {warning}"))
}

fn table(groups: &[SettingGroup], with_origin: bool, out: &mut impl Write) -> io::Result<()> {
    let all = || groups.iter().flat_map(|group| &group.settings);
    let names = all().map(|setting| setting.name.len()).max().unwrap_or_default();
    let widths = all().map(|setting| setting.value.chars().count()).filter(|width| *width <= WIDEST_VALUE);
    let values = widths.max().unwrap_or_default();
    for (index, group) in groups.iter().enumerate() {
        let space = if index == 0 { "" } else { "\n" };
        writeln!(out, "{space}{}", group.title)?;
        for setting in &group.settings {
            let value = if setting.value.is_empty() { "(blank)" } else { &setting.value };
            let value = escaped(value);
            if with_origin {
                let origin = origin(setting);
                writeln!(out, "  {:names$}  {value:values$}  {origin}", setting.name)?;
            } else {
                writeln!(out, "  {:names$}  {value}", setting.name)?;
            }
        }
    }
    Ok(())
}

/// The value on one line; quotes stay as they are.
fn escaped(value: &str) -> String {
    let mut escaped = String::new();
    for c in value.chars() {
        match c {
            '\'' | '"' => escaped.push(c),
            _ => escaped.extend(c.escape_debug()),
        }
    }
    escaped
}

fn json(groups: &[SettingGroup], out: &mut impl Write) -> io::Result<()> {
    #[derive(Serialize)]
    struct Entry<'a> {
        group: &'a str,
        name: &'a str,
        value: &'a str,
        origin: String,
    }
    let entries: Vec<_> = groups
        .iter()
        .flat_map(|group| group.settings.iter().map(move |setting| (group, setting)))
        .map(|(group, setting)| Entry {
            group: &group.title,
            name: setting.name,
            value: &setting.value,
            origin: origin(setting),
        })
        .collect();
    serde_json::to_writer_pretty(&mut *out, &entries)?;
    writeln!(out)
}

fn origin(setting: &crate::config::Setting) -> String {
    setting.origin.as_ref().map_or_else(|| "default".to_owned(), ToString::to_string)
}
