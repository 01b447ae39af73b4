//! `gema trigger`: an event by hand.

use std::{
    io::{self, Read as _, Write},
    path::Path,
};

use gema_protocol::names::{ChannelName, SocketId};
use serde_json::{Value, json};

use super::{ToolError, api::Api, target::TargetOptions};

/// Arguments of `gema trigger`.
#[derive(Debug, Clone, clap::Args)]
#[command(override_usage = "gema trigger [OPTIONS] <CHANNEL>... <EVENT> <DATA>")]
pub struct Trigger {
    /// Channels, the name of the event, and its data as JSON; `-` reads the data from standard input
    #[arg(required = true, num_args = 3.., value_names = ["CHANNEL", "EVENT", "DATA"], allow_hyphen_values = false)]
    words: Vec<String>,
    /// Leave out the connection of this socket id, as `toOthers()` does
    #[arg(long, value_name = "ID")]
    socket_id: Option<SocketId>,
    /// Send the data as it is, though it is not JSON
    #[arg(long)]
    text: bool,
    #[command(flatten)]
    target: TargetOptions,
}

impl Trigger {
    /// Triggers the event, and tells that it was taken.
    pub(super) async fn run(&self, directory: &Path, out: &mut impl Write) -> Result<(), ToolError> {
        let [channels @ .., event, data] = &self.words[..] else {
            return Err(ToolError::Argument("give at least a channel, an event and data".to_owned()));
        };
        for channel in channels {
            channel.parse::<ChannelName>().map_err(|error| ToolError::Argument(error.to_string()))?;
        }
        let data = self.data(data)?;
        let mut body = json!({ "name": event, "channels": channels, "data": data });
        if let Some(socket_id) = &self.socket_id {
            body["socket_id"] = socket_id.to_string().into();
        }
        let target = self.target.target(directory)?;
        Api::new(&target)?.post("/events", &body).await?;
        writeln!(out, "Triggered {event} on {}.", channels.join(", "))?;
        Ok(())
    }

    fn data(&self, argument: &str) -> Result<String, ToolError> {
        let data = if argument == "-" {
            let mut text = String::new();
            io::stdin().read_to_string(&mut text).map_err(ToolError::Input)?;
            text.trim_end_matches(['\r', '\n']).to_owned()
        } else {
            argument.to_owned()
        };
        if !self.text
            && let Err(error) = serde_json::from_str::<Value>(&data)
        {
            return Err(ToolError::Argument(format!(
                "DATA is not JSON: {error}. Write for example '{{\"id\":1}}' or '\"a text\"', within quotes of the shell; \
                 --text sends it as it is."
            )));
        }
        Ok(data)
    }
}
