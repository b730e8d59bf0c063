//! Invites to guilds and group conversations.
//!
//! See [Discord Docs/Invite Object](https://discord.com/developers/docs/resources/invite#invite-object).

use crate::id::marker;
use crate::user::User;
use crate::{Id, Timestamp};

/// An invite as it is stored, with what is shown of its channel and inviter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invite {
    /// What the link ends in.
    pub code: String,
    /// The guild; `None` for a group conversation.
    pub guild_id: Option<Id<marker::Guild>>,
    /// Where it leads.
    pub channel: InviteChannel,
    /// Who made it; nobody made a vanity invite.
    pub inviter: Option<User>,
    /// How often it was accepted.
    pub uses: u32,
    /// How often it may be; 0 for any number.
    pub max_uses: u32,
    /// Seconds it is valid; 0 for ever.
    pub max_age: u32,
    /// Whether those who join by it are removed at disconnect unless given a role.
    pub temporary: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// What it leads to in a voice channel: 1 a stream, 2 an embedded application.
    pub target_type: Option<u8>,
    /// Whose stream.
    pub target_user_id: Option<Id<marker::User>>,
    /// Which application.
    pub target_application_id: Option<Id<marker::Application>>,
    /// Flags.
    pub flags: i64,
}

/// The channel of an invite, as strangers see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InviteChannel {
    /// The channel's id.
    pub id: Id<marker::Channel>,
    /// Its type; see [`crate::channel::kind`].
    pub kind: u8,
    /// Its name; a group conversation may have none.
    pub name: Option<String>,
    /// Hash of a group conversation's icon.
    pub icon: Option<String>,
}
