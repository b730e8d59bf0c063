//! Threads: channels inside a channel.
//!
//! See [Discord Docs/Threads](https://discord.com/developers/docs/topics/threads).

use serde::{Deserialize, Serialize};

use crate::id::marker;
use crate::member::Member;
use crate::{Id, Timestamp};

/// Minutes without a message after which a thread may be archived.
pub const ARCHIVE_MINUTES: &[i64] = &[60, 1440, 4320, 10_080];

/// Members that [`Thread::member_count`] counts.
pub const COUNTED_MEMBERS_MAX: u32 = 50;

/// The flag of a thread that is pinned to the top of its forum.
pub const FLAG_PINNED: i64 = 1 << 1;

/// What only threads have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub struct Thread {
    /// Who created it.
    pub owner_id: Id<marker::User>,
    /// Messages in it, without the one it began with and those that were deleted.
    #[serde(default)]
    pub message_count: u32,
    /// Messages ever sent to it, without the one it began with.
    #[serde(default)]
    pub total_message_sent: u32,
    /// Members, counted up to [`COUNTED_MEMBERS_MAX`].
    #[serde(default)]
    pub member_count: u32,
    /// Whether and when it is archived, and who may change that.
    pub thread_metadata: ThreadMetadata,
    /// The reader as a member of it, where they are one and it is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<ThreadMember>,
}

/// See [Discord Docs/Thread Metadata Object](https://discord.com/developers/docs/resources/channel#thread-metadata-object).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub struct ThreadMetadata {
    /// Whether it is archived: it is not shown, and begins again with the next message.
    pub archived: bool,
    /// When [`archived`](Self::archived) last changed.
    pub archive_timestamp: Timestamp,
    /// Minutes without a message after which it is archived.
    pub auto_archive_duration: u32,
    /// Whether only moderators may write, and begin it again once it is archived.
    pub locked: bool,
    /// Whether every member may add others. Only private threads have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitable: Option<bool>,
    /// When it was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub create_timestamp: Option<Timestamp>,
}

/// Somebody who joined a thread.
///
/// See [Discord Docs/Thread Member Object](https://discord.com/developers/docs/resources/channel#thread-member-object).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub struct ThreadMember {
    /// The thread.
    pub id: Id<marker::Channel>,
    /// Who.
    pub user_id: Id<marker::User>,
    /// Since when.
    pub join_timestamp: Timestamp,
    /// The user's notification settings.
    pub flags: i64,
    /// The same as a member of the guild, where it was asked for and in events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<Member>,
}
