//! Frames in Erlang's External Term Format.
//!
//! Like Discord's, the envelope's keys and the event's name are atoms, since the set of them is
//! fixed; keys inside `d` are binaries.
//!
//! See [Discord Docs/Using ETF Encoding](https://discord.com/developers/docs/events/gateway#using-etf-encoding).

use crate::etf::{VERSION, atom, from_json, map_head, number, tag};
use crate::payload::{Frame, Payload};

/// Adds the whole message to `out`.
pub fn encode(frame: &Frame, out: &mut Vec<u8>) {
    match frame {
        Frame::Dispatch { kind, seq, payload } => {
            let terms = payload.shared.terms();
            out.reserve(96 + payload.own().len() + terms.bytes().len());
            head(out, kind.name(), *seq, payload);
            out.extend_from_slice(terms.bytes());
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
        serde_json::from_str(&crate::etf::any_to_json(&out).unwrap()).unwrap()
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
}
