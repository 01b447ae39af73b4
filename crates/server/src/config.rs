//! The configuration: flags over the environment over `.env` over `gema.toml` over defaults.
//!
//! Everything is read and checked before the server listens. All mistakes are reported at once, each with its
//! place and its remedy; nothing falls back silently.

use std::{path::Path, sync::Arc};

use gema_hub::App;

mod apps;
mod changes;
mod dotenv;
pub mod env;
mod file;
mod flags;
mod invalid;
mod nearest;
mod parse;
mod path;
mod reader;
mod reference;
mod server;
mod settings;
mod sources;
mod tls;
mod vars;
mod warnings;
mod webhooks;

pub(crate) use apps::{Credentials, DEVELOPMENT};
pub use file::GemaToml;
pub use flags::Flags;
pub use invalid::{InvalidSetting, Origin, report};
pub use path::{InvalidPathPrefix, PathPrefix};
pub use reference::reference_markdown;
pub use server::{MetricsAddress, Scheme, ServerConfig};
pub use settings::{MASK, Setting, SettingGroup};
pub use sources::Sources;
pub use vars::{Environment, Vars};
pub(crate) use webhooks::webhook_to;

use env::{Place, Variable};
use invalid::Wrong;
use reader::{FileTable, Reader};

/// Where the development application listens.
const LOOPBACK: &str = "127.0.0.1";

/// All settings of a server, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// Settings of the process.
    pub server: ServerConfig,
    /// The applications, numbered in their order: at least one.
    pub apps: Vec<Arc<App>>,
    /// Whether the development application is served, because it or none is configured. The server listens on a
    /// loopback address then.
    pub development: bool,
    /// Variables that are set and change nothing; worth one line of the log.
    pub without_effect: Vec<&'static str>,
    /// What can be as it is, and is most likely meant otherwise; each worth a line of the log.
    pub warnings: Vec<InvalidSetting>,
}

impl Config {
    /// Reads the settings.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with them.
    pub fn load(
        flags: &Flags,
        vars: &impl Vars,
        file: Option<&GemaToml>,
    ) -> Result<Self, Vec<InvalidSetting>> {
        let nearest::Unknown { mut mistakes, mut warnings } = nearest::unknown_variables(vars);
        mistakes.extend(file.into_iter().flat_map(GemaToml::mistakes));

        let table = file.and_then(FileTable::server);
        let mut reader = Reader { flags: Some(flags), vars: Some(vars), table, mistakes: Vec::new() };
        let mut server = server::read(&mut reader, flags);
        reader.optional(&env::REVERB_SERVER, parse::reverb_driver);
        reader.optional(&env::REVERB_SCALING_ENABLED, parse::scaling);
        let event_size = reader.find(&env::REVERB_MAX_REQUEST_SIZE).map(|_| server.max_request_size);

        let mut configured = apps::read(vars, file, event_size, &mut reader.mistakes);
        if !configured.any {
            warnings.extend(warnings::pusher_names(vars));
            configured.apps.push(apps::development(vars, event_size, &mut reader.mistakes));
        }
        let development = configured.development || !configured.any;
        if development {
            server.host = development_host(&mut reader, server.host);
        }
        warnings.extend(warnings::scheme_without_tls(&mut reader, &server));
        let without_effect = without_effect(vars, configured.from_environment || !configured.any);

        mistakes.append(&mut reader.mistakes);
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        Ok(Self { server, apps: apps::numbered(configured.apps), development, without_effect, warnings })
    }

    /// Reads the settings of this process: its environment, and `.env` (or what it is for the environment of the flags)
    /// and `gema.toml` in the directory.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with them; the file of `--config`, if given, must exist.
    pub fn of_process(
        flags: &Flags,
        directory: &Path,
        config: Option<&Path>,
    ) -> Result<Self, Vec<InvalidSetting>> {
        Sources::of_flags(flags, directory, config).config(flags)
    }
}

/// The credentials of the development application are no secret: it must not be reached from elsewhere.
fn development_host(reader: &mut Reader<'_>, host: String) -> String {
    let Some(found) = reader.find(&env::REVERB_SERVER_HOST) else {
        return LOOPBACK.to_owned();
    };
    let is_loopback = |ip: std::net::IpAddr| ip.is_loopback();
    if host != "localhost" && !host.parse().is_ok_and(is_loopback) {
        let wrong = Wrong::new(
            "can be reached from elsewhere, but the credentials are those of the development application",
            "Configure an application of your own, for example with `gema init`, or listen on 127.0.0.1.",
        );
        reader.mistakes.push(found.invalid(&env::REVERB_SERVER_HOST, wrong));
    }
    host
}

/// Variables that are set in vain: those that only Reverb uses, and options of an application that is not there.
fn without_effect(vars: &dyn Vars, has_application: bool) -> Vec<&'static str> {
    let in_vain = |variable: &&Variable| match variable.place {
        Place::Accepted => **variable != env::REVERB_SCALING_ENABLED,
        Place::App(_) | Place::Alias(_) => !has_application,
        Place::Server(_) => false,
    };
    let mut reader = Reader::of_variables(vars);
    let set = |variable: &&Variable| reader.find(variable).is_some();
    env::ALL.iter().filter(in_vain).filter(set).map(|variable| variable.name).collect()
}

#[cfg(test)]
mod tests;
