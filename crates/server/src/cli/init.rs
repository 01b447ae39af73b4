//! `gema init`: credentials of a new application in `.env`.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use rand::{
    RngExt as _, SeedableRng as _,
    rngs::{StdRng, SysError, SysRng},
};

use crate::config::{Credentials, DEVELOPMENT};

const ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";

const NEXT_STEPS: &str = r"
Start the server with `gema start`. In the browser (npm install laravel-echo pusher-js):

  import Echo from 'laravel-echo';
  import Pusher from 'pusher-js';

  window.Pusher = Pusher;
  window.Echo = new Echo({
    broadcaster: 'reverb',
    key: import.meta.env.VITE_REVERB_APP_KEY,
    wsHost: import.meta.env.VITE_REVERB_HOST,
    wsPort: import.meta.env.VITE_REVERB_PORT,
    wssPort: import.meta.env.VITE_REVERB_PORT,
    forceTLS: import.meta.env.VITE_REVERB_SCHEME === 'https',
    enabledTransports: ['ws', 'wss'],
  });
";

/// Why `.env` could not be written.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// The system has no randomness for credentials.
    #[error("failed to draw random credentials")]
    Random(#[from] SysError),
    /// The file exists and cannot be read as text.
    #[error("failed to read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The file cannot be written; it is as it was.
    #[error("failed to write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// What was done could not be told.
    #[error("failed to print")]
    Print(#[source] io::Error),
}

/// Writes the lines that are missing to `.env` in the directory, and tells on `out` what it did.
///
/// Lines that exist are never touched, so a second run changes nothing.
///
/// # Errors
///
/// The file cannot be read or written; it is as it was then.
pub fn init(directory: &Path, out: &mut impl Write) -> Result<(), InitError> {
    let mut rng = StdRng::try_from_rng(&mut SysRng)?;
    let mut word = || -> String { (0..20).map(|_| char::from(ALPHABET[rng.random_range(0..36)])).collect() };
    let (key, secret) = (word(), word());
    let id = rng.random_range(100_000..1_000_000).to_string();
    init_with(Credentials { id: &id, key: &key, secret: &secret }, directory, out)
}

/// The lines of `.env` with which Laravel, its front end and this server find each other.
pub(crate) fn env_lines(credentials: Credentials<'_>, host: &str, port: u16) -> Vec<(&'static str, String)> {
    let quoted = |text: &str| format!("\"{text}\"");
    vec![
        ("BROADCAST_CONNECTION", "reverb".to_owned()),
        ("REVERB_APP_ID", credentials.id.to_owned()),
        ("REVERB_APP_KEY", credentials.key.to_owned()),
        ("REVERB_APP_SECRET", credentials.secret.to_owned()),
        ("REVERB_HOST", quoted(host)),
        ("REVERB_PORT", port.to_string()),
        ("REVERB_SCHEME", "http".to_owned()),
        ("VITE_REVERB_APP_KEY", quoted("${REVERB_APP_KEY}")),
        ("VITE_REVERB_HOST", quoted("${REVERB_HOST}")),
        ("VITE_REVERB_PORT", quoted("${REVERB_PORT}")),
        ("VITE_REVERB_SCHEME", quoted("${REVERB_SCHEME}")),
    ]
}

fn init_with(credentials: Credentials<'_>, directory: &Path, out: &mut impl Write) -> Result<(), InitError> {
    let path = directory.join(".env");
    let existing = match fs::read_to_string(&path) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(source) => return Err(InitError::Read { path, source }),
    };
    let text = existing.as_deref().unwrap_or_default();
    let (present, missing): (Vec<_>, Vec<_>) = env_lines(credentials, "localhost", 8080)
        .into_iter()
        .partition(|(name, _)| value_in(text, name).is_some());
    if !missing.is_empty() {
        let text = appended(text, &missing);
        replace(&path, &text).map_err(|source| InitError::Write { path: path.clone(), source })?;
    }

    let added: Vec<_> = missing.iter().map(|(name, _)| *name).collect();
    let kept: Vec<_> = present.iter().map(|(name, _)| *name).collect();
    let told = tell(out, &path, existing.is_none(), &added)
        .and_then(|()| advise(out, text, &kept))
        .and_then(|()| out.write_all(NEXT_STEPS.as_bytes()));
    told.map_err(InitError::Print)
}

fn tell(out: &mut impl Write, path: &Path, created: bool, added: &[&str]) -> io::Result<()> {
    let path = path.display();
    if added.is_empty() {
        return writeln!(out, "Nothing to do: {path} has all lines already.");
    }
    writeln!(out, "{} {path} with:", if created { "Created" } else { "Extended" })?;
    added.iter().try_for_each(|name| writeln!(out, "  {name}"))
}

/// Tells which of the lines that were there already keep the application from working.
fn advise(out: &mut impl Write, text: &str, kept: &[&str]) -> io::Result<()> {
    // Lines are added for the Laravel of today; older ones read another name.
    if let Some(driver) = value_in(text, "BROADCAST_DRIVER").filter(|driver| *driver != "reverb") {
        writeln!(
            out,
            "BROADCAST_DRIVER is `{driver}`: Laravel 10 reads that in place of BROADCAST_CONNECTION. Set it to `reverb` there."
        )?;
    }
    for name in kept {
        let value = value_in(text, name).unwrap_or_default();
        if *name == "BROADCAST_CONNECTION" && value != "reverb" {
            writeln!(
                out,
                "{name} is `{value}`: set it to `reverb`, so that Laravel broadcasts through Gema."
            )?;
        } else if *name == "REVERB_APP_SECRET" && value == DEVELOPMENT.secret {
            writeln!(out, "{name} is public: delete the lines REVERB_APP_* and run `gema init` again.")?;
        } else if value.is_empty() {
            writeln!(out, "{name} is blank: fill it in, or delete the line and run `gema init` again.")?;
        }
    }
    Ok(())
}

/// The value of a name in the text of a `.env` file, without quotes.
fn value_in<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let assignments = text.lines().filter_map(|line| line.split_once('='));
    let mut found = assignments.filter(|(left, _)| {
        let left = left.trim();
        left.strip_prefix("export ").unwrap_or(left).trim() == name
    });
    found.next_back().map(|(_, value)| value.trim().trim_matches(['"', '\'']))
}

/// The text and the lines after it, in groups, with the line ends that the text has.
fn appended(text: &str, lines: &[(&'static str, String)]) -> String {
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut whole = text.to_owned();
    if !whole.is_empty() && !whole.ends_with('\n') {
        whole.push_str(end);
    }
    let group = |name: &str| name.split('_').next().unwrap_or_default().to_owned();
    let mut previous = None;
    for (name, value) in lines {
        let this = group(name);
        if !whole.is_empty() && previous.as_ref() != Some(&this) {
            whole.push_str(end);
        }
        whole.extend([name, "=", value.as_str(), end]);
        previous = Some(this);
    }
    whole
}

/// Puts a new file in the place of the old one at once, with the permissions that it had.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    // Where `.env` is a link, its target is replaced and the link stays.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let permissions = fs::metadata(&target).ok().map(|metadata| metadata.permissions());
    let temporary = target.with_file_name(format!(".env.gema-{}", std::process::id()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&temporary)?;
    let written = (|| {
        file.write_all(text.as_bytes())?;
        if let Some(permissions) = permissions {
            file.set_permissions(permissions)?;
        }
        file.sync_all()?;
        fs::rename(&temporary, &target)
    })();
    if written.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_file(&temporary);
    }
    written
}

#[cfg(test)]
mod tests;
