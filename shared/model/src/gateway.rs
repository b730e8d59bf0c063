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
mod inquiry;
mod intents;
pub mod internal;
mod opcode;
mod presence;
mod request_members;
mod stream;
mod subscriptions;
mod voice;

/// How many sessions a bot may start within five seconds, each for a shard whose number differs
/// modulo this: `max_concurrency` of `GET /gateway/bot`. Discord gives it to bots of its larger
/// sizes; here every bot has it.
///
/// See [Discord Docs/Session Start Limit Object](https://discord.com/developers/docs/events/gateway#session-start-limit-object).
pub const MAX_CONCURRENCY: u32 = 16;

/// How many sessions a bot may start in a day: `total` of `GET /gateway/bot`.
///
/// See [Discord Docs/Session Start Limit Object](https://discord.com/developers/docs/events/gateway#session-start-limit-object).
pub const STARTS_PER_DAY: u32 = 1000;

/// How messages of the gateway may be written: values of `encoding` in a socket's address.
pub const ENCODINGS: &[&str] = &["json", "etf"];

/// How connections may be compressed: values of `compress` in a socket's address.
pub const COMPRESSIONS: &[&str] = &["zlib-stream", "zstd-stream"];

pub use application_flags::ApplicationFlags;
pub use capabilities::Capabilities;
pub use close_code::CloseCode;
pub use command::{Command, CommandError};
pub use identify::{ClientProperties, Identify, IntentBits, RequestedShard, Resume, Shard};
pub use inquiry::Inquiry;
pub use intents::{Gate, Intents, gate};
pub use opcode::Opcode;
pub use presence::{Activity, ClientKind, Status, UpdatePresence};
pub use request_members::{OneOrMany, RequestGuildMembers, RequestedUser};
pub use stream::{CreateStream, NamedStream, PausedStream, StreamCommand, StreamKey};
pub use subscriptions::{BulkSubscriptions, GuildSubscription, LazyRequest, RowRange};
pub use voice::UpdateVoiceState;
