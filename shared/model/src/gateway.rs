//! The gateway protocol: its numbers, and what clients send over it.
//!
//! What the server sends is made of [`crate::Event`]s and of a handful of constant payloads that
//! the gateway writes itself.
//!
//! See [Discord Docs/Gateway](https://discord.com/developers/docs/events/gateway).

mod application_flags;
mod capabilities;
mod close_code;
mod command;
mod identify;
mod intents;
pub mod internal;
mod opcode;
mod presence;
mod request_members;
mod voice;

pub use application_flags::ApplicationFlags;
pub use capabilities::Capabilities;
pub use close_code::CloseCode;
pub use command::{Command, CommandError};
pub use identify::{ClientProperties, Identify, IntentBits, RequestedShard, Resume, Shard};
pub use intents::{Gate, Intents, gate};
pub use opcode::Opcode;
pub use presence::{Activity, ClientKind, Status, UpdatePresence};
pub use request_members::{OneOrMany, RequestGuildMembers};
pub use voice::UpdateVoiceState;
