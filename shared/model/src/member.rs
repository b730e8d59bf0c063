//! Members of guilds.
//!
//! See [Discord Docs/Guild Member Object](https://discord.com/developers/docs/resources/guild#guild-member-object).

use serde::{Deserialize, Serialize};

use crate::id::marker;
use crate::user::User;
use crate::{Id, Timestamp};

/// A member of a guild.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Who it is. Left out where the user stands beside the member, as in messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<User>,
    /// The name in this guild.
    pub nick: Option<String>,
    /// Hash of the avatar in this guild.
    pub avatar: Option<String>,
    /// Hash of the banner in this guild.
    #[serde(default)]
    pub banner: Option<String>,
    /// The roles, without `@everyone`.
    pub roles: Vec<Id<marker::Role>>,
    /// When the user joined.
    pub joined_at: Timestamp,
    /// When the user began to boost.
    pub premium_since: Option<Timestamp>,
    /// Deafened in voice by a moderator.
    pub deaf: bool,
    /// Muted in voice by a moderator.
    pub mute: bool,
    /// Flags.
    pub flags: i64,
    /// Whether the member has yet to accept the guild's rules.
    pub pending: bool,
    /// Until when the member is timed out. A time in the past means nothing.
    pub communication_disabled_until: Option<Timestamp>,
}

impl Member {
    /// Whether the member is timed out at `now`.
    pub fn timed_out(&self, now: Timestamp) -> bool {
        self.communication_disabled_until
            .is_some_and(|until| until > now)
    }

    /// The member without the user, as messages and voice states carry it.
    pub fn without_user(&self) -> Self {
        Self {
            user: None,
            ..self.clone()
        }
    }
}

/// A member as GUILD_MEMBER_ADD and GUILD_MEMBER_UPDATE carry it.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct MemberInGuild<'a> {
    /// The guild.
    pub guild_id: Id<marker::Guild>,
    /// The member.
    #[serde(flatten)]
    pub member: &'a Member,
}
