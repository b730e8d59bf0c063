//! The schemas of what serialises itself by hand. Natively alone.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::permissions::OverwriteKind;
use crate::{Id, Permissions, Timestamp};

impl<T> JsonSchema for Id<T> {
    fn schema_name() -> Cow<'static, str> {
        "Snowflake".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "The time that it was made at, and what makes it unique.",
            "type": "string",
            "format": "snowflake",
            "pattern": "^(0|[1-9][0-9]*)$",
        })
    }
}

impl JsonSchema for Permissions {
    fn schema_name() -> Cow<'static, str> {
        "Permissions".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Bits, as a decimal number.",
            "type": "string",
            "pattern": "^(0|[1-9][0-9]*)$",
        })
    }
}

impl JsonSchema for Timestamp {
    fn schema_name() -> Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}

impl JsonSchema for OverwriteKind {
    fn schema_name() -> Cow<'static, str> {
        "OverwriteKind".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "0: a role; 1: a member.",
            "type": "integer",
            "enum": [0, 1],
        })
    }
}
