//! The gateway, as pure cores: sessions, guilds, encodings and compressions.
//!
//! Two kinds of object do the work. A [`guild::Guild`] knows one guild and who of its members is
//! connected, and decides who hears an event. A [`registry::SessionRegistry`] owns connections and
//! sessions: what they may ask, their sequence numbers, their replay buffers. They talk in
//! messages, so they may live in one process ([`hub::Hub`]) or in Durable Objects.
//!
//! Nothing here awaits, reads a clock or does I/O: inputs carry the time and the randomness, and
//! effects say what to do. The same inputs give the same effects.

pub mod compression;
pub mod connection;
pub mod deflate;
pub mod durable;
pub mod encoding;
pub mod etf;
pub mod guild;
pub mod hub;
pub mod ids;
mod json;
pub mod member_log;
pub mod messages;
pub mod payload;
pub mod presence;
pub mod ready;
pub mod registry;
pub mod session;
pub mod snapshot;
pub mod transport;
pub mod wants;

pub use durable::Durable;
pub use hub::Hub;
pub use ids::{SessionId, SocketId};
pub use payload::{Body, Frame, Payload};
