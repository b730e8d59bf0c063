//! Channels of guilds and private conversations.
//!
//! See [Discord Docs/Channel Object](https://discord.com/developers/docs/resources/channel#channel-object).

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::id::marker;
use crate::permissions::Overwrite;
use crate::thread::Thread;
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
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
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
    #[serde(flatten, default)]
    pub guild: Option<GuildChannel>,
    /// What a private conversation has.
    #[serde(flatten, default)]
    pub private: Option<PrivateChannel>,
}

/// A channel on the wire: what all channels have, and what its kind has.
#[derive(Serialize)]
struct Wire<'a, T: Serialize> {
    id: Id<marker::Channel>,
    #[serde(rename = "type")]
    kind: u8,
    flags: i64,
    last_message_id: Option<Id<marker::Message>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_pin_timestamp: Option<Timestamp>,
    #[serde(flatten)]
    own: T,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    private: Option<&'a PrivateChannel>,
}

/// What a thread has of a guild's channel: overwrites, topic and position are its parent's.
#[derive(Serialize)]
struct WireThread<'a> {
    guild_id: Id<marker::Guild>,
    name: &'a str,
    parent_id: Option<Id<marker::Channel>>,
    rate_limit_per_user: u32,
    #[serde(flatten)]
    thread: &'a Thread,
    #[serde(flatten)]
    settings: &'a Map<String, Value>,
}

impl Serialize for Channel {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let thread = self.guild.as_ref().and_then(|guild| {
            Some(WireThread {
                guild_id: guild.guild_id,
                name: &guild.name,
                parent_id: guild.parent_id,
                rate_limit_per_user: guild.rate_limit_per_user,
                thread: guild.thread.as_ref()?,
                settings: &guild.settings,
            })
        });
        match thread {
            Some(thread) => self.wire(thread).serialize(serializer),
            None => self.wire(&self.guild).serialize(serializer),
        }
    }
}

/// What only channels of guilds have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub struct GuildChannel {
    /// The guild.
    pub guild_id: Id<marker::Guild>,
    /// The name.
    pub name: String,
    /// The place among its siblings.
    #[serde(default)]
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
    /// What a thread has. Its overwrites are those of its parent, which are not sent with it.
    #[serde(flatten, default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<Thread>,
    /// Fields of forums and threads that are stored and returned.
    #[serde(flatten)]
    pub settings: Map<String, Value>,
}

/// What only private conversations have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
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
    fn wire<T: Serialize>(&self, own: T) -> Wire<'_, T> {
        Wire {
            id: self.id,
            kind: self.kind,
            flags: self.flags,
            last_message_id: self.last_message_id,
            last_pin_timestamp: self.last_pin_timestamp,
            own,
            private: self.private.as_ref(),
        }
    }

    /// What it has as a thread, `None` for every other channel.
    pub fn thread(&self) -> Option<&Thread> {
        self.guild.as_ref()?.thread.as_ref()
    }

    /// The same, to change it.
    pub fn thread_mut(&mut self) -> Option<&mut Thread> {
        self.guild.as_mut()?.thread.as_mut()
    }

    /// The category, or the channel of a thread.
    pub fn parent_id(&self) -> Option<Id<marker::Channel>> {
        self.guild.as_ref()?.parent_id
    }

    /// Whether it is a thread.
    pub fn is_thread(&self) -> bool {
        matches!(
            self.kind,
            kind::ANNOUNCEMENT_THREAD | kind::PUBLIC_THREAD | kind::PRIVATE_THREAD
        )
    }

    /// Whether it has threads and no messages of its own.
    pub fn is_forum(&self) -> bool {
        matches!(self.kind, kind::FORUM | kind::MEDIA)
    }

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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_thread_is_written_without_what_its_parent_has_and_read_again() {
        let wire = json!({
            "id": "5", "type": 11, "flags": 0, "last_message_id": null, "guild_id": "1",
            "name": "a thread", "parent_id": "4", "rate_limit_per_user": 0, "owner_id": "2",
            "message_count": 3, "total_message_sent": 4, "member_count": 1,
            "thread_metadata": {
                "archived": false, "archive_timestamp": "2026-01-01T00:00:00.000000+00:00",
                "auto_archive_duration": 60, "locked": false,
            },
            "applied_tags": ["7"],
        });
        let thread: Channel = serde_json::from_value(wire.clone()).unwrap();
        assert_eq!(thread.thread().unwrap().owner_id, Id::new(2));
        assert_eq!(serde_json::to_value(&thread).unwrap(), wire);
    }

    #[test]
    fn a_group_keeps_its_owner() {
        let wire = json!({"id": "5", "type": 3, "flags": 0, "last_message_id": null,
            "recipients": [], "name": null, "icon": null, "owner_id": "2"});
        let group: Channel = serde_json::from_value(wire.clone()).unwrap();
        assert_eq!(serde_json::to_value(&group).unwrap(), wire);
    }
}
