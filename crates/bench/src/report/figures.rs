//! Figures in JSON: an object whose order stays.

use std::fmt;

use serde::{
    Deserializer, Serializer,
    de::{MapAccess, Visitor},
};

use super::Figure;

/// How many digits after the point a figure has that was read: JSON does not say.
const DIGITS: usize = 3;

pub(super) fn serialize<S: Serializer>(figures: &[Figure], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(figures.iter().map(|figure| (&figure.name, figure.value)))
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Figure>, D::Error> {
    deserializer.deserialize_map(InOrder)
}

struct InOrder;

impl<'de> Visitor<'de> for InOrder {
    type Value = Vec<Figure>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object of numbers")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut figures = Vec::new();
        // A number that JSON has no word for was written as null.
        while let Some((name, value)) = map.next_entry::<String, Option<f64>>()? {
            figures.push(Figure { name, value: value.unwrap_or(f64::NAN), digits: DIGITS });
        }
        Ok(figures)
    }
}
