//! The applications: that of the environment, those of `gema.toml`, or the development application.

use std::sync::Arc;

use gema_hub::{App, AppNumber, Limits, RateLimit};
use gema_protocol::signature::{Secret, Secrets};

use super::{
    GemaToml, InvalidSetting, Origin, Vars,
    env::{self, Variable},
    invalid::Wrong,
    parse,
    reader::{FileTable, Found, Reader},
    webhooks,
};

/// Credentials of the development application; they are public, so it is served on loopback addresses only.
pub(crate) const DEVELOPMENT: Credentials<'_> =
    Credentials { id: "1", key: "gema-dev-key", secret: "gema-dev-secret" };

/// A waiting outbox holds at least this many events of the greatest size, unless it is told otherwise.
const EVENTS_PER_OUTBOX: usize = 4;

/// What makes an application.
#[derive(Clone, Copy)]
pub(crate) struct Credentials<'a> {
    /// The id in the paths of the HTTP API.
    pub(crate) id: &'a str,
    /// The key that clients name.
    pub(crate) key: &'a str,
    /// What signatures are made with.
    pub(crate) secret: &'a str,
}

/// What the sources say about applications.
pub(super) struct Configured {
    pub(super) apps: Vec<App>,
    /// Whether any source names an application, if only with mistakes.
    pub(super) any: bool,
    /// Whether one of them has the secret of the development application.
    pub(super) development: bool,
    /// Whether one of them is the environment's, so that the environment's options have an effect.
    pub(super) from_environment: bool,
}

/// An application and where its names stand.
struct Named {
    app: App,
    id: Found,
    key: Found,
    secret: Found,
    previous_secret: Option<Found>,
}

impl Named {
    /// Whether everybody knows one of its secrets.
    fn is_development(&self) -> bool {
        let mut secrets = std::iter::once(&self.secret).chain(&self.previous_secret);
        secrets.any(|secret| secret.text.trim() == DEVELOPMENT.secret)
    }
}

/// Reads all applications. `event_size` is the default size of an event, where it is not the usual one.
pub(super) fn read(
    vars: &dyn Vars,
    file: Option<&GemaToml>,
    event_size: Option<usize>,
    mistakes: &mut Vec<InvalidSetting>,
) -> Configured {
    let mut apps = Vec::new();
    let mut environment = Reader::of_variables(vars);
    let credentials = [env::REVERB_APP_ID, env::REVERB_APP_KEY, env::REVERB_APP_SECRET];
    let from_environment = credentials.iter().any(|variable| environment.find(variable).is_some());
    if from_environment {
        apps.extend(named(&mut environment, event_size));
        mistakes.append(&mut environment.mistakes);
    }
    let overriding = apps.first().map(|named: &Named| named.app.id.clone());
    let mut any = from_environment;
    for table in file.into_iter().flat_map(FileTable::apps) {
        any = true;
        let mut reader = Reader::of_table(table);
        let named = named(&mut reader, event_size);
        apps.extend(named.filter(|named| overriding.as_ref() != Some(&named.app.id)));
        mistakes.append(&mut reader.mistakes);
    }
    refuse_doubles(&apps, mistakes);
    let development = apps.iter().any(Named::is_development);
    let apps = apps.into_iter().map(|named| named.app).collect();
    Configured { apps, any, development, from_environment }
}

/// The development application, with the options of the environment.
pub(super) fn development(
    vars: &dyn Vars,
    event_size: Option<usize>,
    mistakes: &mut Vec<InvalidSetting>,
) -> App {
    let mut reader = Reader::of_variables(vars);
    let app = app(&mut reader, DEVELOPMENT, event_size);
    mistakes.append(&mut reader.mistakes);
    app
}

/// The applications as the hub knows them.
pub(super) fn numbered(apps: Vec<App>) -> Vec<Arc<App>> {
    (0..).map(AppNumber).zip(apps).map(|(number, app)| Arc::new(App { number, ..app })).collect()
}

/// The application of a group of settings; nothing, and mistakes, unless all of id, key and secret are there.
fn named(reader: &mut Reader<'_>, event_size: Option<usize>) -> Option<Named> {
    let variables = [&env::REVERB_APP_ID, &env::REVERB_APP_KEY, &env::REVERB_APP_SECRET];
    let [id, key, secret] = variables.map(|variable| reader.find(variable));
    let sibling = [&id, &key, &secret].into_iter().flatten().next().map(|found| found.origin.clone());
    for (variable, found) in variables.into_iter().zip([&id, &key, &secret]) {
        if found.is_none() {
            refuse_incomplete(reader, variable, sibling.clone());
        }
    }
    reader.optional(&env::REVERB_APP_ID, parse::identifier);
    reader.optional(&env::REVERB_APP_KEY, parse::identifier);
    // Read the options of an incomplete application as well: all mistakes are reported at once.
    let text =
        |found: &Option<Found>| found.as_ref().map_or(String::new(), |found| found.text.trim().to_owned());
    let (id_text, key_text, secret_text) = (text(&id), text(&key), text(&secret));
    let credentials = Credentials { id: &id_text, key: &key_text, secret: &secret_text };
    let app = app(reader, credentials, event_size);
    let previous_secret = reader.find(&env::GEMA_APP_PREVIOUS_SECRET);
    Some(Named { app, id: id?, key: key?, secret: secret?, previous_secret })
}

fn refuse_incomplete(reader: &mut Reader<'_>, variable: &Variable, sibling: Option<Origin>) {
    let (setting, origin) = reader.whereabouts(variable);
    reader.mistakes.push(InvalidSetting {
        setting,
        origin: sibling.unwrap_or(origin),
        value: None,
        reason: "is missing".to_owned(),
        remedy: "An application needs an id, a key and a secret.".to_owned(),
    });
}

fn app(reader: &mut Reader<'_>, credentials: Credentials<'_>, event_size: Option<usize>) -> App {
    App {
        number: AppNumber(0),
        id: credentials.id.to_owned(),
        key: credentials.key.to_owned(),
        secrets: Secrets::new(
            Secret::new(credentials.secret),
            previous_secret(reader, credentials.secret).map(Secret::new),
        ),
        allowed_origins: allowed_origins(reader),
        ping_interval: reader.value(&env::REVERB_APP_PING_INTERVAL, parse::seconds),
        pong_timeout: reader.value(&env::GEMA_APP_PONG_TIMEOUT, parse::seconds),
        activity_timeout: reader.value(&env::REVERB_APP_ACTIVITY_TIMEOUT, parse::seconds),
        client_events: reader.value(&env::REVERB_APP_ACCEPT_CLIENT_EVENTS_FROM, parse::client_events),
        subscription_counts: reader.value(&env::GEMA_APP_SUBSCRIPTION_COUNTS, parse::boolean),
        watchlists: reader.value(&env::GEMA_APP_WATCHLISTS, parse::boolean),
        cache_ttl: reader.value(&env::GEMA_APP_CACHE_TTL, parse::seconds),
        rate_limit: rate_limit(reader),
        limits: limits(reader, event_size),
        webhooks: webhooks::read(reader, credentials.id),
    }
}

fn previous_secret(reader: &mut Reader<'_>, secret: &str) -> Option<String> {
    reader.optional(&env::GEMA_APP_PREVIOUS_SECRET, |text| match text.trim() {
        text if text == secret => {
            Err(Wrong::new("is the secret itself", "Give the secret that was valid before, or remove it."))
        }
        text => Ok(text.to_owned()),
    })
}

fn allowed_origins(reader: &mut Reader<'_>) -> Vec<String> {
    let (name, alias) = (&env::REVERB_APP_ALLOWED_ORIGINS, &env::GEMA_APP_ALLOWED_ORIGINS);
    if let (Some(named), Some(aliased)) = (reader.find(name), reader.find(alias))
        && named.text != aliased.text
    {
        let reason = format!("is not what {} says", name.name);
        reader.mistakes.push(aliased.invalid(alias, Wrong::new(reason, "Keep one of the two.")));
    }
    match reader.optional(alias, parse::origins) {
        Some(origins) => origins,
        None => reader.value(name, parse::origins),
    }
}

fn rate_limit(reader: &mut Reader<'_>) -> Option<RateLimit> {
    let limit = RateLimit {
        max_attempts: reader.value(&env::REVERB_APP_RATE_LIMIT_MAX_ATTEMPTS, parse::count32),
        decay: reader.value(&env::REVERB_APP_RATE_LIMIT_DECAY_SECONDS, parse::seconds),
        terminate: reader.value(&env::REVERB_APP_RATE_LIMIT_TERMINATE, parse::boolean),
    };
    reader.value(&env::REVERB_APP_RATE_LIMITING_ENABLED, parse::boolean).then_some(limit)
}

fn limits(reader: &mut Reader<'_>, event_size: Option<usize>) -> Limits {
    let event_size = match (reader.find(&env::GEMA_APP_MAX_EVENT_SIZE), event_size) {
        (None, Some(event_size)) => event_size,
        _ => reader.value(&env::GEMA_APP_MAX_EVENT_SIZE, parse::bytes),
    };
    Limits {
        connections: reader.optional(&env::REVERB_APP_MAX_CONNECTIONS, parse::count32_or_zero),
        message_size: reader.value(&env::REVERB_APP_MAX_MESSAGE_SIZE, parse::bytes_or_unlimited),
        event_size,
        channels_per_connection: reader.value(&env::GEMA_APP_MAX_CHANNELS_PER_CONNECTION, parse::count),
        presence_members: reader.value(&env::GEMA_APP_MAX_PRESENCE_MEMBERS, parse::count),
        presence_member_size: reader.value(&env::GEMA_APP_MAX_PRESENCE_MEMBER_SIZE, parse::bytes),
        outbox_size: outbox_size(reader, event_size),
    }
}

/// An outbox smaller than one event would close every connection that the event is for.
fn outbox_size(reader: &mut Reader<'_>, event_size: usize) -> usize {
    let variable = &env::GEMA_APP_MAX_OUTBOX_SIZE;
    let Some(found) = reader.find(variable) else {
        let default = reader.value(variable, parse::bytes);
        return default.max(event_size.saturating_mul(EVENTS_PER_OUTBOX));
    };
    let size = reader.value(variable, parse::bytes);
    if size < event_size {
        let reason = format!("is less than one event of {event_size} bytes");
        let wrong = Wrong::new(reason, "Give several times the greatest size of an event.");
        reader.mistakes.push(found.invalid(variable, wrong));
    }
    size
}

/// No two applications may have the same id or the same key.
fn refuse_doubles(apps: &[Named], mistakes: &mut Vec<InvalidSetting>) {
    for (index, named) in apps.iter().enumerate() {
        let earlier = &apps[..index];
        let names = [
            (&env::REVERB_APP_ID, &named.id, earlier.iter().any(|other| other.app.id == named.app.id)),
            (&env::REVERB_APP_KEY, &named.key, earlier.iter().any(|other| other.app.key == named.app.key)),
        ];
        for (variable, found, _) in names.into_iter().filter(|(.., double)| *double) {
            let wrong =
                Wrong::new("belongs to another application already", "Give each application its own.");
            mistakes.push(found.clone().invalid(variable, wrong));
        }
    }
}
