//! Members of guilds.
//!
//! See [Discord Docs/Guild Member Object](https://discord.com/developers/docs/resources/guild#guild-member-object).

use serde::{Deserialize, Serialize, Serializer};

use crate::id::marker;
use crate::user::User;
use crate::{Id, Timestamp};

/// Discord's member flags that exist here.
///
/// See [Discord Docs/Guild Member Flags](https://discord.com/developers/docs/resources/guild#guild-member-object-guild-member-flags).
pub mod flags {
    /// They left the guild and came back.
    pub const DID_REJOIN: i64 = 1 << 0;
}

/// A member of a guild.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub struct Member {
    /// The user's id. Discord does not send it; clients of Spacebar read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Id<marker::User>>,
    /// The guild. Discord sends it in some events only; clients of Spacebar read it everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guild_id: Option<Id<marker::Guild>>,
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

    /// The member with whose and where it is.
    pub fn in_guild(self, guild: Id<marker::Guild>) -> Self {
        Self {
            id: self.id.or(self.user.as_ref().map(|user| user.id)),
            guild_id: Some(guild),
            ..self
        }
    }

    /// The member without the user, as messages and voice states carry it.
    pub fn without_user(&self) -> Self {
        Self {
            user: None,
            ..self.clone()
        }
    }
}

/// A member with what clients of Spacebar read besides Discord's fields: whose member of which
/// guild it is. So the gateway sends members everywhere.
#[derive(Debug, Clone, Copy)]
pub struct MemberInGuild<'a> {
    /// The guild.
    pub guild_id: Id<marker::Guild>,
    /// The member.
    pub member: &'a Member,
}

impl<'a> MemberInGuild<'a> {
    /// The member of a guild.
    pub const fn new(guild_id: Id<marker::Guild>, member: &'a Member) -> Self {
        Self { guild_id, member }
    }
}

impl Serialize for MemberInGuild<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { guild_id, member } = *self;
        // Members that events told of say it already.
        match member.id.is_some() && member.guild_id == Some(guild_id) {
            true => member.serialize(serializer),
            false => member.clone().in_guild(guild_id).serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_member_says_whose_and_where_it_is() {
        let member: Member = serde_json::from_value(json!({
            "nick": null, "avatar": null, "roles": [], "premium_since": null, "deaf": false,
            "joined_at": "2026-01-01T00:00:00.000000+00:00", "mute": false, "flags": 0,
            "pending": false, "communication_disabled_until": null,
            "user": { "id": "5", "username": "a", "discriminator": "0", "global_name": null,
                "avatar": null },
        }))
        .unwrap();
        let told = MemberInGuild::new(Id::new(7), &member);
        let told = serde_json::to_string(&told).unwrap();
        assert_eq!(told.matches("guild_id").count(), 1);
        let again: Member = serde_json::from_str(&told).unwrap();
        assert_eq!(
            (again.id, again.guild_id),
            (Some(Id::new(5)), Some(Id::new(7)))
        );
        let beside = serde_json::to_value(again.without_user()).unwrap();
        assert_eq!(
            (&beside["id"], &beside["guild_id"]),
            (&json!("5"), &json!("7"))
        );
    }
}
