//! `gema users`: who is in a presence channel.

use std::{io::Write, path::Path};

use gema_protocol::names::ChannelName;
use serde_json::Value;

use super::{ToolError, api::Api, api::visible, target::TargetOptions};

/// Arguments of `gema users`.
#[derive(Debug, Clone, clap::Args)]
pub struct Users {
    /// A presence channel
    channel: ChannelName,
    /// Print the answer of the server
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: TargetOptions,
}

impl Users {
    /// Lists the ids of the users, a line for each.
    pub(super) async fn run(&self, directory: &Path, out: &mut impl Write) -> Result<(), ToolError> {
        let channel = &self.channel;
        if !channel.is_presence() {
            return Err(ToolError::Argument(format!(
                "{} is no presence channel: only those (presence-…) know their users",
                channel.as_str()
            )));
        }
        let target = self.target.target(directory)?;
        let answer = Api::new(&target)?.get(&format!("/channels/{}/users", channel.as_str()), &[]).await?;
        if self.json {
            writeln!(out, "{answer}")?;
            return Ok(());
        }
        for user in answer["users"].as_array().into_iter().flatten() {
            let id = match &user["id"] {
                Value::String(id) => id.clone(),
                id => id.to_string(),
            };
            writeln!(out, "{}", id.chars().flat_map(visible).collect::<String>())?;
        }
        Ok(())
    }
}
