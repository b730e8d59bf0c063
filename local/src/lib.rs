//! The default host: functions, stores, blobs and the gateway in one process.
//!
//! It reads `spin.toml`, offers the interfaces that our components import, and nothing else.

pub mod admin;
pub mod backup;
pub mod blobs;
pub mod body;
mod clock;
pub mod d1;
pub mod data_folder;
pub mod export;
pub mod functions;
pub mod gateway;
pub mod host;
pub mod jobs;
pub mod libsql;
pub mod manifest;
pub mod migrate;
pub mod outbox;
pub mod ports;
pub mod private;
pub mod rate_limits;
pub mod seed;
pub mod server;
pub mod settings;
pub mod standalone;
pub mod stores;
pub mod wakeup;
