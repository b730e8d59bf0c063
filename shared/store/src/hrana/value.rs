//! Values in Hrana's JSON: integers are decimal text, bytes are base64.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::{Deserialize, Serialize};

use crate::{Error, Value};

/// Servers may leave the padding out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A value to send.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Sent<'a> {
    Null,
    Integer { value: String },
    Float { value: f64 },
    Text { value: &'a str },
    Blob { base64: String },
}

impl<'a> From<&'a Value> for Sent<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Integer(number) => Self::Integer {
                value: number.to_string(),
            },
            Value::Real(value) => Self::Float { value: *value },
            Value::Text(value) => Self::Text { value },
            Value::Blob(bytes) => Self::Blob {
                base64: BASE64.encode(bytes),
            },
        }
    }
}

/// A value that came.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Received {
    Null,
    Integer { value: String },
    Float { value: f64 },
    Text { value: String },
    Blob { base64: String },
}

impl TryFrom<Received> for Value {
    type Error = Error;

    fn try_from(value: Received) -> Result<Self, Error> {
        let wrong = |what: &dyn std::fmt::Display| Error::Internal(format!("a value: {what}"));
        Ok(match value {
            Received::Null => Self::Null,
            Received::Integer { value } => Self::Integer(value.parse().map_err(|e| wrong(&e))?),
            Received::Float { value } => Self::Real(value),
            Received::Text { value } => Self::Text(value),
            Received::Blob { base64 } => Self::Blob(BASE64.decode(base64).map_err(|e| wrong(&e))?),
        })
    }
}
