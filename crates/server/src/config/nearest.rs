//! Names that nobody knows, and what was probably meant.

use super::{
    InvalidSetting, Vars,
    env::{self, Place, Variable},
    reader::Reader,
    sources::GEMA_CONFIG,
};

/// The prefix that nobody else has: any name with it must be known.
const OWN_PREFIX: &str = "GEMA_";

/// Prefixes of our settings.
pub(super) const PREFIXES: [&str; 2] = [OWN_PREFIX, "REVERB_"];

/// Below this likeness (0 to 1) a name is no guess worth making.
const LIKENESS: f64 = 0.6;

/// From this likeness on, a name that may belong to somebody else is most likely one of ours.
const GREAT_LIKENESS: f64 = 0.8;

/// So many letters may be wrong in a misspelt name.
const WRONG_LETTERS: usize = 2;

/// Variables with one of our prefixes that do not exist.
#[derive(Default)]
pub(super) struct Unknown {
    /// Those that nobody else can mean.
    pub(super) mistakes: Vec<InvalidSetting>,
    /// Those that Laravel's configuration may read.
    pub(super) warnings: Vec<InvalidSetting>,
}

/// All variables with one of our prefixes that do not exist.
pub(super) fn unknown_variables(vars: &dyn Vars) -> Unknown {
    let mut unknown = Unknown::default();
    for name in vars.names() {
        let is_ours = PREFIXES.iter().any(|prefix| name.starts_with(prefix));
        // That one names a file with settings, and is none itself.
        let is_known = env::find(&name).is_some() || name == GEMA_CONFIG;
        if !is_ours || is_known || is_service_link(&name, vars) {
            continue;
        }
        let invalid = |reason: &str, remedy: String| InvalidSetting {
            setting: name.clone(),
            origin: vars.origin(&name),
            value: None,
            reason: reason.to_owned(),
            remedy,
        };
        if name.starts_with(OWN_PREFIX) {
            let remedy = advice(&name, env::ALL.iter().map(|variable| variable.name));
            unknown.mistakes.push(invalid("is not a setting", remedy));
        } else if let Some(known) = misspelt(&name, vars) {
            unknown.mistakes.push(invalid("is not a setting", format!("Did you mean `{known}`?")));
        } else {
            unknown.warnings.push(invalid("has no effect here", advice_to_laravel(&name, vars)));
        }
    }
    unknown
}

/// The setting that a name with a wrong letter or two was meant to be: it has an effect, and is not set itself.
fn misspelt(name: &str, vars: &dyn Vars) -> Option<&'static str> {
    let distance = |variable: &Variable| strsim::damerau_levenshtein(name, variable.name);
    let settings = env::ALL.iter().filter(|variable| variable.place != Place::Accepted);
    let nearest = settings.min_by_key(|variable| distance(variable))?;
    let is_near = distance(nearest) <= WRONG_LETTERS;
    (is_near && Reader::of_variables(vars).find(nearest).is_none()).then_some(nearest.name)
}

/// What to do about a name that Laravel's configuration may read.
fn advice_to_laravel(name: &str, vars: &dyn Vars) -> String {
    let likeness = |variable: &Variable| strsim::normalized_damerau_levenshtein(name, variable.name);
    let nearest = env::ALL.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    let meant = nearest.filter(|variable| {
        likeness(variable) >= GREAT_LIKENESS && Reader::of_variables(vars).find(variable).is_none()
    });
    match meant {
        Some(known) => format!("If `{}` is meant, set that; for Laravel it may stay.", known.name),
        None => "For Laravel it may stay.".to_owned(),
    }
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
