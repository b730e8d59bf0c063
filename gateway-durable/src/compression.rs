//! Transport compressions.
//!
//! `zlib-stream` keeps no history: a message depends on nothing before it. So a body is compressed
//! once for all who get it, and a session whose memory is gone (a Durable Object that hibernated)
//! still writes a valid stream. `zstd-stream` cannot share, so it has a history as long as there
//! is memory for it, and goes on without where there is none.

pub mod zlib;
pub mod zstd;

use serde::{Deserialize, Serialize};

/// What every message of a connection goes through.
///
/// See [Discord Docs/Transport Compression](https://discord.com/developers/docs/events/gateway#transport-compression).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Compression {
    /// Nothing.
    #[default]
    None,
    /// One zlib stream for the connection, flushed after every message.
    ZlibStream,
    /// One zstd frame for the connection, flushed after every message.
    ZstdStream,
}
