//! `gema health`: for probes, such as Docker's `HEALTHCHECK`.

use std::{
    io::Write,
    path::{Path, PathBuf},
    time::Duration,
};

use super::{
    ToolError,
    api::{away, http_client, shown, unreachable},
    target::Address,
    way,
};
use crate::config::{Flags, Sources};

/// Arguments of `gema health`.
#[derive(Debug, Clone, clap::Args)]
pub struct Health {
    /// The server [default: where it listens, whatever its public address is]
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Ask too whether it is ready for clients; a server that is going away is not
    #[arg(long)]
    ready: bool,
    /// Seconds that an answer may take
    #[arg(long, value_name = "SECONDS", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..))]
    timeout: u16,
    /// File with settings [default: GEMA_CONFIG, or gema.toml in the working directory, if there is one]
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
}

impl Health {
    /// Asks the server how it is.
    pub(super) async fn run(&self, directory: &Path, out: &mut impl Write) -> Result<(), ToolError> {
        let (address, from) = match &self.url {
            Some(url) => (Address::parse(url)?, "--url"),
            None => {
                let sources = Sources::of_process(directory, self.config.as_deref());
                let config = sources.config(&Flags::default()).map_err(ToolError::Configuration)?;
                (Address::local(&config.server)?, "where it listens, by the configuration")
            }
        };
        self.ask(&address, from, "/up").await?;
        if self.ready {
            self.ask(&address, from, "/ready").await?;
        }
        writeln!(out, "{address} is healthy.")?;
        Ok(())
    }

    async fn ask(&self, address: &Address, from: &str, path: &str) -> Result<(), ToolError> {
        let patience = Duration::from_secs(self.timeout.into());
        // The certificate is for the public name, which this is not.
        let client = http_client(address, !address.is_loopback(), patience)?;
        let failed = |error| unreachable(address, from, error);
        let way = way::to(address).await.map_err(|error| away(address, from, &error))?;
        let answer = client.get(format!("{way}{path}")).send().await.map_err(failed)?;
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        let text = answer.text().await.map_err(failed)?;
        Err(ToolError::Unhealthy {
            address: format!("{address}{path}"),
            reason: format!("{status}: {}", shown(&text)),
        })
    }
}
