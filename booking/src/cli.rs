//! The command line.

use std::{fmt::Write as _, num::NonZeroU64, process::ExitCode, time::Duration};

use clap::{Args, Parser, Subcommand};
use gema_broadcast::EventId;

use crate::{
    config::variables,
    domain::{Email, NewSession, Role, TimeOfDay, TimeZone},
    seed::DEFAULT_SEED,
    simulate::{Rate, Simulation},
};

/// The reference application: sessions that people book, with live availability and live notifications.
#[derive(Debug, Parser)]
#[command(name = "booking", version, after_long_help = settings())]
pub struct Cli {
    /// What to do; `serve` if nothing is said.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Bring the database up to date and serve the API, the default.
    Serve(Serve),
    /// Bring the database up to date.
    Migrate,
    /// Fill the database; what is there stays as it is.
    Seed(Seed),
    /// Look after sessions.
    #[command(subcommand)]
    Session(Sessions),
    /// Look after accounts.
    #[command(subcommand)]
    User(Users),
    /// Book, pay and cancel at a running application, so that a demonstration is alive.
    Simulate(Simulate),
    /// Look after events that could not be sent.
    #[command(subcommand)]
    Outbox(Outbox),
    /// Print the OpenAPI document of the API and its events.
    #[command(name = "openapi")]
    OpenApi,
}

/// How to serve.
#[derive(Debug, Clone, Copy, Args)]
pub struct Serve {
    /// Make the demonstration first, as `seed --demo` does. Only where no other machine can reach the API.
    #[arg(long)]
    pub demo: bool,
    /// What the demonstration depends on.
    #[arg(long, default_value_t = DEFAULT_SEED, requires = "demo")]
    pub seed: u64,
}

impl Default for Serve {
    fn default() -> Self {
        Self { demo: false, seed: DEFAULT_SEED }
    }
}

/// What to do about sessions.
#[derive(Debug, Clone, Subcommand)]
pub enum Sessions {
    /// Make a session that takes place every day. An administrator changes it over the API.
    Add(SessionToAdd),
}

/// The session to make.
#[derive(Debug, Clone, Args)]
pub struct SessionToAdd {
    /// The name that everybody sees.
    #[arg(long, value_parser = name)]
    pub name: String,
    /// When it begins: `07:00`.
    #[arg(long)]
    pub start: TimeOfDay,
    /// When it is over, on the same day.
    #[arg(long)]
    pub end: TimeOfDay,
    /// Places of a day.
    #[arg(long, value_parser = clap::value_parser!(i64).range(0..=NewSession::MAX_CAPACITY))]
    pub capacity: i64,
    /// Price of a place in rupiah.
    #[arg(long, value_parser = clap::value_parser!(i64).range(0..=NewSession::MAX_PRICE))]
    pub price: i64,
    /// Where it takes place, as far as clocks are concerned.
    #[arg(long, default_value = "Asia/Jakarta")]
    pub timezone: TimeZone,
}

/// What to do about accounts.
#[derive(Debug, Clone, Subcommand)]
pub enum Users {
    /// Make an account, administrators included. The password is the first line of the standard input.
    Add(NewAccount),
}

/// The account to make.
#[derive(Debug, Clone, Args)]
pub struct NewAccount {
    /// The address to log in with.
    #[arg(long)]
    pub email: Email,
    /// The name that others may see.
    #[arg(long, value_parser = name)]
    pub name: String,
    /// What they may do: `admin` is everything, `user` what is their own.
    #[arg(long, default_value_t = Role::User)]
    pub role: Role,
}

/// What to fill the database with.
#[derive(Debug, Clone, Copy, Args)]
pub struct Seed {
    /// The demonstration: a studio with three accounts, six sessions and two weeks of bookings.
    #[arg(long, required = true)]
    pub demo: bool,
    /// What the demonstration depends on, the passwords included. Those of the default everybody knows.
    #[arg(long, default_value_t = DEFAULT_SEED)]
    pub seed: u64,
}

/// How to simulate.
#[derive(Debug, Clone, Args)]
pub struct Simulate {
    /// How often something happens: `2/s`, `30/m`.
    #[arg(long, default_value = "2/s")]
    pub rate: Rate,
    /// Where the application is; the host and port of its own settings if nothing is said.
    #[arg(long)]
    pub url: Option<String>,
    /// How long: `10s`, `5m`. Until it is interrupted if nothing is said.
    #[arg(long = "for", value_parser = duration)]
    pub length: Option<Duration>,
    /// How many times something happens at most.
    #[arg(long)]
    pub count: Option<NonZeroU64>,
    /// The seed of the demonstration, which its passwords come from.
    #[arg(long, default_value_t = DEFAULT_SEED)]
    pub seed: u64,
}

impl Simulate {
    /// The simulation of an application that is at `url` if nothing else was said.
    #[must_use]
    pub fn simulation(self, url: String) -> Simulation {
        let Self { rate, url: given, length, count, seed } = self;
        Simulation { rate, url: given.unwrap_or(url), length, count, seed }
    }
}

/// What to do about events that could not be sent.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum Outbox {
    /// Show what waits, and the events that were given up.
    List {
        /// How many at most.
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Send an event that was given up after all.
    Retry {
        /// Its id.
        event_id: EventId,
    },
    /// Send all events that were given up after all.
    RetryAll,
    /// Remove an event that was given up.
    Discard {
        /// Its id.
        event_id: EventId,
    },
}

/// How the command ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: it did what it should.
    Success,
    /// 1: something failed.
    Failure,
    /// 2: arguments or settings are wrong.
    Usage,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Success => Self::SUCCESS,
            Exit::Failure => Self::FAILURE,
            Exit::Usage => Self::from(2),
        }
    }
}

/// The settings for `--help`.
fn settings() -> String {
    let mut text = "Settings, from the environment or a .env file in the working directory:\n".to_owned();
    for variable in variables::ALL {
        let default = if variable.default.is_empty() { "none" } else { variable.default };
        // A String never refuses a write.
        let _ = writeln!(text, "  {} [default: {default}]\n     {}", variable.name, variable.meaning);
    }
    text.push_str("  REVERB_*, BROADCAST_*\n      As in Laravel; without any, the development application of `gema start`.");
    text
}

fn name(text: &str) -> Result<String, &'static str> {
    let name = text.trim();
    match name.chars().count() {
        1..=255 if !name.contains('\0') => Ok(name.to_owned()),
        _ => Err("a name has 1 to 255 characters"),
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no span of time; write 10s, 5m or 1h");
    let (number, unit) = text.split_at(text.len() - text.chars().last().map_or(0, char::len_utf8));
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return Err(wrong()),
    };
    let number: u32 = number.parse().map_err(|_| wrong())?;
    Ok(Duration::from_secs(u64::from(number) * seconds))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn nothing_at_all_is_to_serve() {
        assert!(Cli::try_parse_from(["booking"]).unwrap().command.is_none());
        assert!(Cli::try_parse_from(["booking", "seed"]).is_err(), "what to seed must be said");
        assert!(Cli::try_parse_from(["booking", "serve", "--seed", "1"]).is_err());
        assert!(Cli::try_parse_from(["booking", "outbox", "retry", "x"]).is_err());
    }

    #[test]
    fn an_account_has_an_address_and_a_name() {
        let parse = |rest: &[&str]| Cli::try_parse_from([&["booking", "user", "add"], rest].concat());
        let Some(Command::User(Users::Add(account))) =
            parse(&["--email", "Ani@example.com", "--name", " Ani ", "--role", "admin"]).unwrap().command
        else {
            panic!("it is an account")
        };
        assert_eq!(
            (account.email.as_str(), account.name.as_str(), account.role),
            ("ani@example.com", "Ani", Role::Admin)
        );
        for wrong in [
            &["--email", "ani@example.com"][..],
            &["--name", "Ani"],
            &["--email", "ani", "--name", "Ani"],
            &["--email", "ani@example.com", "--name", " "],
            &["--email", "ani@example.com", "--name", "Ani", "--role", "root"],
            &["--email", "ani@example.com", "--name", "Ani", "--password", "rahasia-sekali"],
        ] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_session_has_a_time_a_capacity_and_a_price() {
        let parse = |start: &str, capacity: &str, timezone: &str| {
            let line = ["booking", "session", "add", "--name", "Yoga", "--end", "08:00", "--price", "75000"];
            let rest = ["--start", start, "--capacity", capacity, "--timezone", timezone];
            Cli::try_parse_from([&line[..], &rest].concat())
        };
        assert!(parse("07:00", "12", "Asia/Makassar").is_ok());
        for (start, capacity, timezone) in
            [("7", "12", "UTC"), ("07:00", "-1", "UTC"), ("07:00", "100001", "UTC"), ("07:00", "12", "Mars")]
        {
            assert!(parse(start, capacity, timezone).is_err(), "{start} {capacity} {timezone}");
        }
    }

    #[test]
    fn spans_have_a_unit() {
        assert_eq!(duration("10s"), Ok(Duration::from_secs(10)));
        assert_eq!(duration("5m"), Ok(Duration::from_secs(300)));
        for text in ["", "s", "10", "10ms", "-1s", "1.5s", "10µ"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_help_names_every_setting() {
        let help = Cli::command().render_long_help().to_string();
        assert!(variables::ALL.iter().all(|variable| help.contains(variable.name)));
    }
}
