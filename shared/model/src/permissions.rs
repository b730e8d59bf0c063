//! Permission bits, and how roles and overwrites combine.
//!
//! See [Discord Docs/Permissions](https://discord.com/developers/docs/topics/permissions).

mod overwrite;
mod sets;
mod standing;

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use overwrite::{Overwrite, OverwriteKind};
pub use standing::Standing;

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
    }
}
