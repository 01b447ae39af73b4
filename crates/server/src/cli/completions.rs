//! `gema completions`: what the tab key knows.

use std::io::{self, Write};

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::Cli;

/// Arguments of `gema completions`.
#[derive(Debug, Clone, clap::Args)]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

impl Completions {
    /// Prints the completions of the shell.
    ///
    /// # Errors
    /// When `out` takes nothing.
    pub fn run(&self, out: &mut impl Write) -> io::Result<()> {
        // The generator panics where it cannot write: nobody but a text shall meet that.
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "gema", &mut text);
        out.write_all(&text)
    }
}
