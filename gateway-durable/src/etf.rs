//! Erlang's External Term Format: terms from JSON, and JSON from terms.
//!
//! Strings are binaries, snowflakes stay strings, `null`, `true` and `false` are atoms, objects are
//! maps, as Discord's own `erlpack` writes them.
//!
//! See [Erlang/External Term Format](https://www.erlang.org/doc/apps/erts/erl_ext_dist.html).

mod read;
mod write;

#[cfg(test)]
pub(crate) use read::any_to_json;
pub use read::{DEPTH_MAX, to_json};
pub(crate) use write::{atom, from_json, map_head, number};

use std::sync::OnceLock;

use crate::deflate::{Deflater, deflate};

/// The first byte of every message.
pub(crate) const VERSION: u8 = 131;

/// Tags of terms, by their names in Erlang's documentation.
pub(crate) mod tag {
    pub const NEW_FLOAT: u8 = 70;
    pub const SMALL_INTEGER: u8 = 97;
    pub const INTEGER: u8 = 98;
    pub const ATOM: u8 = 100;
    pub const SMALL_TUPLE: u8 = 104;
    pub const LARGE_TUPLE: u8 = 105;
    pub const NIL: u8 = 106;
    pub const STRING: u8 = 107;
    pub const LIST: u8 = 108;
    pub const BINARY: u8 = 109;
    pub const SMALL_BIG: u8 = 110;
    pub const SMALL_ATOM: u8 = 115;
    pub const MAP: u8 = 116;
    pub const ATOM_UTF8: u8 = 118;
    pub const SMALL_ATOM_UTF8: u8 = 119;
}

/// A body as terms, made once for all who get it.
#[derive(Debug)]
pub struct Terms {
    /// How many pairs `bytes` has, if it is the rest of a map and not a term.
    pub(crate) pairs: Option<u32>,
    bytes: Box<[u8]>,
    deflated: OnceLock<Box<[u8]>>,
}

impl Terms {
    /// The terms of a payload's JSON: of an object the pairs, so that pairs of one receiver can
    /// stand before them.
    pub fn new(json: &str) -> Self {
        let rest = matches!(json.as_bytes().first(), Some(b'"' | b'}'));
        let term = match rest {
            true => from_json(&format!("{{{json}")),
            false => from_json(json),
        };
        let (pairs, bytes) = match &term[..] {
            [tag::MAP, a, b, c, d, pairs @ ..] => {
                (Some(u32::from_be_bytes([*a, *b, *c, *d])), pairs.into())
            }
            _ => (None, term.into_boxed_slice()),
        };
        Self {
            pairs,
            bytes,
            deflated: OnceLock::new(),
        }
    }

    /// The terms.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The terms, deflated without history and ended by a sync flush. Computed once.
    pub fn deflated(&self) -> &[u8] {
        self.deflated
            .get_or_init(|| deflate(&mut Deflater::new(), &[&self.bytes]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_size_survive() {
        let json = "[0,255,256,-1,2147483647,2147483648,-2147483649,1234567890123456789,0.25]";
        let mut term = vec![VERSION];
        term.extend(from_json(json));
        assert_eq!(to_json(&term).unwrap(), json);
    }
}
