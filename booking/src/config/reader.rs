//! Reads variables and notes every mistake.

use super::{
    Environment, InvalidSetting,
    variables::{self, Variable},
};

/// Names with this beginning are ours: whoever sets one that we do not know has mistyped it.
const PREFIX: &str = "BOOKING_";
/// Below this likeness (0 to 1) a name is no guess worth making.
const LIKENESS: f64 = 0.6;

pub(super) struct Reader<'a> {
    environment: &'a Environment,
    mistakes: Vec<InvalidSetting>,
}

/// Why a text is no value.
pub(super) struct Wrong {
    reason: String,
    remedy: &'static str,
}

impl Wrong {
    pub(super) fn new(reason: String, remedy: &'static str) -> Self {
        Self { reason, remedy }
    }

    /// The same with the text before the reason.
    pub(super) fn of(text: &str, reason: &str, remedy: &'static str) -> Self {
        Self::new(format!("`{text}` {reason}"), remedy)
    }
}

impl<'a> Reader<'a> {
    pub(super) fn new(environment: &'a Environment) -> Self {
        Self { environment, mistakes: Vec::new() }
    }

    pub(super) fn environment(&self) -> &'a Environment {
        self.environment
    }

    pub(super) fn finish(self) -> Vec<InvalidSetting> {
        self.mistakes
    }

    pub(super) fn wrong(&mut self, setting: &str, reason: String, remedy: String) {
        self.mistakes.push(InvalidSetting { setting: setting.to_owned(), reason, remedy });
    }

    /// The value of a variable, or its default; nothing if it is wrong.
    pub(super) fn value<T>(
        &mut self,
        variable: &Variable,
        parse: impl FnOnce(&str) -> Result<T, Wrong>,
    ) -> Option<T> {
        let text = match self.environment.get(variable.name).map(unquoted) {
            Some("") if !variable.may_be_blank() => variable.default,
            Some(text) => text,
            None => variable.default,
        };
        match parse(text) {
            Ok(value) => Some(value),
            Err(Wrong { reason, remedy }) => {
                self.wrong(variable.name, reason, remedy.to_owned());
                None
            }
        }
    }

    pub(super) fn refuse_unknown(&mut self) {
        let known = |name: &str| variables::ALL.iter().any(|variable| variable.name == name);
        for name in self.environment.names().filter(|name| name.starts_with(PREFIX) && !known(name)) {
            self.wrong(name, "is not a setting".to_owned(), advice(name));
        }
    }
}

fn unquoted(text: &str) -> &str {
    let text = text.trim();
    ['"', '\''].into_iter().find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote)).unwrap_or(text)
}

fn advice(name: &str) -> String {
    // Without what all names have in common.
    let own = |name: &str| name.trim_start_matches(PREFIX).to_owned();
    let likeness =
        |variable: &Variable| strsim::normalized_damerau_levenshtein(&own(name), &own(variable.name));
    let nearest = variables::ALL.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    match nearest {
        Some(variable) if likeness(variable) >= LIKENESS => format!("did you mean {}?", variable.name),
        _ => "remove it".to_owned(),
    }
}
