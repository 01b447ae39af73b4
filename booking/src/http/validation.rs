//! Requests become typed values, or all that is wrong with them at once.
//!
//! A type that can be read from a request implements [`FromFields`]. It reads every field before it gives up on any,
//! so that the client hears of all mistakes in one answer:
//!
//! ```ignore
//! fn from_fields(fields: &mut Fields) -> Result<Self, Refused> {
//!     let session_id = fields.required("session_id", integer);
//!     let booking_date = fields.required("booking_date", date);
//!     Ok(Self { session_id: session_id?, booking_date: booking_date? })
//! }
//! ```

use std::{borrow::Cow, collections::BTreeMap};

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{
    locale::Locale,
    messages::{Violation, more_errors},
};

mod rules;

pub(crate) use rules::*;

/// A type that is read from the fields of a request.
pub(crate) trait FromFields: Sized {
    /// Reads the fields; whatever is wrong is recorded in `fields`.
    fn from_fields(fields: &mut Fields) -> Result<Self, Refused>;
}

/// Proof that what is wrong has been recorded in [`Fields`].
#[derive(Debug)]
pub(crate) struct Refused(());

/// The fields of a request, and what has been found wrong with them.
#[derive(Debug)]
pub(crate) struct Fields {
    members: Map<String, Value>,
    errors: Errors,
}

/// What is wrong with a request, by field, in the order of the checks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Errors(Vec<(Cow<'static, str>, Vec<Violation>)>);

impl Fields {
    pub(crate) fn new(members: Map<String, Value>) -> Self {
        Self { members, errors: Errors::default() }
    }

    /// Reads a whole request.
    pub(crate) fn parse<T: FromFields>(mut self) -> Result<T, Errors> {
        match T::from_fields(&mut self) {
            Ok(value) if self.errors.0.is_empty() => Ok(value),
            Ok(_) | Err(Refused(())) => Err(self.errors),
        }
    }

    /// Whether the field is there, rightly or wrongly.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.members.get(name).is_some_and(|value| !value.is_null())
    }

    /// Reads a field that has to be there.
    pub(crate) fn required<T>(
        &mut self,
        name: &'static str,
        rule: impl Fn(&Value) -> Result<T, Violation>,
    ) -> Result<T, Refused> {
        match self.optional(name, rule)? {
            Some(value) => Ok(value),
            None => Err(self.refuse(name, Violation::Required)),
        }
    }

    /// Reads a field that may be left out. As in Laravel, `null` and blank texts count as left out.
    pub(crate) fn optional<T>(
        &mut self,
        name: &'static str,
        rule: impl Fn(&Value) -> Result<T, Violation>,
    ) -> Result<Option<T>, Refused> {
        match self.members.get(name) {
            Some(value) if is_present(value) => match rule(value) {
                Ok(value) => Ok(Some(value)),
                Err(violation) => Err(self.refuse(name, violation)),
            },
            Some(_) | None => Ok(None),
        }
    }

    /// Reads a field that says what something is to become. Only `null` counts as left out: a blank text would be a
    /// change that is silently not made.
    pub(crate) fn change<T>(
        &mut self,
        name: &'static str,
        rule: impl Fn(&Value) -> Result<T, Violation>,
    ) -> Result<Option<T>, Refused> {
        match self.members.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => rule(value).map(Some).map_err(|violation| self.refuse(name, violation)),
        }
    }

    /// Reads a list of at most `most` items; a mistake in one of them is that of the field `name.index`.
    pub(crate) fn list<T>(
        &mut self,
        name: &'static str,
        most: usize,
        rule: impl Fn(&Value) -> Result<T, Violation>,
    ) -> Result<Option<Vec<T>>, Refused> {
        let items = match self.members.get(name) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Array(items)) if items.len() <= most => items,
            Some(Value::Array(_)) => return Err(self.refuse(name, Violation::MaxItems(most))),
            Some(_) => return Err(self.refuse(name, Violation::List)),
        };
        let mut values = Vec::with_capacity(items.len());
        let mut wrong = Vec::new();
        for (index, item) in items.iter().enumerate() {
            match rule(item) {
                Ok(value) => values.push(value),
                Err(violation) => wrong.push((format!("{name}.{index}"), violation)),
            }
        }
        match wrong.into_iter().map(|(field, violation)| self.refuse(field, violation)).last() {
            Some(refused) => Err(refused),
            None => Ok(Some(values)),
        }
    }

    /// Records what is wrong with a field.
    pub(crate) fn refuse(&mut self, field: impl Into<Cow<'static, str>>, violation: Violation) -> Refused {
        self.errors.add(field.into(), violation);
        Refused(())
    }
}

impl Errors {
    /// One mistake in one field.
    pub(crate) fn of(field: &'static str, violation: Violation) -> Self {
        Self(vec![(field.into(), vec![violation])])
    }

    fn add(&mut self, field: Cow<'static, str>, violation: Violation) {
        match self.0.iter_mut().find(|(name, _)| *name == field) {
            Some((_, violations)) => violations.push(violation),
            None => self.0.push((field, vec![violation])),
        }
    }

    /// Laravel's body: `{"message", "errors": {field: [sentence]}}`.
    pub(crate) fn body(&self, locale: Locale) -> ErrorsBody<'_> {
        let mut sentences = self.0.iter().flat_map(|(field, violations)| {
            violations.iter().map(move |violation| violation.text(locale, field))
        });
        let first = sentences.next().unwrap_or_default();
        let message = first + &more_errors(locale, sentences.count());
        ErrorsBody { message, errors: Sentences { errors: self, locale } }
    }
}

/// What a request with wrong fields is answered with.
#[derive(Debug, ToSchema)]
#[schema(example = json!({
    "message": "The session id field is required. (and 1 more error)",
    "errors": {
        "session_id": ["The session id field is required."],
        "booking_date": ["The booking date field must match the format Y-m-d."],
    },
}))]
#[expect(dead_code, reason = "the document's view of `ErrorsBody`")]
pub(crate) struct ValidationErrors {
    /// The first error, and how many more there are.
    message: String,
    /// All errors, by the name of the field.
    errors: BTreeMap<String, Vec<String>>,
}

/// [`Errors`] as they are sent.
#[derive(Debug, Serialize)]
pub(crate) struct ErrorsBody<'a> {
    message: String,
    errors: Sentences<'a>,
}

#[derive(Debug)]
struct Sentences<'a> {
    errors: &'a Errors,
    locale: Locale,
}

impl Serialize for Sentences<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.errors.0.len()))?;
        for (field, violations) in &self.errors.0 {
            let sentences: Vec<_> = violations.iter().map(|v| v.text(self.locale, field)).collect();
            map.serialize_entry(field, &sentences)?;
        }
        map.end()
    }
}

fn is_present(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.trim().is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => true,
    }
}

#[cfg(test)]
mod tests;
