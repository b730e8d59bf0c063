//! Channels of guilds and private conversations.
//!
//! See [Discord Docs/Channel Object](https://discord.com/developers/docs/resources/channel#channel-object).

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::id::marker;
use crate::permissions::Overwrite;
use crate::user::User;
use crate::{Id, Timestamp};

/// Discord's channel types that exist here.
pub mod kind {
    /// A text channel of a guild.
    pub const TEXT: u8 = 0;
    /// A conversation of two users.
    pub const DM: u8 = 1;
    /// A voice channel of a guild.
    pub const VOICE: u8 = 2;
    /// A conversation of several users.
    pub const GROUP_DM: u8 = 3;
    /// A category of a guild.
    pub const CATEGORY: u8 = 4;
    /// A channel whose messages other guilds may follow.
    pub const ANNOUNCEMENT: u8 = 5;
    /// A thread in an announcement channel.
    pub const ANNOUNCEMENT_THREAD: u8 = 10;
    /// A thread that everyone who sees the channel may join.
    pub const PUBLIC_THREAD: u8 = 11;
    /// A thread by invitation.
    pub const PRIVATE_THREAD: u8 = 12;
    /// A stage of a guild.
    pub const STAGE: u8 = 13;
    /// A channel that has only threads.
    pub const FORUM: u8 = 15;
    /// A forum for media.
    pub const MEDIA: u8 = 16;
}

/// A channel. Fields that its type does not have are left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Channel {
    /// The channel's id.
    pub id: Id<marker::Channel>,
    /// What kind of channel it is; see [`kind`].
    #[serde(rename = "type")]
    pub kind: u8,
    /// Flags.
    #[serde(default)]
    pub flags: i64,
    /// The last message, which may have been deleted since.
    #[serde(default)]
    pub last_message_id: Option<Id<marker::Message>>,
    /// When a message was last pinned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_pin_timestamp: Option<Timestamp>,
    /// What a channel of a guild has.
    #[serde(flatten, default, skip_serializing_if = "Option::is_none")]
    pub guild: Option<GuildChannel>,
    /// What a private conversation has.
    #[serde(flatten, default, skip_serializing_if = "Option::is_none")]
    pub private: Option<PrivateChannel>,
}

/// What only channels of guilds have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GuildChannel {
    /// The guild.
    pub guild_id: Id<marker::Guild>,
    /// The name.
    pub name: String,
    /// The place among its siblings.
    pub position: i32,
    /// The category, or a thread's channel.
    pub parent_id: Option<Id<marker::Channel>>,
    /// The topic.
    pub topic: Option<String>,
    /// Whether it is for adults only.
    #[serde(default)]
    pub nsfw: bool,
    /// Seconds between two messages of one member.
    #[serde(default)]
    pub rate_limit_per_user: u32,
    /// What roles and members are allowed and denied here.
    #[serde(default)]
    pub permission_overwrites: Vec<Overwrite>,
    /// Bits a second, in voice channels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bitrate: Option<u32>,
    /// How many may be in it, in voice channels; 0 for any number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_limit: Option<u32>,
    /// The voice region, in voice channels; null chooses one. Clients want to read the null.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "present"
    )]
    pub rtc_region: Option<Option<String>>,
    /// Camera quality, in voice channels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub video_quality_mode: Option<u8>,
    /// Minutes after which idle threads are archived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_auto_archive_duration: Option<u32>,
    /// Fields of forums that are stored and returned.
    #[serde(flatten)]
    pub settings: Map<String, Value>,
}

/// What only private conversations have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PrivateChannel {
    /// The other participants.
    pub recipients: Vec<User>,
    /// The name of a group.
    #[serde(default)]
    pub name: Option<String>,
    /// Hash of a group's icon.
    #[serde(default)]
    pub icon: Option<String>,
    /// Who owns a group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<Id<marker::User>>,
}

/// A field that is there, be it null.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl Channel {
    /// The guild it belongs to, `None` for a private conversation.
    pub fn guild_id(&self) -> Option<Id<marker::Guild>> {
        self.guild.as_ref().map(|guild| guild.guild_id)
    }

    /// The overwrites, none for a private conversation.
    pub fn overwrites(&self) -> &[Overwrite] {
        self.guild
            .as_ref()
            .map_or(&[], |guild| &guild.permission_overwrites)
    }

    /// Whether messages can be sent to this type of channel.
    pub fn is_text(&self) -> bool {
        !matches!(self.kind, kind::CATEGORY | kind::FORUM | kind::MEDIA)
    }
}
