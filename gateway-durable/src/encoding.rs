//! From frames to the bytes of WebSocket messages, and from those of clients to commands.

pub mod etf;
pub mod json;

use model::gateway::{Command, CommandError};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::etf::to_json;
use crate::payload::{Body, Frame, Payload};

/// How messages are written, in both directions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Encoding {
    /// JSON text.
    #[default]
    Json,
    /// Erlang's External Term Format.
    Etf,
}

/// Opcode and data, as JSON, of everything but a dispatch.
fn control(frame: &Frame) -> Option<(u8, String)> {
    let (op, d) = match frame {
        Frame::Dispatch { .. } => return None,
        Frame::Hello {
            heartbeat_interval_ms,
        } => {
            let trace = [r#"["gateway",{"micros":0}]"#];
            let d = json!({ "heartbeat_interval": heartbeat_interval_ms, "_trace": trace });
            (10, d)
        }
        // Some clients read a field of what others ignore.
        Frame::HeartbeatAck => (11, json!({})),
        Frame::HeartbeatRequest => (1, Value::Null),
        Frame::Reconnect => (7, json!({})),
        Frame::InvalidSession { resumable } => (9, json!(resumable)),
    };
    Some((op, d.to_string()))
}

impl Encoding {
    /// Adds the whole message to `out`.
    pub fn encode(self, frame: &Frame, out: &mut Vec<u8>) {
        match self {
            Self::Json => json::encode(frame, out),
            Self::Etf => etf::encode(frame, out),
        }
    }

    /// Adds the message to `out` up to what all receivers share of it, which is the payload's.
    pub(crate) fn head<'a>(self, frame: &'a Frame, out: &mut Vec<u8>) -> Option<&'a Payload> {
        let Frame::Dispatch { kind, seq, payload } = frame else {
            self.encode(frame, out);
            return None;
        };
        out.reserve(json::ENVELOPE_BYTES + payload.own().len());
        match self {
            Self::Json => {
                json::head(out, *kind, *seq);
                out.extend_from_slice(payload.own().as_bytes());
            }
            Self::Etf => etf::head(out, kind.name(), *seq, payload),
        }
        Some(payload)
    }

    /// What follows after [`Self::head`], deflated without history.
    pub(crate) fn deflated(self, shared: &Body) -> &[u8] {
        match self {
            Self::Json => shared.deflated(),
            Self::Etf => shared.terms().deflated(),
        }
    }

    /// Decodes what a client sent.
    ///
    /// # Errors
    /// When it is not in this encoding, or no command.
    pub fn command(self, message: &[u8]) -> Result<Command, CommandError> {
        match self {
            Self::Json => std::str::from_utf8(message)
                .map_err(|_| CommandError::Undecodable)
                .and_then(Command::from_json),
            Self::Etf => to_json(message)
                .ok_or(CommandError::Undecodable)
                .and_then(|json| Command::from_json(&json)),
        }
    }

    /// The message as JSON, if it is in this encoding.
    pub fn to_json(self, message: &[u8]) -> Option<String> {
        match self {
            Self::Json => std::str::from_utf8(message).ok().map(str::to_owned),
            Self::Etf => to_json(message),
        }
    }
}
