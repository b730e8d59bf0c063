//! What a user client shows of a guild, and therefore wants to hear of.
//!
//! Discord does not document it; see [Userdoccers/Opcodes](https://docs.discord.food/topics/opcodes-and-status-codes#gateway-opcodes)
//! and [Lazy Guilds](https://luna.gitlab.io/discord-unofficial-docs/docs/lazy_guilds/).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Id;
use crate::id::marker;

/// The first and the last row, counted from 0, of a part of a member list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RowRange(pub u32, pub u32);

/// What a client wants to hear of one guild. What is left out stays as it was.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuildSubscription {
    /// The channels whose member lists it shows, with the rows that are to be seen. Channels that
    /// are not named here are no longer shown.
    #[serde(default)]
    pub channels: Option<BTreeMap<Id<marker::Channel>, Vec<RowRange>>>,
    /// Whether to be told who types, in a large guild.
    #[serde(default)]
    pub typing: Option<bool>,
    /// Members whose presences to be told of, in a large guild.
    #[serde(default)]
    pub members: Option<Vec<Id<marker::User>>>,
    /// Threads of which to be told who is in them, once.
    #[serde(default)]
    pub thread_member_lists: Option<Vec<Id<marker::Channel>>>,
}

/// The payload of opcode 14.
#[derive(Debug, Clone, Deserialize)]
pub struct LazyRequest {
    /// The guild.
    pub guild_id: Id<marker::Guild>,
    /// What is wanted of it.
    #[serde(flatten)]
    pub subscription: GuildSubscription,
}

/// The payload of opcode 37.
#[derive(Debug, Clone, Deserialize)]
pub struct BulkSubscriptions {
    /// What is wanted of each guild.
    #[serde(default)]
    pub subscriptions: BTreeMap<Id<marker::Guild>, GuildSubscription>,
}
