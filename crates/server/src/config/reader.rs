//! Looks settings up in their sources, highest precedence first, and notes what is wrong with them.

use toml::{Table, Value};

use super::{
    Flags, GemaToml, InvalidSetting, Origin, Vars,
    env::Variable,
    file::{app_key, app_label, server_key, webhook_key, webhook_label, webhook_tables},
    invalid::Wrong,
    vars::laravel_literal,
};

/// The sources of one group of settings, and the mistakes found so far.
pub(super) struct Reader<'a> {
    pub(super) flags: Option<&'a Flags>,
    pub(super) vars: Option<&'a dyn Vars>,
    pub(super) table: Option<FileTable<'a>>,
    pub(super) mistakes: Vec<InvalidSetting>,
}

/// One table of `gema.toml`.
pub(super) struct FileTable<'a> {
    file: &'a GemaToml,
    table: &'a Table,
    /// Which of the applications it is; `None` is the server.
    app: Option<usize>,
    /// Which of the application's webhooks it is, if it is one: its keys lack `webhook_`.
    webhook: Option<usize>,
}

/// The text of a setting and where it stands.
#[derive(Clone)]
pub(super) struct Found {
    pub(super) setting: String,
    pub(super) origin: Origin,
    pub(super) text: String,
}

impl<'a> FileTable<'a> {
    pub(super) fn server(file: &'a GemaToml) -> Option<Self> {
        Some(Self { file, table: file.server()?, app: None, webhook: None })
    }

    pub(super) fn apps(file: &'a GemaToml) -> impl Iterator<Item = Self> {
        file.apps().enumerate().map(move |(index, table)| Self {
            file,
            table,
            app: Some(index),
            webhook: None,
        })
    }

    /// The tables of the application's webhooks.
    pub(super) fn webhooks(&self) -> impl Iterator<Item = Self> {
        let Self { file, table, app, .. } = *self;
        let tables = webhook_tables(table).enumerate();
        tables.map(move |(index, table)| Self { file, table, app, webhook: Some(index) })
    }

    /// The value of a key that is no variable, and how messages call it.
    pub(super) fn raw(&self, key: &str) -> Option<(&'a Value, String, Origin)> {
        let value = self.table.get(key)?;
        Some((value, self.prefixed(key), self.file.origin()))
    }

    fn key(&self, variable: &Variable) -> Option<&'static str> {
        match (self.app, self.webhook) {
            (None, _) => server_key(variable.place),
            (Some(_), None) => app_key(variable.place),
            (Some(_), Some(_)) => webhook_key(variable.place),
        }
    }

    /// How messages call the setting.
    fn label(&self, variable: &Variable) -> String {
        self.prefixed(self.key(variable).unwrap_or(variable.name))
    }

    fn prefixed(&self, key: &str) -> String {
        match (self.app, self.webhook) {
            (Some(app), None) => format!("{} {key}", app_label(app)),
            (Some(app), Some(webhook)) => format!("{} {key}", webhook_label(app, webhook)),
            (None, _) => format!("[server] {key}"),
        }
    }
}

impl Found {
    /// What is wrong with the setting. Secrets are left out.
    pub(super) fn invalid(self, variable: &Variable, wrong: Wrong) -> InvalidSetting {
        InvalidSetting {
            setting: self.setting,
            origin: self.origin,
            value: (!variable.is_secret()).then_some(self.text),
            reason: wrong.reason,
            remedy: wrong.remedy,
        }
    }
}

impl<'a> Reader<'a> {
    /// Reads variables only.
    pub(super) fn of_variables(vars: &'a dyn Vars) -> Self {
        Self { flags: None, vars: Some(vars), table: None, mistakes: Vec::new() }
    }

    /// Reads one table only.
    pub(super) fn of_table(table: FileTable<'a>) -> Self {
        Self { flags: None, vars: None, table: Some(table), mistakes: Vec::new() }
    }

    /// Where a setting that is missing belongs.
    pub(super) fn whereabouts(&self, variable: &Variable) -> (String, Origin) {
        match &self.table {
            Some(table) => (table.label(variable), table.file.origin()),
            None => (
                variable.name.to_owned(),
                self.vars.map_or(Origin::Environment, |vars| vars.origin(variable.name)),
            ),
        }
    }

    /// The setting, if any source has it.
    pub(super) fn find(&mut self, variable: &Variable) -> Option<Found> {
        self.find_flag(variable)
            .or_else(|| self.find_variable(variable))
            .or_else(|| self.find_in_file(variable))
    }

    /// The value of the setting, if any source has it and it is right.
    pub(super) fn optional<T>(
        &mut self,
        variable: &Variable,
        parse: impl FnOnce(&str) -> Result<T, Wrong>,
    ) -> Option<T> {
        let found = self.find(variable)?;
        match parse(&found.text) {
            Ok(value) => Some(value),
            Err(wrong) => {
                self.mistakes.push(found.invalid(variable, wrong));
                None
            }
        }
    }

    /// The value of the setting, or its default.
    pub(super) fn value<T>(&mut self, variable: &Variable, parse: fn(&str) -> Result<T, Wrong>) -> T {
        self.optional(variable, parse).unwrap_or_else(|| {
            let default = variable.fixed_default().expect("only settings with a fixed default are read so");
            parse(default).expect("defaults are right")
        })
    }

    /// As in Reverb, an empty flag is the same as none.
    fn find_flag(&self, variable: &Variable) -> Option<Found> {
        let (flag, text) = self.flags?.of(variable)?;
        let found = Found { setting: flag.to_owned(), origin: Origin::Flag(flag), text: text.to_owned() };
        (!text.trim().is_empty()).then_some(found)
    }

    fn find_variable(&self, variable: &Variable) -> Option<Found> {
        let vars = self.vars?;
        let text = laravel_literal(vars.get(variable.name)?)?;
        if text.trim().is_empty() && !variable.may_be_blank() {
            return None;
        }
        Some(Found { setting: variable.name.to_owned(), origin: vars.origin(variable.name), text })
    }

    fn find_in_file(&mut self, variable: &Variable) -> Option<Found> {
        let table = self.table.as_ref()?;
        let value = table.table.get(table.key(variable)?)?;
        let (setting, origin) = (table.label(variable), table.file.origin());
        if let Some(text) = text_of(value) {
            let blank = text.trim().is_empty() && !variable.may_be_blank();
            return (!blank).then_some(Found { setting, origin, text });
        }
        let mistake = InvalidSetting {
            setting,
            origin,
            value: None,
            reason: format!("is of the type {}", value.type_str()),
            remedy: "Give a text, a number, true or false; or a list of texts, where there can be several."
                .to_owned(),
        };
        // A setting may be looked up more than once.
        if !self.mistakes.contains(&mistake) {
            self.mistakes.push(mistake);
        }
        None
    }
}

/// A value of TOML as one would write it in `.env`.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Boolean(boolean) => Some(boolean.to_string()),
        Value::Array(values) => {
            let texts: Option<Vec<_>> = values.iter().map(Value::as_str).collect();
            texts.map(|texts| texts.join(","))
        }
        Value::Datetime(_) | Value::Table(_) => None,
    }
}
