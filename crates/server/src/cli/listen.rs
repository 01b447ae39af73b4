//! `gema listen`: the events of channels as they come.

mod connection;
mod line;
mod message;

use std::{
    io::{self, IsTerminal as _, Write},
    os::fd::AsFd as _,
    path::Path,
    time::Duration,
};

use gema_protocol::names::{ChannelKind, ChannelName, UserId};
use rand::RngExt as _;
use tokio::{io::Interest, net::unix::pipe};

use super::{ToolError, target::Target, target::TargetOptions};
use connection::{Connection, Lost};
use line::{Line, Style};

/// The pause before the first attempt to connect again; it doubles with each.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Arguments of `gema listen`.
#[derive(Debug, Clone, clap::Args)]
pub struct Listen {
    /// Channels; subscriptions to private and presence channels are signed with the secret
    #[arg(required = true, value_name = "CHANNEL")]
    channels: Vec<ChannelName>,
    /// Print JSON, a line for each event
    #[arg(long)]
    json: bool,
    /// End after so many events
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
    /// The member that joins presence channels; the others see it
    #[arg(long, value_name = "ID", default_value = "gema-listen")]
    user: UserId,
    /// Where the listener says that it comes from, as browsers do [default: what the configured origins allow]
    #[arg(long, value_name = "URL", value_parser = origin_of)]
    origin: Option<String>,
    #[command(flatten)]
    target: TargetOptions,
}

/// What has been printed, and what is still to be.
struct Printer<'a, W> {
    out: &'a mut W,
    style: Style,
    left: Option<u64>,
}

impl Listen {
    /// Prints events until enough have come, the user interrupts, or nobody reads the output any more.
    pub(super) async fn run(&self, directory: &Path, out: &mut impl Write) -> Result<(), ToolError> {
        if let Some(channel) =
            self.channels.iter().find(|channel| channel.kind() == ChannelKind::ServerToUser)
        {
            return Err(ToolError::Argument(format!(
                "{} is the channel of a user, which only connections that are signed in as that user may subscribe to: \
                 `gema listen` signs nobody in",
                channel.as_str()
            )));
        }
        let mut target = self.target.target(directory)?;
        if self.origin.is_some() {
            target.origin.clone_from(&self.origin);
        }
        let mut printer = Printer { out, style: self.style(), left: self.count };
        tokio::select! {
            result = self.listen(&target, &mut printer) => result,
            interrupted = tokio::signal::ctrl_c() => interrupted.map_err(ToolError::Runtime),
            () = reader_has_gone() => Ok(()),
        }
    }

    fn style(&self) -> Style {
        let wanted = |name: &str| std::env::var_os(name).is_none_or(|value| value.is_empty());
        if self.json {
            Style::Json
        } else if io::stdout().is_terminal() && wanted("NO_COLOR") {
            Style::Coloured
        } else {
            Style::Plain
        }
    }

    async fn listen(&self, target: &Target, printer: &mut Printer<'_, impl Write>) -> Result<(), ToolError> {
        let mut pause = FIRST_PAUSE;
        let mut connection = Connection::open(target).await?;
        loop {
            let Some(lost) = self.follow(target, connection, printer).await? else { return Ok(()) };
            if lost.was_connected {
                pause = FIRST_PAUSE;
            }
            let mut reason = lost.reason;
            connection = loop {
                // Half of it is random, so that many who were cut off together do not come back together.
                let wait = pause.mul_f64(rand::rng().random_range(0.5..1.0));
                tell(&format!("{reason}; next attempt in {:.1} s", wait.as_secs_f64()));
                tokio::time::sleep(wait).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
                match Connection::open(target).await {
                    Ok(connection) => break connection,
                    Err(
                        ToolError::Unreachable { reason: new, .. } | ToolError::Refused { reason: new, .. },
                    ) => {
                        reason = new;
                    }
                    Err(error) => return Err(error),
                }
            };
        }
    }

    /// Subscribes and prints; `None` when enough has been printed.
    async fn follow(
        &self,
        target: &Target,
        mut connection: Connection,
        printer: &mut Printer<'_, impl Write>,
    ) -> Result<Option<Lost>, ToolError> {
        let welcome = match connection.greet(target).await? {
            Ok(socket_id) => socket_id,
            Err(lost) => return Ok(Some(lost)),
        };
        tell(&format!("connected to {} as {welcome}", target.address.websocket()));
        for channel in &self.channels {
            connection.subscribe(target, channel, &self.user).await;
        }
        loop {
            let message = match connection.next(target).await? {
                Ok(message) => message,
                Err(lost) => return Ok(Some(lost)),
            };
            if printer.print(&Line::new(message))? {
                connection.close().await;
                return Ok(None);
            }
        }
    }
}

impl<W: Write> Printer<'_, W> {
    /// Prints an event; whether it was the last one.
    fn print(&mut self, line: &Line) -> io::Result<bool> {
        writeln!(self.out, "{}", line.to_text(self.style))?;
        self.out.flush()?;
        self.left = self.left.map(|left| left - 1);
        Ok(self.left == Some(0))
    }
}

/// An origin as browsers send it.
fn origin_of(text: &str) -> Result<String, String> {
    let is_origin = text.contains("://") && text.chars().all(|c| c.is_ascii_graphic());
    if is_origin { Ok(text.to_owned()) } else { Err("an origin has the form https://HOST".to_owned()) }
}

/// Tells what happens to the connection, beside the events.
fn tell(text: &str) {
    eprintln!("gema: {text}");
}

/// Completes when standard output is a pipe that nobody reads any more; never for a file.
async fn reader_has_gone() {
    // Only waited for, never written to: the pipe stays as it is, blocking.
    let stdout = io::stdout().as_fd().try_clone_to_owned().and_then(pipe::Sender::from_owned_fd_unchecked);
    if let Ok(stdout) = stdout
        && stdout.ready(Interest::ERROR).await.is_ok()
    {
        return;
    }
    std::future::pending::<()>().await;
}
