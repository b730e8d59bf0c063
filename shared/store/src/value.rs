//! Values between Rust and SQL.

use model::{Id, Permissions, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::Error;

/// One SQL value. Ids and permissions are integers of up to 63 bits; an adapter whose host has only
/// doubles carries them as decimal text, which [`FromValue`] also accepts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// NULL.
    Null,
    /// An integer.
    Integer(i64),
    /// A double.
    Real(f64),
    /// Text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

/// A value kept as JSON text in one column; also how a list is bound, to `json_each(?1)`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Json<T>(pub T);

/// The parameters of a statement, in order.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { vec![$($crate::Value::from($value)),*] };
}

impl<T> From<Id<T>> for Value {
    fn from(id: Id<T>) -> Self {
        Self::Integer(id.sql())
    }
}

impl From<Permissions> for Value {
    fn from(permissions: Permissions) -> Self {
        Self::Integer(permissions.sql())
    }
}

impl From<Timestamp> for Value {
    fn from(time: Timestamp) -> Self {
        Self::Integer(time.as_millis())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Blob(bytes)
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Self::Blob(bytes.to_vec())
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Integer(value.into())
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Real(value)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<T: Serialize> From<Json<T>> for Value {
    fn from(value: Json<T>) -> Self {
        Self::Text(serde_json::to_string(&value.0).expect("wire types serialise"))
    }
}

impl<T> From<&[Id<T>]> for Value {
    /// A JSON list of numbers, for `json_each`.
    fn from(ids: &[Id<T>]) -> Self {
        let numbers: Vec<u64> = ids.iter().map(|id| id.get()).collect();
        Self::from(Json(numbers))
    }
}

/// A Rust value read from a column.
pub trait FromValue: Sized {
    /// The value, if the column has one of this type.
    ///
    /// # Errors
    /// [`Error::Internal`] when it does not: the statement and its decoder disagree.
    fn from_value(value: Value) -> Result<Self, Error>;
}

fn mismatch(wanted: &str, value: &Value) -> Error {
    Error::Internal(format!("expected {wanted}, found {value:?}"))
}

impl FromValue for i64 {
    fn from_value(value: Value) -> Result<Self, Error> {
        match value {
            Value::Integer(number) => Ok(number),
            Value::Text(ref text) => text.parse().map_err(|_| mismatch("an integer", &value)),
            // A host with doubles only: exact up to 2^53, and refused beyond.
            Value::Real(number)
                if number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0 =>
            {
                Ok(number as i64)
            }
            other => Err(mismatch("an integer", &other)),
        }
    }
}

macro_rules! from_integer {
    ($($type:ty)*) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::Integer(i64::from(value))
            }
        }

        impl FromValue for $type {
            fn from_value(value: Value) -> Result<Self, Error> {
                let number = i64::from_value(value)?;
                Self::try_from(number).map_err(|e| Error::Internal(e.to_string()))
            }
        }
    )*};
}

from_integer!(u8 u16 u32 i32);

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl<T> FromValue for Id<T> {
    fn from_value(value: Value) -> Result<Self, Error> {
        i64::from_value(value).map(|number| Self::new(number as u64))
    }
}

impl FromValue for Permissions {
    fn from_value(value: Value) -> Result<Self, Error> {
        i64::from_value(value).map(|bits| Self::from_bits_retain(bits as u64))
    }
}

impl FromValue for Timestamp {
    fn from_value(value: Value) -> Result<Self, Error> {
        i64::from_value(value).map(Self::from_millis)
    }
}

impl FromValue for bool {
    fn from_value(value: Value) -> Result<Self, Error> {
        i64::from_value(value).map(|number| number != 0)
    }
}

impl FromValue for f64 {
    fn from_value(value: Value) -> Result<Self, Error> {
        match value {
            Value::Real(number) => Ok(number),
            Value::Integer(number) => Ok(number as f64),
            other => Err(mismatch("a number", &other)),
        }
    }
}

impl FromValue for String {
    fn from_value(value: Value) -> Result<Self, Error> {
        match value {
            Value::Text(text) => Ok(text),
            other => Err(mismatch("text", &other)),
        }
    }
}

impl FromValue for Vec<u8> {
    fn from_value(value: Value) -> Result<Self, Error> {
        match value {
            Value::Blob(bytes) => Ok(bytes),
            other => Err(mismatch("bytes", &other)),
        }
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: Value) -> Result<Self, Error> {
        match value {
            Value::Null => Ok(None),
            value => T::from_value(value).map(Some),
        }
    }
}

impl<T: DeserializeOwned> FromValue for Json<T> {
    fn from_value(value: Value) -> Result<Self, Error> {
        let text = String::from_value(value)?;
        serde_json::from_str(&text)
            .map(Self)
            .map_err(|e| Error::Internal(e.to_string()))
    }
}
