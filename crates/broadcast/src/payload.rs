//! JSON as PHP writes it.

use serde::Serialize;

pub(crate) fn to_json(payload: &impl Serialize) -> serde_json::Result<String> {
    serde_json::to_string(payload)
}
