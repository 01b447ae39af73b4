//! The command line.

use std::{path::PathBuf, process::ExitCode};

use crate::config::Flags;

mod api;
mod artisan;
mod channels;
mod completions;
mod config;
mod health;
mod init;
mod listen;
mod target;
mod tls;
mod tool;
mod tool_error;
mod trigger;
mod users;
mod way;
mod webhooks;

pub use artisan::{Artisan, ReverbStart};
pub use config::{ConfigCommand, ConfigError};
pub(crate) use init::env_lines;
pub use init::{InitError, init};
pub use tool::Tool;
pub use tool_error::ToolError;
pub use webhooks::{Webhooks, WebhooksAction, WebhooksTest};

const EXIT_CODES: &str = "\
Exit codes:
  0  the command did its work; the server was told to stop, and stopped
  1  the command failed while it ran; the server that it asked is away, refuses or is not healthy
  2  the arguments or the configuration are wrong";

/// A WebSocket server for Laravel Echo and every Pusher client, in place of Laravel Reverb
#[derive(Debug, clap::Parser)]
#[command(name = "gema", version, after_help = EXIT_CODES, arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the binary can do.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Run the server
    #[command(visible_aliases = ["serve"])]
    Start(Start),
    /// Run the server where `php artisan reverb:start` is started, with artisan's own flags
    #[command(name = "reverb:start")]
    ReverbStart(ReverbStart),
    /// Write credentials of a new application to .env in the working directory
    #[command(visible_aliases = ["install", "reverb:install"])]
    Init,
    /// Check the configuration, or print it
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Commands that talk to a running server.
    #[command(flatten)]
    Tool(Tool),
    /// Put a load on any server that speaks the Pusher protocol, and measure it
    Bench(gema_bench::Bench),
    /// Try whether the receivers of webhooks take them
    Webhooks(Webhooks),
    /// Print completions of the command line for a shell
    Completions(completions::Completions),
    /// Print the reference of all settings, as in docs/configuration.md, or of all metrics, as in docs/metrics.md
    #[command(hide = true)]
    Reference {
        /// What to print.
        #[arg(value_enum, default_value = "settings")]
        of: Reference,
    },
}

/// Arguments of `gema start`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Start {
    /// Settings.
    #[command(flatten)]
    pub flags: Flags,
    /// File with settings [default: GEMA_CONFIG, or gema.toml in the working directory, if there is one]
    #[arg(long, value_name = "PATH")]
    pub config: Option<PathBuf>,
}

/// A reference page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Reference {
    /// All settings.
    Settings,
    /// All metrics.
    Metrics,
}

/// How the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// The command did its work.
    Success = 0,
    /// The command failed while it ran.
    Failure = 1,
    /// The arguments or the configuration are wrong; clap ends the process with the same code.
    Usage = 2,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

#[cfg(test)]
mod tests;
