//! Each setting with its value and where that is from, for people who ask why.

use super::{
    Config, Flags, GemaToml, Origin, ServerConfig, Vars,
    env::{self, Place, Variable},
    file::{WEBHOOK_HEADERS, app_key, server_key, webhook_key},
    reader::{FileTable, Found, Reader},
};
use gema_hub::App;
use reqwest::Url;

/// Settings that belong together: those of the server, of one application, or of one of its webhooks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingGroup {
    /// What they configure.
    pub title: String,
    /// The settings, in the order of the reference.
    pub settings: Vec<Setting>,
}

/// One setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Its variable; its key where only `gema.toml` can set it.
    pub name: &'static str,
    /// Its value as it is written, or its default. Secrets are masked.
    pub value: String,
    /// Where the value is from; `None` for a default.
    pub origin: Option<Origin>,
}

/// What stands in the place of a secret.
pub const MASK: &str = "********";

/// All settings of a configuration that was loaded from these sources.
#[must_use]
pub(super) fn settings(
    flags: &Flags,
    vars: &dyn Vars,
    file: Option<&GemaToml>,
    config: &Config,
) -> Vec<SettingGroup> {
    let table = file.and_then(FileTable::server);
    let mut server = Reader { flags: Some(flags), vars: Some(vars), table, mistakes: Vec::new() };
    let mut groups = vec![group("Server".to_owned(), &mut server, |variable| {
        server_key(variable.place).map(|_| (variable.name, server_default(variable, &config.server)))
    })];
    applications(vars, file, config, &mut groups);
    let mut accepted = Reader::of_variables(vars);
    groups.push(group("Accepted without effect".to_owned(), &mut accepted, |variable| {
        match variable.place {
            Place::Accepted => Some((variable.name, None)),
            Place::Server(_) | Place::App(_) | Place::Alias(_) => None,
        }
    }));
    groups
}

/// A group for each application and each of its tables of webhooks, in the order of the configuration: first that of the environment, or the development
/// application, then those of the file that it does not replace.
fn applications(vars: &dyn Vars, file: Option<&GemaToml>, config: &Config, groups: &mut Vec<SettingGroup>) {
    let mut apps = config.apps.iter();
    let mut environment = Reader::of_variables(vars);
    let own = environment.find(&env::REVERB_APP_ID).map(|found| found.text.trim().to_owned());
    let tables: Vec<_> = file.into_iter().flat_map(FileTable::apps).collect();
    if (own.is_some() || tables.is_empty())
        && let Some(app) = apps.next()
    {
        let title = if own.is_some() {
            format!("Application {}", app.id)
        } else {
            "Development application".to_owned()
        };
        groups.push(group(title, &mut environment, |variable| match variable.place {
            Place::App(_) => Some((variable.name, app_default(variable, app))),
            Place::Alias(of) => Some((variable.name, Some(format!("(as {of})")))),
            Place::Server(_) | Place::Accepted => None,
        }));
    }
    for table in tables {
        let mut reader = Reader::of_table(table);
        let id = reader.find(&env::REVERB_APP_ID).map(|found| found.text.trim().to_owned());
        if id == own {
            continue;
        }
        let Some(app) = apps.next() else { return };
        let webhooks: Vec<_> = reader.table.iter().flat_map(FileTable::webhooks).collect();
        groups.push(group(format!("Application {}", app.id), &mut reader, |variable| {
            app_key(variable.place).map(|key| (key, app_default(variable, app)))
        }));
        let numbered = (1..).zip(webhooks);
        groups.extend(
            numbered
                .map(|(number, table)| webhook(format!("Application {}, webhook {number}", app.id), table)),
        );
    }
}

/// The settings of a table `[[apps.webhooks]]`. Of its headers only the names are shown.
fn webhook(title: String, table: FileTable<'_>) -> SettingGroup {
    let headers = table.raw(WEBHOOK_HEADERS).and_then(|(value, _, origin)| {
        let headers: Vec<_> = value.as_table()?.keys().map(|name| format!("{name}: {MASK}")).collect();
        Some(Setting { name: WEBHOOK_HEADERS, value: headers.join(", "), origin: Some(origin) })
    });
    let mut reader = Reader::of_table(table);
    let mut group = group(title, &mut reader, |variable| webhook_key(variable.place).map(|key| (key, None)));
    let none = || Setting { name: WEBHOOK_HEADERS, value: "(none)".to_owned(), origin: None };
    group.settings.push(headers.unwrap_or_else(none));
    group
}

/// The settings that `pick` names. With the name it gives what the setting is when nothing is set, where that is not the
/// default of the table.
fn group(
    title: String,
    reader: &mut Reader<'_>,
    pick: impl Fn(&Variable) -> Option<(&'static str, Option<String>)>,
) -> SettingGroup {
    let mut settings = Vec::new();
    for variable in env::ALL {
        if let Some((name, default)) = pick(variable) {
            settings.push(setting(name, variable, reader.find(variable), default));
        }
    }
    SettingGroup { title, settings }
}

fn setting(
    name: &'static str,
    variable: &Variable,
    found: Option<Found>,
    default: Option<String>,
) -> Setting {
    let Some(Found { origin, text, .. }) = found else {
        let value = default.unwrap_or_else(|| variable.default.to_owned());
        return Setting { name, value, origin: None };
    };
    let value = if *variable == env::GEMA_APP_WEBHOOK_URL {
        masked(&text)
    } else if variable.is_secret() {
        MASK.to_owned()
    } else {
        text
    };
    Setting { name, value, origin: Some(origin) }
}

/// A URL without its user, password and query, which may be secret.
fn masked(text: &str) -> String {
    let Ok(mut url) = Url::parse(text.trim()) else { return MASK.to_owned() };
    let has_user = !url.username().is_empty() || url.password().is_some();
    if has_user && url.set_username(MASK).and_then(|()| url.set_password(None)).is_err() {
        return MASK.to_owned();
    }
    if url.query().is_some() {
        url.set_query(Some(MASK));
    }
    url.set_fragment(None);
    url.to_string()
}

/// What a setting of the server has become that is not set, where that depends on other things.
fn server_default(variable: &Variable, server: &ServerConfig) -> Option<String> {
    if *variable == env::REVERB_SERVER_HOST {
        Some(server.host.clone())
    } else if *variable == env::GEMA_SHARDS {
        Some(server.shards.to_string())
    } else {
        None
    }
}

/// The same of an application.
fn app_default(variable: &Variable, app: &App) -> Option<String> {
    let value = if *variable == env::REVERB_APP_ID {
        app.id.clone()
    } else if *variable == env::REVERB_APP_KEY {
        app.key.clone()
    } else if *variable == env::REVERB_APP_SECRET {
        MASK.to_owned()
    } else if *variable == env::REVERB_APP_ALLOWED_ORIGINS {
        app.allowed_origins.join(",")
    } else if *variable == env::GEMA_APP_MAX_EVENT_SIZE {
        app.limits.event_size.to_string()
    } else if *variable == env::GEMA_APP_MAX_OUTBOX_SIZE {
        app.limits.outbox_size.to_string()
    } else {
        return None;
    };
    Some(value)
}
