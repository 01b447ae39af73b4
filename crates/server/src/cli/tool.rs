//! The commands that talk to a running server.

use std::{
    io::{self, Write},
    path::Path,
};

use super::{ToolError, channels::Channels, health::Health, listen::Listen, trigger::Trigger, users::Users};

/// Commands that talk to a running server, whichever it is as long as it speaks the Pusher protocol.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum Tool {
    /// Trigger an event on channels
    Trigger(Trigger),
    /// Show the events of channels as they come
    Listen(Listen),
    /// List the channels that have subscribers
    Channels(Channels),
    /// List the users in a presence channel
    Users(Users),
    /// Tell whether the server is healthy, by the exit code
    Health(Health),
}

impl Tool {
    /// Does it, with the configuration of this process in the directory where the arguments leave something open.
    ///
    /// # Errors
    /// When the configuration is wrong, the server cannot be reached or refuses, or the output cannot be written. That
    /// nobody reads the output any more is no error.
    pub fn run(&self, directory: &Path, out: &mut impl Write) -> Result<(), ToolError> {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(ToolError::Runtime)?;
        let result = runtime.block_on(async {
            match self {
                Self::Trigger(trigger) => trigger.run(directory, out).await,
                Self::Listen(listen) => listen.run(directory, out).await,
                Self::Channels(channels) => channels.run(directory, out).await,
                Self::Users(users) => users.run(directory, out).await,
                Self::Health(health) => health.run(directory, out).await,
            }
        });
        // A name that is being looked up must not keep the process.
        runtime.shutdown_background();
        match result {
            Err(ToolError::Print(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            result => result,
        }
    }
}
