//! Names that nobody knows, and what was probably meant.

use super::{InvalidSetting, Vars, env, sources::GEMA_CONFIG};

/// Prefixes that are ours: any name with them must be known.
pub(super) const PREFIXES: [&str; 2] = ["GEMA_", "REVERB_"];

/// Below this likeness (0 to 1) a name is no guess worth making.
const LIKENESS: f64 = 0.6;

/// All variables with one of our prefixes that do not exist.
pub(super) fn unknown_variables(vars: &dyn Vars) -> Vec<InvalidSetting> {
    let names = vars.names();
    let ours = |name: &&String| PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    // It names a file with settings, and is none itself.
    let unknown =
        |name: &&String| env::find(name).is_none() && *name != GEMA_CONFIG && !is_service_link(name, vars);
    names
        .iter()
        .filter(ours)
        .filter(unknown)
        .map(|name| InvalidSetting {
            setting: name.clone(),
            origin: vars.origin(name),
            value: None,
            reason: "is not a setting".to_owned(),
            remedy: advice(name, env::ALL.iter().map(|variable| variable.name)),
        })
        .collect()
}

/// What to do about an unknown name.
pub(super) fn advice<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let likeness = |known: &str| strsim::normalized_damerau_levenshtein(name, known);
    let nearest = known.map(|known| (likeness(known), known)).max_by(|a, b| a.0.total_cmp(&b.0));
    match nearest {
        Some((likeness, known)) if likeness >= LIKENESS => format!("Did you mean `{known}`?"),
        _ => "Remove it.".to_owned(),
    }
}

/// Whether Kubernetes set the variable for a service that happens to be called gema or reverb.
fn is_service_link(name: &str, vars: &dyn Vars) -> bool {
    let is_service =
        |service: &str| vars.get(&format!("{service}_PORT")).is_some_and(|port| port.starts_with("tcp://"));
    ["_SERVICE_", "_PORT"].iter().any(|part| {
        let split = name.split_once(part);
        split.is_some_and(|(service, _)| is_service(service))
    })
}
