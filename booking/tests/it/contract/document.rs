//! The OpenAPI document, and whether answers are what it says.

use serde_json::{Map, Value};

use super::call::Answer;

pub(crate) struct Document(Value);

impl Document {
    pub(crate) fn new(document: Value) -> Self {
        Self(document)
    }

    pub(crate) fn json(&self) -> &Value {
        &self.0
    }

    pub(crate) fn paths(&self) -> &Map<String, Value> {
        self.0["paths"].as_object().unwrap()
    }

    /// Every operation: method in capitals, path, and what is said about it.
    pub(crate) fn operations(&self) -> impl Iterator<Item = (String, &str, &Value)> {
        self.paths().iter().flat_map(|(path, item)| {
            item.as_object()
                .unwrap()
                .iter()
                .map(move |(method, operation)| (method.to_uppercase(), path.as_str(), operation))
        })
    }

    /// Follows a `$ref`, if it is one.
    pub(crate) fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value.get("$ref").and_then(Value::as_str) {
            Some(reference) => {
                let pointer = reference.strip_prefix('#').unwrap();
                self.resolve(self.0.pointer(pointer).unwrap_or_else(|| panic!("{reference} leads nowhere")))
            }
            None => value,
        }
    }

    /// Fails if this answer to this request is not documented: its status, its type, its body, its headers.
    #[track_caller]
    pub(crate) fn check(&self, method: &str, path: &str, answer: &Answer) {
        let path = path.split('?').next().unwrap();
        if path.starts_with("/api/docs") || method == "OPTIONS" {
            return;
        }
        let method = if method == "HEAD" { "GET" } else { method };
        let Some(item) = self.item(path) else {
            assert_eq!(answer.status, 404, "{path} is not in the document");
            assert!(answer.json()["message"].is_string(), "{path}");
            return;
        };
        let Some(operation) = item.get(method.to_lowercase()) else {
            assert_eq!(answer.status, 405, "{method} {path} is not in the document");
            assert!(answer.json()["message"].is_string(), "{path}");
            return;
        };
        let place = format!("{method} {path} -> {}", answer.status);
        let response = self.resolve(&operation["responses"][answer.status.to_string()]);
        assert!(response.is_object(), "{place} is not documented: {}", String::from_utf8_lossy(&answer.body));
        for name in response["headers"].as_object().into_iter().flat_map(Map::keys) {
            let optional = name.eq_ignore_ascii_case("idempotency-replayed");
            assert!(optional || answer.headers.contains_key(name.as_str()), "{place} has no header {name}");
        }
        let content_type = answer.header("content-type").unwrap_or_default();
        let schema = &response["content"][content_type]["schema"];
        assert!(schema.is_object(), "{place} is {content_type}, which is not documented");
        if !answer.body.is_empty() {
            self.conforms(schema, &answer.json(), &place);
        }
    }

    fn item(&self, path: &str) -> Option<&Value> {
        let segments: Vec<_> = path.split('/').collect();
        let matches = |template: &str| {
            let parts: Vec<_> = template.split('/').collect();
            parts.len() == segments.len()
                && parts
                    .iter()
                    .zip(&segments)
                    .all(|(part, segment)| part == segment || (part.starts_with('{') && !segment.is_empty()))
        };
        let paths = self.paths();
        paths.get(path).or_else(|| paths.iter().find(|(template, _)| matches(template)).map(|(_, item)| item))
    }

    /// Fails if the value is not what the schema says, or has members that it does not name.
    #[track_caller]
    pub(crate) fn conforms(&self, schema: &Value, value: &Value, place: &str) {
        if let Err(reason) = self.violation(schema, value) {
            panic!("{place}: {reason} in {value}");
        }
    }

    fn violation(&self, schema: &Value, value: &Value) -> Result<(), String> {
        let schema = &self.flattened(self.resolve(schema));
        if let Some(choices) = schema.get("oneOf").or_else(|| schema.get("anyOf")).and_then(Value::as_array) {
            let fits = choices.iter().any(|choice| self.violation(choice, value).is_ok());
            return if fits { Ok(()) } else { Err(format!("none of {choices:?} fits {value}")) };
        }
        if let Some(words) = schema.get("enum").and_then(Value::as_array) {
            return if words.contains(value) { Ok(()) } else { Err(format!("{value} is none of {words:?}")) };
        }
        let types = match &schema["type"] {
            Value::Array(types) => types.clone(),
            Value::Null => return Ok(()),
            one => vec![one.clone()],
        };
        if !types.iter().any(|name| is_of_type(name.as_str().unwrap(), value)) {
            return Err(format!("{value} is no {types:?}"));
        }
        match value {
            Value::Object(members) => self.members(schema, members),
            Value::Array(items) => items.iter().try_for_each(|item| self.violation(&schema["items"], item)),
            Value::Number(number) if schema["minimum"].as_f64() > number.as_f64() => {
                Err(format!("{number} is below {}", schema["minimum"]))
            }
            _ => Ok(()),
        }
    }

    fn members(&self, schema: &Value, members: &Map<String, Value>) -> Result<(), String> {
        for name in schema["required"].as_array().into_iter().flatten() {
            if !members.contains_key(name.as_str().unwrap()) {
                return Err(format!("{name} is missing"));
            }
        }
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
            return match schema.get("additionalProperties") {
                Some(each @ Value::Object(_)) => {
                    members.values().try_for_each(|value| self.violation(each, value))
                }
                _ => Ok(()),
            };
        };
        for (name, value) in members {
            let property = properties.get(name).ok_or_else(|| format!("`{name}` is not documented"))?;
            self.violation(property, value).map_err(|reason| format!("`{name}`: {reason}"))?;
        }
        Ok(())
    }

    /// The schemas of an `allOf` as one.
    fn flattened(&self, schema: &Value) -> Value {
        let Some(parts) = schema.get("allOf").and_then(Value::as_array) else { return schema.clone() };
        let mut all = serde_json::json!({ "type": "object", "properties": {}, "required": [] });
        for part in parts {
            let part = self.flattened(self.resolve(part));
            let properties = part["properties"].as_object().cloned().unwrap_or_default();
            all["properties"].as_object_mut().unwrap().extend(properties);
            let required = part["required"].as_array().cloned().unwrap_or_default();
            all["required"].as_array_mut().unwrap().extend(required);
        }
        all
    }
}

fn is_of_type(name: &str, value: &Value) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("`{other}` is no type of JSON Schema"),
    }
}
