//! Permission bits and how roles and overwrites combine.
//!
//! See [Discord Docs/Permissions](https://discord.com/developers/docs/topics/permissions).

mod sets;

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Id;
use crate::id::marker;

macro_rules! permissions {
    ($($(#[doc = $doc:literal])* $bit:literal $name:ident)*) => {
        bitflags::bitflags! {
            /// A set of permissions. On the wire a decimal string; numbers are accepted too.
            #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
            pub struct Permissions: u64 {
                $($(#[doc = $doc])* const $name = 1 << $bit;)*
                // Bits that Discord adds later are kept, not lost.
                const _ = !0;
            }
        }

        /// The same permissions as plain numbers, for `InGuild<MANAGE_ROLES>` and its kind.
        pub mod bits {
            $($(#[doc = $doc])* pub const $name: u64 = 1 << $bit;)*
        }

        impl Permissions {
            /// Every permission that Discord defines.
            pub const ALL: Self = Self::from_bits_retain($(1 << $bit)|*);
        }
    };
}

permissions! {
    /// Create invites.
    0 CREATE_INSTANT_INVITE
    /// Kick members.
    1 KICK_MEMBERS
    /// Ban members.
    2 BAN_MEMBERS
    /// Everything, past every overwrite.
    3 ADMINISTRATOR
    /// Edit channels.
    4 MANAGE_CHANNELS
    /// Edit the guild.
    5 MANAGE_GUILD
    /// Add new reactions to messages.
    6 ADD_REACTIONS
    /// Read the audit log.
    7 VIEW_AUDIT_LOG
    /// Speak over others in voice.
    8 PRIORITY_SPEAKER
    /// Share a screen in voice.
    9 STREAM
    /// See a channel and read its messages.
    10 VIEW_CHANNEL
    /// Send messages and create forum posts.
    11 SEND_MESSAGES
    /// Send text-to-speech messages.
    12 SEND_TTS_MESSAGES
    /// Delete and pin others' messages.
    13 MANAGE_MESSAGES
    /// Links are shown as embeds.
    14 EMBED_LINKS
    /// Upload files.
    15 ATTACH_FILES
    /// Read messages sent earlier.
    16 READ_MESSAGE_HISTORY
    /// Mention `@everyone`, `@here` and all roles.
    17 MENTION_EVERYONE
    /// Use custom emoji of other guilds.
    18 USE_EXTERNAL_EMOJIS
    /// See guild insights.
    19 VIEW_GUILD_INSIGHTS
    /// Join a voice channel.
    20 CONNECT
    /// Speak in voice.
    21 SPEAK
    /// Mute members in voice.
    22 MUTE_MEMBERS
    /// Deafen members in voice.
    23 DEAFEN_MEMBERS
    /// Move members between voice channels.
    24 MOVE_MEMBERS
    /// Speak without push to talk.
    25 USE_VAD
    /// Change the own nickname.
    26 CHANGE_NICKNAME
    /// Change others' nicknames.
    27 MANAGE_NICKNAMES
    /// Edit roles and channel overwrites.
    28 MANAGE_ROLES
    /// Edit webhooks.
    29 MANAGE_WEBHOOKS
    /// Edit emoji, stickers and sounds of everyone.
    30 MANAGE_GUILD_EXPRESSIONS
    /// Use application commands.
    31 USE_APPLICATION_COMMANDS
    /// Ask to speak on a stage.
    32 REQUEST_TO_SPEAK
    /// Edit everyone's scheduled events.
    33 MANAGE_EVENTS
    /// Edit threads and see private ones.
    34 MANAGE_THREADS
    /// Create public threads.
    35 CREATE_PUBLIC_THREADS
    /// Create private threads.
    36 CREATE_PRIVATE_THREADS
    /// Use stickers of other guilds.
    37 USE_EXTERNAL_STICKERS
    /// Send messages in threads.
    38 SEND_MESSAGES_IN_THREADS
    /// Start activities in voice.
    39 USE_EMBEDDED_ACTIVITIES
    /// Time members out.
    40 MODERATE_MEMBERS
    /// See role subscription figures.
    41 VIEW_CREATOR_MONETIZATION_ANALYTICS
    /// Use the soundboard.
    42 USE_SOUNDBOARD
    /// Create own emoji, stickers and sounds.
    43 CREATE_GUILD_EXPRESSIONS
    /// Create own scheduled events.
    44 CREATE_EVENTS
    /// Use sounds of other guilds.
    45 USE_EXTERNAL_SOUNDS
    /// Send voice messages.
    46 SEND_VOICE_MESSAGES
    /// Set a voice channel's status.
    48 SET_VOICE_CHANNEL_STATUS
    /// Send polls.
    49 SEND_POLLS
    /// Let user-installed applications answer publicly.
    50 USE_EXTERNAL_APPS
    /// Pin messages.
    51 PIN_MESSAGES
    /// Send past slow mode.
    52 BYPASS_SLOWMODE
}

impl Permissions {
    /// What remains to a member who is timed out: to look, not to act.
    pub const TIMED_OUT: Self =
        Self::from_bits_retain(bits::VIEW_CHANNEL | bits::READ_MESSAGE_HISTORY);

    /// Whether every bit of `needed` is here. `ADMINISTRATOR` stands for all of them.
    pub const fn allows(self, needed: Self) -> bool {
        self.bits() & bits::ADMINISTRATOR != 0 || self.bits() & needed.bits() == needed.bits()
    }

    /// The number as SQLite stores it.
    pub const fn sql(self) -> i64 {
        self.bits() as i64
    }
}

/// Whom an [`Overwrite`] is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum OverwriteKind {
    /// Everyone who holds a role.
    Role = 0,
    /// One member.
    Member = 1,
}

impl Serialize for OverwriteKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(*self as u8)
    }
}

impl<'de> Deserialize<'de> for OverwriteKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u8::deserialize(deserializer)? {
            0 => Ok(Self::Role),
            1 => Ok(Self::Member),
            other => Err(serde::de::Error::custom(format!("overwrite type {other}"))),
        }
    }
}

/// What a channel allows and denies to a role or a member.
///
/// See [Discord Docs/Overwrite Object](https://discord.com/developers/docs/resources/channel#overwrite-object).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub struct Overwrite {
    /// The role's or the member's id.
    pub id: Id<marker::Generic>,
    /// Whether `id` is a role or a member.
    #[serde(rename = "type")]
    pub kind: OverwriteKind,
    /// Granted here.
    pub allow: Permissions,
    /// Taken away here.
    pub deny: Permissions,
}

/// Everything that decides what one member may do in a guild, by Discord's order of precedence.
///
/// See [Discord Docs/Permission Hierarchy](https://discord.com/developers/docs/topics/permissions#permission-hierarchy).
#[derive(Debug, Clone, Copy)]
pub struct Standing<'a> {
    /// The guild, whose number is its `@everyone` role's too.
    pub guild: Id<marker::Guild>,
    /// The member.
    pub user: Id<marker::User>,
    /// Whether the member owns the guild.
    pub owner: bool,
    /// Whether the member is timed out at the moment.
    pub timed_out: bool,
    /// The `@everyone` role's permissions.
    pub everyone: Permissions,
    /// The member's roles with their permissions, without `@everyone`.
    pub roles: &'a [(Id<marker::Role>, Permissions)],
}

impl Standing<'_> {
    /// What the member may do in the guild as a whole.
    pub fn in_guild(&self) -> Permissions {
        self.limited(self.base())
    }

    /// What the member may do in a channel with these overwrites.
    ///
    /// Who cannot see a channel can do nothing in it; who cannot send there cannot attach, embed or
    /// mention either.
    pub fn in_channel(&self, overwrites: &[Overwrite]) -> Permissions {
        self.limited(implied(self.overwritten(overwrites)))
    }

    /// What the member may do in a thread of a channel with these overwrites, as far as it is not
    /// a matter of having joined. `SEND_MESSAGES` says whether they may write in threads, since
    /// that is what it means for everything else there.
    pub fn in_thread(&self, overwrites: &[Overwrite]) -> Permissions {
        let mut permissions = self.overwritten(overwrites);
        let writes = permissions.contains(Permissions::SEND_MESSAGES_IN_THREADS);
        permissions.set(Permissions::SEND_MESSAGES, writes);
        self.limited(implied(permissions))
    }

    fn overwritten(&self, overwrites: &[Overwrite]) -> Permissions {
        let base = self.base();
        if base.contains(Permissions::ADMINISTRATOR) {
            return base;
        }
        let mut permissions = base;
        let mut apply = |allow: Permissions, deny: Permissions| {
            permissions = (permissions - deny) | allow;
        };
        if let Some(o) = find(overwrites, OverwriteKind::Role, self.guild.get()) {
            apply(o.allow, o.deny);
        }
        let (mut allow, mut deny) = (Permissions::empty(), Permissions::empty());
        for (role, _) in self.roles {
            if let Some(o) = find(overwrites, OverwriteKind::Role, role.get()) {
                allow |= o.allow;
                deny |= o.deny;
            }
        }
        apply(allow, deny);
        if let Some(o) = find(overwrites, OverwriteKind::Member, self.user.get()) {
            apply(o.allow, o.deny);
        }
        // Administration is of whole guilds: an overwrite cannot grant it.
        permissions - Permissions::ADMINISTRATOR
    }

    fn base(&self) -> Permissions {
        if self.owner {
            return Permissions::ALL;
        }
        let all = self
            .roles
            .iter()
            .fold(self.everyone, |sum, (_, role)| sum | *role);
        if all.contains(Permissions::ADMINISTRATOR) {
            Permissions::ALL
        } else {
            all
        }
    }

    fn limited(&self, permissions: Permissions) -> Permissions {
        if self.timed_out && !permissions.contains(Permissions::ADMINISTRATOR) {
            permissions & Permissions::TIMED_OUT
        } else {
            permissions
        }
    }
}

fn find(overwrites: &[Overwrite], kind: OverwriteKind, id: u64) -> Option<&Overwrite> {
    overwrites
        .iter()
        .find(|o| o.kind == kind && o.id.get() == id)
}

/// Discord's implicit permissions of a channel.
///
/// See [Discord Docs/Implicit Permissions](https://discord.com/developers/docs/topics/permissions#implicit-permissions).
fn implied(permissions: Permissions) -> Permissions {
    if !permissions.contains(Permissions::VIEW_CHANNEL) {
        return Permissions::empty();
    }
    if permissions.contains(Permissions::SEND_MESSAGES) {
        return permissions;
    }
    permissions
        - Permissions::MENTION_EVERYONE
        - Permissions::SEND_TTS_MESSAGES
        - Permissions::ATTACH_FILES
        - Permissions::EMBED_LINKS
}

impl Serialize for Permissions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(&self.bits())
        } else {
            serializer.serialize_u64(self.bits())
        }
    }
}

impl<'de> Deserialize<'de> for Permissions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return u64::deserialize(deserializer).map(Self::from_bits_retain);
        }
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Permissions;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a permission number")
            }

            fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Permissions, E> {
                Ok(Permissions::from_bits_retain(value))
            }

            fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Permissions, E> {
                value
                    .parse()
                    .map(Permissions::from_bits_retain)
                    .map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUILD: Id<marker::Guild> = Id::new(1);
    const MEMBER: Id<marker::User> = Id::new(2);
    const LOW: Id<marker::Role> = Id::new(3);
    const HIGH: Id<marker::Role> = Id::new(4);

    fn standing(roles: &[(Id<marker::Role>, Permissions)]) -> Standing<'_> {
        Standing {
            guild: GUILD,
            user: MEMBER,
            owner: false,
            timed_out: false,
            everyone: Permissions::DEFAULT,
            roles,
        }
    }

    fn overwrite(id: u64, kind: OverwriteKind, allow: u64, deny: u64) -> Overwrite {
        Overwrite {
            id: Id::new(id),
            kind,
            allow: Permissions::from_bits_retain(allow),
            deny: Permissions::from_bits_retain(deny),
        }
    }

    #[test]
    fn overwrites_apply_everyone_then_roles_then_member() {
        let roles = [(LOW, Permissions::empty()), (HIGH, Permissions::empty())];
        let everyone = overwrite(1, OverwriteKind::Role, 0, bits::VIEW_CHANNEL);
        let low = overwrite(3, OverwriteKind::Role, bits::VIEW_CHANNEL, 0);
        let high = overwrite(4, OverwriteKind::Role, 0, bits::VIEW_CHANNEL);
        let member = overwrite(2, OverwriteKind::Member, 0, bits::VIEW_CHANNEL);
        let sees = |overwrites: &[Overwrite]| {
            standing(&roles)
                .in_channel(overwrites)
                .contains(Permissions::VIEW_CHANNEL)
        };
        assert!(!sees(std::slice::from_ref(&everyone)));
        assert!(!sees(std::slice::from_ref(&high)));
        // A role that allows wins over a role that denies, in whatever order they stand.
        assert!(sees(&[high.clone(), low.clone(), everyone.clone()]));
        assert!(!sees(&[member, high, low, everyone]));
    }

    #[test]
    fn administrators_and_owners_pass_every_overwrite() {
        let deny = [overwrite(2, OverwriteKind::Member, 0, u64::MAX)];
        let admin = [(LOW, Permissions::ADMINISTRATOR)];
        assert_eq!(standing(&admin).in_channel(&deny), Permissions::ALL);
        let owner = Standing {
            owner: true,
            ..standing(&[])
        };
        assert_eq!(owner.in_channel(&deny), Permissions::ALL);
    }

    #[test]
    fn an_overwrite_makes_nobody_an_administrator() {
        let all = [overwrite(2, OverwriteKind::Member, bits::ADMINISTRATOR, 0)];
        let held = standing(&[]).in_channel(&all);
        assert!(!held.allows(Permissions::MANAGE_CHANNELS));
    }

    #[test]
    fn who_cannot_see_or_send_loses_what_depends_on_it() {
        let hidden = [overwrite(1, OverwriteKind::Role, 0, bits::VIEW_CHANNEL)];
        assert_eq!(standing(&[]).in_channel(&hidden), Permissions::empty());
        let silent = [overwrite(1, OverwriteKind::Role, 0, bits::SEND_MESSAGES)];
        let everything = Standing {
            everyone: Permissions::ALL - Permissions::ADMINISTRATOR,
            ..standing(&[])
        };
        let lost = everything.in_channel(&[]) - everything.in_channel(&silent);
        let depends = Permissions::SEND_MESSAGES
            | Permissions::MENTION_EVERYONE
            | Permissions::SEND_TTS_MESSAGES
            | Permissions::ATTACH_FILES
            | Permissions::EMBED_LINKS;
        assert_eq!(lost, depends);
    }

    #[test]
    fn who_may_write_in_threads_need_not_write_in_the_channel() {
        let silent = [overwrite(1, OverwriteKind::Role, 0, bits::SEND_MESSAGES)];
        assert!(
            standing(&[])
                .in_thread(&silent)
                .contains(Permissions::SEND_MESSAGES)
        );
        let silent = [overwrite(
            1,
            OverwriteKind::Role,
            0,
            bits::SEND_MESSAGES_IN_THREADS,
        )];
        let held = standing(&[]).in_thread(&silent);
        assert!(!held.intersects(Permissions::SEND_MESSAGES | Permissions::ATTACH_FILES));
        assert!(held.contains(Permissions::VIEW_CHANNEL));
    }

    #[test]
    fn a_timed_out_member_can_only_look() {
        let member = Standing {
            timed_out: true,
            ..standing(&[])
        };
        let granted = [overwrite(2, OverwriteKind::Member, u64::MAX, 0)];
        let look = Permissions::VIEW_CHANNEL | Permissions::READ_MESSAGE_HISTORY;
        assert_eq!(member.in_guild(), look);
        assert_eq!(member.in_channel(&granted), look);
        assert_eq!(member.in_thread(&granted), look);
        let hidden = [overwrite(1, OverwriteKind::Role, 0, bits::VIEW_CHANNEL)];
        assert_eq!(member.in_channel(&hidden), Permissions::empty());
        let admin = [(LOW, Permissions::ADMINISTRATOR)];
        let admin = Standing {
            timed_out: true,
            ..standing(&admin)
        };
        assert_eq!(admin.in_channel(&hidden), Permissions::ALL);
        assert_eq!(admin.in_thread(&hidden), Permissions::ALL);
        assert_eq!(admin.in_guild(), Permissions::ALL);
    }

    #[test]
    fn administration_stands_for_every_permission() {
        let (kick, none) = (Permissions::KICK_MEMBERS, Permissions::empty());
        let both = kick | Permissions::BAN_MEMBERS;
        assert!(both.allows(both) && both.allows(kick) && none.allows(none));
        assert!(!kick.allows(both) && !none.allows(kick));
        assert!(Permissions::ADMINISTRATOR.allows(both));
    }

    #[test]
    fn a_set_is_text_on_the_wire_and_signed_in_the_store() {
        let set = Permissions::from_bits_retain(1 << 63 | 1);
        assert_eq!(set.sql(), i64::MIN + 1);
        let text = format!("\"{}\"", set.bits());
        assert_eq!(serde_json::to_string(&set).unwrap(), text);
        let read = |text: &str| serde_json::from_str::<Permissions>(text).ok();
        assert_eq!(read(&text), Some(set));
        assert_eq!(read("9").map(|set| set.bits()), Some(9));
        assert_eq!(read("\"everything\""), None);
        let kind = |text| serde_json::from_str::<OverwriteKind>(text).ok();
        assert_eq!(kind("0"), Some(OverwriteKind::Role));
        assert_eq!(kind("1"), Some(OverwriteKind::Member));
        assert_eq!(kind("2"), None);
        assert_eq!(serde_json::to_string(&OverwriteKind::Member).unwrap(), "1");
    }

    #[test]
    fn what_several_roles_grant_is_granted() {
        let kick = Permissions::KICK_MEMBERS | Permissions::SEND_MESSAGES;
        let held = standing(&[(LOW, kick), (HIGH, kick)]).in_guild();
        assert_eq!(held, Permissions::DEFAULT | Permissions::KICK_MEMBERS);
    }
}
