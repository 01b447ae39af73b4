//! Logs: where they go, in which form, and what is in them.
//!
//! They go to standard error. Levels: `error` somebody must act, `warn` it went on, `info` the life of the process,
//! `debug` a connection or a request, `trace` a message. No payload, no secret, no signature and nothing about a user is
//! in any of them (but for what `--debug` shows, see [`debug_log`](crate::debug_log)); the address of a client is in some of `debug` and `trace`, which are not for everyday use, as `peer`.
//! Fields are `app.id`, `socket.id`, `channel.name`, `event.name`, `duration_ms`.

use std::{
    fmt,
    io::{self, IsTerminal as _},
};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

/// The form of the logs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// One line for people, with colours on a terminal.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

/// Why nothing can be logged.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// `RUST_LOG` is no filter. (`GEMA_LOG` has been checked with the configuration.)
    #[error(
        "RUST_LOG: `{0}` is not a filter. Use a level (error, warn, info, debug, trace) or `target=level,…`"
    )]
    RustLog(String),
    /// Something else is there already that takes the logs.
    #[error(transparent)]
    Taken(Box<dyn std::error::Error + Send + Sync>),
}

/// Logs to standard error from now on: `filter` is `GEMA_LOG`; without it `RUST_LOG` holds, and without that `info`.
///
/// # Errors
/// When `RUST_LOG` is wrong, or logs are taken already.
pub fn init(filter: Option<&str>, format: LogFormat) -> Result<(), LogError> {
    let rust_log = std::env::var("RUST_LOG").ok().filter(|text| !text.trim().is_empty());
    let filter = match (filter, rust_log) {
        (Some(filter), _) => filter_of(filter).unwrap_or_else(|_| EnvFilter::new("info")),
        (None, Some(filter)) => filter_of(&filter).map_err(|_| LogError::RustLog(filter))?,
        (None, None) => EnvFilter::new("info"),
    };
    let subscriber = subscriber(filter, format, io::stderr().is_terminal(), io::stderr);
    tracing::subscriber::set_global_default(subscriber).map_err(|error| LogError::Taken(error.into()))
}

/// A filter as `RUST_LOG` has it; what it does not name is not logged.
///
/// # Errors
/// When it is none.
pub fn filter_of(text: &str) -> Result<EnvFilter, tracing_subscriber::filter::ParseError> {
    EnvFilter::builder().with_default_directive(LevelFilter::ERROR.into()).parse(text)
}

/// What writes logs in this form to this place.
pub fn subscriber<W>(
    filter: EnvFilter,
    format: LogFormat,
    colours: bool,
    writer: W,
) -> Box<dyn tracing::Subscriber + Send + Sync>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer);
    match format {
        LogFormat::Text => Box::new(builder.with_ansi(colours).finish()),
        LogFormat::Json => Box::new(builder.json().flatten_event(true).with_current_span(false).finish()),
    }
}

impl fmt::Display for LogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Json => "json",
        })
    }
}
