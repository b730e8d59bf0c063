//! Frames as JSON text.
//!
//! See [Discord Docs/Payload Structure](https://discord.com/developers/docs/events/gateway-events#payload-structure).

use std::io::Write;

use model::event::EventKind;

use crate::payload::Frame;

/// Bytes around a dispatch's payload, at most: the longest name and number fit.
pub(crate) const ENVELOPE_BYTES: usize = 96;

/// Adds the whole message to `out`.
pub fn encode(frame: &Frame, out: &mut Vec<u8>) {
    match frame {
        Frame::Dispatch { kind, seq, payload } => {
            out.reserve(ENVELOPE_BYTES + payload.len());
            head(out, *kind, *seq);
            out.extend_from_slice(payload.own().as_bytes());
            out.extend_from_slice(payload.shared.json().as_bytes());
            out.push(b'}');
        }
        _ => {
            if let Some((op, d)) = super::control(frame) {
                control(out, op, &d);
            }
        }
    }
}

/// Everything of a dispatch that stands before its payload. After the payload comes a brace.
pub fn head(out: &mut Vec<u8>, kind: EventKind, seq: u64) {
    out.extend_from_slice(br#"{"t":""#);
    out.extend_from_slice(kind.name().as_bytes());
    // Writing to a vector cannot fail.
    let _ = write!(out, r#"","s":{seq},"op":0,"d":"#);
}

/// Anything but a dispatch. `s` and `t` are there because old clients read them from every payload.
fn control(out: &mut Vec<u8>, op: u8, d: &str) {
    let _ = write!(out, r#"{{"t":null,"s":null,"op":{op},"d":{d}}}"#);
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::{Value, json};

    use super::*;
    use crate::payload::{Body, Payload};

    fn parsed(frame: &Frame) -> Value {
        let mut out = Vec::new();
        encode(frame, &mut out);
        serde_json::from_slice(&out).unwrap()
    }

    #[test]
    fn a_dispatch_is_head_own_part_and_shared_part() {
        let payload = Payload {
            own: Some(Arc::from(r#"{"a":1,"#)),
            shared: Body::new(r#""b":2}"#),
        };
        let (kind, seq) = (EventKind::MessageCreate, 7);
        let frame = Frame::Dispatch { kind, seq, payload };
        let expected = json!({"op": 0, "t": "MESSAGE_CREATE", "s": 7, "d": {"a": 1, "b": 2}});
        assert_eq!(parsed(&frame), expected);
    }

    #[test]
    fn every_other_frame_has_null_for_sequence_and_name() {
        for frame in [
            Frame::Hello {
                heartbeat_interval_ms: 41_250,
            },
            Frame::HeartbeatAck,
            Frame::HeartbeatRequest,
            Frame::Reconnect,
            Frame::InvalidSession { resumable: true },
            Frame::InvalidSession { resumable: false },
        ] {
            let value = parsed(&frame);
            assert!(value["s"].is_null() && value["t"].is_null(), "{value}");
            let keys = value.as_object().unwrap();
            assert!(keys.contains_key("s") && keys.contains_key("t"), "{value}");
        }
        let hello = parsed(&Frame::Hello {
            heartbeat_interval_ms: 41_250,
        });
        assert_eq!(hello["d"]["heartbeat_interval"], 41_250);
    }
}
