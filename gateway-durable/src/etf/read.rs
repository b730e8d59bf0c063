//! Commands of clients, from terms to JSON text.
//!
//! A length that a term announces is checked against what is there before anything is done with
//! it, nesting is bounded, and compressed terms are refused, so that a message costs a few times
//! its own bytes.

use std::fmt::Write;

use serde_json::{Number, Value};

use super::{VERSION, tag};

/// How deep terms may be nested. Discord's commands need about six.
pub const DEPTH_MAX: usize = 32;

/// The JSON of a client's message. `None` when it is no term, or one that clients may not send:
/// atoms as keys, compressed terms, numbers of more than 64 bits, what only Erlang has.
pub fn to_json(message: &[u8]) -> Option<String> {
    read(message, false)
}

/// The JSON of a message of ours, whose keys may be atoms.
#[cfg(test)]
pub fn any_to_json(message: &[u8]) -> Option<String> {
    read(message, true)
}

fn read(message: &[u8], atom_keys: bool) -> Option<String> {
    let (&VERSION, term) = message.split_first()? else {
        return None;
    };
    let mut reader = Reader {
        rest: term,
        out: String::with_capacity(message.len()),
        atom_keys,
    };
    reader.term(0)?;
    reader.rest.is_empty().then_some(reader.out)
}

struct Reader<'a> {
    rest: &'a [u8],
    out: String,
    atom_keys: bool,
}

impl<'a> Reader<'a> {
    fn term(&mut self, depth: usize) -> Option<()> {
        if depth > DEPTH_MAX {
            return None;
        }
        match self.u8()? {
            tag::SMALL_INTEGER => {
                let value = self.u8()?;
                self.show(value)
            }
            tag::INTEGER => {
                let value = i32::from_be_bytes(self.array()?);
                self.show(value)
            }
            tag::SMALL_BIG => self.big(),
            tag::NEW_FLOAT => {
                let value = Number::from_f64(f64::from_be_bytes(self.array()?))?;
                self.show(value)
            }
            tag::SMALL_ATOM | tag::SMALL_ATOM_UTF8 => {
                let length = self.u8()?.into();
                self.atom(length)
            }
            tag::ATOM | tag::ATOM_UTF8 => {
                let length = self.u16()?;
                self.atom(length)
            }
            tag::BINARY => {
                let length = self.u32()?;
                let text = self.text(length)?;
                self.string(text)
            }
            tag::STRING => {
                // What Erlang makes of a list of small numbers, such as a shard.
                let length = self.u16()?;
                let bytes = self.bytes(length)?;
                self.list(bytes.len(), |this, at| this.show(bytes[at]))
            }
            tag::NIL => self.list(0, |_, _| None),
            tag::LIST => {
                let count = self.u32()?;
                self.list(count, |this, _| this.term(depth + 1))?;
                (self.u8()? == tag::NIL).then_some(())
            }
            tag::SMALL_TUPLE => {
                let count = self.u8()?.into();
                self.list(count, |this, _| this.term(depth + 1))
            }
            tag::LARGE_TUPLE => {
                let count = self.u32()?;
                self.list(count, |this, _| this.term(depth + 1))
            }
            tag::MAP => self.map(depth),
            _ => None,
        }
    }

    fn list(
        &mut self,
        count: usize,
        mut item: impl FnMut(&mut Self, usize) -> Option<()>,
    ) -> Option<()> {
        self.out.push('[');
        // Every item takes a byte at least, so a count that lies ends with the bytes.
        for at in 0..count {
            if at > 0 {
                self.out.push(',');
            }
            item(self, at)?;
        }
        self.out.push(']');
        Some(())
    }

    fn map(&mut self, depth: usize) -> Option<()> {
        let count = self.u32()?;
        self.out.push('{');
        for at in 0..count {
            if at > 0 {
                self.out.push(',');
            }
            let length = match self.u8()? {
                tag::BINARY => self.u32()?,
                tag::SMALL_ATOM if self.atom_keys => self.u8()?.into(),
                _ => return None,
            };
            let key = self.text(length)?;
            self.string(key)?;
            self.out.push(':');
            self.term(depth + 1)?;
        }
        self.out.push('}');
        Some(())
    }

    fn atom(&mut self, length: usize) -> Option<()> {
        match self.text(length)? {
            "nil" | "null" | "undefined" => self.show("null"),
            word @ ("true" | "false") => self.show(word),
            other => self.string(other),
        }
    }

    fn big(&mut self) -> Option<()> {
        let length = usize::from(self.u8()?);
        let negative = self.u8()? != 0;
        let mut bytes = [0; 8];
        bytes
            .get_mut(..length)?
            .copy_from_slice(self.bytes(length)?);
        let value = i128::from(u64::from_le_bytes(bytes));
        self.show(if negative { -value } else { value })
    }

    fn show(&mut self, value: impl std::fmt::Display) -> Option<()> {
        write!(self.out, "{value}").ok()
    }

    fn string(&mut self, text: &str) -> Option<()> {
        self.show(Value::from(text))
    }

    fn text(&mut self, length: usize) -> Option<&'a str> {
        std::str::from_utf8(self.bytes(length)?).ok()
    }

    fn bytes(&mut self, length: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(bytes)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.bytes(N)?.try_into().ok()
    }

    fn u8(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    fn u16(&mut self) -> Option<usize> {
        self.array().map(|bytes| u16::from_be_bytes(bytes).into())
    }

    fn u32(&mut self) -> Option<usize> {
        self.array().map(|bytes| u32::from_be_bytes(bytes) as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Discord's `erlpack` 1.0.1 writes of an identify with a snowflake as a number.
    const PACKED: &[u8] = b"\x83t\x00\x00\x00\x06m\x00\x00\x00\x02opa\x01m\x00\x00\x00\x01d\
        s\x03nilm\x00\x00\x00\x02idn\x08\x00N\xf30\xa6K\x9b\xb6\x01m\x00\x00\x00\x01l\
        l\x00\x00\x00\x02a\x00a\x01jm\x00\x00\x00\x01fF?\xf8\x00\x00\x00\x00\x00\x00\
        m\x00\x00\x00\x01ts\x04true";

    #[test]
    fn output_of_discords_packer_is_read() {
        let json = to_json(PACKED).unwrap();
        let expected = r#"{"op":1,"d":null,"id":123456789012345678,"l":[0,1],"f":1.5,"t":true}"#;
        assert_eq!(json, expected);
    }

    #[test]
    fn lists_of_small_numbers_and_tuples_are_lists() {
        assert_eq!(to_json(&[131, 107, 0, 2, 0, 4]).unwrap(), "[0,4]");
        assert_eq!(to_json(&[131, 104, 2, 97, 0, 106]).unwrap(), "[0,[]]");
    }

    #[test]
    fn terms_that_clients_may_not_send_are_refused() {
        let cases: [(&str, &[u8]); 9] = [
            ("nothing", &[]),
            ("a version alone", &[131]),
            ("JSON", br#"{"op":1}"#),
            (
                "an atom as key",
                &[131, 116, 0, 0, 0, 1, 115, 1, b'a', 97, 1],
            ),
            (
                "a compressed term",
                &[131, 80, 0, 0, 255, 255, 120, 156, 3, 0],
            ),
            (
                "a number of 72 bits",
                &[131, 110, 9, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1],
            ),
            ("no number", &[131, 70, 127, 248, 0, 0, 0, 0, 0, 0]),
            ("more than one term", &[131, 97, 1, 97, 1]),
            ("an improper list", &[131, 108, 0, 0, 0, 1, 97, 1, 97, 2]),
        ];
        for (what, bytes) in cases {
            assert_eq!(to_json(bytes), None, "{what}");
        }
    }

    #[test]
    fn announced_lengths_and_nesting_cost_nothing() {
        for head in [tag::LIST, tag::LARGE_TUPLE, tag::MAP, tag::BINARY] {
            assert_eq!(to_json(&[131, head, 255, 255, 255, 255]), None);
        }
        let mut deep = vec![131];
        deep.extend([104, 1].repeat(5000));
        deep.push(106);
        assert_eq!(to_json(&deep), None);
        let mut allowed = vec![131];
        allowed.extend([104, 1].repeat(DEPTH_MAX));
        allowed.push(106);
        assert!(to_json(&allowed).is_some());
    }
}
