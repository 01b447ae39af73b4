//! The flags of `gema start` that are settings.

use super::env::{self, Variable};

/// Settings of the command line, as texts: what is wrong with them is reported along with everything else.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Flags {
    /// Address to listen on [default: 0.0.0.0]
    #[arg(long)]
    pub host: Option<String>,
    /// Port to listen on [default: 8080]
    #[arg(long)]
    pub port: Option<String>,
    /// Prefix of all paths
    #[arg(long)]
    pub path: Option<String>,
    /// Public host name, shown at the start
    #[arg(long)]
    pub hostname: Option<String>,
    /// Host names to get a certificate for from Let's Encrypt, separated by commas
    #[arg(long, value_name = "NAMES")]
    pub acme: Option<String>,
    /// Form of the logs: text or json [default: text]
    #[arg(long, value_name = "FORMAT")]
    pub log_format: Option<String>,
    /// Log what every connection does
    #[arg(long)]
    pub debug: bool,
    /// The environment whose `.env.NAME` is read, where it exists; `gema reverb:start` has a flag for it.
    #[arg(skip)]
    pub env: Option<String>,
}

impl Flags {
    /// The flag for a variable and its value.
    pub(super) fn of(&self, variable: &Variable) -> Option<(&'static str, &str)> {
        let flags = [
            (env::REVERB_SERVER_HOST, "--host", &self.host),
            (env::REVERB_SERVER_PORT, "--port", &self.port),
            (env::REVERB_SERVER_PATH, "--path", &self.path),
            (env::REVERB_HOST, "--hostname", &self.hostname),
            (env::GEMA_ACME_DOMAINS, "--acme", &self.acme),
            (env::GEMA_LOG_FORMAT, "--log-format", &self.log_format),
        ];
        let (_, flag, value) = flags.into_iter().find(|(of, ..)| of == variable)?;
        Some((flag, value.as_deref()?))
    }
}
