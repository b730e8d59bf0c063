//! Terms from JSON, in one pass and without a tree between.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::tag;

/// The term of a JSON text, without the version. What is no JSON, which we never write, is `nil`.
pub fn from_json(json: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(json.len() + 16);
    let mut deserializer = serde_json::Deserializer::from_str(json);
    if Term(&mut out).deserialize(&mut deserializer).is_err() {
        out.clear();
        atom(&mut out, "nil");
    }
    out
}

/// Adds an atom of ASCII letters, which is never longer than 255.
pub fn atom(out: &mut Vec<u8>, name: &str) {
    out.extend_from_slice(&[tag::SMALL_ATOM, name.len() as u8]);
    out.extend_from_slice(name.as_bytes());
}

/// Adds a whole number, in the shortest form.
pub fn number(out: &mut Vec<u8>, value: i128) {
    if let Ok(small) = u8::try_from(value) {
        out.extend_from_slice(&[tag::SMALL_INTEGER, small]);
    } else if let Ok(medium) = i32::try_from(value) {
        out.push(tag::INTEGER);
        out.extend_from_slice(&medium.to_be_bytes());
    } else {
        let sign = u8::from(value < 0);
        let bytes = value.unsigned_abs().to_le_bytes();
        out.extend_from_slice(&[tag::SMALL_BIG, 8, sign]);
        out.extend_from_slice(&bytes[..8]);
    }
}

/// Adds the beginning of a map.
pub fn map_head(out: &mut Vec<u8>, pairs: u32) {
    out.push(tag::MAP);
    out.extend_from_slice(&pairs.to_be_bytes());
}

fn binary(out: &mut Vec<u8>, text: &str) {
    out.push(tag::BINARY);
    out.extend_from_slice(&(text.len() as u32).to_be_bytes());
    out.extend_from_slice(text.as_bytes());
}

/// Writes whatever comes to the end of the vector.
struct Term<'a>(&'a mut Vec<u8>);

impl<'de> DeserializeSeed<'de> for Term<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Term<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        atom(self.0, "nil");
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        atom(self.0, if value { "true" } else { "false" });
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        number(self.0, value.into());
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        number(self.0, value.into());
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.0.push(tag::NEW_FLOAT);
        self.0.extend_from_slice(&value.to_be_bytes());
        Ok(())
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        binary(self.0, value);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let start = self.0.len();
        self.0.extend_from_slice(&[tag::LIST, 0, 0, 0, 0]);
        let mut count = 0_u32;
        while seq.next_element_seed(Term(self.0))?.is_some() {
            count += 1;
        }
        match count {
            0 => self.0.truncate(start),
            _ => self.0[start + 1..start + 5].copy_from_slice(&count.to_be_bytes()),
        }
        self.0.push(tag::NIL);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let start = self.0.len();
        map_head(self.0, 0);
        let mut count = 0_u32;
        while map.next_key_seed(Term(self.0))?.is_some() {
            map.next_value_seed(Term(self.0))?;
            count += 1;
        }
        self.0[start + 1..start + 5].copy_from_slice(&count.to_be_bytes());
        Ok(())
    }
}
