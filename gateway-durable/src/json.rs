//! JSON of what is sent.

use serde::Serialize;

/// The JSON of a value that always has some.
pub fn to_json(value: &impl Serialize) -> String {
    // Only maps with keys that are not text have none, and no wire type is one.
    serde_json::to_string(value).unwrap_or_default()
}
