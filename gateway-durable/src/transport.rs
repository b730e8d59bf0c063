//! What the URL of a connection asks for, and the bytes that go over it.

use model::gateway::{Command, CommandError};
use serde::{Deserialize, Serialize};

use crate::compression::zstd::{Budget, Stream};
use crate::compression::{Compression, zlib};
use crate::encoding::Encoding;
use crate::payload::Frame;

/// Bytes of a payload from which on it is compressed for a client that asked for that by
/// `compress` in its identify. Shorter ones would hardly become shorter.
///
/// See [Discord Docs/Payload Compression](https://discord.com/developers/docs/events/gateway#payload-compression).
pub const COMPRESSED_FROM_BYTES: usize = 1024;

/// How a connection wants to be spoken to; fixed by the query of its URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transport {
    /// The version of the API: 9 or 10, or an older one that is served like them.
    pub version: u8,
    /// How messages are written.
    pub encoding: Encoding,
    /// What every message goes through.
    pub compression: Compression,
}

/// The query of a gateway URL asks for something that we do not speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransportError {
    /// `v` is not a version of ours. Closes with 4012.
    Version,
    /// `encoding` is not one of ours. Closes with 4002.
    Encoding,
}

impl Transport {
    /// Versions that are accepted. Those before 9 are served like 9.
    pub const VERSIONS: std::ops::RangeInclusive<u8> = 6..=10;

    /// Reads `v`, `encoding` and `compress` from a URL's query. Unknown keys and unknown
    /// compressions are ignored, as Discord does; without `v` it is the newest version.
    pub fn from_query(query: &str) -> Result<Self, TransportError> {
        let mut transport = Self {
            version: *Self::VERSIONS.end(),
            encoding: Encoding::Json,
            compression: Compression::None,
        };
        for (key, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            match (key, value) {
                ("v", v) => {
                    let version = v.parse().map_err(|_| TransportError::Version)?;
                    if !Self::VERSIONS.contains(&version) {
                        return Err(TransportError::Version);
                    }
                    transport.version = version;
                }
                ("encoding", "json") => transport.encoding = Encoding::Json,
                ("encoding", "etf") => transport.encoding = Encoding::Etf,
                ("encoding", _) => return Err(TransportError::Encoding),
                ("compress", "zlib-stream") => transport.compression = Compression::ZlibStream,
                ("compress", "zstd-stream") => transport.compression = Compression::ZstdStream,
                _ => {}
            }
        }
        Ok(transport)
    }

    /// Whether what is sent is [`Body::deflated`](crate::Body::deflated), which is then made where
    /// a compressor is at hand.
    pub fn shares_deflated_json(self) -> bool {
        self.encoding == Encoding::Json && self.compression == Compression::ZlibStream
    }
}

/// Writes the messages of one connection.
#[derive(Debug)]
pub struct Encoder {
    encoding: Encoding,
    through: Through,
}

/// What the messages go through.
#[derive(Debug)]
enum Through {
    /// Nothing; large payloads are compressed one by one if the client asked for it.
    Nothing { payloads: bool },
    /// A zlib stream, which may have begun.
    Zlib { begun: bool },
    /// A zstd stream.
    Zstd(Stream),
}

impl Encoder {
    /// The encoder of a new connection. Compressors with a history take theirs of `budget`.
    pub fn new(transport: Transport, budget: &Budget) -> Self {
        let through = match transport.compression {
            Compression::None => Through::Nothing { payloads: false },
            Compression::ZlibStream => Through::Zlib { begun: false },
            Compression::ZstdStream => Through::Zstd(Stream::new(budget.clone())),
        };
        let encoding = transport.encoding;
        Self { encoding, through }
    }

    /// The encoder of a connection over which something was sent by one that is gone: it goes on
    /// without a history. `payloads` is what [`Self::compresses_payloads`] was.
    pub fn resumed(transport: Transport, payloads: bool) -> Self {
        let through = match transport.compression {
            Compression::None => Through::Nothing { payloads },
            Compression::ZlibStream => Through::Zlib { begun: true },
            Compression::ZstdStream => Through::Zstd(Stream::resumed()),
        };
        let encoding = transport.encoding;
        Self { encoding, through }
    }

    /// Whether large payloads are compressed one by one.
    pub fn compresses_payloads(&self) -> bool {
        matches!(self.through, Through::Nothing { payloads: true })
    }

    /// Decodes what the client sent, and notes what it says of how it wants to be answered.
    ///
    /// # Errors
    /// When it is no command.
    pub fn decode(&mut self, message: &[u8]) -> Result<Command, CommandError> {
        let command = self.encoding.command(message)?;
        if let (Command::Identify(identify), Through::Nothing { payloads }) =
            (&command, &mut self.through)
        {
            *payloads = identify.compresses_payloads();
        }
        Ok(command)
    }

    /// Adds the next message to `out`, and says whether it is a binary one. Frames must be encoded
    /// in the order in which they are sent.
    pub fn encode(&mut self, frame: &Frame, out: &mut Vec<u8>) -> bool {
        match &mut self.through {
            Through::Nothing { payloads } => {
                if *payloads && frame.payload_bytes() >= COMPRESSED_FROM_BYTES {
                    zlib::encode_whole(self.encoding, frame, out);
                    return true;
                }
                self.encoding.encode(frame, out);
                self.encoding == Encoding::Etf
            }
            Through::Zlib { begun } => {
                let first = !std::mem::replace(begun, true);
                zlib::encode(self.encoding, frame, first, out);
                true
            }
            Through::Zstd(stream) => {
                stream.encode(self.encoding, frame, out);
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payload::Payload;

    #[test]
    fn advertised_transports_are_taken() {
        for (index, encoding) in model::gateway::ENCODINGS.iter().enumerate() {
            let transport = Transport::from_query(&format!("encoding={encoding}")).unwrap();
            assert_eq!(transport.encoding == Encoding::Json, index == 0);
        }
        for compression in model::gateway::COMPRESSIONS {
            let transport = Transport::from_query(&format!("compress={compression}")).unwrap();
            assert_ne!(transport.compression, Compression::None);
        }
    }

    #[test]
    fn the_query_says_version_encoding_and_compression() {
        let transport = Transport::from_query("v=9&encoding=json&compress=zlib-stream").unwrap();
        assert_eq!(transport.version, 9);
        assert_eq!(transport.compression, Compression::ZlibStream);
        assert_eq!(Transport::from_query("").unwrap().version, 10);
        assert_eq!(Transport::from_query("v=8").unwrap().version, 8);
    }

    #[test]
    fn versions_and_encodings_that_do_not_exist_are_refused() {
        for wrong in ["v=11", "v=5", "v=x", "v=", "v=-1", "v=999"] {
            let error = Transport::from_query(wrong).unwrap_err();
            assert_eq!(error, TransportError::Version, "{wrong}");
        }
        let error = Transport::from_query("v=10&encoding=xml").unwrap_err();
        assert_eq!(error, TransportError::Encoding);
    }

    fn dispatch(bytes: usize) -> Frame {
        Frame::Dispatch {
            kind: model::event::EventKind::TypingStart,
            seq: 1,
            payload: Payload::shared(format!(r#"{{"a":"{}"}}"#, "x".repeat(bytes))),
        }
    }

    #[test]
    fn large_payloads_are_compressed_for_who_asks_and_has_no_compression() {
        const IDENTIFY: &[u8] = br#"{"op":2,"d":{"token":"x","compress":true}}"#;
        let encoder = |query| {
            let transport = Transport::from_query(query).unwrap();
            Encoder::new(transport, &Budget::default())
        };
        let mut asked = encoder("v=10");
        let large = dispatch(COMPRESSED_FROM_BYTES);
        assert!(!asked.encode(&large, &mut Vec::new()));
        asked.decode(IDENTIFY).unwrap();
        let mut out = Vec::new();
        assert!(asked.encode(&large, &mut out));
        assert_eq!(out[0], 0x78);
        assert!(!asked.encode(&dispatch(10), &mut Vec::new()));
        // Web clients of people say that they would, and cannot.
        let person = br#"{"op":2,"d":{"token":"x","compress":true,"capabilities":16381}}"#;
        asked.decode(person).unwrap();
        assert!(!asked.encode(&large, &mut Vec::new()));
        let mut streamed = encoder("v=10&compress=zlib-stream");
        streamed.decode(IDENTIFY).unwrap();
        out.clear();
        streamed.encode(&large, &mut out);
        assert!(out.ends_with(&[0, 0, 0xff, 0xff]), "no stream of its own");
    }

    #[test]
    fn terms_are_binary_and_read_as_terms_only() {
        let transport = Transport::from_query("v=10&encoding=etf").unwrap();
        let mut encoder = Encoder::new(transport, &Budget::default());
        assert!(encoder.encode(&Frame::HeartbeatAck, &mut Vec::new()));
        assert!(encoder.decode(br#"{"op":1,"d":null}"#).is_err());
        let heartbeat = b"\x83t\0\0\0\x02m\0\0\0\x02opa\x01m\0\0\0\x01da\x07";
        let command = encoder.decode(heartbeat).unwrap();
        assert!(matches!(command, Command::Heartbeat(Some(7))));
    }
}
