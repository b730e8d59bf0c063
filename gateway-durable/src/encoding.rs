//! From frames to the bytes of WebSocket messages.

pub mod json;

use crate::compression::{Compression, zlib, zstd};
use crate::payload::Frame;

/// How a connection wants to be spoken to; fixed for its life by the query of its URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transport {
    /// The version of the API: 9 or 10, or an older one that is served like them.
    pub version: u8,
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
                ("encoding", "json") => {}
                ("encoding", _) => return Err(TransportError::Encoding),
                ("compress", "zlib-stream") => transport.compression = Compression::ZlibStream,
                ("compress", "zstd-stream") => transport.compression = Compression::ZstdStream,
                _ => {}
            }
        }
        Ok(transport)
    }
}

/// Writes the messages of one connection. The only state is whether the stream has begun.
#[derive(Debug)]
pub struct Encoder {
    compression: Compression,
    begun: bool,
}

impl Encoder {
    /// The encoder of a new connection.
    pub fn new(compression: Compression) -> Self {
        Self {
            compression,
            begun: false,
        }
    }

    /// Whether messages are binary frames.
    pub fn is_binary(&self) -> bool {
        self.compression != Compression::None
    }

    /// Adds the next message to `out`. Frames must be encoded in the order in which they are sent.
    pub fn encode(&mut self, frame: &Frame, out: &mut Vec<u8>) {
        let first = !std::mem::replace(&mut self.begun, true);
        match self.compression {
            Compression::None => json::encode(frame, out),
            Compression::ZlibStream => zlib::encode(frame, first, out),
            Compression::ZstdStream => zstd::encode(frame, first, out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let error = Transport::from_query("v=10&encoding=etf").unwrap_err();
        assert_eq!(error, TransportError::Encoding);
    }
}
