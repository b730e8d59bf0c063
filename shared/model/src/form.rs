//! The tree of field errors that comes with code 50035.
//!
//! See [Discord Docs/Error Messages](https://discord.com/developers/docs/reference#error-messages).

use std::collections::BTreeMap;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// One complaint about one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// Discord's name of the complaint, such as `BASE_TYPE_REQUIRED`.
    pub code: String,
    /// The sentence for a person.
    pub message: String,
}

/// Errors of an object's fields, each under its name, those of list items under their index.
///
/// Serialises as Discord's `errors`: `{"embeds": {"0": {"title": {"_errors": [...]}}}}`. What is
/// wrong about an object as a whole is only said where its fields are right: clients read one of
/// both.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FormErrors {
    here: Vec<FieldError>,
    below: BTreeMap<String, FormErrors>,
}

impl FormErrors {
    /// No errors.
    pub fn new() -> Self {
        Self::default()
    }

    /// One error at one field, named by its path from the body's root.
    pub fn at(path: &[&str], code: &str, message: impl Into<String>) -> Self {
        let mut errors = Self::new();
        errors.add(path, code, message);
        errors
    }

    /// Adds an error at the field that `path` names.
    pub fn add<P: AsRef<str>>(&mut self, path: &[P], code: &str, message: impl Into<String>) {
        let mut node = self;
        for name in path {
            node = node.below.entry(name.as_ref().to_owned()).or_default();
        }
        node.here.push(FieldError {
            code: code.to_owned(),
            message: message.into(),
        });
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.here.is_empty() && self.below.values().all(Self::is_empty)
    }

    /// `Err` with these errors, if there are any.
    pub fn into_result(self) -> Result<(), Self> {
        if self.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl Serialize for FormErrors {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let mut below = self
            .below
            .iter()
            .filter(|(_, it)| !it.is_empty())
            .peekable();
        if below.peek().is_none() && !self.here.is_empty() {
            map.serialize_entry("_errors", &self.here)?;
        }
        for (name, errors) in below {
            map.serialize_entry(name, errors)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_discords() {
        let mut errors = FormErrors::new();
        errors.add(
            &["embeds", "0", "title"],
            "BASE_TYPE_BAD_LENGTH",
            "Too long.",
        );
        errors.add(&["name"], "BASE_TYPE_REQUIRED", "This field is required");
        assert_eq!(
            serde_json::to_value(&errors).unwrap(),
            serde_json::json!({
                "embeds": {"0": {"title": {"_errors": [
                    {"code": "BASE_TYPE_BAD_LENGTH", "message": "Too long."}
                ]}}},
                "name": {"_errors": [
                    {"code": "BASE_TYPE_REQUIRED", "message": "This field is required"}
                ]},
            })
        );
    }

    #[test]
    fn an_object_is_wrong_as_a_whole_or_in_its_fields() {
        let mut errors = FormErrors::at(&["button"], "LABEL_REQUIRED", "Label it.");
        let json = |errors: &FormErrors| serde_json::to_value(errors).unwrap();
        assert_eq!(
            json(&errors)["button"]["_errors"][0]["code"],
            "LABEL_REQUIRED"
        );
        errors.add(&["button", "url"], "BASE_TYPE_REQUIRED", "Where to?");
        let button = json(&errors)["button"].clone();
        assert_eq!(button["url"]["_errors"][0]["code"], "BASE_TYPE_REQUIRED");
        assert_eq!(button.get("_errors"), None);
    }
}
