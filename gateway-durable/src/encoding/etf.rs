//! Frames in Erlang's External Term Format, and commands in it.
//!
//! Terms are those that Discord's own `erlpack` writes: strings are binaries, snowflakes stay
//! strings, `null`, `true` and `false` are atoms, objects are maps. Like Discord's, the envelope's
//! keys and the event's name are atoms, since the set of them is fixed; keys inside `d` are
//! binaries.
//!
//! See [Erlang/External Term Format](https://www.erlang.org/doc/apps/erts/erl_ext_dist.html) and
//! [Discord Docs/Using ETF Encoding](https://discord.com/developers/docs/events/gateway#using-etf-encoding).

mod read;
mod write;

pub use read::{DEPTH_MAX, to_json};

use std::sync::OnceLock;

use crate::compression::zlib::{self, Deflater};
use crate::payload::{Frame, Payload};
use write::{atom, from_json, map_head, number};

/// The first byte of every message.
const VERSION: u8 = 131;

/// Tags of terms, by their names in Erlang's documentation.
mod tag {
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
    pairs: Option<u32>,
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
            .get_or_init(|| zlib::deflate(&mut Deflater::new(), &[&self.bytes]))
    }
}

/// Adds the whole message to `out`.
pub fn encode(frame: &Frame, out: &mut Vec<u8>) {
    match frame {
        Frame::Dispatch { kind, seq, payload } => {
            let terms = payload.shared.terms();
            out.reserve(96 + payload.own().len() + terms.bytes.len());
            head(out, kind.name(), *seq, payload);
            out.extend_from_slice(&terms.bytes);
        }
        _ => {
            if let Some((op, d)) = super::control(frame) {
                control(out, op, &d);
            }
        }
    }
}

/// Everything of a dispatch that stands before the shared terms.
pub fn head(out: &mut Vec<u8>, name: &str, seq: u64, payload: &Payload) {
    envelope(out, 0);
    atom(out, "t");
    atom(out, name);
    atom(out, "s");
    number(out, seq.into());
    atom(out, "d");
    let Some(shared) = payload.shared.terms().pairs else {
        return;
    };
    let own = own_terms(payload.own());
    match &own[..] {
        [tag::MAP, a, b, c, d, pairs @ ..] => {
            map_head(out, shared + u32::from_be_bytes([*a, *b, *c, *d]));
            out.extend_from_slice(pairs);
        }
        _ => map_head(out, shared),
    }
}

/// The beginning of an object, such as `{"a":1,`, as a map of its own.
fn own_terms(own: &str) -> Vec<u8> {
    match own.strip_suffix(',').unwrap_or(own) {
        "" => Vec::new(),
        pairs => from_json(&format!("{pairs}}}")),
    }
}

/// Anything but a dispatch.
fn control(out: &mut Vec<u8>, op: u8, d: &str) {
    envelope(out, op);
    atom(out, "t");
    atom(out, "nil");
    atom(out, "s");
    atom(out, "nil");
    atom(out, "d");
    out.extend_from_slice(&from_json(d));
}

/// The map that every message is, up to its opcode.
fn envelope(out: &mut Vec<u8>, op: u8) {
    out.push(VERSION);
    map_head(out, 4);
    atom(out, "op");
    number(out, op.into());
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use model::event::EventKind;
    use serde_json::{Value, json};

    use super::*;
    use crate::payload::Body;

    /// What a client reads. Our own reader refuses atoms as keys, as it must of clients.
    fn parsed(frame: &Frame) -> Value {
        let mut out = Vec::new();
        encode(frame, &mut out);
        serde_json::from_str(&read::any_to_json(&out).unwrap()).unwrap()
    }

    #[test]
    fn a_dispatch_is_head_own_part_and_shared_part() {
        for (own, shared) in [
            (Some(r#"{"a":1,"#), r#""b":"é\n","c":[1.5,null,-7]}"#),
            (Some("{"), r#""a":1,"b":"é\n","c":[1.5,null,-7]}"#),
            (None, r#"{"a":1,"b":"é\n","c":[1.5,null,-7]}"#),
        ] {
            let payload = Payload {
                own: own.map(Arc::from),
                shared: Body::new(shared),
            };
            let (kind, seq) = (EventKind::MessageCreate, 7);
            let frame = Frame::Dispatch { kind, seq, payload };
            let d = json!({"a": 1, "b": "é\n", "c": [1.5, null, -7]});
            let expected = json!({"op": 0, "t": "MESSAGE_CREATE", "s": 7, "d": d});
            assert_eq!(parsed(&frame), expected);
        }
    }

    #[test]
    fn a_payload_that_is_no_object_is_a_term() {
        let payload = Payload::shared(r#"[{"a":true}]"#);
        let (kind, seq) = (EventKind::SessionsReplace, 300);
        let frame = Frame::Dispatch { kind, seq, payload };
        assert_eq!(parsed(&frame)["d"], json!([{"a": true}]));
    }

    #[test]
    fn every_other_frame_is_what_it_is_in_json() {
        for frame in [
            Frame::Hello {
                heartbeat_interval_ms: 41_250,
            },
            Frame::HeartbeatAck,
            Frame::HeartbeatRequest,
            Frame::Reconnect,
            Frame::InvalidSession { resumable: true },
        ] {
            let mut out = Vec::new();
            crate::encoding::json::encode(&frame, &mut out);
            let expected: Value = serde_json::from_slice(&out).unwrap();
            assert_eq!(parsed(&frame), expected);
        }
    }

    #[test]
    fn numbers_of_every_size_survive() {
        let json = "[0,255,256,-1,2147483647,2147483648,-2147483649,1234567890123456789,0.25]";
        let mut term = vec![VERSION];
        term.extend(from_json(json));
        assert_eq!(to_json(&term).unwrap(), json);
    }
}
