//! `gema channels`: who is listening where.

use std::{io::Write, path::Path};

use serde_json::Value;

use super::{ToolError, api::Api, api::visible, target::TargetOptions};

/// What can be asked of each channel.
const ATTRIBUTES: [&str; 3] = ["subscription_count", "user_count", "cache"];

/// Arguments of `gema channels`.
#[derive(Debug, Clone, clap::Args)]
pub struct Channels {
    /// Only channels whose names begin with this, such as `presence-`
    #[arg(long, default_value = "")]
    prefix: String,
    /// What to tell of each: subscription_count, cache, and user_count where the prefix is `presence-…`
    #[arg(long, value_name = "LIST", default_value = "subscription_count", value_parser = attributes_of)]
    info: String,
    /// Print the answer of the server
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: TargetOptions,
}

impl Channels {
    /// Lists the channels by name.
    pub(super) async fn run(&self, directory: &Path, out: &mut impl Write) -> Result<(), ToolError> {
        let target = self.target.target(directory)?;
        let mut params = Vec::new();
        if !self.prefix.is_empty() {
            params.push(("filter_by_prefix", self.prefix.as_str()));
        }
        if !self.info.is_empty() {
            params.push(("info", self.info.as_str()));
        }
        let answer = Api::new(&target)?.get("/channels", &params).await?;
        if self.json {
            writeln!(out, "{answer}")?;
            return Ok(());
        }
        // Reverb writes an empty list for no channels.
        let mut channels: Vec<_> = answer["channels"].as_object().into_iter().flatten().collect();
        channels.sort_by_key(|(name, _)| *name);
        let width = channels.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
        for (name, info) in &channels {
            let name: String = name.chars().flat_map(visible).collect();
            writeln!(out, "{}", format!("{name:width$}{}", attributes(info)).trim_end())?;
        }
        if channels.is_empty() {
            writeln!(out, "No channel has subscribers.")?;
        }
        Ok(())
    }
}

/// A list of attributes; one that no server knows would be left out in silence.
fn attributes_of(list: &str) -> Result<String, String> {
    let unknown = |name: &&str| !name.is_empty() && !ATTRIBUTES.contains(name);
    match list.split(',').map(str::trim).find(unknown) {
        Some(name) => Err(format!("no channel has `{name}`: there are {}", ATTRIBUTES.join(", "))),
        None => Ok(list.to_owned()),
    }
}

/// The attributes of a channel in words.
fn attributes(info: &Value) -> String {
    let words = info.as_object().into_iter().flatten().map(|(name, value)| match name.as_str() {
        "subscription_count" => format!("  {value} subscribed"),
        "user_count" if *value == 1 => "  1 user".to_owned(),
        "user_count" => format!("  {value} users"),
        _ => format!("  {name} {value}"),
    });
    words.collect()
}
