//! `gema reverb:start`, which takes whatever `php artisan reverb:start` takes.

use super::Start;

/// Arguments of `gema reverb:start`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ReverbStart {
    /// Those of `gema start`.
    #[command(flatten)]
    pub start: Start,
    /// Those of artisan.
    #[command(flatten)]
    pub artisan: Artisan,
}

/// The flags of every command of artisan, which service files have. Only the environment means something here.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Artisan {
    /// Read .env.NAME in the place of .env, if it exists
    #[arg(long, value_name = "NAME", hide = true)]
    pub env: Option<String>,
    /// Nothing: no question is asked.
    #[arg(short, long, hide = true, action = clap::ArgAction::Count)]
    pub no_interaction: u8,
    /// Nothing: `GEMA_LOG` says what is logged.
    #[arg(short, long, hide = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Nothing.
    #[arg(short, long, hide = true, action = clap::ArgAction::Count)]
    pub quiet: u8,
    /// Nothing.
    #[arg(long, hide = true, action = clap::ArgAction::Count)]
    pub silent: u8,
    /// Nothing: there are colours on a terminal.
    #[arg(long, hide = true, action = clap::ArgAction::Count)]
    pub ansi: u8,
    /// Nothing.
    #[arg(long, hide = true, action = clap::ArgAction::Count)]
    pub no_ansi: u8,
}

impl From<ReverbStart> for Start {
    fn from(ReverbStart { mut start, artisan }: ReverbStart) -> Self {
        start.flags.env = artisan.env;
        start
    }
}
