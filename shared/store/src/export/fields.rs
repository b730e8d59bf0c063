//! Values of columns as fields of records, and back.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as JsonValue;

use super::{Column, Fields, Kind, Refusal};
use crate::{Error, Value};

/// A field, of a column's value.
pub(super) fn field(column: &Column, value: Value) -> Result<JsonValue, Error> {
    let field = match (column.kind, value) {
        (_, Value::Null) => JsonValue::Null,
        (Kind::Id | Kind::User, Value::Integer(number)) => {
            number.cast_unsigned().to_string().into()
        }
        (Kind::Permissions, Value::Integer(bits)) => bits.cast_unsigned().to_string().into(),
        (Kind::Integer | Kind::Time, Value::Integer(number)) => number.into(),
        (Kind::Flag, Value::Integer(number)) => (number != 0).into(),
        (Kind::Text, Value::Text(text)) => text.into(),
        (Kind::Json, Value::Text(text)) => {
            serde_json::from_str(&text).map_err(|error| Error::Internal(error.to_string()))?
        }
        (Kind::Bytes, Value::Blob(bytes)) => STANDARD.encode(bytes).into(),
        (kind, value) => {
            let name = column.name;
            return Err(Error::Internal(format!("{name}: {kind:?} is {value:?}")));
        }
    };
    Ok(field)
}

/// A column's value, of a field.
pub(super) fn value(column: &Column, field: &JsonValue) -> Result<Value, Refusal> {
    let value = match (column.kind, field) {
        (_, JsonValue::Null) => Some(Value::Null),
        (Kind::Id | Kind::User, JsonValue::String(text)) => {
            let id: Option<i64> = text.parse().ok();
            id.filter(|id| *id >= 0).map(Value::Integer)
        }
        (Kind::Permissions, JsonValue::String(text)) => {
            let bits: Option<u64> = text.parse().ok();
            bits.map(|bits| Value::Integer(bits.cast_signed()))
        }
        (Kind::Integer | Kind::Time, JsonValue::Number(number)) => {
            number.as_i64().map(Value::Integer)
        }
        (Kind::Flag, JsonValue::Bool(flag)) => Some(Value::from(*flag)),
        (Kind::Text, JsonValue::String(text)) => Some(Value::from(text)),
        (Kind::Json, json) => Some(Value::Text(json.to_string())),
        (Kind::Bytes, JsonValue::String(text)) => STANDARD.decode(text).ok().map(Value::Blob),
        _ => None,
    };
    let wrong = || Refusal::Wrong(format!("{} cannot be {field}", column.name));
    value.ok_or_else(wrong)
}

/// The key of a file by its pattern; none while a field in it is null.
pub(super) fn key(pattern: &str, fields: &Fields) -> Option<String> {
    let mut key = String::new();
    let mut rest = pattern;
    while let Some((before, from)) = rest.split_once('{') {
        let (name, after) = from.split_once('}')?;
        key.push_str(before);
        key.push_str(fields.get(name)?.as_str()?);
        rest = after;
    }
    key.push_str(rest);
    Some(key)
}

/// The keys of the attachments in a message, those of what it forwards included.
pub(super) fn attachments(json: &JsonValue, keys: &mut Vec<String>) {
    match json {
        JsonValue::Object(object) => {
            for (name, value) in object {
                if name == "attachments" {
                    let files = value.as_array().into_iter().flatten();
                    let urls = files.filter_map(|file| file["url"].as_str());
                    let own = urls.filter(|url| url.starts_with("attachments/"));
                    keys.extend(own.map(str::to_owned));
                } else {
                    attachments(value, keys);
                }
            }
        }
        JsonValue::Array(list) => list.iter().for_each(|value| attachments(value, keys)),
        _ => {}
    }
}
