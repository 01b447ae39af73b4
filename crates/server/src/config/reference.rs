//! The reference page of the configuration, made of the table of variables.

use std::fmt::Write as _;

use super::env::{ALL, Place, Variable};

const INTRODUCTION: &str = "\
<!-- Made from the table of variables in crates/server/src/config/env.rs. Do not edit. -->

# Configuration

Gema reads, from highest to lowest precedence: the flags of `gema start`, the environment, `.env` in the working
directory, `gema.toml` in the working directory (or the file of `--config`, or else of the variable `GEMA_CONFIG`, which
holds for all commands), and its defaults. A Laravel application's `.env` for Reverb works as it is.

All mistakes are reported at once, and the server does not start with one: a value that cannot be, a name with
`GEMA_` that does not exist, one with `REVERB_` that is misspelt by a letter or two, an unknown key of `gema.toml`.
Other names with `REVERB_` may be there for Laravel; a warning says that they have no effect.

`.env` is read as Laravel reads it, with the same quotes, comments, escapes and `${NAME}`. Where `APP_ENV` is `staging` in
the environment and there is a file `.env.staging`, that file is read in its place. In the environment and in `.env`, `true`,
`false`, `null` and `empty` (also in parentheses) are read as Laravel reads them: `null` is the same as not set. A blank
value is the same as not set, except for a path (no prefix) and for allowed origins (a mistake). Booleans are `true`, `1`, `on`, `yes` and `false`, `0`, `off`, `no`. Times are whole
seconds, sizes are whole bytes, without a unit.

## Reload

At SIGHUP Gema reads all of this again (the environment of a process cannot change, its files can). New applications are
served at once. The others have their new secrets, origins, limits and options, for connections that are there as for
those to come; a connection is not closed because a limit has become lower. Connections of an application that is gone
are closed with 4001. Of the settings of the server, limits, times, trusted proxies and certificate files hold at once;
the others hold after a restart, and the log names those that have changed. With a mistake in it nothing changes, and the
log has all mistakes.

To replace a secret without a break: write the new one as the secret and the old one as the previous secret, and reload;
give the new one to the application; remove the previous secret, and reload.
";

const APPLICATIONS: &str = "\
The variables describe one application. `REVERB_APP_ID`, `REVERB_APP_KEY` and `REVERB_APP_SECRET` are set together or
not at all. `gema.toml` can have more of them, each as a table `[[apps]]`:

```toml
[server]
port = 8080

[[apps]]
id = \"123456\"
key = \"the-key\"
secret = \"the-secret\"
allowed_origins = [\"example.com\", \"*.example.com\"]
```

An application of `gema.toml` takes what its table states and the default for everything else: variables do not apply
to it. The application of the environment comes first, and replaces one of `gema.toml` with the same id. No two may have
the same id or the same key.

Without any application, `gema start` runs a development application on 127.0.0.1, shows its credentials, and refuses
to listen on another address; that holds wherever the secret of the development application is configured. `gema init`
writes credentials of your own to `.env`.
";

const ACCEPTED: &str = "\
Laravel's Reverb has these, so they may be set. They change nothing here.
";

/// The page `docs/configuration.md`.
#[must_use]
pub fn reference_markdown() -> String {
    let mut page = INTRODUCTION.to_owned();
    section(&mut page, "Server", "In `gema.toml`, these are keys of `[server]`.\n", |place| {
        matches!(place, Place::Server(_))
    });
    section(&mut page, "Applications", APPLICATIONS, |place| {
        matches!(place, Place::App(_) | Place::Alias(_))
    });
    section(&mut page, "Accepted without effect", ACCEPTED, |place| matches!(place, Place::Accepted));
    page
}

fn section(page: &mut String, title: &str, text: &str, belongs: impl Fn(Place) -> bool) {
    let rows: String = ALL.iter().filter(|variable| belongs(variable.place)).map(row).collect();
    // A String never refuses a write.
    let _ = write!(
        page,
        "\n## {title}\n\n{text}\n| Variable | Key in `gema.toml` | Default | Meaning |\n|---|---|---|---|\n{rows}"
    );
}

fn row(variable: &Variable) -> String {
    let key = match variable.place {
        Place::Server(key) | Place::App(key) => format!("`{key}`"),
        Place::Alias(_) | Place::Accepted => "–".to_owned(),
    };
    let default = match variable.fixed_default() {
        Some("") => "(blank)".to_owned(),
        Some(default) => format!("`{default}`"),
        None => variable.default.trim_matches(['(', ')']).to_owned(),
    };
    format!("| `{}` | {key} | {default} | {} |\n", variable.name, variable.meaning.trim())
}
