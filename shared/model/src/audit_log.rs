//! The audit log: who changed what in a guild, and why.
//!
//! See [Discord Docs/Audit Logs](https://discord.com/developers/docs/resources/audit-log).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::Id;
use crate::id::marker;

/// What was done: Discord's number for it. Numbers that Discord adds later are kept, not refused.
///
/// See [Discord Docs/Audit Log Events](https://discord.com/developers/docs/resources/audit-log#audit-log-entry-object-audit-log-events).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Action(pub u16);

macro_rules! actions {
    ($($(#[$doc:meta])* $number:literal $name:ident)*) => {
        $($(#[$doc])* pub const $name: Action = Action($number);)*
    };
}

actions! {
    /// The guild's settings were changed.
    1 GUILD_UPDATE
    /// A channel was created.
    10 CHANNEL_CREATE
    /// A channel's settings were changed.
    11 CHANNEL_UPDATE
    /// A channel was deleted.
    12 CHANNEL_DELETE
    /// An overwrite was added to a channel.
    13 CHANNEL_OVERWRITE_CREATE
    /// An overwrite of a channel was changed.
    14 CHANNEL_OVERWRITE_UPDATE
    /// An overwrite of a channel was deleted.
    15 CHANNEL_OVERWRITE_DELETE
    /// A member was removed.
    20 MEMBER_KICK
    /// Inactive members were removed.
    21 MEMBER_PRUNE
    /// A user was banned.
    22 MEMBER_BAN_ADD
    /// A ban was lifted.
    23 MEMBER_BAN_REMOVE
    /// A member's nickname or another field was changed.
    24 MEMBER_UPDATE
    /// Roles were given to or taken from a member.
    25 MEMBER_ROLE_UPDATE
    /// Members were moved to another voice channel.
    26 MEMBER_MOVE
    /// Members were disconnected from voice.
    27 MEMBER_DISCONNECT
    /// A bot was added.
    28 BOT_ADD
    /// A role was created.
    30 ROLE_CREATE
    /// A role was changed.
    31 ROLE_UPDATE
    /// A role was deleted.
    32 ROLE_DELETE
    /// An invite was created.
    40 INVITE_CREATE
    /// An invite was changed.
    41 INVITE_UPDATE
    /// An invite was deleted.
    42 INVITE_DELETE
    /// A webhook was created.
    50 WEBHOOK_CREATE
    /// A webhook was changed.
    51 WEBHOOK_UPDATE
    /// A webhook was deleted.
    52 WEBHOOK_DELETE
    /// An emoji was uploaded.
    60 EMOJI_CREATE
    /// An emoji was changed.
    61 EMOJI_UPDATE
    /// An emoji was deleted.
    62 EMOJI_DELETE
    /// Somebody else's message was deleted.
    72 MESSAGE_DELETE
    /// Several messages were deleted at once.
    73 MESSAGE_BULK_DELETE
    /// A message was pinned.
    74 MESSAGE_PIN
    /// A message was unpinned.
    75 MESSAGE_UNPIN
    /// An integration was added.
    80 INTEGRATION_CREATE
    /// An integration was changed.
    81 INTEGRATION_UPDATE
    /// An integration was removed.
    82 INTEGRATION_DELETE
    /// A thread was created.
    110 THREAD_CREATE
    /// A thread's settings were changed.
    111 THREAD_UPDATE
    /// A thread was deleted.
    112 THREAD_DELETE
}

impl Action {
    /// Whether the target of such an entry is a user.
    pub const fn targets_user(self) -> bool {
        matches!(self.0, 20 | 22..=25 | 28 | 72 | 74 | 75)
    }
}

/// One field that was changed. What did not exist before, or does not after, is left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub struct Change {
    /// The field's name.
    pub key: String,
    /// What it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_value: Option<Value>,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_value: Option<Value>,
}

/// An entry of a guild's audit log.
///
/// See [Discord Docs/Audit Log Entry Object](https://discord.com/developers/docs/resources/audit-log#audit-log-entry-object).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub struct AuditLogEntry {
    /// The entry's id.
    pub id: Id<marker::AuditLogEntry>,
    /// Who did it.
    pub user_id: Option<Id<marker::User>>,
    /// To whom or what.
    pub target_id: Option<Id<marker::Generic>>,
    /// What was done.
    pub action_type: Action,
    /// Which fields changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
    /// What certain actions tell besides; every value is text.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub options: Map<String, Value>,
    /// Why, in the words of who did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
