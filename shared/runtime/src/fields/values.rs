//! The plain values that fields may have, coerced as Discord coerces them.

use std::str::FromStr;

use model::{Id, Permissions, Timestamp};
use serde_json::{Map, Value};

use crate::Result;
#[cfg(not(target_family = "wasm"))]
use crate::schema::Schemas;

/// What a field's value was not: Discord's code and sentence.
pub type Complaint = (&'static str, String);

/// A plain value that a field may have.
pub trait FromField: Sized {
    /// The value; `text_only` when it comes from a query, where all is text.
    ///
    /// # Errors
    /// Discord's complaint when it is of another type.
    fn from_field(value: &Value, text_only: bool) -> Result<Self, Complaint>;

    /// The schema of what clients should send, of all that is taken. Natively alone.
    #[cfg(not(target_family = "wasm"))]
    fn schema(schemas: &Schemas) -> Value;
}

/// The schema of a type that is sent as it is answered.
macro_rules! as_answered {
    () => {
        #[cfg(not(target_family = "wasm"))]
        fn schema(schemas: &Schemas) -> Value {
            schemas.of::<Self>()
        }
    };
}

impl FromField for String {
    as_answered!();

    fn from_field(value: &Value, _: bool) -> Result<Self, Complaint> {
        let text = match value {
            Value::String(text) => text.clone(),
            // Discord takes a number where text is expected: nonces are sent so.
            Value::Number(number) => number.to_string(),
            _ => {
                return Err((
                    "STRING_TYPE_CONVERT",
                    "Could not interpret value as string.".into(),
                ));
            }
        };
        if text.contains('\0') {
            return Err((
                "STRING_TYPE_CONVERT",
                "Could not interpret value as string.".into(),
            ));
        }
        Ok(text)
    }
}

impl FromField for bool {
    as_answered!();

    fn from_field(value: &Value, text_only: bool) -> Result<Self, Complaint> {
        match value {
            Value::Bool(value) => Ok(*value),
            Value::String(text) if text_only => match text.to_ascii_lowercase().as_str() {
                "true" | "1" => Ok(true),
                "false" | "0" => Ok(false),
                _ => Err((
                    "BOOLEAN_TYPE_CONVERT",
                    "Must be either true or false.".into(),
                )),
            },
            _ => Err((
                "BOOLEAN_TYPE_CONVERT",
                "Must be either true or false.".into(),
            )),
        }
    }
}

impl FromField for i64 {
    as_answered!();

    fn from_field(value: &Value, text_only: bool) -> Result<Self, Complaint> {
        // Discord coerces: some libraries send numbers as text, and computed ones with a fraction.
        let number = match value {
            Value::Number(number) => number
                .as_i64()
                .or_else(|| number.as_f64().and_then(truncated)),
            Value::String(text) if text_only => {
                parse(text).or_else(|| parse(text).and_then(truncated))
            }
            Value::String(text) => parse(text),
            _ => None,
        };
        number.ok_or_else(|| {
            (
                "NUMBER_TYPE_COERCE",
                format!("Value \"{}\" is not int.", shown(value)),
            )
        })
    }
}

impl FromField for f64 {
    as_answered!();

    fn from_field(value: &Value, _: bool) -> Result<Self, Complaint> {
        let number = match value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => parse(text),
            _ => None,
        };
        number.filter(|number| number.is_finite()).ok_or_else(|| {
            (
                "NUMBER_TYPE_COERCE",
                format!("Value \"{}\" is not float.", shown(value)),
            )
        })
    }
}

impl<T> FromField for Id<T> {
    as_answered!();

    fn from_field(value: &Value, _: bool) -> Result<Self, Complaint> {
        let id = match value {
            Value::String(text) => text.parse().ok(),
            Value::Number(number) => unsigned(number).and_then(|n| n.to_string().parse().ok()),
            _ => None,
        };
        id.ok_or_else(|| {
            (
                "NUMBER_TYPE_COERCE",
                format!("Value \"{}\" is not snowflake.", shown(value)),
            )
        })
    }
}

impl FromField for Permissions {
    as_answered!();

    fn from_field(value: &Value, _: bool) -> Result<Self, Complaint> {
        let bits = match value {
            // Nothing at all is no permissions: clients send it for a role without any.
            Value::String(text) if text.trim().is_empty() => Some(0),
            Value::String(text) => parse::<u64>(text),
            Value::Number(number) => unsigned(number),
            _ => None,
        };
        // Bits that Discord does not define are dropped, as it does.
        bits.map(|bits| Self::from_bits_retain(bits) & Self::ALL)
            .ok_or_else(|| {
                (
                    "NUMBER_TYPE_COERCE",
                    format!("Value \"{}\" is not int.", shown(value)),
                )
            })
    }
}

impl FromField for Timestamp {
    as_answered!();

    fn from_field(value: &Value, _: bool) -> Result<Self, Complaint> {
        value.as_str().and_then(Self::parse).ok_or_else(|| {
            let message = "Could not interpret value as ISO8601 timestamp.";
            ("DATE_TIME_TYPE_PARSE", message.to_owned())
        })
    }
}

impl FromField for Value {
    as_answered!();

    fn from_field(value: &Value, _: bool) -> Result<Self, Complaint> {
        Ok(value.clone())
    }
}

impl FromField for Map<String, Value> {
    as_answered!();

    fn from_field(value: &Value, _: bool) -> Result<Self, Complaint> {
        value.as_object().cloned().ok_or_else(|| {
            (
                "DICT_TYPE_CONVERT",
                "Only dictionaries may be used in a DictType".to_owned(),
            )
        })
    }
}

/// A number without its fraction; `None` where an `i64` cannot have it.
fn truncated(number: f64) -> Option<i64> {
    // 2 to the 63rd, which `i64::MAX as f64` is rounded up to.
    const END: f64 = 9_223_372_036_854_775_808.0;
    (-END..END).contains(&number).then_some(number as i64)
}

/// A number that may have been written as a fraction, if it is exactly a whole one: bits and ids
/// mean something else when they are rounded.
fn unsigned(number: &serde_json::Number) -> Option<u64> {
    /// Up to here every whole number is a float, 2 to the 53rd.
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
    let exact = |float: &f64| (0.0..=EXACT_MAX).contains(float) && float.fract() == 0.0;
    number
        .as_u64()
        .or_else(|| number.as_f64().filter(exact).map(|float| float as u64))
}

/// A value as an error message shows it: short.
fn shown(value: &Value) -> String {
    let text = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    text.chars().take(64).collect()
}

/// A number or another plain value in a text, `None` when it is not one.
fn parse<T: FromStr>(text: &str) -> Option<T> {
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use model::id::marker;
    use serde_json::json;

    use super::*;

    fn int(value: Value, text_only: bool) -> Option<i64> {
        i64::from_field(&value, text_only).ok()
    }

    #[test]
    fn whole_numbers_may_be_written_in_several_ways() {
        for (value, number) in [
            (json!(5), 5),
            (json!(5.0), 5),
            (json!(3_599.999_704), 3599),
            (json!(-1.5), -1),
            (json!("5"), 5),
            (json!(1e3), 1000),
        ] {
            assert_eq!(int(value.clone(), false), Some(number), "{value}");
        }
        for wrong in [
            json!(1e19),
            json!(-1e19),
            json!(u64::MAX),
            json!("5.0"),
            json!("five"),
            json!(""),
            json!(true),
            json!([5]),
            json!({}),
        ] {
            assert_eq!(int(wrong.clone(), false), None, "{wrong}");
        }
    }

    #[test]
    fn a_number_in_a_query_is_text_and_coerced_alike() {
        assert_eq!(int(json!("5"), true), Some(5));
        assert_eq!(int(json!("5.0"), true), Some(5));
        assert_eq!(int(json!("3599.9"), true), Some(3599));
        for wrong in ["", "NaN", "inf", "1e30", "five"] {
            assert_eq!(int(json!(wrong), true), None, "{wrong}");
        }
    }

    #[test]
    fn ids_and_bits_are_not_rounded() {
        let id = |value: Value| Id::<marker::User>::from_field(&value, false).ok();
        assert_eq!(id(json!(5.0)), Some(Id::new(5)));
        assert_eq!(id(json!("5")), Some(Id::new(5)));
        let bits = |value: Value| {
            let bits = Permissions::from_field(&value, false).ok();
            bits.map(|bits| bits.bits())
        };
        assert_eq!(bits(json!(8.0)), Some(8));
        assert_eq!(bits(json!("")), Some(0));
        assert_eq!(bits(json!(" ")), Some(0));
        for wrong in [json!(5.5), json!(1e18), json!(-1.0), json!("x")] {
            assert_eq!(
                (id(wrong.clone()), bits(wrong.clone())),
                (None, None),
                "{wrong}"
            );
        }
    }
}
