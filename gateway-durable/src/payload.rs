//! What is sent: made once, shared by everyone who gets it.

use std::fmt;
use std::sync::{Arc, OnceLock};

use model::event::EventKind;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::deflate::{Deflater, deflate};
use crate::etf::Terms;

/// JSON that is written once and sent to many, plain or compressed.
pub struct Body {
    json: Box<str>,
    deflated: OnceLock<Box<[u8]>>,
    terms: OnceLock<Box<Terms>>,
}

impl Body {
    /// The body with this JSON, or the rest of an object whose beginning is [`Payload`]'s.
    pub fn new(json: impl Into<Box<str>>) -> Arc<Self> {
        Arc::new(Self::from(json.into()))
    }

    /// The JSON.
    pub fn json(&self) -> &str {
        &self.json
    }

    /// The JSON and the brace that ends the dispatch, deflated without history and ended by a sync
    /// flush. Computed once; by [`Self::deflate`] where a compressor is at hand.
    pub fn deflated(&self) -> &[u8] {
        self.deflated
            .get_or_init(|| self.deflate_with(&mut Deflater::new()))
    }

    /// Computes [`Self::deflated`] with a compressor that is used again.
    pub fn deflate(&self, deflater: &mut Deflater) {
        self.deflated.get_or_init(|| self.deflate_with(deflater));
    }

    fn deflate_with(&self, deflater: &mut Deflater) -> Box<[u8]> {
        deflate(deflater, &[self.json.as_bytes(), b"}"])
    }

    /// The body in the External Term Format. Computed once, by the first connection that asks.
    pub fn terms(&self) -> &Terms {
        self.terms.get_or_init(|| Terms::new(&self.json).into())
    }
}

/// As its JSON is written.
impl Serialize for Body {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Body {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<str>::deserialize(deserializer).map(Self::from)
    }
}

impl From<Box<str>> for Body {
    fn from(json: Box<str>) -> Self {
        Self {
            json,
            deflated: OnceLock::new(),
            terms: OnceLock::new(),
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.json)
    }
}

/// The `d` of a dispatch: what only this receiver gets, then what all receivers share.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Payload {
    /// The beginning of the object, such as `{"joined_at":"…",`, where it differs by receiver.
    pub own: Option<Arc<str>>,
    /// The rest, or all of it.
    pub shared: Arc<Body>,
}

impl Payload {
    /// A payload of which every byte is shared.
    pub fn shared(json: impl Into<Box<str>>) -> Self {
        Self {
            own: None,
            shared: Body::new(json),
        }
    }

    /// What only the receiver gets.
    pub fn own(&self) -> &str {
        self.own.as_deref().unwrap_or("")
    }

    /// Bytes of JSON.
    pub fn len(&self) -> usize {
        self.own().len() + self.shared.json.len()
    }

    /// Whether there is no JSON at all, which no dispatch has.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The JSON in one piece.
    pub fn to_json(&self) -> String {
        let mut json = String::with_capacity(self.len());
        json.push_str(self.own());
        json.push_str(&self.shared.json);
        json
    }
}

/// One message to one connection, before it is encoded.
#[derive(Debug, Clone)]
pub enum Frame {
    /// An event.
    Dispatch {
        /// Its `t`.
        kind: EventKind,
        /// Its `s`.
        seq: u64,
        /// Its `d`.
        payload: Payload,
    },
    /// Opcode 10 with the heartbeat interval.
    Hello {
        /// Milliseconds between two heartbeats.
        heartbeat_interval_ms: u32,
    },
    /// Opcode 11.
    HeartbeatAck,
    /// Opcode 1: a heartbeat is wanted now.
    HeartbeatRequest,
    /// Opcode 7.
    Reconnect,
    /// Opcode 9.
    InvalidSession {
        /// Whether the client may try to resume again.
        resumable: bool,
    },
}

impl Frame {
    /// Bytes of JSON of a dispatch's payload.
    pub fn payload_bytes(&self) -> usize {
        match self {
            Self::Dispatch { payload, .. } => payload.len(),
            _ => 0,
        }
    }

    /// About how many bytes it takes while it waits to be sent.
    pub fn cost(&self) -> usize {
        64 + self.payload_bytes()
    }
}
