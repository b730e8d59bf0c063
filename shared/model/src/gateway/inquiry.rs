//! Short questions of clients about a guild.

use serde::{Deserialize, Serialize};

/// What a client asks of a guild.
///
/// See [Userdoccers/Send Events](https://docs.discord.food/topics/gateway-events#send-events).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Inquiry {
    /// Opcode 12: its members and their presences, in the way of old clients.
    Members,
    /// Opcode 31: the sounds of its soundboard.
    Sounds,
    /// Opcode 36: the statuses of its voice channels.
    ChannelStatuses,
    /// Opcode 43: the same and more.
    ChannelInfo,
}
