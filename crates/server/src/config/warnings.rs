//! What can be as it is, and is most likely meant otherwise.

use super::{
    InvalidSetting, Scheme, ServerConfig, Vars, env, invalid::Wrong, reader::Reader, vars::laravel_literal,
};

/// Names of Laravel's broadcaster `pusher`, which Gema does not read.
const PUSHER: [&str; 3] = ["PUSHER_APP_ID", "PUSHER_APP_KEY", "PUSHER_APP_SECRET"];

/// Whoever has set up the broadcaster `pusher` has an application; the development application is not that.
pub(super) fn pusher_names(vars: &dyn Vars) -> Option<InvalidSetting> {
    let is_set =
        |name: &&&str| vars.get(name).and_then(laravel_literal).is_some_and(|value| !value.trim().is_empty());
    let set: Vec<_> = PUSHER.iter().filter(is_set).copied().collect();
    Some(InvalidSetting {
        setting: set.join(", "),
        origin: vars.origin(set.first()?),
        value: None,
        reason: "makes no application here, so there is the development application only, which refuses its clients"
            .to_owned(),
        remedy: "Set REVERB_APP_ID, REVERB_APP_KEY and REVERB_APP_SECRET to the same values.".to_owned(),
    })
}

/// Clients that go to the very port that speaks TLS must do so too.
pub(super) fn scheme_without_tls(reader: &mut Reader<'_>, server: &ServerConfig) -> Option<InvalidSetting> {
    if server.tls.is_none() || server.public_scheme != Scheme::Http || server.public_port != server.port {
        return None;
    }
    let reason = format!("sends clients without TLS to port {}, which speaks TLS", server.port);
    let found = reader.find(&env::REVERB_SCHEME)?;
    Some(found.invalid(&env::REVERB_SCHEME, Wrong::new(reason, "Set it to `https`.")))
}
