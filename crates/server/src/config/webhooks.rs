//! Where an application is told what happens at its channels.

use std::sync::Arc;

use gema_hub::{ChannelPattern, FactKind, FactKinds, Header, Webhook, Webhooks};
use reqwest::{
    Url,
    header::{HeaderName, HeaderValue},
};
use toml::Value;

use super::{
    InvalidSetting, Origin, env,
    file::WEBHOOK_HEADERS,
    invalid::Wrong,
    nearest, parse,
    reader::{FileTable, Reader},
};

/// Headers that every webhook has.
const OWN_HEADERS: [&str; 6] =
    ["x-pusher-key", "x-pusher-signature", "content-type", "content-length", "host", "transfer-encoding"];

/// The webhooks of an application: that of its own settings, and those of its tables.
pub(super) fn read(reader: &mut Reader<'_>, app_id: &str) -> Option<Arc<Webhooks>> {
    let mut endpoints: Vec<Webhook> = own(reader).into_iter().collect();
    let tables: Vec<_> = reader.table.iter().flat_map(FileTable::webhooks).collect();
    for table in tables {
        let mut of_table = Reader::of_table(table);
        endpoints.extend(of_own_table(&mut of_table));
        reader.mistakes.append(&mut of_table.mistakes);
    }
    let webhooks = Webhooks { app_id: app_id.to_owned(), endpoints };
    (!webhooks.endpoints.is_empty()).then(|| Arc::new(webhooks))
}

/// The webhook among the settings of the application.
fn own(reader: &mut Reader<'_>) -> Option<Webhook> {
    if reader.find(&env::GEMA_APP_WEBHOOK_URL).is_some() {
        return checked(reader);
    }
    let in_vain = [
        &env::GEMA_APP_WEBHOOK_EVENTS,
        &env::GEMA_APP_WEBHOOK_CHANNELS,
        &env::GEMA_APP_WEBHOOK_BATCHING,
        &env::GEMA_APP_WEBHOOK_TIMEOUT,
        &env::GEMA_APP_WEBHOOK_RETRY_FOR,
    ];
    for variable in in_vain {
        if let Some(found) = reader.find(variable) {
            let wrong = Wrong::new(
                "is a setting of a webhook, but no URL is given",
                format!("Set {} as well, or remove it.", env::GEMA_APP_WEBHOOK_URL.name),
            );
            reader.mistakes.push(found.invalid(variable, wrong));
        }
    }
    None
}

/// The webhook of a table `[[apps.webhooks]]`.
fn of_own_table(reader: &mut Reader<'_>) -> Option<Webhook> {
    if reader.find(&env::GEMA_APP_WEBHOOK_URL).is_none() {
        let (setting, origin) = reader.whereabouts(&env::GEMA_APP_WEBHOOK_URL);
        reader.mistakes.push(InvalidSetting {
            setting,
            origin,
            value: None,
            reason: "is missing".to_owned(),
            remedy: "A webhook needs a URL.".to_owned(),
        });
    }
    let headers = headers(reader);
    checked(reader).map(|webhook| Webhook { headers, ..webhook })
}

/// A webhook, unless its URL is missing or wrong.
fn checked(reader: &mut Reader<'_>) -> Option<Webhook> {
    let url = reader.optional(&env::GEMA_APP_WEBHOOK_URL, url);
    // Read the others as well: all mistakes are reported at once.
    let webhook = webhook(reader, url.clone().unwrap_or_default());
    url.map(|_| webhook)
}

fn webhook(reader: &mut Reader<'_>, url: String) -> Webhook {
    let events = reader.optional(&env::GEMA_APP_WEBHOOK_EVENTS, events).unwrap_or(FactKinds::ALL);
    let channels = reader.optional(&env::GEMA_APP_WEBHOOK_CHANNELS, channels).unwrap_or_default();
    Webhook {
        url,
        events,
        channels,
        batching: reader.value(&env::GEMA_APP_WEBHOOK_BATCHING, parse::boolean),
        headers: Vec::new(),
        timeout: reader.value(&env::GEMA_APP_WEBHOOK_TIMEOUT, parse::seconds),
        retry_for: reader.value(&env::GEMA_APP_WEBHOOK_RETRY_FOR, parse::seconds),
    }
}

/// A webhook to this URL with the default settings.
///
/// # Errors
/// What is wrong with the URL.
pub(crate) fn webhook_to(address: &str) -> Result<Webhook, String> {
    let url = url(address).map_err(|wrong| format!("`{address}` {}. {}", wrong.reason, wrong.remedy))?;
    let default = webhook(&mut Reader { flags: None, vars: None, table: None, mistakes: Vec::new() }, url);
    Ok(default)
}

fn url(text: &str) -> Result<String, Wrong> {
    let text = text.trim();
    let remedy = "Give the whole address, such as `https://example.com/webhooks`.";
    match Url::parse(text) {
        Ok(url) if ["http", "https"].contains(&url.scheme()) => Ok(text.to_owned()),
        Ok(url) => Err(Wrong::new(format!("has the scheme `{}`, not http or https", url.scheme()), remedy)),
        Err(error) => Err(Wrong::new(format!("is not a URL: {error}"), remedy)),
    }
}

fn events(text: &str) -> Result<FactKinds, Wrong> {
    let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
    let mut kinds = FactKinds::NONE;
    for name in names {
        let Some(kind) = FactKind::ALL.into_iter().find(|kind| kind.name() == name) else {
            let remedy = nearest::advice(name, FactKind::ALL.into_iter().map(FactKind::name));
            return Err(Wrong::new(format!("has `{name}`, which no webhook tells"), remedy));
        };
        kinds = kinds.with(kind);
    }
    if kinds == FactKinds::NONE {
        return Err(Wrong::new("names no event", "Remove it, for all events."));
    }
    Ok(kinds)
}

fn channels(text: &str) -> Result<Vec<ChannelPattern>, Wrong> {
    let patterns = text.split(',').map(str::trim).filter(|pattern| !pattern.is_empty());
    let patterns: Vec<_> = patterns.map(|pattern| ChannelPattern(pattern.to_owned())).collect();
    let may_stand = |c: char| c.is_ascii_alphanumeric() || "_-=@.;*".contains(c);
    if let Some(ChannelPattern(pattern)) = patterns.iter().find(|pattern| !pattern.0.chars().all(may_stand)) {
        return Err(Wrong::new(
            format!("has `{pattern}`, which no channel can be called"),
            "Use letters, digits, `_-=@.;`, and `*` for any text.",
        ));
    }
    if patterns.is_empty() {
        return Err(Wrong::new("names no channel", "Remove it, for all channels."));
    }
    Ok(patterns)
}

fn headers(reader: &mut Reader<'_>) -> Vec<Header> {
    let Some((value, setting, origin)) = reader.table.as_ref().and_then(|table| table.raw(WEBHOOK_HEADERS))
    else {
        return Vec::new();
    };
    let mut headers = Vec::new();
    let Some(table) = value.as_table() else {
        let reason = format!("is of the type {}", value.type_str());
        reader.mistakes.push(wrong_header(setting, origin, reason));
        return headers;
    };
    for (name, value) in table {
        let setting = format!("{setting}.{name}");
        match header(name, value) {
            Ok(header) => headers.push(header),
            Err(reason) => reader.mistakes.push(wrong_header(setting, origin.clone(), reason.to_owned())),
        }
    }
    headers
}

fn header(name: &str, value: &Value) -> Result<Header, &'static str> {
    let value = value.as_str().ok_or("is not a text")?;
    let parsed: HeaderName = name.parse().map_err(|_| "is not the name of a header")?;
    if OWN_HEADERS.contains(&parsed.as_str()) {
        return Err("is a header that every webhook has already");
    }
    value.parse::<HeaderValue>().map_err(|_| "has a character that no header may have")?;
    Ok(Header { name: name.to_owned(), value: value.to_owned() })
}

fn wrong_header(setting: String, origin: Origin, reason: String) -> InvalidSetting {
    let remedy = "Write headers = { Authorization = \"Bearer the-token\" }.".to_owned();
    InvalidSetting { setting, origin, value: None, reason, remedy }
}
